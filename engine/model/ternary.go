package model

import "slices"

// Ternary stores each weight as −α, 0 or α, α one for each row (Ternary Weight Networks,
// Li & Liu 2016, arXiv:1605.04711):
//
//	Δ = 0.7 mean |w| of the row
//	ŵ = 0 where |w| ≤ Δ, else α sign w       α = mean of |w| above Δ, as float16
//
// What was pruned stays 0. NaN counts as 0.
// It takes rows × ⌈cols / 4⌉ + 2 rows bytes: U8 as pack.go packs 2 bits, the code in two's
// complement (0 is 0, 1 is α, 3 is −α: the low bit says whether, the high bit which), and
// name.scale F16 [rows]. Wrapped in Huffman it takes 1.6 bits a weight and less.
//
// It hurts less than Binary, and works in recurrent weights with training alone (Ott et
// al. 2016, arXiv:1608.06902).
type Ternary struct {
	Rows, Cols int
	Packed     []byte    // [Rows, ⌈Cols/4⌉]
	Scale      []float32 // [Rows]
}

// Ternarize rounds w [rows, cols].
func Ternarize(w []float32, rows, cols int) *Ternary {
	codes := make([]byte, len(w))
	e := &Ternary{Rows: rows, Cols: cols}
	for r := range rows {
		row, sum := w[r*cols:(r+1)*cols], 0.0
		for _, x := range row {
			sum += magnitude(x)
		}
		delta, kept, n := float64(0.7*sum)/float64(cols), 0.0, 0
		for c, x := range row {
			m := magnitude(x)
			if m <= delta {
				continue
			}
			kept += m
			n++
			codes[r*cols+c] = 1
			if x < 0 {
				codes[r*cols+c] = 3
			}
		}
		if n > 0 {
			kept /= float64(n)
		}
		e.Scale = append(e.Scale, fromHalf(toHalf(float32(kept))))
	}
	e.Packed = Pack(codes, rows, cols, 2)
	return e
}

// TernaryOf stores codes −1, 0 and 1 [rows, cols] with these scales, float16's.
func TernaryOf(rows, cols int, codes []int8, scale []float32) Encoding {
	bits := make([]byte, len(codes))
	for i, q := range codes {
		bits[i] = byte(q) & 3
	}
	return &Ternary{Rows: rows, Cols: cols, Packed: Pack(bits, rows, cols, 2), Scale: slices.Clone(scale)}
}

// Kind is "ternary".
func (*Ternary) Kind() string { return "ternary" }

// Floats is −α, 0 or α.
func (e *Ternary) Floats(dst []float32) {
	for r := range e.Rows {
		e.Row(dst[r*e.Cols:(r+1)*e.Cols], r)
	}
}

// Row decodes one row.
func (e *Ternary) Row(dst []float32, r int) {
	n := packedRow(e.Cols, 2)
	var room narrow
	codes := room.codes(e.Cols)
	Unpack(codes, e.Packed[r*n:(r+1)*n], 2)
	values := [4]float32{0, e.Scale[r], 0, -e.Scale[r]}
	for c, b := range codes {
		dst[c] = values[b]
	}
}

// Tensors are the codes under the parameter's own name, and name.scale.
func (e *Ternary) Tensors(name string, _ []int) []Tensor {
	return []Tensor{
		{name, "U8", []int{e.Rows, packedRow(e.Cols, 2)}, e.Packed},
		{name + scaleSuffix, "F16", []int{e.Rows}, halfBytes(e.Scale)},
	}
}

func readTernary(r *reader, name string, shape []int, _ string) (Encoding, error) {
	rows, cols := dims(shape)
	e := &Ternary{Rows: rows, Cols: cols}
	var err error
	if e.Packed, err = r.packed(name, rows, cols, 2, 4); err != nil {
		return nil, err
	}
	codes, n := make([]byte, cols), packedRow(cols, 2)
	for i := range rows {
		Unpack(codes, e.Packed[i*n:(i+1)*n], 2)
		for c, b := range codes {
			if b == 2 {
				return nil, corrupt("the code of %s at row %d, column %d is none of −1, 0 and 1", name, i, c)
			}
		}
	}
	e.Scale, err = r.magnitudes(name, rows)
	return e, err
}
