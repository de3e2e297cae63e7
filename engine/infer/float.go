package infer

import (
	"math/bits"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/tensor"
)

// float is the arithmetic of float32 weights, dense or sparse. Where both matrices of
// the LSTM are dense the device runs the whole sequence in one kernel; else step by
// step, the sparse products touching only the kept weights. Both add in the same order
// (bias, input, state; along each row ascending), so that their bits are the same.
type float struct {
	dev     tensor.Device
	e, h, k int

	embedding                   rows
	input, hidden, linear       product
	biasIn, biasHid, biasLinear []float32

	whole *dense // both of the LSTM's, where both are dense
	steps *cells // where not
}

// rows is the embedding.
type rows interface {
	row(dst []float32, id int32)
}

// product is y [n, rows] += x [n, cols] · Wᵀ.
type product interface {
	add(n int, x, y []float32)
}

// dense holds what LSTMForward reads.
type dense struct {
	embedding                      tensor.Buffer // nil: the rows are decoded here
	input, hidden, biasIn, biasHid tensor.Buffer
}

func newFloat(m *model.Model, dev tensor.Device) (network, error) {
	c := m.Config
	f := &float{dev: dev, e: c.Model.Embedding, h: c.Model.Hidden, k: c.Outputs}
	var err error
	matrix := func(name string) product {
		p, _ := m.Param(name)
		switch x := p.Enc.(type) {
		case *model.Sparse:
			d, ok := dev.(tensor.Sparse)
			if !ok {
				err = &tensor.ErrUnsupported{Op: "GemmSparse", Device: dev.Name()}
				return nil
			}
			return &sparseProduct{d, csr(x)}
		default:
			return &denseProduct{dev, upload(dev, p.Values()), p.Shape[0], p.Shape[1]}
		}
	}
	f.input, f.hidden, f.linear = matrix(model.LSTMInput), matrix(model.LSTMHidden), matrix(model.LinearWeight)
	if err != nil {
		return nil, err
	}
	f.biasIn, f.biasHid, f.biasLinear = m.Floats(model.LSTMBiasIn), m.Floats(model.LSTMBiasHid), m.Floats(model.LinearBias)
	p, _ := m.Param(model.Embedding)
	var table tensor.Buffer
	switch x := p.Enc.(type) {
	case *model.Sparse:
		f.embedding = newSparseRows(x)
	case model.F32:
		f.embedding = denseRows{x, f.e}
	default:
		f.embedding = denseRows{p.Values(), f.e}
	}
	input, a := f.input.(*denseProduct)
	hidden, b := f.hidden.(*denseProduct)
	if a && b {
		if d, ok := f.embedding.(denseRows); ok {
			table = upload(dev, d.weights)
		}
		f.whole = &dense{table, input.w, hidden.w, upload(dev, f.biasIn), upload(dev, f.biasHid)}
		return f, nil
	}
	d, ok := dev.(tensor.Cell)
	if !ok {
		return nil, &tensor.ErrUnsupported{Op: "LSTMCell", Device: dev.Name()}
	}
	f.steps = &cells{f, d, f.e, f.h, biases(f.biasIn, f.biasHid)}
	return f, nil
}

func upload(dev tensor.Device, v []float32) tensor.Buffer {
	b := dev.Alloc(len(v))
	dev.Upload(b, v)
	return b
}

func (f *float) row(dst []float32, id int32) { f.embedding.row(dst, id) }

func (f *float) states(w *work, texts [][]int32, last []float32, each func(h []float32)) {
	if f.whole != nil {
		f.sequence(w, texts, last, each)
		return
	}
	f.steps.states(w, texts, last, each)
}

func (f *float) inputs(w *work, ids []int32, pre []float32) {
	w.x = room(w.x, len(ids)*f.e)
	for i, id := range ids {
		f.embedding.row(w.x[i*f.e:(i+1)*f.e], id)
	}
	f.input.add(len(ids), w.x, pre)
}

func (f *float) state(_ *work, n int, h, pre []float32) { f.hidden.add(n, h, pre) }

// sequence lets the device run the whole of it.
func (f *float) sequence(w *work, texts [][]int32, last []float32, each func(h []float32)) {
	w.lay(texts)
	n := w.pack.Slots
	l := &w.lstm
	*l = tensor.LSTM{
		Packed: w.pack, E: f.e, H: f.h,
		X:        w.buffer(f.dev, "x", n*f.e),
		WeightIH: f.whole.input, WeightHH: f.whole.hidden,
		BiasIH: f.whole.biasIn, BiasHH: f.whole.biasHid,
		Last: w.buffer(f.dev, "last", len(texts)*f.h),
	}
	reader, ok := f.dev.(tensor.Reader)
	ok = ok && each == nil
	if !ok {
		l.Gates = w.buffer(f.dev, "gates", n*4*f.h)
		l.C = w.buffer(f.dev, "c", n*f.h)
		l.TanhC = w.buffer(f.dev, "tanhc", n*f.h)
		l.HPrev = w.buffer(f.dev, "hprev", n*f.h)
	}
	if f.whole.embedding != nil {
		f.dev.EmbeddingGather(f.e, w.ids, f.whole.embedding, l.X)
	} else {
		w.x = room(w.x, n*f.e)
		for i, id := range w.ids {
			f.embedding.row(w.x[i*f.e:(i+1)*f.e], id)
		}
		f.dev.Upload(l.X, w.x)
	}
	if ok {
		reader.LSTMRead(l)
	} else {
		f.dev.LSTMForward(l)
	}
	f.dev.Download(last, l.Last)
	if each == nil {
		return
	}
	before := make([]float32, n*f.h)
	f.dev.Download(before, l.HPrev)
	for t := 1; t < len(texts[0]); t++ {
		at := w.pack.Slot(t, 0)
		each(before[at*f.h : (at+1)*f.h])
	}
	each(last[:f.h])
}

func (f *float) score(w *work, n int, h, logits []float32) {
	clear(logits)
	f.linear.add(n, h, logits)
	for i := range logits {
		logits[i] += f.biasLinear[i%f.k]
	}
}

type denseProduct struct {
	dev        tensor.Device
	w          tensor.Buffer
	rows, cols int
}

func (p *denseProduct) add(n int, x, y []float32) {
	in, out := tensor.NewHost(x), tensor.NewHost(y)
	p.dev.Gemm(false, true, n, p.rows, p.cols, in, p.w, true, out)
}

type sparseProduct struct {
	dev tensor.Sparse
	w   *tensor.CSR
}

func (p *sparseProduct) add(n int, x, y []float32) { p.dev.GemmSparse(n, x, p.w, y) }

// csr is the index of the kept weights that GemmSparse wants, made when a model is
// loaded. The values themselves are not copied.
func csr(s *model.Sparse) *tensor.CSR {
	w := &tensor.CSR{N: s.Rows, K: s.Cols, Row: make([]int32, s.Rows+1), Col: make([]int32, s.Kept()), Val: s.Values}
	s.Each(func(row, col, kept int) {
		w.Row[row+1]++
		w.Col[kept] = int32(col)
	})
	for r := range s.Rows {
		w.Row[r+1] += w.Row[r]
	}
	return w
}

type denseRows struct {
	weights []float32
	e       int
}

func (d denseRows) row(dst []float32, id int32) {
	copy(dst, d.weights[int(id)*d.e:(int(id)+1)*d.e])
}

// sparseRows finds a row in the bitmap: from[r] weights are kept before it.
type sparseRows struct {
	s    *model.Sparse
	from []int32
}

func newSparseRows(s *model.Sparse) *sparseRows {
	from := make([]int32, s.Rows+1)
	s.Each(func(row, _, _ int) { from[row+1]++ })
	for r := range s.Rows {
		from[r+1] += from[r]
	}
	return &sparseRows{s, from}
}

// each calls f with each kept weight of the row: its column and its index among the kept.
func (r *sparseRows) each(id int32, f func(col, kept int)) {
	from, kept := int(id)*r.s.Cols, int(r.from[id])
	to := from + r.s.Cols
	for i := from; i < to; i = i&^7 + 8 { // a byte of the bitmap, or what the row has of it
		b := r.s.Bitmap[i/8] >> (i % 8)
		if left := to - i; left < 8 {
			b &= 1<<left - 1
		}
		for ; b != 0; b &= b - 1 {
			f(i-from+bits.TrailingZeros8(b), kept)
			kept++
		}
	}
}

func (r *sparseRows) row(dst []float32, id int32) {
	clear(dst)
	r.each(id, func(col, kept int) { dst[col] = r.s.Values[kept] })
}
