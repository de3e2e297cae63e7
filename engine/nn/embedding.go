package nn

import "github.com/clove-ml/clove/engine/tensor"

// Embedding looks tokens up in a table: out[i] = weight[ids[i]]
// (Bengio et al. 2003, https://www.jmlr.org/papers/v3/bengio03a.html).
//
//	forward   x [N, E] = weight [V, E] at ids [N]
//	backward  dweight[ids[i]] += dx[i], i ascending
//
// The gradient is kept only for tokens that occur: DRows [len(Tokens), E].
// Token 0 is padding; it gets no gradient.
type Embedding struct {
	dev    tensor.Device
	e      int
	weight tensor.Buffer
	out    tensor.Buffer // [N, E]

	Tokens []int32       // that occurred, in order of appearance
	DRows  tensor.Buffer // [len(Tokens), E]
	place  []int32       // [V] 1 + a token's place in Tokens, 0 for none
	places []int32       // [N] place of each slot's token, −1 for padding
}

// NewEmbedding has room for slots tokens.
func NewEmbedding(dev tensor.Device, V, E, slots int, weight tensor.Buffer) *Embedding {
	most := slots
	if most > V {
		most = V
	}
	return &Embedding{
		dev: dev, e: E, weight: weight, out: dev.Alloc(slots * E),
		Tokens: make([]int32, 0, most), DRows: dev.Alloc(most * E),
		place: make([]int32, V), places: make([]int32, slots),
	}
}

// Forward gives [len(ids), E], which the caller may change.
func (l *Embedding) Forward(ids []int32) tensor.Buffer {
	l.dev.EmbeddingGather(l.e, ids, l.weight, l.out)
	return l.out
}

// Backward takes dx [len(ids), E].
func (l *Embedding) Backward(ids []int32, dx tensor.Buffer) {
	l.Clear()
	for i, id := range ids {
		if id == 0 {
			l.places[i] = -1
			continue
		}
		if l.place[id] == 0 {
			l.Tokens = append(l.Tokens, id)
			l.place[id] = int32(len(l.Tokens))
		}
		l.places[i] = l.place[id] - 1
	}
	l.dev.Zero(len(l.Tokens)*l.e, l.DRows)
	l.dev.EmbeddingScatterAdd(l.e, l.places[:len(ids)], dx, l.DRows)
}

// Clear forgets the gradient.
func (l *Embedding) Clear() {
	for _, id := range l.Tokens {
		l.place[id] = 0
	}
	l.Tokens = l.Tokens[:0]
}
