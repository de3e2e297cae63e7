package model

import (
	"math/bits"
	"slices"
)

// Sparse stores the weights that are not 0, in row-major order, and a bitmap that says
// where they stand: bit i%8 of byte i/8 is weight i. Bitmaps beat column indexes wherever
// more than an eighth of the weights is kept, and lose little below it.
//
//	⌈rows × cols / 8⌉ + 4 kept bytes                 values F32
//	⌈rows × cols / 8⌉ +   kept + 5 rows bytes        values I8, scale and zero point a row as in Ints
//	⌈rows × cols / 8⌉ + those of a vector of kept    values in any other encoding
type Sparse struct {
	Rows, Cols int
	Bitmap     []byte
	Values     []float32 // of the kept weights; nil when they are Codes
	Codes      []int8
	Scale      []float32 // [Rows], beside Codes
	Zero       []int8    // [Rows]
	Inner      Encoding  // of the kept weights as one row, instead of Values and Codes
}

// SparseF32 keeps the values of w [rows, cols] that are not 0.
func SparseF32(w []float32, rows, cols int) *Sparse {
	e := &Sparse{Rows: rows, Cols: cols, Bitmap: make([]byte, (rows*cols+7)/8), Values: []float32{}}
	for i, x := range w {
		if x != 0 {
			e.Bitmap[i/8] |= 1 << (i % 8)
			e.Values = append(e.Values, x)
		}
	}
	return e
}

// SparseInt8 keeps the codes of q that do not stand for 0.
func SparseInt8(q *Ints) *Sparse {
	e := &Sparse{Rows: q.Rows, Cols: q.Cols, Bitmap: make([]byte, (q.Rows*q.Cols+7)/8), Codes: []int8{}, Scale: q.Scale, Zero: q.Zero}
	for i, c := range q.Codes {
		if c != q.Zero[i/q.Cols] {
			e.Bitmap[i/8] |= 1 << (i % 8)
			e.Codes = append(e.Codes, c)
		}
	}
	return e
}

// SparseOf keeps the values of w [rows, cols] that are not 0 as encode stores them, which
// is neither F32 nor 8 bits with a scale: those have their own forms.
func SparseOf(w []float32, rows, cols int, encode func(kept []float32) Encoding) *Sparse {
	e := SparseF32(w, rows, cols)
	e.Inner, e.Values = encode(e.Values), nil
	return e
}

// Kind is "sparse f32", "sparse int8", or sparse and the kind of the kept weights.
func (e *Sparse) Kind() string {
	switch {
	case e.Inner != nil:
		return "sparse " + e.Inner.Kind()
	case e.Values == nil:
		return "sparse int8"
	}
	return "sparse f32"
}

// Kept is the number of weights that are not 0.
func (e *Sparse) Kept() int {
	if e.Inner != nil {
		kept, _ := countBits(e.Bitmap, e.Rows*e.Cols)
		return kept
	}
	return len(e.Values) + len(e.Codes)
}

// Each calls f with each kept weight: its row, column and index among the kept.
func (e *Sparse) Each(f func(row, col, kept int)) {
	k := 0
	for i, b := range e.Bitmap {
		for ; b != 0; b &= b - 1 {
			at := 8*i + bits.TrailingZeros8(b)
			f(at/e.Cols, at%e.Cols, k)
			k++
		}
	}
}

// Floats puts the kept values in their places and 0 in the others.
func (e *Sparse) Floats(dst []float32) {
	clear(dst)
	values := e.Values
	if e.Inner != nil {
		values = make([]float32, e.Kept())
		e.Inner.Floats(values)
	}
	e.Each(func(row, col, k int) {
		if values != nil {
			dst[row*e.Cols+col] = values[k]
		} else {
			dst[row*e.Cols+col] = e.Scale[row] * float32(int32(e.Codes[k])-int32(e.Zero[row]))
		}
	})
}

// Tensors are the values under the parameter's own name, as a vector, name.bitmap and,
// with codes, name.scale and name.zero.
func (e *Sparse) Tensors(name string, shape []int) []Tensor {
	bitmap := Tensor{name + bitmapSuffix, "U8", []int{len(e.Bitmap)}, e.Bitmap}
	if e.Inner != nil {
		return sorted(append(e.Inner.Tensors(name, []int{e.Kept()}), bitmap))
	}
	if e.Values != nil {
		return []Tensor{{name, "F32", []int{len(e.Values)}, FloatBytes(e.Values)}, bitmap}
	}
	return []Tensor{
		{name, "I8", []int{len(e.Codes)}, int8Bytes(e.Codes)},
		bitmap,
		{name + scaleSuffix, "F32", []int{e.Rows}, FloatBytes(e.Scale)},
		{name + zeroSuffix, "I8", []int{e.Rows}, int8Bytes(e.Zero)},
	}
}

func readSparse(r *reader, name string, shape []int, _ string) (Encoding, error) {
	rows, cols := dims(shape)
	b, err := r.take(name+bitmapSuffix, "U8", (rows*cols+7)/8)
	if err != nil {
		return nil, err
	}
	e := &Sparse{Rows: rows, Cols: cols, Bitmap: slices.Clone(b)}
	kept, stray := countBits(e.Bitmap, rows*cols)
	if stray {
		return nil, corrupt("the bitmap of %s marks weights beyond its end", name)
	}
	if len(r.words) > 0 && r.words[0] == "int8" {
		r.words = r.words[1:]
		if b, err = r.take(name, "I8", kept); err != nil {
			return nil, err
		}
		e.Codes = bytesInt8(b)
		e.Scale, e.Zero, err = r.affine(name, PerRow, 8, rows, cols)
		return e, err
	}
	inner, err := r.encoding(name, []int{kept})
	if err != nil {
		return nil, err
	}
	if v, ok := inner.(F32); ok {
		e.Values = v
	} else {
		e.Inner = inner
	}
	return e, nil
}

// Smaller is the sparse form of e where that takes fewer bytes, else e.
func Smaller(e Encoding, rows, cols int) Encoding {
	var s *Sparse
	switch d := e.(type) {
	case F32:
		s = SparseF32(d, rows, cols)
	case *Ints:
		if d.Kind() != "int8" {
			return e
		}
		s = SparseInt8(d)
	case *Half:
		w := make([]float32, rows*cols)
		d.Floats(w)
		s = SparseOf(w, rows, cols, func(kept []float32) Encoding { return ToHalf(kept, 1, len(kept), d.Brain) })
	case *Clustered:
		w := make([]float32, rows*cols)
		d.Floats(w)
		s = SparseOf(w, rows, cols, func(kept []float32) Encoding { return Cluster(kept, 1, len(kept), d.Bits, d.Codebook) })
	default:
		return e
	}
	if storedBytes(s, rows, cols) < storedBytes(e, rows, cols) {
		return s
	}
	return e
}

func storedBytes(e Encoding, rows, cols int) int {
	n := 0
	for _, t := range e.Tensors("", []int{rows, cols}) {
		n += len(t.Data)
	}
	return n
}

// countBits counts the marks among the first n, and says whether one stands beyond.
func countBits(bitmap []byte, n int) (kept int, stray bool) {
	for _, b := range bitmap {
		kept += bits.OnesCount8(b)
	}
	return kept, n%8 != 0 && bitmap[len(bitmap)-1]>>(n%8) != 0
}
