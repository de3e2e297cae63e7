package infer

import (
	"math"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/tensor"
)

// integer is the arithmetic of int8 weights (Jacob et al. 2018, arXiv:1712.05877), dense
// or sparse, its products exact in int32:
//
//	x = s_x (q_x − z_x)      a row of the embedding, its codes as they are stored
//	h = q_h / 127            symmetric, q_h = round(127 h) to nearest even: h is in (−1, 1)
//	y = s_x s_w Σ (q_x − z_x)(q_w − z_w)
//	  = s_x s_w (Σ q_x q_w − z_w Σ q_x − z_x Σ (q_w − z_w))
//
// Each sum is rounded to float32 once and then scaled. Widths are at most 2,048, so that
// no sum passes 2,048 · 255² < 2²⁸. Biases, the cell and Linear's result are float32.
type integer struct {
	cell                  cell
	e, h, k               int
	embedding             codes
	input, hidden, linear intProduct
	biases, biasLinear    []float32
}

// operand says how a row of codes is read: scale (q − zero); sum is that of q.
type operand struct {
	scale     float32
	zero, sum int32
}

// codes is the embedding in int8.
type codes interface {
	rows
	codes(dst []int8, id int32) operand
}

// intProduct is y [n, rows] += x [n, cols] · Wᵀ with x given as codes.
type intProduct interface {
	add(w *work, n int, x []int8, by []operand, y []float32)
}

func newInteger(m *model.Model, dev tensor.Device) (network, error) {
	d, ok := dev.(tensor.Int8)
	if !ok {
		return nil, &tensor.ErrUnsupported{Op: "GemmInt8", Device: dev.Name()}
	}
	matrix := func(name string) intProduct {
		p, _ := m.Param(name)
		if s, ok := p.Enc.(*model.Sparse); ok {
			return newSparseInt8(dev, s)
		}
		return newDenseInt8(dev, d, p.Enc.(*model.Int8Rows))
	}
	c := m.Config
	p := &integer{
		cell: cellOf(dev),
		e:    c.Model.Embedding, h: c.Model.Hidden, k: c.Outputs,
		input: matrix(model.LSTMInput), hidden: matrix(model.LSTMHidden), linear: matrix(model.LinearWeight),
		biases:     biases(m.Floats(model.LSTMBiasIn), m.Floats(model.LSTMBiasHid)),
		biasLinear: m.Floats(model.LinearBias),
	}
	x, _ := m.Param(model.Embedding)
	if s, ok := x.Enc.(*model.Sparse); ok {
		p.embedding = &sparseCodes{newSparseRows(s)}
	} else {
		p.embedding = denseCodes{x.Enc.(*model.Int8Rows)}
	}
	return p, nil
}

func (p *integer) row(dst []float32, id int32) { p.embedding.row(dst, id) }

func (p *integer) states(w *work, texts [][]int32, last []float32, each func(h []float32)) {
	run(w, p.cell, p.h, 4*p.h*(p.e+p.h), texts, last, p.gates, each)
}

func (p *integer) gates(w *work, ids []int32, h, pre []float32) {
	n := len(ids)
	w.qx, w.by = room(w.qx, n*p.e), room(w.by, n)
	for i, id := range ids {
		w.by[i] = p.embedding.codes(w.qx[i*p.e:(i+1)*p.e], id)
	}
	fill(pre, p.biases)
	p.input.add(w, n, w.qx, w.by, pre)
	p.state(w, n, h)
	p.hidden.add(w, n, w.qh, w.by, pre)
}

// state rounds h [n, H] into w.qh and says so in w.by.
func (p *integer) state(w *work, n int, h []float32) {
	w.qh, w.by = room(w.qh, n*p.h), room(w.by, n)
	for i := range n {
		w.by[i] = round(w.qh[i*p.h:(i+1)*p.h], h[i*p.h:(i+1)*p.h])
	}
}

// round is the symmetric code of a state at the fixed scale 1/127.
func round(dst []int8, h []float32) operand {
	o := operand{scale: 1.0 / 127}
	for i, x := range h {
		v := math.RoundToEven(float64(x * 127))
		switch {
		case v != v:
			v = 0
		case v > 127:
			v = 127
		case v < -127:
			v = -127
		}
		dst[i] = int8(v)
		o.sum += int32(dst[i])
	}
	return o
}

func (p *integer) score(w *work, n int, h, logits []float32) {
	p.state(w, n, h)
	fill(logits, p.biasLinear)
	p.linear.add(w, n, w.qh, w.by, logits)
}

// denseInt8 multiplies by the device's integer kernel.
type denseInt8 struct {
	dev     tensor.Int8
	rescale rescaler
	w       *model.Int8Rows
	zero    []int32 // z of each row
	sum     []int32 // Σ (q − z) of each row
}

func newDenseInt8(dev tensor.Device, ints tensor.Int8, w *model.Int8Rows) *denseInt8 {
	p := &denseInt8{dev: ints, rescale: rescalerOf(dev), w: w, zero: make([]int32, w.Rows), sum: make([]int32, w.Rows)}
	for r, z := range w.Zero {
		p.zero[r] = int32(z)
	}
	for i, q := range w.Codes {
		p.sum[i/w.Cols] += int32(q) - int32(w.Zero[i/w.Cols])
	}
	return p
}

func (p *denseInt8) add(w *work, n int, x []int8, by []operand, y []float32) {
	rows := p.w.Rows
	w.acc = room(w.acc, n*rows)
	p.dev.GemmInt8(n, rows, p.w.Cols, x, p.w.Codes, w.acc)
	for i, o := range by[:n] {
		p.rescale(w.acc[i*rows:(i+1)*rows], o.sum, o.zero, p.zero, p.sum, o.scale, p.w.Scale, y[i*rows:(i+1)*rows])
	}
}

// sparseInt8 multiplies only the kept weights, each as the difference q − z.
type sparseInt8 struct {
	multiply func(B int, x []int8, w *tensor.CSRInt, c []int32)
	rescale  rescaler
	w        *tensor.CSRInt
	scale    []float32
	zero     []int32 // none: the differences have none
	sum      []int32 // Σ (q − z) of each row
}

func newSparseInt8(dev tensor.Device, s *model.Sparse) *sparseInt8 {
	p := &sparseInt8{
		multiply: tensor.GemmSparseInt, rescale: rescalerOf(dev), scale: s.Scale,
		w:    &tensor.CSRInt{N: s.Rows, K: s.Cols, Row: make([]int32, s.Rows+1), Col: make([]int32, s.Kept()), Val: make([]int32, s.Kept())},
		zero: make([]int32, s.Rows), sum: make([]int32, s.Rows),
	}
	if d, ok := dev.(tensor.SparseInt); ok {
		p.multiply = d.GemmSparseInt
	}
	s.Each(func(row, col, kept int) {
		p.w.Row[row+1]++
		p.w.Col[kept] = int32(col)
		p.w.Val[kept] = int32(s.Codes[kept]) - int32(s.Zero[row])
		p.sum[row] += p.w.Val[kept]
	})
	for r := range s.Rows {
		p.w.Row[r+1] += p.w.Row[r]
	}
	return p
}

func (p *sparseInt8) add(w *work, n int, x []int8, by []operand, y []float32) {
	rows := p.w.N
	w.acc = room(w.acc, n*rows)
	p.multiply(n, x, p.w, w.acc)
	for i, o := range by[:n] {
		p.rescale(w.acc[i*rows:(i+1)*rows], 0, o.zero, p.zero, p.sum, o.scale, p.scale, y[i*rows:(i+1)*rows])
	}
}

// rescaler is tensor.Rescale.
type rescaler func(c []int32, sumA, zeroA int32, zeroB, sumB []int32, scaleA float32, scaleB, y []float32)

// rescalerOf is the device's own, where it has one.
func rescalerOf(dev tensor.Device) rescaler {
	if d, ok := dev.(tensor.Rescaler); ok {
		return d.Rescale
	}
	return tensor.Rescale
}

type denseCodes struct{ w *model.Int8Rows }

func (d denseCodes) row(dst []float32, id int32) { d.w.Row(dst, int(id)) }

func (d denseCodes) codes(dst []int8, id int32) operand {
	copy(dst, d.w.Codes[int(id)*d.w.Cols:(int(id)+1)*d.w.Cols])
	o := operand{scale: d.w.Scale[id], zero: int32(d.w.Zero[id])}
	for _, q := range dst {
		o.sum += int32(q)
	}
	return o
}

type sparseCodes struct{ *sparseRows }

func (d *sparseCodes) row(dst []float32, id int32) {
	clear(dst)
	scale, zero := d.s.Scale[id], int32(d.s.Zero[id])
	d.each(id, func(col, kept int) { dst[col] = scale * float32(int32(d.s.Codes[kept])-zero) })
}

func (d *sparseCodes) codes(dst []int8, id int32) operand {
	o := operand{scale: d.s.Scale[id], zero: int32(d.s.Zero[id])}
	for c := range dst {
		dst[c] = d.s.Zero[id]
	}
	d.each(id, func(col, kept int) { dst[col] = d.s.Codes[kept] })
	for _, q := range dst {
		o.sum += int32(q)
	}
	return o
}
