package infer

import (
	"math/bits"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
)

// integer is the arithmetic of int8 weights (Jacob et al. 2018, arXiv:1712.05877), dense
// or sparse, its products exact in int32:
//
//	x = s_x (q_x − z_x)      a row of the embedding, its codes as they are stored
//	h = a q_h / 127          symmetric, q_h = round(127 h/a) to nearest even; a as the model
//	                         says (Config.State), 1 by itself: h is in (−1, 1)
//	y = s_x s_w Σ (q_x − z_x)(q_w − z_w)
//	  = s_x s_w (Σ q_x q_w − z_w Σ q_x − z_x Σ (q_w − z_w))
//
// Each sum is rounded to float32 once and then scaled. Widths are at most 2,048, so that
// no sum passes 2,048 · 255² < 2²⁸. Biases, the cell and Linear's result are float32.
type integer struct {
	h, k           int
	embedding      codes
	input          intProduct
	hidden, linear *rounded // of the state
	biasLinear     []float32
	*cells
}

func newInteger(m *model.Model, dev tensor.Device) (network, error) {
	d, ok := dev.(integers)
	if !ok {
		return nil, &tensor.ErrUnsupported{Op: "GemmInt8", Device: dev.Name()}
	}
	matrix := func(name string) intProduct {
		p, _ := m.Param(name)
		return intProductOf(p.Enc, p.Shape[0], p.Shape[1], d)
	}
	c := m.Config
	p := &integer{
		h: c.Model.Hidden, k: c.Outputs, input: matrix(model.LSTMInput), biasLinear: m.Floats(model.LinearBias),
	}
	p.hidden = newRounded(d, matrix(model.LSTMHidden), p.h, c.StateReach())
	p.linear = newRounded(d, matrix(model.LinearWeight), p.h, c.StateReach())
	p.cells = &cells{layer: p, dev: d, E: c.Model.Embedding, H: p.h, biases: biases(m.Floats(model.LSTMBiasIn), m.Floats(model.LSTMBiasHid))}
	p.cells.run = runOf(d, p.hidden)
	x, _ := m.Param(model.Embedding)
	if s, ok := x.Enc.(*model.Sparse); ok {
		p.embedding = &sparseCodes{newSparseRows(s)}
	} else {
		w := x.Enc.(*model.Ints)
		p.embedding = denseCodes{w, d, codesOf(w)}
	}
	return p, nil
}

func (p *integer) row(dst []float32, id int32) { p.embedding.row(dst, id) }

func (p *integer) inputs(w *work, ids []int32, pre []float32) {
	n := len(ids)
	w.q, w.by = room(w.q, n*p.E), room(w.by, n)
	p.embedding.codes(w.q, w.by, ids)
	p.input.add(w, n, w.q, w.by, pre)
}

func (p *integer) state(w *work, n int, h, pre []float32) {
	p.hidden.add(w, n, h, pre)
}

func (p *integer) score(w *work, n int, h, logits []float32) {
	fill(logits, p.biasLinear)
	p.linear.add(w, n, h, logits)
}

// denseInt8 multiplies by the device's integer kernel.
type denseInt8 struct {
	dev tensor.Int8
	w   *tensor.Int8Matrix
}

func (p *denseInt8) add(w *work, n int, x []int8, by []tensor.Int8Row, y []float32) {
	if groups := p.w.Groups(); groups > 1 { // each is read as its row
		w.groups = room(w.groups, n*groups)
		for i := range w.groups {
			w.groups[i] = by[i/groups]
		}
		by = w.groups
	}
	p.dev.AddInt8(n, x, by, p.w, y)
}

// codesOf is a matrix for the device, sharing the codes.
func codesOf(w *model.Ints) *tensor.Int8Matrix {
	return matrix(w.Codes, w.Rows, w.Cols, func(r int) (float32, int8) { return w.Scale[r], w.Zero[r] })
}

// sparseInt8 multiplies only the kept weights, each as the difference q − z.
type sparseInt8 struct {
	dev tensor.Sparse
	w   *tensor.Int8CSR
}

func (p *sparseInt8) add(_ *work, n int, x []int8, by []tensor.Int8Row, y []float32) {
	p.dev.AddSparseInt8(n, x, by, p.w, y)
}

// sparseCodesOf is the index of the kept weights that AddSparseInt8 wants, made when a model is loaded.
func sparseCodesOf(s *model.Sparse) *tensor.Int8CSR {
	p := &tensor.Int8CSR{
		N: s.Rows, K: s.Cols, Scale: s.Scale,
		Row: make([]int32, s.Rows+1), Col: make([]uint16, s.Kept()), Diff: make([]int16, s.Kept()), Sum: make([]int32, s.Rows),
	}
	s.Each(func(row, col, kept int) {
		p.Row[row+1]++
		p.Col[kept] = uint16(col)
		p.Diff[kept] = int16(s.Codes[kept]) - int16(s.Zero[row])
		p.Sum[row] += int32(p.Diff[kept])
	})
	for r := range s.Rows {
		p.Row[r+1] += p.Row[r]
	}
	return p
}

// fullCodesOf is the matrix with the code of 0 in place of what is not kept.
func fullCodesOf(s *model.Sparse) *tensor.Int8Matrix {
	w := &model.Ints{Rows: s.Rows, Cols: s.Cols, Bits: 8, Codes: make([]int8, s.Rows*s.Cols), Zero: s.Zero, Scale: s.Scale}
	for i := range w.Codes {
		w.Codes[i] = s.Zero[i/s.Cols]
	}
	s.Each(func(row, col, kept int) { w.Codes[row*s.Cols+col] = s.Codes[kept] })
	return codesOf(w)
}

type denseCodes struct {
	w   *model.Ints
	dev tensor.Int8
	m   *tensor.Int8Matrix
}

func (d denseCodes) row(dst []float32, id int32) { d.w.Row(dst, int(id)) }

func (d denseCodes) codes(dst []int8, by []tensor.Int8Row, ids []int32) {
	d.dev.GatherInt8(ids, d.m, dst, by)
}

type sparseCodes struct{ *sparseRows }

func (d *sparseCodes) row(dst []float32, id int32) {
	var room [spec.MaxWidth]float32
	from, to := d.from[id], d.from[id+1]
	values := room[:to-from]
	for i, q := range d.s.Codes[from:to] {
		values[i] = d.s.Scale[id] * float32(int32(q)-int32(d.s.Zero[id]))
	}
	d.place(dst, id, values)
}

func (d *sparseCodes) codes(dst []int8, by []tensor.Int8Row, ids []int32) {
	cols := d.s.Cols
	for i, id := range ids {
		row, zero := dst[i*cols:(i+1)*cols], d.s.Zero[id]
		for c := range row {
			row[c] = zero
		}
		codes, sum := d.s.Codes[d.from[id]:d.from[id+1]], int32(zero)*int32(cols)
		for col, k := 0, 0; k < len(codes); {
			b, next := d.bitsFrom(id, col)
			for ; b != 0 && k < len(codes); b &= b - 1 {
				row[col+bits.TrailingZeros64(b)] = codes[k]
				sum += int32(codes[k]) - int32(zero)
				k++
			}
			col = next
		}
		by[i] = tensor.Int8Row{Scale: d.s.Scale[id], Zero: int32(zero), Sum: sum}
	}
}
