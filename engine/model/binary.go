package model

import "slices"

// Binary stores the sign of each weight, 1 bit (Courbariaux et al. 2016, arXiv:1602.02830),
// and a scale for each row (XNOR-Net, Rastegari et al. 2016, arXiv:1603.05279), the α that
// makes Σ (w − α sign w)² least:
//
//	α = mean |w| of the row, as float16      ŵ = α where w ≥ 0, else −α
//
// or none at all: ŵ = ±1, the article's Sign(x), for what was trained to be so. A row of
// zeros has α = 0; else 0 can't be told, and becomes α. NaN counts as 0.
// It takes rows × ⌈cols / 8⌉ bytes, and 2 rows with scales: U8 as pack.go packs 1 bit, set
// where ŵ is above 0, and name.scale F16 [rows].
//
// It hurts: done after training it ruins most models; recurrent weights fail even with
// training unless the gates are normalised (Ott et al. 2016, arXiv:1608.06902; Hou et al. 2019).
type Binary struct {
	Rows, Cols int
	Packed     []byte    // [Rows, ⌈Cols/8⌉], 1 where above 0
	Scale      []float32 // [Rows]; nil: ±1
}

// Binarize keeps the signs of w [rows, cols], with a scale a row where scaled.
func Binarize(w []float32, rows, cols int, scaled bool) *Binary {
	codes := make([]byte, len(w))
	for i, x := range w {
		if x >= 0 || x != x {
			codes[i] = 1
		}
	}
	e := &Binary{Rows: rows, Cols: cols, Packed: Pack(codes, rows, cols, 1)}
	for r := 0; scaled && r < rows; r++ {
		sum := 0.0
		for _, x := range w[r*cols : (r+1)*cols] {
			sum += magnitude(x)
		}
		e.Scale = append(e.Scale, fromHalf(toHalf(float32(sum/float64(cols)))))
	}
	return e
}

// BinaryOf stores codes −1 and 1 [rows, cols], with these scales, float16's, or none.
func BinaryOf(rows, cols int, codes []int8, scale []float32) Encoding {
	bits := make([]byte, len(codes))
	for i, q := range codes {
		if q > 0 {
			bits[i] = 1
		}
	}
	return &Binary{Rows: rows, Cols: cols, Packed: Pack(bits, rows, cols, 1), Scale: slices.Clone(scale)}
}

// HalfOf is the nearest number that float16 holds, as scales are stored.
func HalfOf(x float32) float32 { return fromHalf(toHalf(x)) }

// magnitude is |x|, 0 for NaN.
func magnitude(x float32) float64 {
	switch {
	case x < 0:
		return -float64(x)
	case x > 0:
		return float64(x)
	}
	return 0
}

// Kind is "binary", or "sign" without scales.
func (e *Binary) Kind() string {
	if e.Scale == nil {
		return "sign"
	}
	return "binary"
}

// Floats is ±α.
func (e *Binary) Floats(dst []float32) {
	for r := range e.Rows {
		e.Row(dst[r*e.Cols:(r+1)*e.Cols], r)
	}
}

// Row decodes one row.
func (e *Binary) Row(dst []float32, r int) {
	n, a := packedRow(e.Cols, 1), float32(1)
	if e.Scale != nil {
		a = e.Scale[r]
	}
	var room narrow
	codes := room.codes(e.Cols)
	Unpack(codes, e.Packed[r*n:(r+1)*n], 1)
	for c, b := range codes {
		dst[c] = a
		if b == 0 && a != 0 {
			dst[c] = -a
		}
	}
}

// Tensors are the bits under the parameter's own name, and name.scale where there are scales.
func (e *Binary) Tensors(name string, _ []int) []Tensor {
	list := []Tensor{{name, "U8", []int{e.Rows, packedRow(e.Cols, 1)}, e.Packed}}
	if e.Scale != nil {
		list = append(list, Tensor{name + scaleSuffix, "F16", []int{e.Rows}, halfBytes(e.Scale)})
	}
	return list
}

func readBinary(r *reader, name string, shape []int, kind string) (Encoding, error) {
	rows, cols := dims(shape)
	e := &Binary{Rows: rows, Cols: cols}
	var err error
	if e.Packed, err = r.packed(name, rows, cols, 1, 2); err == nil && kind == "binary" {
		e.Scale, err = r.magnitudes(name, rows)
	}
	return e, err
}
