package run

import (
	"context"
	"fmt"
	"time"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/train"
)

// A run may train on a graphics card, a device that can be lost at any moment. So it keeps
// a checkpoint in memory every so many steps, and when the card is lost the host goes on
// from there: it takes the steps since then again, which are not told a second time, and
// then those that were still to come. The same happens where there is no card to begin with.

// Card is a run's way to a graphics card.
type Card struct {
	Asked string // spec.OnGPU, or spec.OnAuto: only where it is faster
	// Open gives a card of the run's own, which is closed at its end, and what it is called.
	// An error says why there is none.
	Open func(ctx context.Context) (dev tensor.Device, name string, err error)
}

// raced is how many steps of each device Auto measures.
const raced = 10

// How often a checkpoint is kept for the host: so that it costs a fiftieth of the time,
// within bounds. The upper one is the most steps that a lost card has taken again.
const (
	keepShare  = 0.02
	leastApart = 8
	mostApart  = 250
)

// held is what a run on a card needs to go on without it.
type held struct {
	on      bool   // the card trains
	bytes   []byte // the latest checkpoint; nil: the start
	step    int    // of it
	due     int    // step of the next
	reached int    // the last step, and
	ended   int    // epoch, that were told
}

// trainer makes it, on the device that was asked for or proves the faster.
func (r *runner) trainer(ctx context.Context, enc *data.Encoded) (*train.Trainer, *spec.Choice, error) {
	card := r.env.Card
	if card == nil {
		t, err := r.onHost(enc, r.env.Resume)
		return t, nil, err
	}
	c := &spec.Choice{Asked: card.Asked, Took: spec.OnCPU}
	t, err := r.onCard(ctx, enc, c)
	lost, refused := tensor.AsLost(err)
	if refused {
		c.Code, c.Message = lost.Code, lost.Message
		t, err = r.onHost(enc, r.env.Resume)
	}
	if err != nil || refused || card.Asked != spec.OnAuto {
		return t, c, err
	}
	return r.race(ctx, enc, t, c)
}

func (r *runner) onHost(enc *data.Encoded, from []byte) (*train.Trainer, error) {
	t, err := train.New(r.learner(), enc, r.spec, train.Options{
		Threads: r.env.Threads, Team: r.env.Team, Initial: r.env.Initial, Now: r.env.Now,
	})
	if err == nil && from != nil {
		err = t.Restore(from)
	}
	return t, err
}

// onCard makes the trainer there; a *tensor.Lost is why it could not.
func (r *runner) onCard(ctx context.Context, enc *data.Encoded, c *spec.Choice) (t *train.Trainer, err error) {
	defer caughtLost(&err)
	dev, name, err := r.env.Card.Open(ctx)
	if err != nil {
		if _, ok := tensor.AsLost(err); !ok {
			err = &tensor.Lost{Device: "gpu", Code: tensor.LostNone, Message: err.Error()}
		}
		return nil, err
	}
	defer func() {
		if err != nil {
			tensor.Close(dev)
		}
	}()
	defer caughtLost(&err) // before the card is closed
	c.Card = name
	t, err = train.New(dev, enc, r.spec, train.Options{Initial: r.env.Initial, Now: r.env.Now, Card: name})
	if err == nil && r.env.Resume != nil {
		err = t.Restore(r.env.Resume)
	}
	if err == nil {
		c.Took = spec.OnGPU
	}
	return t, err
}

// race takes some steps of each, and keeps the faster.
func (r *runner) race(ctx context.Context, enc *data.Encoded, card *train.Trainer, c *spec.Choice) (*train.Trainer, *spec.Choice, error) {
	host, err := r.onHost(enc, r.env.Resume)
	if err != nil {
		card.Close()
		return nil, c, err
	}
	between := func() error {
		r.env.Yield()
		return context.Cause(ctx)
	}
	try := func(t *train.Trainer) (each time.Duration, n int, err error) {
		defer caughtLost(&err)
		return t.Try(ctx, raced, between)
	}
	gpu, n, err := try(card)
	if lost, ok := tensor.AsLost(err); ok {
		card.Close()
		c.Took, c.Code, c.Message = spec.OnCPU, lost.Code, lost.Message
		return host, c, nil
	}
	var cpu time.Duration
	if err == nil {
		cpu, c.Steps, err = try(host)
	}
	if err != nil {
		card.Close()
		return nil, c, err
	}
	c.Steps = min(c.Steps, n)
	c.CPUMS, c.GPUMS = 1000*cpu.Seconds(), 1000*gpu.Seconds()
	if gpu >= cpu {
		c.Took = spec.OnCPU
		card.Close()
		return host, c, nil
	}
	r.env.Team.Rest()
	return card, c, nil
}

// caughtLost is deferred: it makes a lost card's panic an error.
func caughtLost(err *error) {
	p := recover()
	if lost, ok := tensor.AsLost(p); ok {
		*err = lost
	} else if p != nil {
		panic(p)
	}
}

// keep keeps a checkpoint where one is due, or where it must.
func (r *runner) keep(must bool) error {
	h := &r.held
	if !h.on {
		return nil
	}
	at := r.t.Taken()
	if !must && at < h.due {
		return nil
	}
	began := r.env.Now()
	b, err := r.t.Checkpoint()
	if err != nil {
		return err
	}
	return r.holds(b, at, r.env.Now().Sub(began))
}

// holds takes a checkpoint that was written in so long.
func (r *runner) holds(b []byte, step int, took time.Duration) error {
	h := &r.held
	if !h.on {
		return nil
	}
	s, err := r.t.Settle() // what is known of the steps before it, and was not told
	if err != nil {
		return err
	}
	r.count(s)
	apart := mostApart
	if each := r.pace.each(); each > 0 {
		apart = min(max(int(took.Seconds()/(keepShare*each)), leastApart), mostApart)
	}
	h.bytes, h.step, h.due = b, step, step+apart
	return nil
}

// count adds what steps found to what will be told.
func (r *runner) count(s train.Stepped) {
	r.tally.add(s)
	r.held.reached = max(r.held.reached, s.Step)
}

// again says whether the step to come was told before its card was lost.
func (r *runner) again() bool { return r.taken() < r.held.reached }

// fallBack has the host go on from the latest checkpoint.
func (r *runner) fallBack(enc *data.Encoded, lost *tensor.Lost) error {
	h := &r.held
	r.t.Close()
	h.on = false
	from := h.bytes
	if from == nil {
		from = r.env.Resume
	}
	t, err := r.onHost(enc, from)
	if err != nil {
		return fmt.Errorf("going on without the card (%w): %w", lost, err)
	}
	r.t, h.bytes, r.pace = t, nil, pace{}
	r.sink(spec.Notice{
		Code: lost.Code, Message: lost.Message, Step: h.reached,
		Device: r.env.Device.Name(), Redone: max(0, h.reached-t.Taken()),
	})
	return nil
}

// settle ends the card's part once training is over: what follows is the host's.
func (r *runner) settle(enc *data.Encoded) (err error) {
	if !r.held.on {
		return nil
	}
	defer caughtLost(&err)
	if r.held.step != r.t.Taken() || r.held.bytes == nil {
		if err := r.keep(true); err != nil {
			return err
		}
	}
	r.t.Close()
	r.held.on = false
	r.t, err = r.onHost(enc, r.held.bytes)
	r.held.bytes = nil
	return err
}
