package infer

import (
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/tensor"
)

// bag is the arithmetic of a bag of embeddings: the mean of a text's rows, each decoded as
// it is read, then Linear.
//
//	mean = (Σ x) × 1/length, x in the order of the tokens
//
// Reversed, as the slots of a shard lie in training, so that a float32 model's bits are
// those of training.
type bag struct {
	dev          tensor.Device
	e, k         int
	embedding    rows
	linear, bias []float32
}

func newBag(m *model.Model, dev tensor.Device) (network, error) {
	c := m.Config
	return &bag{
		dev: dev, e: c.Model.Embedding, k: c.Outputs, embedding: rowsOf(m),
		linear: m.Floats(model.LinearWeight), bias: m.Floats(model.LinearBias),
	}, nil
}

func (b *bag) row(dst []float32, id int32) { b.embedding.row(dst, id) }

func (b *bag) states(w *work, texts [][]int32, last []float32, each func(h []float32)) {
	w.x = room(w.x, b.e)
	clear(last[:len(texts)*b.e])
	for i, ids := range texts {
		mean := last[i*b.e : (i+1)*b.e]
		if each != nil && i == 0 {
			b.prefixes(w, ids, each)
		}
		for t := len(ids) - 1; t >= 0; t-- {
			b.add(w, ids[t], mean)
		}
		b.divide(mean, len(ids))
		w.spend(len(ids) * b.e * 8)
	}
}

// prefixes are the means of a text's first tokens, one after the other.
func (b *bag) prefixes(w *work, ids []int32, each func(h []float32)) {
	for n := range ids {
		mean := make([]float32, b.e)
		for t := n; t >= 0; t-- {
			b.add(w, ids[t], mean)
		}
		b.divide(mean, n+1)
		each(mean)
	}
}

func (b *bag) add(w *work, id int32, mean []float32) {
	b.embedding.row(w.x, id)
	for c, x := range w.x[:b.e] {
		mean[c] += x
	}
}

func (b *bag) divide(mean []float32, n int) {
	by := 1 / float32(n)
	for c := range mean {
		mean[c] *= by
	}
}

func (b *bag) score(_ *work, n int, h, logits []float32) {
	for i := range n {
		for k := range b.k {
			var z float32
			for c, x := range h[i*b.e : (i+1)*b.e] {
				z += float32(x * b.linear[k*b.e+c])
			}
			logits[i*b.k+k] = z + b.bias[k]
		}
	}
}

// tabulate implements network: there is nothing to look up but the rows themselves.
func (b *bag) tabulate(*work, int) int { return 0 }

// decoded is an embedding in any encoding, a row at a time.
type decoded struct{ of model.Rows }

func (d decoded) row(dst []float32, id int32) { d.of.Row(dst, int(id)) }

// rowsOf is the embedding of m.
func rowsOf(m *model.Model) rows {
	p, _ := m.Param(model.Embedding)
	switch x := p.Enc.(type) {
	case *model.Sparse:
		if x.Values != nil {
			return newSparseRows(x)
		}
		return denseRows{p.Values(), p.Shape[1]}
	case model.F32:
		return denseRows{x, p.Shape[1]}
	case model.Rows:
		return decoded{x}
	}
	return denseRows{p.Values(), p.Shape[1]}
}
