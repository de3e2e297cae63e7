package native

import (
	"context"
	"fmt"
	"runtime"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/server"
)

// Engine is the server's.
type Engine struct {
	Sets    Sets
	Workers int           // threads of a run; 0 all
	On      tensor.Device // what computes; nil: Device()
}

var _ server.Engine = (*Engine)(nil)

// Device names what computes.
func (e *Engine) Device() string { return e.device().Name() }

func (e *Engine) device() tensor.Device {
	if e.On != nil {
		return e.On
	}
	return Device()
}

// Device is the fastest that this machine has.
func Device() tensor.Device { return tensor.Best(tensor.GenericOptions{}) }

// Threads that a run may use.
func (e *Engine) Threads() int {
	if e.Workers > 0 {
		return e.Workers
	}
	return runtime.NumCPU()
}

// Data lists the sources that need not be sent.
func (e *Engine) Data() []string {
	names := []string{}
	for _, f := range e.Sets.List() {
		names = append(names, f.Name)
	}
	return names
}

// Encode reads the data of s by its name.
func (e *Engine) Encode(ctx context.Context, s spec.Spec, progress func(spec.Reading)) ([]byte, error) {
	enc, _, err := run.Describe(ctx, s, run.Env{Open: e.Sets.Open}, func(e spec.Event) {
		if r, ok := e.(spec.Reading); ok {
			progress(r)
		}
	})
	if err != nil {
		return nil, err
	}
	return enc.MarshalBinary()
}

// Train runs the job.
func (e *Engine) Train(ctx context.Context, j server.Job) ([]byte, error) {
	env := run.Env{
		Open: e.Sets.Open, Device: e.device(), Threads: e.Threads(), RunID: j.ID, Resume: j.Checkpoint,
		Save: func(_ context.Context, c run.Checkpoint) error { return j.Keep(c.Bytes) },
	}
	if j.Encoded != nil {
		encoded, err := data.UnmarshalEncoded(j.Encoded)
		if err != nil {
			return nil, fmt.Errorf("reading the data that was sent: %w", err)
		}
		env.Encoded = encoded
	}
	result, err := run.Run(ctx, j.Spec, env, j.Sink)
	if err != nil {
		return nil, err
	}
	return result.Final().Bytes(), nil
}
