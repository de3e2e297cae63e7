package infer

import (
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/tensor"
)

// product is y [n, rows] += x [n, cols] · Wᵀ.
type product interface {
	add(w *work, n int, x, y []float32)
}

// intProduct is the same with x given as codes.
type intProduct interface {
	add(w *work, n int, x []int8, by []tensor.Int8Row, y []float32)
}

// productOf is W [rows, cols] as it is stored:
//
//	whole numbers, signs      in integers, x rounded to int8 (within ±reach, or of reach 0 its row's greatest)
//	sparse                    the kept weights alone
//	low rank                  U·(V·x)
//	half precision, clusters  decoded by the device as it multiplies
//	the rest                  decoded a block that stays in the cache at a time
func productOf(e model.Encoding, rows, cols int, dev tensor.Device, reach float32) (product, error) {
	e = inside(e)
	switch e := e.(type) {
	case *model.LowRank:
		v, err := productOf(e.V, e.Rank, cols, dev, reach)
		if err != nil {
			return nil, err
		}
		u, err := productOf(e.U, rows, e.Rank, dev, 0)
		return &lowRank{u, v, e.Rank}, err
	case *model.Sparse:
		if e.Codes != nil {
			break
		}
		d, ok := dev.(tensor.Sparse)
		if !ok {
			return nil, &tensor.ErrUnsupported{Op: "GemmSparse", Device: dev.Name()}
		}
		return &sparseProduct{d, csr(e)}, nil
	}
	if c, ok := dev.(tensor.Coder); ok {
		if w := codedOf(e, rows, cols); w != nil {
			c.PrepareCoded(w)
			if w.Panels != nil {
				w.Floats, w.Codes, w.Bits = nil, nil, nil
			}
			return &codedProduct{c, w}, nil
		}
	}
	if !whole(e) {
		return &blocks{dev, rowsOf(e, rows, cols), rows, cols}, nil
	}
	d, ok := dev.(integers)
	if !ok {
		return nil, &tensor.ErrUnsupported{Op: "GemmInt8", Device: dev.Name()}
	}
	return newRounded(d, intProductOf(e, rows, cols, d), cols, reach), nil
}

// Product is y [n, rows] += h [n, cols] · Wᵀ of a state h as an LSTM of matrices in e's
// encoding computes it, alone: for measuring.
func Product(e model.Encoding, rows, cols int, dev tensor.Device) (func(n int, h, y []float32), error) {
	if _, ok := dev.(tensor.Preparer); ok && decodes(inside(e)) {
		v := make(model.F32, rows*cols)
		e.Floats(v)
		e = v
	}
	p, err := productOf(e, rows, cols, dev, 1)
	w := &work{}
	return func(n int, h, y []float32) { p.add(w, n, h, y) }, err
}

// codedOf is float32, half precision, or places in a codebook, unpacked to a byte each; else nil.
func codedOf(e model.Encoding, rows, cols int) *tensor.Coded {
	switch e := e.(type) {
	case model.F32:
		return &tensor.Coded{N: rows, K: cols, Floats: e}
	case *model.Half:
		w := &tensor.Coded{N: rows, K: cols, Bits: e.Bits, Form: tensor.FormHalf}
		if e.Brain {
			w.Form = tensor.FormBrain
		}
		return w
	case *model.Clustered:
		w := &tensor.Coded{N: rows, K: cols, Form: tensor.FormTable, Codes: make([]byte, rows*cols), Table: e.Codebook}
		for r := range rows {
			model.Unpack(w.Codes[r*cols:(r+1)*cols], packedRow(e.Packed, rows, int32(r)), e.Bits)
		}
		return w
	}
	return nil
}

// codedProduct decodes in the device's kernel.
type codedProduct struct {
	dev tensor.Coder
	w   *tensor.Coded
}

func (p *codedProduct) add(_ *work, n int, x, y []float32) { p.dev.AddCoded(n, x, p.w, y) }

// integers is a device for products in whole numbers.
type integers interface {
	tensor.Device
	tensor.Int8
	tensor.Sparse
	tensor.Cell
}

// whole says whether e holds whole numbers with scales.
func whole(e model.Encoding) bool {
	switch e := e.(type) {
	case *model.Ints, *model.Binary, *model.Ternary:
		return true
	case *model.Sparse:
		return e.Codes != nil
	}
	return false
}

// intProductOf is W [rows, cols] in codes.
func intProductOf(e model.Encoding, rows, cols int, dev integers) intProduct {
	switch e := e.(type) {
	case *model.Sparse:
		if laidOut(e, dev) {
			return newDense(dev, fullCodesOf(e), true)
		}
		return &sparseInt8{dev, sparseCodesOf(e)}
	case *model.Ints:
		if e.Per > 0 {
			return newDense(dev, groupsOf(e), true)
		}
		if e.Kind() == "int8" {
			return newDense(dev, codesOf(e), false)
		}
		return newDense(dev, matrix(intsOf(e), rows, cols, func(r int) (float32, int8) { return scaleOf(e, r, 0) }), true)
	}
	s := rowsOf(e, rows, cols).(signRows)
	q := make([]int8, rows*cols)
	for r := range rows {
		s.signs(q[r*cols:(r+1)*cols], int32(r))
	}
	return newDense(dev, matrix(q, rows, cols, func(r int) (float32, int8) { return oneOr(s.scale, r), 0 }), true)
}

// intsOf are the codes of e, a byte each: 4 bits are unpacked when a model is loaded.
func intsOf(e *model.Ints) []int8 {
	if e.Bits == 8 {
		return e.Codes
	}
	q := make([]int8, e.Rows*e.Cols)
	for r := range e.Rows {
		row := q[r*e.Cols : (r+1)*e.Cols]
		model.Unpack(unsigned(row), packedRow(e.Packed, e.Rows, int32(r)), 4)
		for c := range row {
			row[c] -= 8
		}
	}
	return q
}

func scaleOf(e *model.Ints, r, c int) (scale float32, zero int8) {
	i := e.Per.Index(r, c, e.Rows, e.Cols)
	if e.Zero != nil {
		zero = e.Zero[i]
	}
	return e.Scale[i], zero
}

// matrix is one for the device, sharing the codes.
func matrix(q []int8, rows, cols int, by func(r int) (scale float32, zero int8)) *tensor.Int8Matrix {
	m := &tensor.Int8Matrix{N: rows, K: cols, Codes: q, Zero: make([]int8, rows), Scale: make([]float32, rows), Sum: make([]int32, rows)}
	for r := range rows {
		m.Scale[r], m.Zero[r] = by(r)
		m.Sum[r] = sum(q[r*cols:(r+1)*cols]) - int32(cols)*int32(m.Zero[r])
	}
	return m
}

// groupsOf is a matrix with a scale for each few neighbours of a row.
func groupsOf(e *model.Ints) *tensor.Int8Matrix {
	size := int(e.Per)
	n := (e.Cols + size - 1) / size * e.Rows
	m := &tensor.Int8Matrix{N: e.Rows, K: e.Cols, Codes: intsOf(e), Group: size, Zero: make([]int8, n), Scale: make([]float32, n), Sum: make([]int32, n)}
	for at := range n {
		r, from := at%e.Rows, at/e.Rows*size
		q := m.Codes[r*e.Cols+from : r*e.Cols+min(from+size, e.Cols)]
		m.Scale[at], m.Zero[at] = scaleOf(e, r, from)
		m.Sum[at] = sum(q) - int32(len(q))*int32(m.Zero[at])
	}
	return m
}

// newDense prepares w; own says that the codes are nobody else's.
func newDense(dev tensor.Int8, w *tensor.Int8Matrix, own bool) *denseInt8 {
	if prepare, ok := dev.(tensor.Preparer); ok {
		prepare.PrepareInt8(w)
		if own {
			w.Codes = nil // the panels hold them
		}
	}
	return &denseInt8{dev, w}
}

// rounded multiplies floats by whole numbers: x is rounded first, or by the device on the way.
type rounded struct {
	dev   integers
	of    intProduct
	cols  int
	reach float32        // x beyond ± it is clamped; 0: each row by its greatest
	way   tensor.Rounder // nil: of or the device can't
}

func newRounded(dev integers, of intProduct, cols int, reach float32) *rounded {
	p := &rounded{dev: dev, of: of, cols: cols, reach: reach}
	if _, dense := of.(*denseInt8); dense {
		p.way, _ = dev.(tensor.Rounder)
	}
	return p
}

func (p *rounded) add(w *work, n int, x, y []float32) {
	if p.way != nil {
		p.way.AddRounded(n, x, p.reach, p.of.(*denseInt8).w, y)
		return
	}
	round(p.dev, w, n, p.cols, x, p.reach)
	p.of.add(w, n, w.q, w.by, y)
}

// round writes x [n, cols] to w.q in codes of 8 bits, and to w.by how they are read:
//
//	reach a    q = round(127 x/a) within ±127, to nearest even
//	reach 0    the same with a = max |x| of each row
func round(dev integers, w *work, n, cols int, x []float32, reach float32) {
	w.q, w.by = room(w.q, n*cols), room(w.by, n)
	switch reach {
	case 0:
		dev.RoundRows(cols, x, w.q, w.by)
	case 1:
		dev.RoundInt8(cols, x, w.q, w.by)
	default:
		w.scaled.Data = append(w.scaled.Data[:0], x[:n*cols]...)
		dev.Scale(n*cols, 1/reach, &w.scaled)
		dev.RoundInt8(cols, w.scaled.Data, w.q, w.by)
		for i := range w.by {
			w.by[i].Scale *= reach
		}
	}
}

// lowRank is U [rows, k] times V [k, cols].
type lowRank struct {
	u, v product
	k    int
}

func (l *lowRank) add(w *work, n int, x, y []float32) {
	t := zeroed(w.narrow, n*l.k)
	w.narrow = nil // an inner one needs its own
	l.v.add(w, n, x, t)
	l.u.add(w, n, t, y)
	w.narrow = t
}

// blocks decodes some rows at a time, each sum in the order of a dense product.
type blocks struct {
	dev        tensor.Device
	of         rows
	rows, cols int
}

// blockSize is how many floats stay in a cache beside x and y.
const blockSize = 1 << 15

func (b *blocks) add(w *work, n int, x, y []float32) {
	some := min(blockSize/b.cols+1, b.rows)
	w.block.Data = room(w.block.Data, some*b.cols)
	for from := 0; from < b.rows; from += some {
		k := min(some, b.rows-from)
		for r := range k {
			b.of.row(w.block.Data[r*b.cols:(r+1)*b.cols], int32(from+r))
		}
		w.in.Data, w.out.Data = x, y
		if k < b.rows {
			w.sums = room(w.sums, n*k)
			for i := range n {
				copy(w.sums[i*k:(i+1)*k], y[i*b.rows+from:])
			}
			w.out.Data = w.sums
		}
		b.dev.Gemm(false, true, n, k, b.cols, &w.in, &w.block, true, &w.out)
		if k < b.rows {
			for i := range n {
				copy(y[i*b.rows+from:(i+1)*b.rows], w.sums[i*k:(i+1)*k])
			}
		}
	}
}
