package nn

import "github.com/clove-ml/clove/engine/tensor"

// Bag is the mean of a text's embeddings, whatever their order (Iyyer et al. 2015,
// https://aclanthology.org/P15-1162; Joulin et al. 2016, fastText,
// https://arxiv.org/abs/1607.01759).
//
//	forward   mean [B, E] = Σ x [N, E] over a row's slots, in their order, × 1/length
//	backward  dx = dmean × 1/length, the same for all slots of a row
//
// A text of no tokens has the mean 0 and passes nothing back.
type Bag struct {
	dev     tensor.Device
	e       int
	shares  tensor.Buffer // [B, E] 1/length
	rows    []int32       // 0, 1, …: each row times its own shares
	host    []float32
	mean    tensor.Buffer // [B, E]
	dx      tensor.Buffer // [N, E]
	lengths int           // rows of the last Forward

	DMean tensor.Buffer // [B, E] for the caller to fill before Backward
}

// NewBag has room for rows sequences of slots tokens together.
func NewBag(dev tensor.Device, E, rows, slots int) *Bag {
	l := &Bag{
		dev: dev, e: E, shares: dev.Alloc(rows * E), rows: make([]int32, rows), host: make([]float32, rows*E),
		mean: dev.Alloc(rows * E), dx: dev.Alloc(slots * E), DMean: dev.Alloc(rows * E),
	}
	for i := range l.rows {
		l.rows[i] = int32(i)
	}
	return l
}

// Forward takes the row of each slot, the length of each row, and x [N, E].
func (l *Bag) Forward(ranks, lengths []int32, x tensor.Buffer) tensor.Buffer {
	l.lengths = len(lengths)
	for i, n := range lengths {
		share := float32(0)
		if n > 0 {
			share = 1 / float32(n)
		}
		for j := range l.e {
			l.host[i*l.e+j] = share
		}
	}
	l.dev.Upload(l.shares, l.host[:len(lengths)*l.e])
	l.dev.Zero(len(lengths)*l.e, l.mean)
	l.dev.EmbeddingScatterAdd(l.e, ranks, x, l.mean)
	l.dev.MulRows(l.e, l.rows[:len(lengths)], l.shares, l.mean)
	return l.mean
}

// Backward gives dx for the last Forward. It changes DMean.
func (l *Bag) Backward(ranks []int32) tensor.Buffer {
	l.dev.MulRows(l.e, l.rows[:l.lengths], l.shares, l.DMean)
	l.dev.Gather(l.e, ranks, l.DMean, l.dx)
	return l.dx
}
