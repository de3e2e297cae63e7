package train

import (
	"context"
	"time"

	"github.com/clove-ml/clove/engine/tensor"
)

// A trial of a device is cut short after a while: a step of a large net on a slow one lasts seconds.
const (
	tryWarm  = 2 // steps that don't count: shaders are compiled, caches filled
	tryTrial = 60
	tryFor   = 4 * time.Second
)

// Try takes up to so many steps to see what one costs on the trainer's device, and stands
// again where it stood, to the bit. It gives the time that a step of middling length takes,
// and how many steps that is known from; 0 where the run is too short to tell.
func (t *Trainer) Try(ctx context.Context, steps int, between func() error) (each time.Duration, taken int, err error) {
	back, err := t.Checkpoint()
	if err != nil {
		return 0, 0, err
	}
	if err := t.team.gather(t, between); err != nil {
		return 0, 0, err
	}
	step := func() error {
		if err := between(); err != nil {
			return err
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		_, err := t.Step()
		return err
	}
	began := t.now()
	for i := 0; i < tryTrial && t.state.Step < t.Steps()-1 && t.now().Sub(began) < tryFor/2; i++ {
		if trying, _ := t.team.trying(); i >= tryWarm && !trying {
			break
		}
		if err := step(); err != nil {
			return 0, 0, err
		}
	}
	if _, err := t.Settle(); err != nil { // a card may only have queued it
		return 0, 0, err
	}
	began = t.now()
	tokens := 0
	for taken < steps && t.state.Step < t.Steps() && (taken == 0 || t.now().Sub(began) < tryFor) {
		for _, r := range t.batch(t.state.Step) {
			tokens += len(t.enc.Train.Text(int(r)))
		}
		if err := step(); err != nil {
			return 0, 0, err
		}
		taken++
	}
	if _, err := t.Settle(); err != nil { // a card may only have queued it
		return 0, 0, err
	}
	took := t.now().Sub(began)
	if tokens > 0 {
		each = time.Duration(float64(took) / float64(tokens) * float64(len(t.enc.Train.IDs)) / float64(t.stepsAnEpoch))
	}
	return each, taken, t.Restore(back)
}

// Close gives back what the trainer's device holds; the trainer must not be used again.
func (t *Trainer) Close() { tensor.Close(t.dev) }
