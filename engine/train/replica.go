package train

import (
	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/nn"
	"github.com/clove-ml/clove/engine/optim"
	"github.com/clove-ml/clove/engine/tensor"
)

// replica is what a trainer and each of its helpers have of their own: the parameters,
// the optimiser, and room for the shards of a batch. Since every replica adds the same
// gradients in the same order, all keep the same weights to the bit.
type replica struct {
	dev    tensor.Device
	net    *nn.Net
	opt    optim.Optimizer
	clip   float64
	shards []*nn.Shard // activations, for each that computes at once
	parts  []*nn.Partial
	lots   [Shards]lot
	whole  bool // the first shard is all of a batch
}

// makeRoom for batches of so many rows of so many tokens, so many shards at once; soft
// where targets are smoothed.
func (r *replica) makeRoom(batch, tokens, atOnce int, soft bool) {
	_, rows := r.cut(batch, 0) // of the largest shard
	for range atOnce {
		r.shards = append(r.shards, r.net.NewShard(rows, tokens))
	}
	for i := range r.lots {
		if r.whole && i > 0 {
			break
		}
		if r.whole {
			r.parts = append(r.parts, r.net.NewWhole(rows*tokens))
		} else {
			r.parts = append(r.parts, r.net.NewPartial(rows*tokens))
		}
		r.lots[i] = newLot(rows, tokens)
		if soft {
			r.lots[i].soft = make([]float32, rows*r.net.Config().Outputs)
		}
	}
}

// cut is the rows of shard i: contiguous, a quarter each, rounded up, the last ones what is left.
func (r *replica) cut(rows, i int) (from, to int) {
	size := (rows + Shards - 1) / Shards
	if r.whole {
		size = rows
	}
	from, to = i*size, (i+1)*size
	if from > rows {
		from = rows
	}
	if to > rows {
		to = rows
	}
	return from, to
}

// compute does forward, loss and backward of lot i, a shard of a batch of so many rows.
func (r *replica) compute(worker, i, batch int) {
	l := &r.lots[i]
	if l.batch.B == 0 {
		l.loss, l.right = 0, 0
		r.parts[i].Clear()
		return
	}
	s := r.shards[worker]
	s.Forward(l.batch, true)
	l.loss, l.right = s.Loss(l.batch, batch)
	s.Backward(l.batch, r.parts[i])
}

// look measures lot i, dropout off.
func (r *replica) look(worker, i int) {
	l := &r.lots[i]
	s := r.shards[worker]
	s.Forward(l.batch, false)
	l.loss, l.right = s.Loss(l.batch, l.batch.B)
}

// apply takes the optimiser's step by the gradients of all shards, and gives their norm
// before clipping. Where that is not finite nothing changes.
func (r *replica) apply(rate float64) (norm float64) {
	r.net.Reduce(r.parts)
	r.net.Through(rate)
	norm = optim.ClipNorm(r.dev, r.net.Grads(), r.clip)
	if finite(norm) {
		r.opt.Step(rate)
		r.net.Refresh()
	}
	return norm
}

// lot is the rows of one shard, laid out for the layers.
type lot struct {
	batch            nn.Batch // into the room below
	ids              []int32  // [B, T], padded with 0
	lengths, targets []int32
	soft             []float32 // [B, K] smoothed targets; nil where they are not smoothed
	teacher          []float32 // [B, K] a teacher's logits; nil without one
	loss             float64
	right            int
}

func newLot(rows, tokens int) lot {
	return lot{
		ids:     make([]int32, rows*tokens),
		lengths: make([]int32, rows),
		targets: make([]int32, rows),
	}
}

// fill lays out the texts of part that rows names, T the longest among them.
func (l *lot) fill(part *data.Part, rows []int32) {
	longest := 0
	for i, r := range rows {
		n := int(part.Offsets[r+1] - part.Offsets[r])
		l.lengths[i] = int32(n)
		l.targets[i] = part.Labels[r]
		if n > longest {
			longest = n
		}
	}
	ids := l.ids[:len(rows)*longest]
	clear(ids)
	for i, r := range rows {
		copy(ids[i*longest:(i+1)*longest], part.IDs[part.Offsets[r]:part.Offsets[r+1]])
	}
	l.batch = nn.Batch{B: len(rows), T: longest, IDs: ids, Lengths: l.lengths[:len(rows)], Targets: l.targets[:len(rows)]}
}

// tokens that the lot has, padding apart.
func (l *lot) tokens() (n int) {
	for _, k := range l.batch.Lengths {
		n += int(k)
	}
	return n
}
