package run

import (
	"time"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/train"
)

// pace is how fast a run goes of late: texts and seconds of its steps, and of
// its evaluations, each a sum in which the older counts for less.
type pace struct {
	steps, texts, seconds  float64
	lookTexts, lookSeconds float64
}

// fade is what an older step counts beside the newest, so that about the last
// twenty make the figure.
const fade = 0.95

func (p *pace) step(texts int, d time.Duration) {
	p.steps = float64(p.steps*fade) + 1
	p.texts = float64(p.texts*fade) + float64(texts)
	p.seconds = float64(p.seconds*fade) + d.Seconds()
}

func (p *pace) look(texts int, d time.Duration) {
	p.lookTexts = float64(p.lookTexts/2) + float64(texts)
	p.lookSeconds = float64(p.lookSeconds/2) + d.Seconds()
}

// left is the seconds that training texts and evaluated ones will take. Before
// the first evaluation a text is taken to cost a third of a trained one.
func (p *pace) left(train, looked int) float64 {
	if p.texts == 0 {
		return 0
	}
	each := p.seconds / p.texts
	look := each / 3
	if p.lookTexts > 0 {
		look = p.lookSeconds / p.lookTexts
	}
	return float64(each*float64(train)) + float64(look*float64(looked))
}

// each is the seconds of a step.
func (p *pace) each() float64 {
	if p.steps == 0 {
		return 0
	}
	return p.seconds / p.steps
}

// rate is texts a second.
func (p *pace) rate() float64 {
	if p.seconds <= 0 {
		return 0 // a coarse clock saw no time pass
	}
	return p.texts / p.seconds
}

// tally is what happened since the last Step event.
type tally struct {
	loss         float64
	right, texts int
	ever         bool
	at           time.Time
}

func (a *tally) add(s train.Stepped) {
	a.loss += s.Loss
	a.right += s.Right
	a.texts += s.Texts
}

// due says whether it is time for the next event: the first comes at once.
func (a *tally) due(now time.Time) bool { return !a.ever || now.Sub(a.at) >= told }

// event tells the tally and begins a new one.
func (a *tally) event(s train.Stepped, p *pace, t *train.Trainer, now time.Time) spec.Step {
	e := spec.Step{
		Step: s.Step, Epoch: s.Epoch, Rate: s.Rate, GradNorm: s.GradNorm,
		Loss:           a.loss / float64(a.texts),
		Accuracy:       float64(a.right) / float64(a.texts),
		TextsPerSecond: p.rate(),
		SecondsLeft:    p.left(t.Ahead()),
		Threads:        t.Working(),
	}
	*a = tally{ever: true, at: now}
	return e
}
