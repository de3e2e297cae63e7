package train

import (
	"context"
	"slices"
	"sort"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/run/spec"
)

// Looks is how often an epoch's midst is told; Sampled is how many validation
// texts such a look reads, few enough to cost a few hundredths of the training.
const (
	Looks   = 8
	Sampled = 256
)

// Due says what stands to be done before the next step: a look at the sample,
// an epoch's end, or neither. It is a function of the checkpoint's state alone,
// so a run stopped in the middle of an evaluation makes it anew.
func (t *Trainer) Due() (look, end bool) {
	s := &t.state
	if s.Step == (s.Closed+1)*t.stepsAnEpoch {
		return false, true
	}
	return t.lookAfter(s.Step) && s.Looked < s.Step && len(t.sample) > 0, false
}

// lookAfter says whether a look follows a step: eight times an epoch, and once
// early in the first so that there is something to see.
func (t *Trainer) lookAfter(step int) bool {
	every := (t.stepsAnEpoch + Looks - 1) / Looks
	early := (every + 3) / 4
	within := step % t.stepsAnEpoch
	return within > 0 && (within%every == 0 || step == early)
}

// Look evaluates on a fixed sample of validation.
// between, if not nil, is called between batches and may end it with an error.
func (t *Trainer) Look(ctx context.Context, between func() error) (spec.Measure, error) {
	if err := t.settle(); err != nil {
		return spec.Measure{}, err
	}
	m, err := t.timed(ctx, &t.enc.Valid, t.sample, between)
	if err == nil {
		t.state.Looked = t.state.Step
	}
	return m, err
}

// Ended is an epoch's end.
type Ended struct {
	Epoch      int
	Loss       float64 // mean over the epoch's texts, as they were trained on
	Accuracy   float64
	Validation spec.Measure // on all of it
	Best       bool
	Seconds    float64 // of steps and evaluations so far
}

// EndEpoch evaluates on all of validation, keeps the parameters where they are
// the best so far, and stops the run where patience is out.
//
// Best is the highest validation accuracy, the lower loss of equals; patience
// counts epochs without a lower validation loss. Without validation texts the
// last epoch is the best and patience has nothing to go by.
func (t *Trainer) EndEpoch(ctx context.Context, between func() error) (Ended, error) {
	if err := t.settle(); err != nil {
		return Ended{}, err
	}
	m, err := t.timed(ctx, &t.enc.Valid, t.byLength, between)
	if err != nil {
		return Ended{}, err
	}
	if name, ok := t.net.NonFinite(); !ok { // the epoch's last step may have done it
		return Ended{}, t.notFinite(t.state.Step, name)
	}
	s := &t.state
	s.Closed++
	e := Ended{
		Epoch:      s.Closed,
		Loss:       s.Loss / float64(s.Seen),
		Accuracy:   float64(s.Right) / float64(s.Seen),
		Validation: m,
		Seconds:    s.Seconds,
	}
	s.Loss, s.Right, s.Seen = 0, 0, 0

	b := &s.Best.Measure
	if s.Closed == 1 || m.Texts == 0 || m.Accuracy > b.Accuracy || m.Accuracy == b.Accuracy && m.Loss < b.Loss {
		s.Best = Best{Epoch: s.Closed, Step: s.Step, Measure: m}
		e.Best = true
		t.best, t.bestL = nil, nil // the present ones are
		if t.spec.Train.KeepBest && s.Step < t.Steps() {
			t.best, t.bestL = t.copies(), t.learned()
		}
	}
	if s.Closed == 1 || m.Loss < s.Lowest {
		s.Lowest, s.Since = m.Loss, 0
	} else if s.Since++; m.Texts > 0 && t.spec.Train.Patience > 0 && s.Since >= t.spec.Train.Patience {
		s.Stopped = true
	}
	return e, nil
}

// timed evaluates and counts the time.
func (t *Trainer) timed(ctx context.Context, part *data.Part, rows []int32, between func() error) (spec.Measure, error) {
	began := t.now()
	waited := began.Sub(began)
	m, err := t.evaluate(ctx, part, rows, func() error {
		if between == nil {
			return nil
		}
		at := t.now()
		defer func() { waited += t.now().Sub(at) }() // a pause is no training
		return between()
	})
	t.state.Seconds += (t.now().Sub(began) - waited).Seconds()
	if err == nil && !finite(m.Loss) {
		err = t.blame(t.state.Step, "loss")
	}
	return m, err
}

// result of measuring texts.
type result struct {
	loss  float64
	right int
}

// evaluate measures the present parameters on rows of part, dropout off. Rows
// go in blocks of a shard, each to whoever is free; each block's loss is kept in its
// own place and the blocks summed in order, so nothing of that changes a bit.
func (t *Trainer) evaluate(ctx context.Context, part *data.Part, rows []int32, between func() error) (spec.Measure, error) {
	t.part, t.looks = part, rows
	t.net.Fresh(nil)
	_, size := t.cut(t.spec.Train.Batch, 0)
	blocks := (len(rows) + size - 1) / size
	t.seen = slices.Grow(t.seen[:0], blocks)[:blocks]
	t.team.forget()
	given := 0
	next := func() []int {
		t.at = t.at[:0]
		for ; given < blocks && len(t.at) < Shards; given++ {
			t.at = append(t.at, given)
		}
		return t.at
	}
	for {
		// between first: where ctx has ended it still keeps a checkpoint.
		if err := between(); err != nil {
			return spec.Measure{}, err
		}
		if err := context.Cause(ctx); err != nil {
			return spec.Measure{}, err
		}
		t.team.ask(t, next)
		if len(next()) == 0 {
			t.at = append(t.at, t.team.unanswered()...)
		}
		if len(t.at) > 0 {
			t.lookAtBlocks()
		} else if !t.team.await(t) {
			break
		}
	}
	var loss float64
	var right int
	for _, r := range t.seen {
		loss += r.loss
		right += r.right
	}
	return spec.NewMeasure(right, len(rows), loss), nil
}

// lookAtBlocks measures the blocks at hand.
func (t *Trainer) lookAtBlocks() {
	if t.ahead != nil {
		t.ahead.look(t)
		return
	}
	t.crew.share(len(t.at), t.shardLook)
}

// block is the rows of one.
func (t *Trainer) block(b int) []int32 {
	_, size := t.cut(t.spec.Train.Batch, 0)
	to := (b + 1) * size
	if to > len(t.looks) {
		to = len(t.looks)
	}
	return t.looks[b*size : to]
}

// oneBlock measures one of the blocks at hand.
func (t *Trainer) oneBlock(worker, i int) {
	b := t.at[i]
	l := &t.lots[worker]
	l.fill(t.part, t.block(b))
	t.look(worker, worker)
	t.seen[b] = result{l.loss, l.right}
}

// ascending lists a part's texts, short to long: blocks then hold little padding.
func ascending(p *data.Part) []int32 {
	n := p.Lengths()
	rows := make([]int32, len(n))
	for i := range rows {
		rows[i] = int32(i)
	}
	sort.SliceStable(rows, func(a, b int) bool { return n[rows[a]] < n[rows[b]] })
	return rows
}

// every takes want of rows, evenly spread.
func every(rows []int32, want int) []int32 {
	if len(rows) <= want {
		return rows
	}
	some := make([]int32, want)
	for i := range some {
		some[i] = rows[i*len(rows)/want]
	}
	return some
}
