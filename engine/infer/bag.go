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
	dev       tensor.Device
	e, k      int
	embedding rows
	table     tensor.Buffer // the embedding, where it is dense float32: the device gathers
	weights   tensor.Buffer // Linear's
	bias      []float32
}

func newBag(m *model.Model, dev tensor.Device) (network, error) {
	c := m.Config
	p, _ := m.Param(model.Embedding)
	b := &bag{
		dev: dev, e: c.Model.Embedding, k: c.Outputs, embedding: rowsBy(dev, p.Enc, p.Shape[0], p.Shape[1]),
		bias: m.Floats(model.LinearBias), weights: upload(dev, m.Floats(model.LinearWeight)),
	}
	if d, ok := b.embedding.(denseRows); ok {
		b.table = upload(dev, d.weights)
	}
	return b, nil
}

func (b *bag) row(dst []float32, id int32) { b.embedding.row(dst, id) }

func (b *bag) states(w *work, texts [][]int32, last []float32, each func(h []float32)) {
	for i, ids := range texts {
		if each != nil && i == 0 { // the means of its first tokens, one after the other
			for n := range ids {
				b.mean(w, ids[:n+1], last[:b.e])
				each(last[:b.e])
			}
		}
		b.mean(w, ids, last[i*b.e:(i+1)*b.e])
		w.spend(len(ids) * b.e * 8)
	}
}

// mean of a text's rows.
func (b *bag) mean(w *work, ids []int32, mean []float32) {
	n := len(ids)
	w.ids, w.x = room(w.ids, n), room(w.x, n*b.e)
	for t, id := range ids {
		w.ids[n-1-t] = id
	}
	w.in.Data, w.out.Data = w.x, mean
	if b.table != nil {
		b.dev.Gather(b.e, w.ids, b.table, &w.in)
	} else {
		for t, id := range w.ids {
			b.embedding.row(w.x[t*b.e:(t+1)*b.e], id)
		}
	}
	b.dev.SumRows(n, b.e, &w.in, &w.out)
	b.dev.Scale(b.e, 1/float32(n), &w.out)
}

func (b *bag) score(w *work, n int, h, logits []float32) {
	w.in.Data, w.out.Data = h, logits
	b.dev.Gemm(false, true, n, b.k, b.e, &w.in, b.weights, false, &w.out)
	for i := range logits {
		logits[i] += b.bias[i%b.k]
	}
}

// tabulate implements network: there is nothing to look up but the rows themselves.
func (b *bag) tabulate(*work, int) int { return 0 }
