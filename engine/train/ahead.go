package train

import (
	"github.com/clove-ml/clove/engine/optim"
	"github.com/clove-ml/clove/engine/tensor"
)

// A trainer on a tensor.Card runs ahead of what it knows. A step only queues its kernels:
//
//	forward, loss, backward of the whole batch as one shard
//	out[step] = loss, how many are right, norm of the gradients, whether it halted
//	Adam by the clipped gradients, unless it halted at this step or before
//
// What steps found is read some at once, while the card is at work on the next, and is
// returned by a later Step. Before a look, an epoch's end and a checkpoint all is waited for.

// Ahead is how far a trainer on a card may run ahead.
type Ahead struct {
	Every  int // steps whose results are read at once
	Rounds int // of so many steps that may be under way
}

// few steps at once, and as many more meanwhile: a card is busy, and what is told is not old.
var standard = Ahead{Every: 4, Rounds: 2}

// ahead is the state of that.
type ahead struct {
	card   tensor.Card
	halt   tensor.Buffer // [1]
	rounds []round       // that take turns
	at     int           // whose turn it is
	found  Stepped       // what became known and was not returned yet: sums, and the latest step's figures
	looks  tensor.Buffer // [Shards, 4] as out, of blocks that are evaluated
	host   []float32
}

// round is some steps in a row.
type round struct {
	all   tensor.Buffer // [every, 4]
	out   []tensor.Buffer
	steps []Stepped
	wait  func(dst []float32) // for all; nil while it is not under way
}

func newAhead(card tensor.Card, o Ahead) *ahead {
	if o.Every == 0 {
		o = standard
	}
	a := &ahead{card: card, halt: card.Alloc(1), looks: card.Alloc(4 * Shards), host: make([]float32, 4*max(o.Every, Shards))}
	for range o.Rounds {
		r := round{all: card.Alloc(4 * o.Every)}
		for i := range o.Every {
			r.out = append(r.out, r.all.View(4*i, 4))
		}
		a.rounds = append(a.rounds, r)
	}
	return a
}

// stepAhead is Step on a card. What it returns is of steps before: sums over those that became
// known, Texts of them none perhaps, and the figures of the latest.
func (t *Trainer) stepAhead() (Stepped, error) {
	a, began := t.ahead, t.now()
	r := &a.rounds[a.at]
	if err := t.learn(r); err != nil {
		return a.found, err
	}
	t.rows = t.batch(t.state.Step)
	t.lay(0, t.state.Step)
	s := Stepped{
		Step: t.state.Step + 1, Epoch: t.state.Step/t.stepsAnEpoch + 1, Texts: len(t.rows),
		Rate: optim.Rate(t.spec.Train.Schedule, t.spec.Train.Rate, t.state.Step, t.Steps()),
	}
	l, p, out := &t.lots[0], t.parts[0], r.out[len(r.steps)]
	t.shards[0].Forward(l.batch, true)
	t.shards[0].Tally(a.card, l.batch, len(t.rows), out)
	t.shards[0].Backward(l.batch, p)
	t.net.Counted(p)
	t.opt.StepOn(a.card, s.Rate, t.clip, out, a.halt)

	r.steps = append(r.steps, s)
	t.state.Step++
	t.state.Card = t.card
	if len(r.steps) == len(r.out) {
		r.wait = a.card.Read(r.all)
		a.at = (a.at + 1) % len(a.rounds)
	} else {
		a.card.Submit()
	}
	if look, end := t.Due(); look || end {
		if err := t.settle(); err != nil {
			return a.found, err
		}
	}
	t.state.Seconds += t.now().Sub(began).Seconds()
	return a.take(), nil
}

// take is what was found since the last.
func (a *ahead) take() Stepped {
	s := a.found
	a.found.Loss, a.found.Right, a.found.Texts = 0, 0, 0
	return s
}

// Settle waits for the steps that were begun, and gives what Step would of them.
func (t *Trainer) Settle() (Stepped, error) {
	if t.ahead == nil {
		return Stepped{}, nil
	}
	err := t.settle()
	return t.ahead.take(), err
}

// settle waits for the steps that were begun.
func (t *Trainer) settle() error {
	a := t.ahead
	if a == nil {
		return nil
	}
	if r := &a.rounds[a.at]; r.wait == nil && len(r.steps) > 0 {
		r.wait = a.card.Read(r.all)
	}
	for i := range a.rounds {
		if err := t.learn(&a.rounds[(a.at+1+i)%len(a.rounds)]); err != nil {
			return err
		}
	}
	return nil
}

// learn waits for what a round found, if it is under way.
func (t *Trainer) learn(r *round) error {
	if r.wait == nil {
		return nil
	}
	a := t.ahead
	r.wait(a.host[:4*len(r.out)])
	r.wait = nil
	steps := r.steps
	r.steps = r.steps[:0]
	for i, s := range steps {
		s.Loss, s.Right, s.GradNorm = float64(a.host[4*i]), int(a.host[4*i+1]), float64(a.host[4*i+2])
		if a.host[4*i+3] != 0 {
			if !finite(s.Loss) {
				return t.blame(s.Step, "loss")
			}
			return t.blame(s.Step, "norm of the gradients")
		}
		t.state.Loss += s.Loss
		t.state.Right += s.Right
		t.state.Seen += s.Texts
		a.found = a.found.And(s)
	}
	return nil
}

// forget drops what was begun: other weights come.
func (a *ahead) forget() {
	if a == nil {
		return
	}
	for i := range a.rounds {
		r := &a.rounds[i]
		if r.wait != nil {
			r.wait(a.host[:4*len(r.out)])
		}
		r.wait, r.steps = nil, r.steps[:0]
	}
	a.found = Stepped{}
	a.card.Zero(1, a.halt)
}

// look measures the blocks at hand.
func (a *ahead) look(t *Trainer) {
	for i, b := range t.at {
		l := &t.lots[0]
		l.fill(t.part, t.block(b))
		t.shards[0].Forward(l.batch, false)
		t.shards[0].Tally(a.card, l.batch, l.batch.B, a.looks.View(4*i, 4))
	}
	a.card.Read(a.looks)(a.host[:4*Shards])
	for i, b := range t.at {
		t.seen[b] = result{float64(a.host[4*i]), int(a.host[4*i+1])}
	}
}
