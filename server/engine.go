package server

import (
	"context"

	"github.com/clove-ml/clove/engine/run/spec"
)

// Engine trains for the server. The command line gives the native one; tests
// give one whose every step they hold.
type Engine interface {
	// Device and Threads name what trains.
	Device() string
	Threads() int
	// Data lists the sources that it can open by themselves.
	Data() []string
	// Encode reads the data of a Spec by its name and gives it as data.Encoded writes it.
	Encode(ctx context.Context, s spec.Spec, progress func(spec.Reading)) ([]byte, error)
	// Train runs the job to its end and returns the model's file. When ctx ends
	// it has the job keep a checkpoint and returns.
	Train(ctx context.Context, j Job) ([]byte, error)
}

// Job is one run for an Engine.
type Job struct {
	ID         string
	Spec       spec.Spec
	Encoded    []byte                        // texts that were sent; nil: the Engine opens Spec.Data
	Checkpoint []byte                        // to go on from; nil from the start
	Keep       func(checkpoint []byte) error // called with each checkpoint
	Sink       func(spec.Event)
}
