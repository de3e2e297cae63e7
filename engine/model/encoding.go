package model

import (
	"encoding/binary"
	"math"
)

// Encoding is how a parameter is stored: it decides the bytes in the file and the
// kernel at inference. A matrix is rows × cols; a vector is one row.
type Encoding interface {
	Kind() string         // "f32", "int4/group32", "sparse f16": kind.go has the grammar
	Floats(dst []float32) // the decoded values, row-major; len(dst) is rows × cols
	// Tensors are what the file holds of a parameter of this name and shape, in
	// name order; their bytes are the parameter's part of the file and of its SHA-256.
	Tensors(name string, shape []int) []Tensor
}

// Rows is an encoding that decodes one row without the others, as an embedding wants it.
// All but F32, Sparse and what wraps them are.
type Rows interface {
	Encoding
	Row(dst []float32, r int)
}

// F32 stores each value as it is: 4 bytes a weight.
type F32 []float32

// Kind is "f32".
func (F32) Kind() string { return "f32" }

// Floats copies.
func (e F32) Floats(dst []float32) { copy(dst, e) }

// Tensors is one, of type F32 and the parameter's shape.
func (e F32) Tensors(name string, shape []int) []Tensor {
	return []Tensor{{name, "F32", shape, FloatBytes(e)}}
}

func readF32(r *reader, name string, shape []int, _ string) (Encoding, error) {
	b, err := r.take(name, "F32", shape...)
	if err != nil {
		return nil, err
	}
	v := F32(bytesFloats(b))
	if !finite(v) {
		return nil, corrupt("%s holds a value that is not finite", name)
	}
	return v, nil
}

// FloatBytes are v as a file holds them, little-endian.
func FloatBytes(v []float32) []byte {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

func bytesFloats(b []byte) []float32 {
	v := make([]float32, len(b)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return v
}

func int8Bytes(v []int8) []byte {
	b := make([]byte, len(v))
	for i, x := range v {
		b[i] = byte(x)
	}
	return b
}

func bytesInt8(b []byte) []int8 {
	v := make([]int8, len(b))
	for i, x := range b {
		v[i] = int8(x)
	}
	return v
}

// finite says whether no value is NaN or infinite.
func finite(v []float32) bool {
	for _, x := range v {
		if x-x != 0 {
			return false
		}
	}
	return true
}
