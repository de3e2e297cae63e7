package optim

import (
	"fmt"
	"math"
	"slices"

	"github.com/clove-ml/clove/engine/nn"
	"github.com/clove-ml/clove/engine/tensor"
)

// Adam (Kingma & Ba 2015, https://arxiv.org/abs/1412.6980) as torch.optim.Adam:
// bias-corrected moments, dense also for rows of the embedding that a batch
// lacks (their gradient is 0, their moments decay). The formula stands at
// tensor.AdamStep. No weight decay, no amsgrad.
type Adam struct {
	dev    tensor.Device
	params []*nn.Param
	grads  []nn.Grad
	m, v   []tensor.Buffer
	keep   []tensor.Buffer // masks as 0 and 1; nil for none
	all    []tensor.Updated
	cfg    Config
	step   int
}

var _ Optimizer = (*Adam)(nil)

// NewAdam starts with moments of zero.
func NewAdam(dev tensor.Device, net *nn.Net, c Config) (*Adam, error) {
	a := &Adam{dev: dev, params: net.Params(), grads: net.Grads(), cfg: c}
	for _, p := range a.params {
		a.m = append(a.m, dev.Alloc(p.Len()))
		a.v = append(a.v, dev.Alloc(p.Len()))
	}
	a.keep = make([]tensor.Buffer, len(a.params))
	return a, a.SetMasks(c.Masks)
}

// SetMasks implements Optimizer.
func (a *Adam) SetMasks(masks map[string][]bool) error {
	used := 0
	for i, p := range a.params {
		mask, ok := masks[p.Name]
		if !ok {
			a.keep[i] = nil
			continue
		}
		used++
		n := p.Len()
		if len(mask) != n {
			return fmt.Errorf("the mask of %s has %d entries, the parameter %d", p.Name, len(mask), n)
		}
		ones := make([]float32, n)
		for j, kept := range mask {
			if kept {
				ones[j] = 1
			}
		}
		if a.keep[i] == nil {
			a.keep[i] = a.dev.Alloc(n)
		}
		a.dev.Upload(a.keep[i], ones)
		for _, x := range []tensor.Buffer{p.Learned(), a.m[i], a.v[i]} {
			a.dev.Mask(n, a.keep[i], x)
		}
	}
	if used != len(masks) {
		return fmt.Errorf("%d of %d masks name no parameter", len(masks)-used, len(masks))
	}
	return nil
}

// Step t = 1, 2, … with the gradients at hand.
func (a *Adam) Step(rate float64) {
	s := a.next(rate)
	for i, p := range a.params {
		g := &a.grads[i]
		if g.Sparse {
			a.dev.AdamRows(s, p.Shape[0], g.Width, g.Rows, g.G, p.Learned(), a.m[i], a.v[i])
		} else {
			a.dev.Adam(s, p.Len(), g.G, p.Learned(), a.m[i], a.v[i])
		}
		if keep := a.keep[i]; keep != nil {
			a.dev.Mask(p.Len(), keep, p.Learned())
			a.dev.Mask(p.Len(), keep, a.m[i])
			a.dev.Mask(p.Len(), keep, a.v[i])
		}
	}
}

// StepOn implements Optimizer.
func (a *Adam) StepOn(card tensor.Card, rate, bound float64, out, halt tensor.Buffer) {
	a.all = a.all[:0]
	for i, p := range a.params {
		g := &a.grads[i]
		a.all = append(a.all, tensor.Updated{
			N: p.Len(), G: g.G, W: p.Learned(), M: a.m[i], V: a.v[i],
			Sparse: g.Sparse, Rows: g.Rows, Width: g.Width, Keep: a.keep[i],
		})
	}
	card.Update(a.next(rate), float32(bound), a.all, out, halt)
}

// next begins a step.
func (a *Adam) next(rate float64) tensor.AdamStep {
	a.step++
	return tensor.AdamStep{
		Beta1: float32(a.cfg.Beta1), Rest1: float32(1 - a.cfg.Beta1),
		Beta2: float32(a.cfg.Beta2), Rest2: float32(1 - a.cfg.Beta2),
		Size:    float32(rate / (1 - power(a.cfg.Beta1, a.step))),
		InvRoot: float32(1 / math.Sqrt(1-power(a.cfg.Beta2, a.step))),
		Epsilon: float32(a.cfg.Epsilon),
	}
}

// power is xⁿ by squaring: math.Pow promises no bits, and the conversions forbid fusing.
func power(x float64, n int) float64 {
	y := 1.0
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			y = float64(y * x)
		}
		x = float64(x * x)
	}
	return y
}

// State copies the moments.
func (a *Adam) State() State {
	n := len(a.m)
	all := tensor.Copies(a.dev, slices.Concat(a.m, a.v))
	return State{Step: a.step, M: all[:n], V: all[n:]}
}

// SetState goes on from there.
func (a *Adam) SetState(s State) error {
	if len(s.M) != len(a.params) || len(s.V) != len(a.params) || s.Step < 0 {
		return fmt.Errorf("an Adam state of %d and %d moments at step %d for %d parameters",
			len(s.M), len(s.V), s.Step, len(a.params))
	}
	for i, p := range a.params {
		if len(s.M[i]) != p.Len() || len(s.V[i]) != p.Len() {
			return fmt.Errorf("the Adam state of %s has %d and %d moments, the parameter %d weights",
				p.Name, len(s.M[i]), len(s.V[i]), p.Len())
		}
	}
	for i := range a.params {
		a.dev.Upload(a.m[i], s.M[i])
		a.dev.Upload(a.v[i], s.V[i])
	}
	a.step = s.Step
	return nil
}
