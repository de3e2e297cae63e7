package run

import (
	"context"
	"errors"
	"sync"

	"github.com/clove-ml/clove/engine/train"
)

// ErrCancelled is why a run ended that Control.Cancel stopped.
var ErrCancelled = errors.New("cancelled")

// Control steers a run from any goroutine. Whatever is asked takes effect
// between two steps of the optimiser, or two batches of an evaluation.
// One Control serves one run; the zero value is not usable, see NewControl.
type Control struct {
	mu      sync.Mutex
	paused  bool
	steps   int // to take although paused
	cancel  bool
	stop    context.CancelCauseFunc // of the run in progress
	open    bool                    // a trainer is there to be looked at
	pending []func(*train.Trainer)
	wake    chan struct{} // holds one: something has changed
}

// NewControl is a Control of a run that goes ahead at once.
func NewControl() *Control { return &Control{wake: make(chan struct{}, 1)} }

// Pause stops the run between two steps; it saves a checkpoint and says Paused.
func (c *Control) Pause() {
	c.change(func() { c.paused = true })
}

// Resume lets a paused run go on.
func (c *Control) Resume() {
	c.change(func() { c.paused, c.steps = false, 0 })
}

// Step makes a paused run take exactly one step, and say so. A run that is not
// paused is paused after its next step.
func (c *Control) Step() {
	c.change(func() { c.paused = true; c.steps++ })
}

// Cancel ends the run; it keeps a checkpoint.
func (c *Control) Cancel() {
	c.change(func() {
		c.cancel = true
		if c.stop != nil {
			c.stop(ErrCancelled)
		}
	})
}

// Do has the run call f with its trainer between two steps, or at once while it
// is paused: to score a sentence with the model in training. f must not keep the
// trainer. False says that there is no trainer (not yet, or no more), and f is
// not called; after true f is called exactly once.
func (c *Control) Do(f func(*train.Trainer)) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.open {
		return false
	}
	c.pending = append(c.pending, f)
	c.signal()
	return true
}

func (c *Control) change(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
	c.signal()
}

func (c *Control) signal() {
	select {
	case c.wake <- struct{}{}:
	default: // already told
	}
}

// begin ties the run's context to Cancel.
func (c *Control) begin(ctx context.Context) (context.Context, context.CancelCauseFunc) {
	ctx, stop := context.WithCancelCause(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stop = stop
	if c.cancel {
		stop(ErrCancelled)
	}
	return ctx, stop
}

// admit opens the trainer to Do.
func (c *Control) admit() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open = true
}

// dismiss closes it again, after whoever still waits.
func (c *Control) dismiss(t *train.Trainer) {
	c.mu.Lock()
	c.open = false
	c.mu.Unlock()
	c.serve(t)
}

// serve calls what Do was given, one after the other: a panic of one keeps the others.
func (c *Control) serve(t *train.Trainer) {
	for {
		c.mu.Lock()
		if len(c.pending) == 0 {
			c.mu.Unlock()
			return
		}
		f := c.pending[0]
		c.pending = c.pending[1:]
		c.mu.Unlock()
		f(t)
	}
}

// gate says how the run may go on.
type gate int

const (
	ahead gate = iota
	single
	halt
)

// look tells the gate.
func (c *Control) look() gate {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !c.paused:
		return ahead
	case c.steps == 0:
		return halt
	}
	return single
}

// give gives back a step that take used up, where it came to nothing.
func (c *Control) give() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.steps++
}

// take uses up a single step; it says whether the step at hand was asked for.
func (c *Control) take() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.steps == 0 {
		return false
	}
	c.steps--
	return true
}
