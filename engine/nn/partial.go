package nn

import "github.com/clove-ml/clove/engine/tensor"

// Partial is the gradients of one shard: what Backward writes and Reduce adds up.
// It is apart from the activations, so one Shard can compute several in turn, and
// others can compute some elsewhere (parcel.go).
//
// All but the embedding's lie in one buffer:
//
//	weight_ih [4H, E] | weight_hh [4H, H] | bias of the LSTM [4H] | linear.weight [K, H] | linear.bias [K]
//
// Of the embedding only the rows of tokens that occur are kept.
type Partial struct {
	dev   tensor.Device
	dense tensor.Buffer
	of    [paramCount]tensor.Buffer // views of dense; the embedding has none, the LSTM's two biases the same

	Tokens []int32       // that occurred, in order of appearance, or ascending
	DRows  tensor.Buffer // [len(Tokens), E]
	E      int

	ascending bool
}

// NewPartial has room for the gradients of a shard of so many slots.
func (n *Net) NewPartial(slots int) *Partial {
	c := n.cfg
	most := slots
	if most > c.Vocabulary {
		most = c.Vocabulary
	}
	p := &Partial{dev: n.dev, E: c.Embedding, Tokens: make([]int32, 0, most), DRows: n.dev.Alloc(most * c.Embedding)}
	order := []int{lstmWeightIH, lstmWeightHH, lstmBiasIH, linearWeight, linearBias}
	if c.Kind == Pooled {
		order = order[3:]
	}
	total := 0
	for _, i := range order {
		total += n.params[i].Len()
	}
	p.dense = n.dev.Alloc(total)
	from := 0
	for _, i := range order {
		p.of[i] = p.dense.View(from, n.params[i].Len())
		from += n.params[i].Len()
	}
	p.of[lstmBiasHH] = p.of[lstmBiasIH]
	n.makeGrads(Shards * slots)
	return p
}

// NewWhole is a partial for all rows of a batch, of so many slots. Its gradients are the
// net's: Grads, once Counted is told of each Backward, without a Reduce.
func (n *Net) NewWhole(slots int) *Partial {
	p := n.NewPartial(slots)
	p.ascending = true
	for i := range n.grads {
		if i != embeddingWeight {
			n.grads[i].G = p.of[i]
		}
	}
	n.grads[embeddingWeight].G = p.DRows
	return p
}

// Counted makes the rows of p, a NewWhole, those of the embedding's gradient.
func (n *Net) Counted(p *Partial) {
	g := &n.grads[embeddingWeight]
	g.Rows, g.Len = p.Tokens, len(p.Tokens)*g.Width
}

// Clear makes the gradients zero, of a shard that the batch has no row for.
func (p *Partial) Clear() {
	p.dev.Zero(p.dense.Len(), p.dense)
	p.Tokens = p.Tokens[:0]
}
