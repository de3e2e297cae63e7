package nn

import (
	"slices"

	"github.com/clove-ml/clove/engine/tensor"
)

// Embedding looks tokens up in a table: out[i] = weight[ids[i]]
// (Bengio et al. 2003, https://www.jmlr.org/papers/v3/bengio03a.html).
//
//	forward   x [N, E] = weight [V, E] at ids [N]
//	backward  dweight[ids[i]] += dx[i], i ascending
//
// The gradient goes into a Partial, which keeps only tokens that occur.
// Token 0 is padding; it gets no gradient.
type Embedding struct {
	dev    tensor.Device
	e      int
	weight tensor.Buffer
	out    tensor.Buffer // [N, E]
	place  []int32       // [V] 1 + a token's place in the Partial, 0 for none
	places []int32       // [N] place of each slot's token, −1 for padding
}

// NewEmbedding has room for slots tokens.
func NewEmbedding(dev tensor.Device, V, E, slots int, weight tensor.Buffer) *Embedding {
	return &Embedding{
		dev: dev, e: E, weight: weight, out: dev.Alloc(slots * E),
		place: make([]int32, V), places: make([]int32, slots),
	}
}

// Forward gives [len(ids), E], which the caller may change.
func (l *Embedding) Forward(ids []int32) tensor.Buffer {
	l.dev.EmbeddingGather(l.e, ids, l.weight, l.out)
	return l.out
}

// Backward takes dx [len(ids), E].
func (l *Embedding) Backward(ids []int32, dx tensor.Buffer, p *Partial) {
	p.Tokens = p.Tokens[:0]
	for i, id := range ids {
		if id == 0 {
			l.places[i] = -1
			continue
		}
		if l.place[id] == 0 {
			p.Tokens = append(p.Tokens, id)
			l.place[id] = int32(len(p.Tokens))
		}
		l.places[i] = l.place[id] - 1
	}
	if p.ascending {
		slices.Sort(p.Tokens)
		for i, id := range p.Tokens {
			l.place[id] = int32(i + 1)
		}
		for i, id := range ids {
			l.places[i] = l.place[id] - 1 // of padding 0 − 1
		}
	}
	for _, id := range p.Tokens {
		l.place[id] = 0
	}
	l.dev.Zero(len(p.Tokens)*l.e, p.DRows)
	l.dev.EmbeddingScatterAdd(l.e, l.places[:len(ids)], dx, p.DRows)
}
