package model

import (
	"fmt"
	"math"
	"slices"
)

// Ints is quantization to whole numbers of 8 or 4 bits (Jacob et al. 2018,
// arXiv:1712.05877; Krishnamoorthi 2018, arXiv:1806.08342), with b bits, lowest −2ᵇ⁻¹:
//
//	affine      low = min(0, min w)   high = max(0, max w)     the range holds 0, so that 0 is exact
//	            s = (high − low) / (2ᵇ − 1)
//	            z = clamp(round(lowest − low/s))
//	symmetric   s = max |w| / ((2ᵇ − 1) / 2)   z = 0           all 2ᵇ codes are in use
//	q = clamp(round(w/s) + z)
//	ŵ = s (q − z)                                              |ŵ − w| ≤ s (half from q, half from z's rounding at an end)
//
// A scale serves the whole matrix, a gate of the LSTM (a quarter of the rows), a row, or a
// group of neighbours in a row: the smaller its share, the less harm an outlier does, and
// the more scales are stored. ZeroPoint and scale are PyTorch's; the article's
// Round(x·Scale + Bias) is the same map with Scale = 1/s and Bias = z, for adding a whole
// number before rounding or after is one (ints_test.go shows it).
//
// Rounding is to nearest even; NaN counts as 0, what lies beyond ±2¹²⁶ as that; s is never
// below 2⁻¹²⁶. Where all is 0, s = 1 and z = 0. Scales of groups are float16 (2⁻²⁴ to
// 65,504, and what they can't reach is clamped), the others float32. Bytes, n scales:
//
//	8 bits   rows × cols        + 4 n, groups 2 n   + n where affine
//	4 bits   rows × ⌈cols / 2⌉  + 4 n, groups 2 n   + ⌈n / 2⌉ where affine
//
// The file holds codes I8 [rows, cols], or U8 [rows, ⌈cols/2⌉] of q + 8 as pack.go packs;
// name.scale F32 [n] or F16 [rows, groups]; where affine name.zero I8 [n] or U8 [⌈n/2⌉]
// of z + 8, packed as one row.
//
// It hurts where one scale must serve values of very different size; 4 bits with one
// scale for a row or more lose accuracy without training.
type Ints struct {
	Rows, Cols int
	Bits       int // 8 or 4
	Per        Per
	Codes      []int8    // [Rows, Cols] of 8 bits
	Packed     []byte    // [Rows, ⌈Cols/2⌉] of 4 bits: q + 8
	Scale      []float32 // [Rows] for PerRow, [Rows, groups] for groups, [4], [1]
	Zero       []int8    // as Scale; nil where symmetric
}

// Per is what one scale serves: one of these, or that many neighbours in a row.
type Per int

// What a scale serves.
const (
	PerRow    Per = 0
	PerTensor Per = -1
	PerGate   Per = -2 // a quarter of the rows: gates i, f, g, o
)

// groupSizes are the numbers of neighbours that may share a scale.
var groupSizes = []Per{32, 64, 128}

func (p Per) suffix() string {
	switch p {
	case PerRow:
		return ""
	case PerTensor:
		return "/tensor"
	case PerGate:
		return "/gate"
	}
	return fmt.Sprintf("/group%d", int(p))
}

// groups is the number of scales that serve a row.
func (p Per) groups(cols int) int {
	if p <= 0 {
		return 1
	}
	return (cols + int(p) - 1) / int(p)
}

// scales is their number in all; 0 where a matrix of so many rows has no gates.
func (p Per) scales(rows, cols int) int {
	switch p {
	case PerTensor:
		return 1
	case PerGate:
		if rows%4 != 0 {
			return 0
		}
		return 4
	}
	return rows * p.groups(cols)
}

// Span is the part of the row-major values that scale i serves.
func (p Per) Span(i, rows, cols int) (from, to int) {
	switch p {
	case PerTensor:
		return 0, rows * cols
	case PerGate:
		n := rows / 4 * cols
		return i * n, (i + 1) * n
	case PerRow:
		return i * cols, (i + 1) * cols
	}
	g := p.groups(cols)
	from = i/g*cols + i%g*int(p)
	to = from + int(p)
	if end := (i/g + 1) * cols; to > end {
		to = end
	}
	return from, to
}

// Index is the scale that serves row r from its column c on.
func (p Per) Index(r, c, rows, cols int) int {
	switch p {
	case PerTensor:
		return 0
	case PerGate:
		return r / (rows / 4)
	case PerRow:
		return r
	}
	return r*p.groups(cols) + c/int(p)
}

// Quantize rounds w [rows, cols] to 8 bits, affine, each row with its own scale.
func Quantize(w []float32, rows, cols int) *Ints {
	return Rounding{Bits: 8}.Round(w, rows, cols)
}

// Kind is "int8" or "int4", then what a scale serves unless it is a row, then "/sym" where symmetric.
func (e *Ints) Kind() string {
	kind := fmt.Sprintf("int%d%s", e.Bits, e.Per.suffix())
	if e.Zero == nil {
		kind += "/sym"
	}
	return kind
}

// Floats is s (q − z).
func (e *Ints) Floats(dst []float32) {
	for r := range e.Rows {
		e.Row(dst[r*e.Cols:(r+1)*e.Cols], r)
	}
}

// Row decodes one row.
func (e *Ints) Row(dst []float32, r int) {
	step := e.Cols
	if e.Per > 0 {
		step = int(e.Per)
	}
	var nibbles []byte
	var room narrow
	if e.Bits == 4 {
		n := packedRow(e.Cols, 4)
		nibbles = room.codes(e.Cols)
		Unpack(nibbles, e.Packed[r*n:(r+1)*n], 4)
	}
	for from := 0; from < e.Cols; from += step {
		i := e.Per.Index(r, from, e.Rows, e.Cols)
		s, z := e.Scale[i], int32(0)
		if e.Zero != nil {
			z = int32(e.Zero[i])
		}
		for c := from; c < from+step && c < e.Cols; c++ {
			if nibbles != nil {
				dst[c] = s * float32(int32(nibbles[c])-8-z)
			} else {
				dst[c] = s * float32(int32(e.Codes[r*e.Cols+c])-z)
			}
		}
	}
}

// RowCodes are the codes q of a row, in dst where they are packed.
func (e *Ints) RowCodes(dst []int8, r int) []int8 {
	if e.Bits == 8 {
		return e.Codes[r*e.Cols : (r+1)*e.Cols]
	}
	n := packedRow(e.Cols, 4)
	var room narrow
	nibbles := room.codes(e.Cols)
	Unpack(nibbles, e.Packed[r*n:(r+1)*n], 4)
	for i, q := range nibbles {
		dst[i] = int8(q) - 8
	}
	return dst[:e.Cols]
}

// Tensors are the codes under the parameter's own name, name.scale and, where affine, name.zero.
func (e *Ints) Tensors(name string, shape []int) []Tensor {
	own := Tensor{name, "I8", shape, int8Bytes(e.Codes)}
	if e.Bits == 4 {
		own = Tensor{name, "U8", []int{e.Rows, packedRow(e.Cols, 4)}, e.Packed}
	}
	scale := Tensor{name + scaleSuffix, "F32", []int{len(e.Scale)}, FloatBytes(e.Scale)}
	if e.Per > 0 {
		scale = Tensor{name + scaleSuffix, "F16", []int{e.Rows, e.Per.groups(e.Cols)}, halfBytes(e.Scale)}
	}
	list := []Tensor{own, scale}
	if e.Zero == nil {
		return list
	}
	if e.Bits == 8 {
		return append(list, Tensor{name + zeroSuffix, "I8", []int{len(e.Zero)}, int8Bytes(e.Zero)})
	}
	z := Pack(offset8(e.Zero), 1, len(e.Zero), 4)
	return append(list, Tensor{name + zeroSuffix, "U8", []int{len(z)}, z})
}

// offset8 is q + 8 of codes of 4 bits.
func offset8(q []int8) []byte {
	b := make([]byte, len(q))
	for i, x := range q {
		b[i] = byte(x + 8)
	}
	return b
}

// readInts reads what Tensors wrote.
func readInts(r *reader, name string, shape []int, kind string) (Encoding, error) {
	rows, cols := dims(shape)
	e := &Ints{Rows: rows, Cols: cols, Bits: 8}
	if kind[:4] == "int4" {
		e.Bits = 4
	}
	symmetric := false
	for _, option := range options(kind) {
		switch option {
		case "sym":
			symmetric = true
		case "tensor":
			e.Per = PerTensor
		case "gate":
			e.Per = PerGate
		case "group32", "group64", "group128":
			e.Per = groupSizes[slices.Index([]string{"group32", "group64", "group128"}, option)]
		default:
			return nil, unknownKind(r.param, kind)
		}
	}
	n := e.Per.scales(rows, cols)
	if n == 0 {
		return nil, misshapen("%s has a scale for each gate, but %d rows are not four gates", name, rows)
	}
	var err error
	if e.Bits == 4 {
		if e.Packed, err = r.packed(name, rows, cols, 4, 16); err != nil {
			return nil, err
		}
	} else {
		b, err := r.take(name, "I8", shape...)
		if err != nil {
			return nil, err
		}
		e.Codes = bytesInt8(b)
	}
	if symmetric {
		e.Scale, err = r.scales(name, e.Per, rows, cols)
	} else {
		e.Scale, e.Zero, err = r.affine(name, e.Per, e.Bits, rows, cols)
	}
	return e, err
}

// affine are the scales and zero points of a quantized matrix.
func (r *reader) affine(name string, per Per, bits, rows, cols int) (scale []float32, zero []int8, err error) {
	if scale, err = r.scales(name, per, rows, cols); err != nil {
		return nil, nil, err
	}
	n := len(scale)
	if bits == 8 {
		b, err := r.take(name+zeroSuffix, "I8", n)
		return scale, bytesInt8(b), err
	}
	b, err := r.takePacked(name+zeroSuffix, []int{packedRow(n, 4)}, 1, n, 4, 16)
	if err != nil {
		return nil, nil, err
	}
	codes := make([]byte, n)
	Unpack(codes, b, 4)
	for _, c := range codes {
		zero = append(zero, int8(c)-8)
	}
	return scale, zero, nil
}

// scales of a quantized matrix: float16 for groups.
func (r *reader) scales(name string, per Per, rows, cols int) ([]float32, error) {
	var scale []float32
	if per > 0 {
		b, err := r.take(name+scaleSuffix, "F16", rows, per.groups(cols))
		if err != nil {
			return nil, err
		}
		scale = bytesHalf(b)
	} else {
		b, err := r.take(name+scaleSuffix, "F32", per.scales(rows, cols))
		if err != nil {
			return nil, err
		}
		scale = bytesFloats(b)
	}
	for i, s := range scale {
		if !(s >= 0x1p-126) || !finite(scale[i:i+1]) {
			return nil, corrupt("the scale of row %d of %s is %g", i/per.groups(cols), name, s)
		}
	}
	return scale, nil
}

// toCode clamps to b bits before it converts; NaN becomes 0.
func toCode(v float64, bits int) int8 {
	low := -float64(int(1) << (bits - 1))
	switch {
	case v != v:
		return 0
	case v < low:
		return int8(low)
	case v > -low-1:
		return int8(-low - 1)
	}
	return int8(v)
}

// Code of x; the division is in float64, where w/s is exact enough that no product of two
// roundings decides a code.
func Code(x, scale float32, zero int8, bits int) int8 {
	return toCode(math.RoundToEven(float64(x)/float64(scale))+float64(zero), bits)
}
