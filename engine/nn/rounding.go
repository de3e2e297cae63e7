package nn

import (
	"fmt"
	"slices"

	"github.com/clove-ml/clove/engine/tensor"
)

// Rounding is training with coarse weights. The optimiser changes fine ones, the
// layers read what they are rounded to, and the gradient goes straight through
// (Bengio et al. 2013, https://arxiv.org/abs/1308.3432; quantisation-aware training,
// Jacob et al. 2018, https://arxiv.org/abs/1712.05877):
//
//	w = round(fine)      dfine = dw ⊙ pass
//
// A technique brings its own. Implementations are for one parameter and one training.
type Rounding interface {
	// Round writes to w what stands for fine, and to pass 1 where the gradient goes
	// through, else 0; all are [·, cols], a vector one row. It is asked for every row
	// first, then for some, ascending: where a row's scale depends on others it looks at
	// them too, and rounds all.
	Round(rows []int32, cols int, fine, w, pass []float32)
}

// Learner is a Rounding with numbers of its own to learn, scales for instance.
type Learner interface {
	Rounding
	// Learn takes their step by the gradient dw of some rows, ascending, [len(rows), cols],
	// at the learning rate; the fine weights are those of the latest Round.
	Learn(rows []int32, cols int, fine, dw []float32, rate float64)
	// Learned are these numbers, a copy; SetLearned takes them back.
	Learned() []float32
	SetLearned(v []float32)
}

// Round has the parameter of that name rounded from now on.
func (n *Net) Round(name string, r Rounding) error {
	p := n.Param(name)
	if p == nil {
		return fmt.Errorf("there is no parameter %s to round", name)
	}
	p.Fine, p.pass, p.rounding = n.dev.Alloc(p.Len()), n.dev.Alloc(p.Len()), r
	n.dev.Upload(p.Fine, tensor.Values(n.dev, p.W, p.Len()))
	return nil
}

// Rounded are the parameters that are, in order.
func (n *Net) Rounded() (names []string) {
	for _, p := range n.params {
		if p.Fine != nil {
			names = append(names, p.Name)
		}
	}
	return names
}

// Rounding of that parameter, nil for none.
func (n *Net) Rounding(name string) Rounding { return n.Param(name).rounding }

// Refresh makes the rounded parameters anew, after the fine ones have changed. The rows of
// the embedding wait until they are asked for: a batch reads few of them.
func (n *Net) Refresh() {
	for i, p := range n.params {
		switch {
		case p.Fine == nil:
		case i == embeddingWeight && n.stale != nil:
			for r := range n.stale {
				n.stale[r] = true
			}
		default:
			rows, cols := n.every(p)
			n.round(p, rows, cols)
			if i == embeddingWeight {
				n.stale = make([]bool, p.Shape[0])
			}
		}
	}
}

// Fresh rounds the rows of these tokens, where they have changed since; nil: of all. It
// comes before a Forward that reads them.
func (n *Net) Fresh(ids []int32) {
	if n.stale == nil {
		return
	}
	p := n.params[embeddingWeight]
	if ids == nil {
		ids = n.ordinals(p.Shape[0])
	}
	n.due = n.due[:0]
	for _, id := range ids {
		if n.stale[id] {
			n.stale[id] = false
			n.due = append(n.due, id)
		}
	}
	if len(n.due) > 0 {
		slices.Sort(n.due)
		n.round(p, n.due, p.Shape[1])
	}
}

// round has rows of p rounded.
func (n *Net) round(p *Param, rows []int32, cols int) {
	fine, w, pass := tensor.Values(n.dev, p.Fine, p.Len()), tensor.Values(n.dev, p.W, p.Len()), tensor.Values(n.dev, p.pass, p.Len())
	p.rounding.Round(rows, cols, fine, w, pass)
	if tensor.HostData(p.W) == nil {
		n.dev.Upload(p.W, w)
		n.dev.Upload(p.pass, pass)
	}
}

// Through makes the gradients of rounded parameters those of the fine ones, after Reduce,
// and has those learn that can.
func (n *Net) Through(rate float64) {
	for i, p := range n.params {
		if p.Fine == nil {
			continue
		}
		g := &n.grads[i]
		if l, ok := p.rounding.(Learner); ok {
			rows, cols := g.Rows, g.Width
			if !g.Sparse {
				rows, cols = n.every(p)
			}
			l.Learn(rows, cols, tensor.Values(n.dev, p.Fine, p.Len()), tensor.Values(n.dev, g.G, g.Len), rate)
		}
		if g.Sparse {
			n.dev.MulRows(g.Width, g.Rows, p.pass, g.G)
		} else {
			n.dev.Mul(g.Len, p.pass, g.G)
		}
	}
}

// every row of p, and its width.
func (n *Net) every(p *Param) (rows []int32, cols int) {
	if len(p.Shape) == 1 {
		return n.ordinals(1), p.Len()
	}
	return n.ordinals(p.Shape[0]), p.Shape[1]
}

// ordinals are 0, 1, … up to k.
func (n *Net) ordinals(k int) []int32 {
	for len(n.count) < k {
		n.count = append(n.count, int32(len(n.count)))
	}
	return n.count[:k]
}
