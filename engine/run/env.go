// Package run turns a Spec into Events. It is the one way in: the worker, the
// server, the command line and the tests all train and shrink through Run and
// Compress, and differ only in the Env that they give.
//
// The events of a run, in order:
//
//	reading…  started  (step… evaluated… epoch saved)…  [compressing… compressed]  done
//
// paused and resumed stand between two steps, notice anywhere. Every run ends
// with exactly one done or failed.
package run

import (
	"context"
	"time"

	"github.com/clove-ml/clove/engine/compress"
	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/train"
)

// Env is what a run finds on its machine. No field of it changes a bit of the
// result but Initial, and Card where a card trains. The zero value of every field is good, Open and Encoded
// apart: one of the two is needed.
type Env struct {
	// Open finds the data that the Spec names; Sources.Open is one.
	Open func(ctx context.Context, s spec.Spec) (data.Source, data.Builtin, error)
	// Encoded is the data read already, instead of Open.
	Encoded *data.Encoded
	// OnEncoded is told what Open gave, once read: to keep it with the run.
	OnEncoded func(ctx context.Context, e *data.Encoded) error

	Device  tensor.Device // nil: the fastest host device, with Yield
	Card    *Card         // a graphics card to train on; nil: Device trains
	Threads int           // goroutines, four of which can train; below 2 all is sequential
	Team    *train.Team   // helpers that train with us; nil none. It is not ended with the run
	Control *Control      // nil: the run can't be paused, only ctx ends it
	RunID   string        // for the event Started; "" the first digits of the Spec's identity

	Resume  []byte       // a checkpoint of the same Spec and data to go on from
	Initial *model.Model // weights to start from, "train on"; tokens that it lacks start fresh

	// Answers are the original's on the test texts, as Measure gave them, for Compress
	// to compare with. Nil: it is asked again.
	Answers *compress.Answers

	// Save keeps a checkpoint. An error does not end the run: it is told as a
	// Notice with the code of the error (*Error), and the run goes on.
	Save func(ctx context.Context, c Checkpoint) error
	// Live is called with the trainer after each Step and Evaluated that is told.
	Live func(t *train.Trainer)

	Now   func() time.Time // nil: time.Now
	Yield func()           // called between steps and batches; in a worker it lets messages in. nil: nothing
}

// Checkpoint is a run between two steps.
type Checkpoint struct {
	Step  int
	Epoch int          // ended epochs
	Why   string       // epoch, pause, stop (cancelled or the context ended), end
	Bytes []byte       // for Env.Resume
	Model *model.Model // the best so far: what the run would give if it ended here
}

// Result is what a run leaves.
type Result struct {
	Model      *model.Model // as trained
	Compressed *model.Model // by Spec.Compress; nil without
	Encoded    *data.Encoded
	Variants   []spec.Variant    // the original first, then the compressed one
	Answers    *compress.Answers // the original's on the test texts
}

// Final is the model that the event Done describes: the compressed one where there is one.
func (r *Result) Final() *model.Model {
	if r.Compressed != nil {
		return r.Compressed
	}
	return r.Model
}

// Error is how Run and Compress fail: Code is that of the event Failed.
type Error struct {
	Code    string // data_…, spec, model_shape, checkpoint, not_finite, storage_…, cancelled, internal
	Message string
	Err     error // beneath, may be nil
}

func (e *Error) Error() string { return e.Message }
func (e *Error) Unwrap() error { return e.Err }
