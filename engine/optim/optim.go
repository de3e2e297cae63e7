// Package optim holds the optimisers, learning-rate schedules and clipping.
// Each is registered under the name that a Spec calls it by.
package optim

import (
	"fmt"
	"math"

	"github.com/clove-ml/clove/engine/nn"
	"github.com/clove-ml/clove/engine/tensor"
)

// Optimizer changes parameters by their gradients.
type Optimizer interface {
	// Step uses the gradients that the net's latest Reduce left.
	Step(rate float64)
	// StepOn is Step of a net on that card, after clipping by bound (0: not), which nobody
	// waits for: tensor.Card's Update says what comes to be in out and halt.
	StepOn(card tensor.Card, rate, bound float64, out, halt tensor.Buffer)
	// State is a copy of what a checkpoint must keep.
	State() State
	SetState(s State) error
	// SetMasks replaces those of its Config. They act at once.
	SetMasks(masks map[string][]bool) error
}

// State of an optimiser between two steps.
type State struct {
	Step int         // taken
	M, V [][]float32 // first and second moments, in the order of the net's Params
}

// Config of any optimiser.
type Config struct {
	Beta1, Beta2, Epsilon float64
	// Masks say which weights may be other than zero, by parameter; a parameter
	// without one keeps all. After each step masked weights and their moments are zero.
	Masks map[string][]bool
}

// registry is every optimiser by its name in the Spec.
var registry = map[string]func(dev tensor.Device, net *nn.Net, c Config) (Optimizer, error){
	"adam": func(dev tensor.Device, net *nn.Net, c Config) (Optimizer, error) { return NewAdam(dev, net, c) },
}

// New makes the optimiser of that name for the net's parameters. Masks act at once.
func New(name string, dev tensor.Device, net *nn.Net, c Config) (Optimizer, error) {
	make, ok := registry[name]
	if !ok {
		return nil, fmt.Errorf("there is no optimizer %q", name)
	}
	return make(dev, net, c)
}

// Rate of a schedule at a step, 0-based, of so many: constant, or linear, which
// falls from base to 0: base·(1 − step/steps). An unknown schedule is constant.
func Rate(schedule string, base float64, step, steps int) float64 {
	if schedule != "linear" || steps <= 0 {
		return base
	}
	left := steps - step
	if left < 0 {
		left = 0
	}
	return base * (float64(left) / float64(steps))
}

// ClipNorm scales all gradients by bound/(norm + 1e-6) where their global norm
// exceeds bound, as torch.nn.utils.clip_grad_norm_ does, and returns the norm
// before that. A bound of 0 clips nothing (Pascanu et al. 2013,
// https://arxiv.org/abs/1211.5063).
func ClipNorm(dev tensor.Device, grads []nn.Grad, bound float64) float64 {
	var sum float64
	for i := range grads {
		sum += float64(dev.SumSquares(grads[i].Len, grads[i].G))
	}
	norm := math.Sqrt(sum)
	if by := bound / (norm + 1e-6); bound > 0 && by < 1 {
		for i := range grads {
			dev.Scale(grads[i].Len, float32(by), grads[i].G)
		}
	}
	return norm
}
