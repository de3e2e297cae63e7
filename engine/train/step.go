package train

import (
	"math"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/nn"
	"github.com/clove-ml/clove/engine/optim"
	"github.com/clove-ml/clove/engine/text"
)

// lot is the rows of one shard, laid out for the layers.
type lot struct {
	ids              []int32 // [B, T], padded with 0
	lengths, targets []int32
	soft             []float32 // [B, K] smoothed targets; nil where they are not smoothed
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
func (l *lot) fill(part *data.Part, rows []int32) nn.Batch {
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
	return nn.Batch{B: len(rows), T: longest, IDs: ids, Lengths: l.lengths[:len(rows)], Targets: l.targets[:len(rows)]}
}

// Step takes one step of the optimiser:
//
//	each shard: forward, loss, backward → gradients of its own
//	gradients = shard 0 + 1 + 2 + 3
//	clipped by their global norm, then Adam at the schedule's rate
//
// It must not be called once Finished. After a *NotFinite the parameters are
// those of the step before, and no further step is possible.
func (t *Trainer) Step() (Stepped, error) {
	began := t.now()
	epoch := t.state.Step / t.stepsAnEpoch
	t.rows = t.batches(epoch)[t.state.Step%t.stepsAnEpoch]
	t.crew.share(Shards, t.shardStep)

	s := Stepped{Step: t.state.Step + 1, Epoch: epoch + 1, Texts: len(t.rows)}
	for i := range t.lots {
		s.Loss += t.lots[i].loss
		s.Right += t.lots[i].right
	}
	if !finite(s.Loss) {
		return s, t.blame(s.Step, "loss")
	}
	t.net.Reduce(t.shards[:])
	s.GradNorm = optim.ClipNorm(t.dev, t.net.Grads(), t.spec.Train.Clip)
	if !finite(s.GradNorm) { // each may be finite yet, but not the sum of their squares
		return s, t.blame(s.Step, "norm of the gradients")
	}
	s.Rate = optim.Rate(t.spec.Train.Schedule, t.spec.Train.Rate, t.state.Step, t.Steps())
	t.opt.Step(s.Rate)

	t.state.Step++
	t.state.Loss += s.Loss
	t.state.Right += s.Right
	t.state.Seen += s.Texts
	t.state.Seconds += t.now().Sub(began).Seconds()
	return s, nil
}

// oneShard does forward, loss and backward of shard i of the batch at hand.
func (t *Trainer) oneShard(_, i int) {
	l := &t.lots[i]
	from, to := cut(len(t.rows), i)
	if from == to {
		l.loss, l.right = 0, 0
		t.shards[i].Clear()
		return
	}
	b := l.fill(&t.enc.Train, t.rows[from:to])
	b.FirstRow, b.Step = from, uint64(t.state.Step)
	b.Soft = t.smooth.targets(l.soft, b.Targets)
	t.shards[i].Forward(b, true)
	l.loss, l.right = t.shards[i].Loss(b, len(t.rows))
	t.shards[i].Backward(b)
}

// cut is the rows of shard i: contiguous, a quarter each, rounded up, the last ones what is left.
func cut(rows, i int) (from, to int) {
	size := (rows + Shards - 1) / Shards
	from, to = i*size, (i+1)*size
	if from > rows {
		from = rows
	}
	if to > rows {
		to = rows
	}
	return from, to
}

// batches of an epoch, 0-based: a pure function of the seed and the epoch.
func (t *Trainer) batches(epoch int) [][]int32 {
	if t.order == nil || t.orderOf != epoch {
		t.order, t.orderOf = text.Batches(t.enc.Train.Lengths(), t.spec.Train.Batch, t.spec.Seed, epoch), epoch
	}
	return t.order
}

// blame finds the tensor that is not finite; where each one is, what came of them is named.
func (t *Trainer) blame(step int, came string) *NotFinite {
	if name, ok := t.net.NonFinite(); !ok {
		return t.notFinite(step, name)
	}
	return t.notFinite(step, came)
}

func (t *Trainer) notFinite(step int, name string) *NotFinite {
	return &NotFinite{Step: step, Tensor: name, Rate: smaller(t.spec.Train.Rate)}
}

// smaller is a rate to try after one that was too large: a quarter, and no more than
// a net of ours has been seen to bear.
func smaller(rate float64) float64 {
	const bearable = 0.01
	if rate /= 4; rate > bearable {
		return bearable
	}
	return rate
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
