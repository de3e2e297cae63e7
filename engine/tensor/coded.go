package tensor

import "math"

// Coded is weights [N, K] each of which is a code of a float32: the number itself, the bits
// of float16 or bfloat16, or the place of its value in a table.
type Coded struct {
	N, K   int
	Floats []float32
	Bits   []uint16 // of half precision
	Codes  []byte
	Table  []float32
	Form   Form

	// Panels are the codes as a device lays them out: PrepareCoded's, and no other device's.
	Panels []byte
}

// Form says which of them a Coded has.
type Form int

// The forms of a Coded.
const (
	FormFloat Form = iota // Floats
	FormHalf              // Bits
	FormBrain             // Bits
	FormTable             // Codes and Table
)

// Coder is an optional interface of host devices: products that decode weights as they go.
type Coder interface {
	// PrepareCoded lays w out for many products; Floats, Bits and Codes may be dropped after it
	// where it has set Panels.
	PrepareCoded(w *Coded)
	// AddCoded: y [m, N] += x [m, K] · wᵀ, the bits of Gemm on the decoded weights.
	AddCoded(m int, x []float32, w *Coded, y []float32)
	// WidenBits: out is what the bits stand for, FormHalf or FormBrain.
	WidenBits(form Form, bits []uint16, out []float32)
}

func (d *generic) WidenBits(form Form, bits []uint16, out []float32) {
	w := Coded{Form: form, Bits: bits}
	w.Decode(out[:len(bits)], 0)
}

func (d *generic) PrepareCoded(*Coded) {}

func (d *generic) AddCoded(m int, x []float32, w *Coded, y []float32) {
	s := d.spaces.Get()
	defer d.spaces.Put(s)
	s.row = room(s.row, w.K)
	for r := range w.N {
		w.Decode(s.row, r*w.K)
		for i := range m {
			sum := y[i*w.N+r]
			for k, v := range x[i*w.K:][:w.K] {
				sum += float32(v * s.row[k])
			}
			y[i*w.N+r] = sum
		}
		d.spend(s, (m+2)*w.K)
	}
}

// Decode writes the weights from one on, row-major, while they are there as they were given.
func (w *Coded) Decode(dst []float32, from int) {
	switch w.Form {
	case FormFloat:
		copy(dst, w.Floats[from:])
	case FormTable:
		for i, c := range w.Codes[from:][:len(dst)] {
			dst[i] = w.Table[c]
		}
	case FormBrain:
		for i, h := range w.Bits[from:][:len(dst)] {
			dst[i] = math.Float32frombits(uint32(h) << 16)
		}
	case FormHalf:
		for i, h := range w.Bits[from:][:len(dst)] {
			b := uint32(h)
			v := math.Float32frombits(b<<17>>4) * 0x1p112 // the exponent is 112 less than float32's
			dst[i] = math.Float32frombits(math.Float32bits(v) | b>>15<<31)
		}
	}
}
