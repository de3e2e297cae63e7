package devicetest

import (
	"fmt"
	"math"
	"testing"

	"github.com/clove-ml/clove/engine/tensor"
)

// tally checks the sum of a batch.
func (k *kit) tally(t *testing.T) {
	k.wholes = map[tensor.Buffer]tensor.Buffer{}
	for _, s := range [][2]int{{1, 1}, {32, 1}, {100, 3}, {7, 5}} {
		B, K := s[0], s[1]
		logits, losses := k.random(B*K, 1), k.random(B, 2)
		if K > 1 {
			logits[1] = logits[0] // the first of equals
		}
		classes := k.whole(B, max(2, K))
		var sum float64
		right := float32(0)
		for i := range B {
			sum += float64(losses[i])
			row, best := logits[i*K:][:K], 0
			for c, z := range row {
				if K == 1 && z > 0 {
					best = 1
				}
				if K > 1 && z > row[best] {
					best = c
				}
			}
			if best == int(classes[i]) {
				right++
			}
		}
		out := k.buffer(make([]float32, 2))
		k.card.Tally(B, K, classes, k.buffer(logits), k.buffer(losses), out)
		got := k.read(t, out)
		within(t, fmt.Sprintf("the losses of %d", B), got[:1], []float64{sum}, 2*float64(B)*0x1p-20)
		same(t, fmt.Sprintf("right ones of %d by %d", B, K), got[1:], []float32{right})
	}
}

// update checks steps of several parameters, clipped and not, masked, and after a number
// that is not finite.
func (k *kit) update(t *testing.T) {
	k.wholes = map[tensor.Buffer]tensor.Buffer{}
	const V, E = 40, 7
	type param struct {
		g, w, m, v []float32 // g as of a dense one
		up         []float32 // g as it lies on the card
		keep       []float32
		u          tensor.Updated
	}
	var all []*param
	add := func(n int, rows []int32, masked bool) {
		w, m, v := k.moments(n)
		p := &param{g: make([]float32, n), w: w, m: m, v: v}
		p.u = tensor.Updated{N: n, W: k.buffer(w), M: k.buffer(m), V: k.buffer(v)}
		if rows == nil {
			p.g = k.random(n, 1)
			p.up, p.u.G = p.g, k.buffer(p.g)
		} else {
			g := k.random(len(rows)*E, 1)
			for i, r := range rows {
				copy(p.g[int(r)*E:][:E], g[i*E:])
			}
			p.up, p.u.G, p.u.Sparse, p.u.Rows, p.u.Width = g, k.buffer(g), true, rows, E
		}
		if masked {
			p.keep = k.random(n, 1)
			for i, x := range p.keep {
				p.keep[i] = 1
				if x < 0 {
					p.keep[i] = 0
				}
			}
			p.u.Keep = k.buffer(p.keep)
		}
		all = append(all, p)
	}
	add(V*E, []int32{1, 2, 17, 39}, false)
	add(1, nil, false)
	add(5000, nil, true)
	add(1033, nil, false)
	out, halt := k.buffer([]float32{3, 0, 0, 0}), k.buffer([]float32{0})
	step := func(bound float64) {
		t.Helper()
		updated := make([]tensor.Updated, len(all))
		var sum float64
		for i, p := range all {
			updated[i] = p.u
			k.dev.Upload(p.u.G, p.up) // which a step may change
			for _, x := range p.g {
				sum += float64(x) * float64(x)
			}
		}
		norm, by := math.Sqrt(sum), 1.0
		if bound > 0 {
			by = math.Min(1, bound/(norm+1e-6))
		}
		k.card.Update(adamStep, float32(bound), updated, out, halt)
		within(t, "norm", k.read(t, out)[2:3], []float64{norm}, norm*1e-5)
		for i, p := range all {
			g := clone(p.g)
			for j := range g {
				g[j] = float32(float64(g[j]) * by)
			}
			gw, gm, gv := k.read(t, p.u.W), k.read(t, p.u.M), k.read(t, p.u.V)
			for j := range gw {
				if p.keep != nil && p.keep[j] == 0 {
					if gw[j] != 0 || gm[j] != 0 || gv[j] != 0 {
						t.Fatalf("parameter %d is masked at %d, yet %g, %g, %g", i, j, gw[j], gm[j], gv[j])
					}
					continue
				}
				w, m, v := adamOne(adamStep, g[j], p.w[j], p.m[j], p.v[j])
				for _, x := range [][2]float32{{gw[j], w}, {gm[j], m}, {gv[j], v}} {
					if d := abs(x[0] - x[1]); d > 1e-5*(abs(x[1])+1e-3) {
						t.Fatalf("parameter %d at %d, bound %g: %g, %g, %g, want %g, %g, %g", i, j, bound, gw[j], gm[j], gv[j], w, m, v)
					}
				}
			}
			p.w, p.m, p.v = gw, gm, gv
		}
	}
	step(0)
	step(2)
	step(1e6)

	// A gradient that is not finite stops this step and all after it, and so does a loss.
	for _, where := range []string{"gradient", "loss"} {
		k.dev.Upload(halt, []float32{0})
		k.dev.Upload(out, []float32{3, 0, 0, 0})
		bad := all[3]
		if where == "loss" {
			k.dev.Upload(out, []float32{inf, 0, 0, 0})
		} else {
			k.dev.Upload(bad.u.G.View(1000, 1), []float32{nan})
		}
		for range 2 {
			updated := make([]tensor.Updated, len(all))
			for i, p := range all {
				updated[i] = p.u
			}
			k.card.Update(adamStep, 1, updated, out, halt)
			k.dev.Upload(out, []float32{3})
			k.dev.Upload(bad.u.G.View(1000, 1), bad.g[1000:1001])
		}
		same(t, "halted by a "+where, append(k.read(t, halt), k.read(t, out)[3]), []float32{1, 1})
		for i, p := range all {
			same(t, fmt.Sprintf("parameter %d after a bad %s", i, where), k.read(t, p.u.W), p.w)
			same(t, fmt.Sprintf("its moments after a bad %s", where), k.read(t, p.u.M), p.m)
		}
	}
}

// later: what is read is as it stood when it was asked for.
func (k *kit) later(t *testing.T) {
	k.wholes = map[tensor.Buffer]tensor.Buffer{}
	x := k.dev.Alloc(3)
	var waits []func([]float32)
	for i := range 4 {
		k.dev.Upload(x, []float32{float32(i), 2, 3})
		k.dev.Scale(3, 2, x)
		waits = append(waits, k.card.Read(x))
	}
	k.card.Submit()
	for i := len(waits) - 1; i >= 0; i-- {
		got := make([]float32, 3)
		waits[i](got)
		same(t, fmt.Sprintf("read %d", i), got, []float32{float32(2 * i), 4, 6})
	}
}
