package model

import "math"

// Int8Rows is affine quantization to 8 bits, each row with its own scale and zero point
// (Jacob et al. 2018, arXiv:1712.05877; Krishnamoorthi 2018, arXiv:1806.08342):
//
//	low = min(0, min w)    high = max(0, max w)          the range holds 0, so that 0 is exact
//	s = (high − low) / 255                               never below 2⁻¹²⁶
//	z = clamp(round(−128 − low/s), −128, 127)
//	q = clamp(round(w/s) + z, −128, 127)
//	ŵ = s (q − z)                                        |ŵ − w| ≤ s (half from q, half from z's rounding at an end)
//
// Rounding is to nearest even; NaN counts as 0, what lies beyond ±2¹²⁶ as that. A row of
// zeros has s = 1, z = 0.
// It takes rows × cols + 5 rows bytes: codes I8 [rows, cols], scale F32 [rows], zero I8 [rows].
type Int8Rows struct {
	Rows, Cols int
	Codes      []int8    // [Rows, Cols]
	Scale      []float32 // [Rows]
	Zero       []int8    // [Rows]
}

// Quantize rounds w [rows, cols].
func Quantize(w []float32, rows, cols int) *Int8Rows {
	e := &Int8Rows{rows, cols, make([]int8, rows*cols), make([]float32, rows), make([]int8, rows)}
	for r := range rows {
		row := w[r*cols : (r+1)*cols]
		e.Scale[r], e.Zero[r] = affine(row)
		// The divisions are in float64, where w/s is exact enough that no product of two
		// roundings decides a code.
		s, z := float64(e.Scale[r]), float64(e.Zero[r])
		for c, x := range row {
			e.Codes[r*cols+c] = toInt8(math.RoundToEven(float64(x)/s) + z)
		}
	}
	return e
}

// affine is the scale and zero point of a row.
func affine(row []float32) (scale float32, zero int8) {
	var low, high float32
	for _, x := range row {
		if x < low {
			low = x
		}
		if x > high {
			high = x
		}
	}
	if low == 0 && high == 0 {
		return 1, 0
	}
	low, high = clampEnd(low), clampEnd(high)
	scale = (high - low) / 255
	if scale < 0x1p-126 {
		scale = 0x1p-126 // of denormal weights; a denormal scale would slow every product
	}
	return scale, toInt8(math.RoundToEven(-128 - float64(low)/float64(scale)))
}

// clampEnd keeps the ends of a range where its width is still finite.
func clampEnd(x float32) float32 {
	if x > maxEnd {
		return maxEnd
	}
	if x < -maxEnd {
		return -maxEnd
	}
	return x
}

const maxEnd = 0x1p126

// toInt8 clamps before it converts; NaN becomes 0.
func toInt8(v float64) int8 {
	switch {
	case v != v:
		return 0
	case v < -128:
		return -128
	case v > 127:
		return 127
	}
	return int8(v)
}

// Kind is "int8".
func (*Int8Rows) Kind() string { return "int8" }

// Floats is s (q − z).
func (e *Int8Rows) Floats(dst []float32) {
	for r := range e.Rows {
		e.Row(dst[r*e.Cols:(r+1)*e.Cols], r)
	}
}

// Row decodes one row.
func (e *Int8Rows) Row(dst []float32, r int) {
	s, z := e.Scale[r], int32(e.Zero[r])
	for c, q := range e.Codes[r*e.Cols : (r+1)*e.Cols] {
		dst[c] = s * float32(int32(q)-z)
	}
}

// Tensors are the codes under the parameter's own name, name.scale and name.zero.
func (e *Int8Rows) Tensors(name string, shape []int) []Tensor {
	return []Tensor{
		{name, "I8", shape, int8Bytes(e.Codes)},
		{name + scaleSuffix, "F32", []int{e.Rows}, floatBytes(e.Scale)},
		{name + zeroSuffix, "I8", []int{e.Rows}, int8Bytes(e.Zero)},
	}
}
