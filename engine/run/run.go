package run

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/train"
)

// told is the least time between two Step or Reading events.
const told = 100 * time.Millisecond

// Run does what the Spec says and tells sink, which it calls from its own
// goroutine. The error, if any, is an *Error and was told as Failed; what was
// reached by then is in the Result, which may be nil.
func Run(ctx context.Context, s spec.Spec, env Env, sink func(spec.Event)) (res *Result, err error) {
	r := newRunner(env, sink)
	r.spec = s
	ctx, stop := r.control.begin(ctx)
	defer stop(nil)
	defer func() { err = r.fail(asPanic(recover(), err)) }()
	res = &Result{}
	return res, r.run(ctx, res)
}

// runner is a run in progress.
type runner struct {
	env     Env
	spec    spec.Spec
	control *Control
	sink    func(spec.Event)

	t        *train.Trainer
	pace     pace
	tally    tally
	held     held
	paused   bool // told so
	saved    int  // step of the last good checkpoint
	anySaved bool
}

func newRunner(env Env, sink func(spec.Event)) *runner {
	if env.Now == nil {
		env.Now = time.Now
	}
	if env.Yield == nil {
		env.Yield = func() {}
	}
	if env.Device == nil {
		env.Device = tensor.Best(tensor.GenericOptions{Yield: env.Yield})
	}
	if env.Control == nil {
		env.Control = NewControl()
	}
	return &runner{env: env, control: env.Control, sink: sink}
}

func (r *runner) run(ctx context.Context, res *Result) error {
	if err := r.spec.Validate(); err != nil {
		return &Error{Code: "spec", Message: err.Error(), Err: err}
	}
	began := r.env.Now()
	enc, err := r.read(ctx)
	if err != nil {
		return err
	}
	res.Encoded = enc
	if err := r.begin(ctx, enc); err != nil {
		return err
	}
	defer func() {
		if r.held.on {
			r.t.Close()
		}
	}()
	r.control.admit()
	defer func() { r.control.dismiss(r.t) }()
	if err := r.loop(ctx, enc); err != nil {
		return err
	}
	res.Model = r.t.Best()
	if err := r.finish(ctx, res); err != nil {
		return err
	}
	final := res.Variants[len(res.Variants)-1]
	done := spec.Done{
		Test: final.Test, SHA256: final.SHA256, FileBytes: final.FileBytes,
		Seconds: r.env.Now().Sub(began).Seconds(), Step: r.t.Taken(), BestEpoch: r.t.BestEpoch(), Card: r.t.Card(),
	}
	if r.t.Early() {
		done.Stopped = "early"
	}
	if r.spec.Arithmetic != spec.Fast && done.Card == "" {
		done.Arithmetic = spec.ArithmeticVersion
	}
	r.sink(done)
	return nil
}

// begin makes the trainer, from the checkpoint where there is one, and says Started.
func (r *runner) begin(ctx context.Context, enc *data.Encoded) error {
	t, choice, err := r.trainer(ctx, enc)
	if err != nil {
		return err
	}
	device := r.env.Device.Name()
	switch {
	case choice != nil && choice.Took == spec.OnGPU:
		device = choice.Card
		r.held = held{on: true, step: t.Taken(), reached: t.Taken(), ended: t.Closed(), due: t.Taken() + leastApart}
	case r.spec.Arithmetic == spec.Fast:
		dev, _ := tensor.FastOf(r.env.Device)
		device = dev.Name()
	}
	if r.env.Resume != nil {
		r.saved, r.anySaved = t.Taken(), true
	}
	r.t = t
	id := r.env.RunID
	if id == "" {
		id = r.spec.ID()[:12]
	}
	facts := Facts(enc, r.spec)
	r.sink(spec.Started{
		Run: id, Spec: r.spec, Facts: facts, StepsAnEpoch: t.StepsAnEpoch(), Steps: t.Steps(),
		Parameters: model.NewConfig(r.spec, enc.Labels).Parameters(enc.Vocab.Size()), Device: device, Threads: t.Threads(), FromStep: t.Taken(), Choice: choice,
	})
	return nil
}

// learner is the device that trains: ours, or where the Spec asks for Fast arithmetic the
// one of that. Whatever is tested or made smaller afterwards is so in Strict.
func (r *runner) learner() tensor.Device {
	if r.spec.Arithmetic != spec.Fast {
		return r.env.Device
	}
	dev, ok := tensor.FastOf(r.env.Device)
	if !ok {
		r.sink(spec.Notice{Code: "no_fast", Message: fmt.Sprintf("the device %s has no kernels of fast arithmetic; it trains in strict", dev.Name())})
	}
	return dev
}

// loop trains to the end, or to the first error but that of a lost card.
func (r *runner) loop(ctx context.Context, enc *data.Encoded) error {
	for {
		var err error
		if r.t.Finished() {
			err = r.settle(enc)
		} else {
			err = r.turn(ctx)
		}
		if lost, ok := tensor.AsLost(err); ok {
			err = r.fallBack(enc, lost)
		}
		if err != nil {
			return err
		}
		if r.t.Finished() && !r.held.on {
			return nil
		}
		r.env.Yield()
	}
}

// turn does what stands to be done next: a step, or an evaluation.
func (r *runner) turn(ctx context.Context) (err error) {
	defer caughtLost(&err)
	if err := r.between(ctx); err != nil {
		return err
	}
	switch look, end := r.t.Due(); {
	case look:
		return r.look(ctx)
	case end:
		return r.end(ctx)
	}
	if err := r.step(); err != nil {
		return err
	}
	return r.keep(false)
}

// between is where a run answers: it serves Do, halts while paused, and ends where cancelled.
func (r *runner) between(ctx context.Context) error {
	for {
		r.control.serve(r.t)
		if err := context.Cause(ctx); err != nil {
			r.save(ctx, "stop")
			return err
		}
		gate := r.control.look()
		if r.again() { // as far as it was when the card was lost
			return nil
		}
		switch gate {
		case ahead:
			if r.paused {
				r.paused = false
				r.sink(spec.Resumed{Step: r.taken()})
			}
			return nil
		case single:
			return nil
		}
		if !r.paused {
			r.paused = true
			r.sink(spec.Paused{Step: r.taken()})
			r.save(ctx, "pause")
		}
		select {
		case <-r.control.wake:
		case <-ctx.Done():
		}
	}
}

// taken is the step at which the run stands.
func (r *runner) taken() int {
	if r.t == nil {
		return 0 // a pipeline alone
	}
	return r.t.Taken()
}

func (r *runner) step() (err error) {
	again := r.again()
	asked := !again && r.control.take()
	done := false
	defer func() {
		if asked && !done {
			r.control.give()
		}
	}()
	at := r.env.Now()
	s, err := r.t.Step()
	if err != nil {
		return err
	}
	if asked { // its figures are what was asked for
		more, err := r.t.Settle()
		if err != nil {
			return err
		}
		s = s.And(more)
	}
	done = true
	now := r.env.Now()
	r.pace.step(s.Texts, now.Sub(at))
	if again {
		return nil
	}
	r.count(s)
	if r.tally.texts > 0 && (asked || r.tally.due(now) || s.Step == r.t.Steps()) {
		r.sink(r.tally.event(s, &r.pace, r.t, now))
		r.live()
	}
	return nil
}

func (r *runner) look(ctx context.Context) error {
	at := r.env.Now()
	m, err := r.t.Look(ctx, func() error { return r.pausable(ctx, &at) })
	if err != nil {
		return err
	}
	r.pace.look(m.Texts, r.env.Now().Sub(at))
	if r.again() {
		return nil
	}
	r.sink(spec.Evaluated{Step: r.t.Taken(), Epoch: r.t.Closed() + 1, Validation: m})
	r.live()
	return nil
}

func (r *runner) end(ctx context.Context) error {
	at := r.env.Now()
	e, err := r.t.EndEpoch(ctx, func() error { return r.pausable(ctx, &at) })
	if err != nil {
		return err
	}
	r.pace.look(e.Validation.Texts, r.env.Now().Sub(at))
	if e.Epoch > r.held.ended { // else it was told before the card was lost
		r.sink(spec.Epoch{
			Epoch: e.Epoch, Step: r.t.Taken(), Loss: e.Loss, Accuracy: e.Accuracy,
			Validation: e.Validation, Best: e.Best, Seconds: e.Seconds,
		})
		r.held.ended = e.Epoch
	}
	why := "epoch"
	if r.t.Finished() {
		why = "end"
	}
	if r.env.Save == nil {
		return r.keep(true)
	}
	r.save(ctx, why)
	return nil
}

// pausable is between for the batches of an evaluation; the time that it takes is moved out of the measurement.
func (r *runner) pausable(ctx context.Context, began *time.Time) error {
	r.env.Yield()
	at := r.env.Now()
	err := r.between(ctx)
	*began = began.Add(r.env.Now().Sub(at))
	return err
}

func (r *runner) live() {
	if r.env.Live != nil {
		r.env.Live(r.t)
	}
}

// save keeps a checkpoint, once a step, even where ctx has ended.
func (r *runner) save(ctx context.Context, why string) {
	step := r.taken()
	if r.t == nil || r.env.Save == nil || why != "epoch" && why != "end" && r.anySaved && r.saved == step {
		return
	}
	began := r.env.Now()
	b, err := r.t.Checkpoint()
	if err == nil {
		err = r.holds(b, step, r.env.Now().Sub(began))
	}
	if err == nil {
		err = r.env.Save(context.WithoutCancel(ctx), Checkpoint{
			Step: step, Epoch: r.t.Closed(), Why: why, Bytes: b, Model: r.t.Best(),
		})
	}
	if err != nil {
		e := asError(err, "storage")
		r.sink(spec.Notice{Code: e.Code, Message: "the checkpoint was not kept: " + e.Message, Step: step})
		return
	}
	r.saved, r.anySaved = step, true
	r.sink(spec.Saved{Step: step, Epoch: r.t.Closed(), Bytes: len(b), Why: why})
}

// asPanic makes a panic the error of its run, lest one run end the whole program.
func asPanic(p any, err error) error {
	if p == nil {
		return err
	}
	stack := debug.Stack()
	if c, ok := p.(*train.Panic); ok {
		stack = c.Stack
	}
	return &Error{Code: "internal", Message: fmt.Sprintf("internal error: %v", p), Err: fmt.Errorf("%s", stack)}
}

// fail tells an error and gives it its type.
func (r *runner) fail(err error) error {
	if err == nil {
		return nil
	}
	e := asError(err, "internal")
	f := spec.Failed{Code: e.Code, Message: e.Message, Kept: r.saved, Step: r.taken()}
	var n *train.NotFinite
	if errors.As(err, &n) {
		f.Step, f.Tensor, f.Rate = n.Step, n.Tensor, n.Rate
	}
	r.sink(f)
	return e
}

// asError finds the code of an error.
func asError(err error, otherwise string) *Error {
	var e *Error
	var d *data.Error
	var m *model.Error
	var n *train.NotFinite
	var c *train.CheckpointError
	code := otherwise
	switch {
	case errors.As(err, &e):
		return e
	case errors.As(err, &d):
		code = d.Code
	case errors.As(err, &m):
		code = m.Code
	case errors.As(err, &n):
		code = "not_finite"
	case errors.As(err, &c):
		code = "checkpoint"
	case errors.Is(err, ErrCancelled), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &Error{Code: "cancelled", Message: "stopped before its end", Err: err}
	}
	return &Error{Code: code, Message: err.Error(), Err: err}
}
