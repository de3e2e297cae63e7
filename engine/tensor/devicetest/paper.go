package devicetest

import (
	"math"

	"github.com/clove-ml/clove/engine/tensor"
)

// Paper is a tensor.Card of a host device: it queues nothing, but what it reads stays unknown
// until it is waited for. It shows what a trainer on a card does, without one.
type Paper struct {
	tensor.Device
	Waiting, Most int // reads that were begun and not waited for: now, and at most
	Submits       int
}

// Name implements tensor.Device.
func (p *Paper) Name() string { return "paper" }

// Tally implements tensor.Card.
func (p *Paper) Tally(B, K int, classes []int32, logits, losses, out tensor.Buffer) {
	z, l, o := tensor.HostData(logits), tensor.HostData(losses), tensor.HostData(out)
	o[0], o[1] = 0, 0
	for i := range B {
		o[0] += l[i]
		best := 0
		for k, x := range z[i*K:][:K] {
			if K == 1 && x > 0 || x > z[i*K+best] {
				best = max(k, 1)
			}
		}
		if best == int(classes[i]) {
			o[1]++
		}
	}
}

// Update implements tensor.Card.
func (p *Paper) Update(s tensor.AdamStep, bound float32, params []tensor.Updated, out, halt tensor.Buffer) {
	size := func(u *tensor.Updated) int {
		if u.Sparse {
			return len(u.Rows) * u.Width
		}
		return u.N
	}
	var sum float64
	for i := range params {
		sum += float64(p.SumSquares(size(&params[i]), params[i].G))
	}
	o, h, norm := tensor.HostData(out), tensor.HostData(halt), math.Sqrt(sum)
	o[2] = float32(norm)
	if !finite(o[0]) || !finite(o[2]) {
		h[0] = 1
	}
	if o[3] = h[0]; h[0] != 0 {
		return
	}
	by := float64(bound) / (norm + 1e-6)
	for i := range params {
		u := &params[i]
		if bound > 0 && by < 1 {
			p.Scale(size(u), float32(by), u.G)
		}
		if u.Sparse {
			p.AdamRows(s, u.N/u.Width, u.Width, u.Rows, u.G, u.W, u.M, u.V)
		} else {
			p.Adam(s, u.N, u.G, u.W, u.M, u.V)
		}
		if u.Keep != nil {
			for _, x := range []tensor.Buffer{u.W, u.M, u.V} {
				p.Mask(u.N, u.Keep, x)
			}
		}
	}
}

// Submit implements tensor.Card.
func (p *Paper) Submit() { p.Submits++ }

// Read implements tensor.Card.
func (p *Paper) Read(x tensor.Buffer) func(dst []float32) {
	p.Submits++
	p.Waiting++
	p.Most = max(p.Most, p.Waiting)
	v := clone(tensor.HostData(x))
	return func(dst []float32) {
		p.Waiting--
		copy(dst, v)
	}
}
