package model

import (
	"encoding/binary"
	"math"

	"github.com/x448/float16"
)

// Half stores each value in 2 bytes, rounded to nearest even:
//
//	float16    5 bits of exponent, 10 of fraction   |ŵ − w| ≤ 2⁻¹¹ |w|, below 2⁻¹⁴ at most 2⁻²⁵
//	bfloat16   8 bits of exponent, 7 of fraction    |ŵ − w| ≤ 2⁻⁸ |w|, the range of float32
//
// (IEEE 754-2008 binary16; Kalamkar et al. 2019, arXiv:1905.12322.) What lies beyond the
// greatest value is clamped to it, NaN becomes 0. It hardly ever hurts; bfloat16 keeps 3
// digits of a weight only.
// The file holds F16 or BF16 of the parameter's shape.
type Half struct {
	Rows, Cols int
	Brain      bool // bfloat16
	Bits       []uint16
}

const (
	maxHalf = 65504
	minHalf = 0x1p-24 // the least above 0

	maxBrain = 0x7f7f // its bits: 3.39e38
)

// ToHalf rounds w [rows, cols] to float16, or to bfloat16.
func ToHalf(w []float32, rows, cols int, brain bool) *Half {
	e := &Half{rows, cols, brain, make([]uint16, len(w))}
	for i, x := range w {
		if brain {
			e.Bits[i] = toBrain(x)
		} else {
			e.Bits[i] = toHalf(x)
		}
	}
	return e
}

func toHalf(x float32) uint16 {
	switch {
	case x != x:
		return 0
	case x > maxHalf:
		x = maxHalf
	case x < -maxHalf:
		x = -maxHalf
	}
	return float16.Fromfloat32(x).Bits()
}

func fromHalf(b uint16) float32 { return float16.Frombits(b).Float32() }

func toBrain(x float32) uint16 {
	if x != x {
		return 0
	}
	b := math.Float32bits(x)
	b += 0x7fff + b>>16&1 // a tie goes to the even one; a carry may pass into the exponent
	if b&0x7fff0000 > maxBrain<<16 {
		b = b&(1<<31) | maxBrain<<16
	}
	return uint16(b >> 16)
}

func fromBrain(b uint16) float32 { return math.Float32frombits(uint32(b) << 16) }

func (e *Half) dtype() string {
	if e.Brain {
		return "BF16"
	}
	return "F16"
}

// Kind is "f16" or "bf16".
func (e *Half) Kind() string {
	if e.Brain {
		return "bf16"
	}
	return "f16"
}

// Floats widens.
func (e *Half) Floats(dst []float32) { e.widen(dst, e.Bits) }

// Row decodes one row.
func (e *Half) Row(dst []float32, r int) { e.widen(dst, e.Bits[r*e.Cols:(r+1)*e.Cols]) }

func (e *Half) widen(dst []float32, bits []uint16) {
	for i, b := range bits {
		if e.Brain {
			dst[i] = fromBrain(b)
		} else {
			dst[i] = fromHalf(b)
		}
	}
}

// Tensors is one, of the parameter's shape.
func (e *Half) Tensors(name string, shape []int) []Tensor {
	return []Tensor{{name, e.dtype(), shape, shortBytes(e.Bits)}}
}

func readHalf(r *reader, name string, shape []int, kind string) (Encoding, error) {
	rows, cols := dims(shape)
	e := &Half{Rows: rows, Cols: cols, Brain: kind == "bf16"}
	b, err := r.take(name, e.dtype(), shape...)
	if err != nil {
		return nil, err
	}
	e.Bits = bytesShort(b)
	v := make([]float32, len(e.Bits))
	if e.Floats(v); !finite(v) {
		return nil, corrupt("%s holds a value that is not finite", name)
	}
	return e, nil
}

// halfBytes are values that float16 holds, as that.
func halfBytes(v []float32) []byte {
	bits := make([]uint16, len(v))
	for i, x := range v {
		bits[i] = toHalf(x)
	}
	return shortBytes(bits)
}

func bytesHalf(b []byte) []float32 {
	v := make([]float32, len(b)/2)
	for i, x := range bytesShort(b) {
		v[i] = fromHalf(x)
	}
	return v
}

func shortBytes(v []uint16) []byte {
	b := make([]byte, 0, 2*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint16(b, x)
	}
	return b
}

func bytesShort(b []byte) []uint16 {
	v := make([]uint16, len(b)/2)
	for i := range v {
		v[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return v
}
