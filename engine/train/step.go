package train

import (
	"math"

	"github.com/clove-ml/clove/engine/optim"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/text"
)

// Step takes one step of the optimiser:
//
//	each shard: forward, loss, backward → gradients of its own, here or at a helper
//	gradients = shard 0 + 1 + 2 + 3
//	clipped by their global norm, then Adam at the schedule's rate
//
// On a tensor.Card it only begins one (ahead.go).
//
// It must not be called once Finished. After a *NotFinite the parameters are
// those of the step before, and no further step is possible.
func (t *Trainer) Step() (Stepped, error) {
	if t.ahead != nil {
		return t.stepAhead()
	}
	began := t.now()
	epoch := t.state.Step / t.stepsAnEpoch
	t.rows = t.batch(t.state.Step)
	if err := t.remask(); err != nil {
		return Stepped{}, err
	}
	tokens := t.computeShards()

	s := Stepped{Step: t.state.Step + 1, Epoch: epoch + 1, Texts: len(t.rows)}
	for i := range t.lots {
		s.Loss += t.lots[i].loss
		s.Right += t.lots[i].right
	}
	if !finite(s.Loss) {
		return s, t.blame(s.Step, "loss")
	}
	s.Rate = optim.Rate(t.spec.Train.Schedule, t.spec.Train.Rate, t.state.Step, t.Steps())
	t.team.handOn(t, s.Rate)
	if s.GradNorm = t.apply(s.Rate); !finite(s.GradNorm) { // each gradient may be finite yet, but not the sum of their squares
		return s, t.blame(s.Step, "norm of the gradients")
	}

	t.state.Step++
	if t.card != "" {
		t.state.Card = t.card
	}
	t.state.Loss += s.Loss
	t.state.Right += s.Right
	t.state.Seen += s.Texts
	took := t.now().Sub(began)
	t.state.Seconds += took.Seconds()
	t.team.took(t, tokens, took)
	return s, nil
}

// computeShards gives the tokens that they have together.
func (t *Trainer) computeShards() (tokens int) {
	t.read = t.read[:0]
	for i := range t.lots {
		t.lay(i, t.state.Step)
		tokens += t.lots[i].tokens()
		t.read = append(t.read, t.lots[i].batch.IDs...)
	}
	t.net.Fresh(t.read) // once a step: what one scale serves is rounded whole each time
	if t.team == nil {
		t.crew.share(Shards, t.shardStep)
	} else {
		t.team.compute(t)
	}
	return tokens
}

// lay lays out shard i of the batch of a step.
func (t *Trainer) lay(i, step int) {
	rows := t.batch(step)
	from, to := t.cut(len(rows), i)
	l := &t.lots[i]
	l.fill(&t.enc.Train, rows[from:to])
	l.batch.FirstRow, l.batch.Step = from, uint64(step)
	l.batch.Soft = t.smooth.targets(l.soft, l.batch.Targets)
	if t.teacher != nil {
		k := t.net.Config().Outputs
		l.teacher = l.teacher[:0]
		for _, r := range rows[from:to] {
			l.teacher = append(l.teacher, t.teacher.Logits[int(r)*k:(int(r)+1)*k]...)
		}
		l.batch.Teacher, l.batch.Distil = l.teacher, t.teacher.Distil
	}
}

// remask takes the masks of the step to come, where the run has such a schedule.
func (t *Trainer) remask() error {
	if t.prune == nil {
		return nil
	}
	masks := t.prune(t.state.Step, t.Steps(), func(name string) []float32 {
		p := t.net.Param(name)
		return tensor.Values(t.dev, p.Learned(), p.Len())
	})
	if masks == nil {
		return nil
	}
	t.masks = masks
	defer t.net.Refresh()
	return t.opt.SetMasks(masks)
}

// oneShard computes shard i of the batch at hand.
func (t *Trainer) oneShard(worker, i int) { t.replica.compute(worker, i, len(t.rows)) }

// batch of a step, 0-based.
func (t *Trainer) batch(step int) []int32 {
	return t.batches(step / t.stepsAnEpoch)[step%t.stepsAnEpoch]
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
