package infer

import (
	"encoding/binary"
	"math/bits"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/tensor"
)

// float is the arithmetic of an LSTM of float32 weights, dense, or sparse in any encoding
// of floats; the embedding and Linear may be in any. On a device that prepares weights
// those in half precision and in codebooks are float32 too: decoded at each step they
// take a text alone three times as long. Where both matrices of the LSTM are
// dense the device runs the whole sequence in one kernel; sparse ones go step by step,
// their products touching only the kept weights. Both add in the same order (bias, input,
// state; along each row ascending), so that their bits are the same: a device that
// prepares weights has sparse ones both ways, and each batch goes by the quicker. That
// happens in memory, once a model, to these two matrices; the embedding, most of a model,
// stays as it is stored.
type float struct {
	dev     tensor.Device
	e, h, k int

	embedding                   rows
	input, hidden, linear       product
	biasIn, biasHid, biasLinear []float32

	whole *dense                  // where both of the LSTM's are dense, or laid out so
	steps *cells                  // where both are sparse, or one is and can't be laid out
	pays  func(B int) (step bool) // where there are both
}

// laidOut says whether a sparse matrix of whole numbers is run as a dense one, with zeros
// where nothing is kept: the products are the same, and a device that prepares weights is
// quicker so unless very few are kept.
func laidOut(s *model.Sparse, dev any) bool {
	const pays = 10 // one in so many
	_, ok := dev.(tensor.Preparer)
	return ok && s.Kept()*pays >= s.Rows*s.Cols
}

// decodes says whether e is floats in other words, which can be decoded weight by weight.
func decodes(e model.Encoding) bool {
	switch e.(type) {
	case *model.Half, *model.Clustered:
		return true
	}
	return false
}

// dense holds what LSTMForward reads.
type dense struct {
	embedding                      tensor.Buffer // nil: the rows are decoded here
	input, hidden, biasIn, biasHid tensor.Buffer
	layout                         any           // of a tensor.Preparer
	table                          tensor.Buffer // [V, 4H]; nil: not tabulated
}

func newFloat(m *model.Model, dev tensor.Device) (network, error) {
	c := m.Config
	f := &float{dev: dev, e: c.Model.Embedding, h: c.Model.Hidden, k: c.Outputs}
	_, prepares := dev.(tensor.Preparer)
	values := map[string][]float32{} // of dense matrices, and of those that are laid out
	sparse, kept, all := 0, 0, 0     // of the LSTM's
	for _, x := range []struct {
		to   *product
		name string
	}{{&f.input, model.LSTMInput}, {&f.hidden, model.LSTMHidden}, {&f.linear, model.LinearWeight}} {
		p, _ := m.Param(x.name)
		s, few := p.Enc.(*model.Sparse)
		if few && x.to != &f.linear {
			sparse, kept, all = sparse+1, kept+s.Kept(), all+s.Rows*s.Cols
		}
		if _, ok := p.Enc.(model.F32); ok || prepares && x.to != &f.linear && (few || decodes(p.Enc)) {
			values[x.name] = p.Values()
		}
		if !few && values[x.name] != nil {
			*x.to = &denseProduct{dev, upload(dev, values[x.name]), p.Shape[0], p.Shape[1]}
			continue
		}
		var err error
		if *x.to, err = productOf(p.Enc, p.Shape[0], p.Shape[1], dev, c.StateReach()); err != nil {
			return nil, err
		}
	}
	f.biasIn, f.biasHid, f.biasLinear = m.Floats(model.LSTMBiasIn), m.Floats(model.LSTMBiasHid), m.Floats(model.LinearBias)
	p, _ := m.Param(model.Embedding)
	f.embedding = rowsBy(dev, p.Enc, p.Shape[0], p.Shape[1])
	if input, hidden := values[model.LSTMInput], values[model.LSTMHidden]; input != nil && hidden != nil {
		f.whole = &dense{input: upload(dev, input), hidden: upload(dev, hidden), biasIn: upload(dev, f.biasIn), biasHid: upload(dev, f.biasHid)}
		if d, ok := f.embedding.(denseRows); ok {
			f.whole.embedding = upload(dev, d.weights)
		}
		f.whole.layout = f.prepared()
	}
	if f.whole != nil && sparse < 2 {
		return f, nil
	}
	d, ok := dev.(stepper)
	if !ok {
		return nil, &tensor.ErrUnsupported{Op: "LSTMCell", Device: dev.Name()}
	}
	f.steps = &cells{layer: f, dev: d, E: f.e, H: f.h, biases: biases(f.biasIn, f.biasHid)}
	if f.whole != nil {
		s := dev.(tensor.Sparse) // productOf has asked
		f.pays = func(B int) bool { return s.SparsePays(B, kept, all) }
	}
	return f, nil
}

func upload(dev tensor.Device, v []float32) tensor.Buffer {
	b := dev.Alloc(len(v))
	dev.Upload(b, v)
	return b
}

func (f *float) row(dst []float32, id int32) { f.embedding.row(dst, id) }

func (f *float) states(w *work, texts [][]int32, last []float32, each func(h []float32)) {
	if f.steps == nil || f.pays != nil && !f.pays(len(texts)) {
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
	f.input.add(w, len(ids), w.x, pre)
}

func (f *float) state(w *work, n int, h, pre []float32) { f.hidden.add(w, n, h, pre) }

// prepared are the weights as a tensor.Preparer lays them out, by the table where there is one.
func (f *float) prepared() any {
	p, ok := f.dev.(tensor.Preparer)
	if !ok {
		return nil
	}
	l := &tensor.LSTM{E: f.e, H: f.h}
	f.whole.weigh(l)
	return p.PrepareLSTM(l)
}

// weigh gives l the weights.
func (d *dense) weigh(l *tensor.LSTM) {
	l.WeightIH, l.WeightHH, l.BiasIH, l.BiasHH = d.input, d.hidden, d.biasIn, d.biasHid
	l.Layout, l.Table = d.layout, d.table
}

func (f *float) tabulate(w *work, words int) int {
	if f.whole == nil {
		return f.steps.tabulate(w, words)
	}
	if f.whole.layout == nil {
		return 0
	}
	n := 4 * f.h
	if f.whole.table == nil {
		table := f.dev.Alloc(words * n)
		bias := biases(f.biasIn, f.biasHid)
		w.each(words, func(from, to int) {
			pre := tensor.HostData(table)[from*n : to*n]
			fill(pre, bias)
			x := w.buffer(f.dev, "x", (to-from)*f.e)
			f.lookUp(w, w.ids, x)
			w.out.Data = pre
			f.dev.Gemm(false, true, to-from, n, f.e, x, f.whole.input, true, &w.out)
		})
		f.whole.table = table
		f.whole.layout = f.prepared()
		if f.steps != nil {
			f.steps.table = table
		}
	}
	return 4 * f.whole.table.Len()
}

// lookUp writes the words' rows to x.
func (f *float) lookUp(w *work, ids []int32, x tensor.Buffer) {
	if f.whole.embedding != nil {
		f.dev.EmbeddingGather(f.e, ids, f.whole.embedding, x)
		return
	}
	rows := tensor.HostData(x)
	if rows == nil {
		w.x = room(w.x, len(ids)*f.e)
		rows = w.x
	}
	for i, id := range ids {
		f.embedding.row(rows[i*f.e:(i+1)*f.e], id)
	}
	if tensor.HostData(x) == nil {
		f.dev.Upload(x, rows[:len(ids)*f.e])
	}
}

// sequence lets the device run the whole of it.
func (f *float) sequence(w *work, texts [][]int32, last []float32, each func(h []float32)) {
	w.lay(texts)
	n := w.pack.Slots
	l := &w.lstm
	*l = tensor.LSTM{Packed: w.pack, E: f.e, H: f.h, Last: w.buffer(f.dev, "last", len(texts)*f.h)}
	f.whole.weigh(l)
	reader, ok := f.dev.(tensor.Reader)
	ok = ok && each == nil
	if !ok {
		l.Gates = w.buffer(f.dev, "gates", n*4*f.h)
		l.C = w.buffer(f.dev, "c", n*f.h)
		l.TanhC = w.buffer(f.dev, "tanhc", n*f.h)
		l.HPrev = w.buffer(f.dev, "hprev", n*f.h)
	}
	if ok && l.Table != nil {
		l.IDs = w.ids
	} else {
		l.X = w.buffer(f.dev, "x", n*f.e)
		f.lookUp(w, w.ids, l.X)
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
	f.linear.add(w, n, h, logits)
	for i := range logits {
		logits[i] += f.biasLinear[i%f.k]
	}
}

type denseProduct struct {
	dev        tensor.Device
	w          tensor.Buffer
	rows, cols int
}

func (p *denseProduct) add(w *work, n int, x, y []float32) {
	w.in.Data, w.out.Data = x, y
	p.dev.Gemm(false, true, n, p.rows, p.cols, &w.in, p.w, true, &w.out)
}

type sparseProduct struct {
	dev tensor.Sparse
	w   *tensor.CSR
}

func (p *sparseProduct) add(_ *work, n int, x, y []float32) { p.dev.GemmSparse(n, x, p.w, y) }

// csr is the index of the kept weights that GemmSparse wants, made when a model is
// loaded. Values in float32 are not
// copied; others are widened, 4 bytes beside the 4 of their column.
func csr(s *model.Sparse) *tensor.CSR {
	w := &tensor.CSR{N: s.Rows, K: s.Cols, Row: make([]int32, s.Rows+1), Col: make([]int32, s.Kept()), Val: s.Values}
	if s.Inner != nil {
		w.Val = make([]float32, s.Kept())
		s.Inner.Floats(w.Val)
	}
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

// bitsFrom gives the bits of the columns from col on that one read of the bitmap has,
// behind them perhaps some of the next row, and the column after them.
func (r *sparseRows) bitsFrom(id int32, col int) (b uint64, next int) {
	at := int(id)*r.s.Cols + col
	here := r.s.Bitmap[at/8:]
	if len(here) < 8 {
		return uint64(here[0] >> (at % 8)), min(col+8-at%8, r.s.Cols)
	}
	return binary.LittleEndian.Uint64(here) >> (at % 8), min(col+64-at%8, r.s.Cols)
}

func (r *sparseRows) row(dst []float32, id int32) {
	r.place(dst, id, r.s.Values[r.from[id]:r.from[id+1]])
}

// place puts a row's kept values in their columns and 0 in the others.
func (r *sparseRows) place(dst []float32, id int32, values []float32) {
	clear(dst)
	for col, i := 0, 0; i < len(values); {
		b, next := r.bitsFrom(id, col)
		for ; b != 0 && i < len(values); b &= b - 1 {
			dst[col+bits.TrailingZeros64(b)] = values[i]
			i++
		}
		col = next
	}
}
