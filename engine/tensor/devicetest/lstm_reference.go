package devicetest

import (
	"math"

	"github.com/clove-ml/clove/engine/tensor"
)

// strict is the definition in naive float32 loops, row by row.
func strict(c *lstmCase, p *tensor.Packed) (o lstmOut) {
	E, H, B, N := c.E, c.H, len(c.lengths), p.Slots
	o = lstmOut{
		gates: make([]float32, N*4*H), c: make([]float32, N*H), tanhC: make([]float32, N*H),
		hPrev: make([]float32, N*H), last: make([]float32, B*H), da: make([]float32, N*4*H),
		dx: make([]float32, N*E), dwih: make([]float32, 4*H*E), dwhh: make([]float32, 4*H*H), db: make([]float32, 4*H),
	}
	x := make([]float32, N*E)
	for r := range B {
		h, state := make([]float32, H), make([]float32, H)
		for t := range int(c.lengths[r]) {
			s := p.Slot(t, r)
			copy(x[s*E:], c.x[r][t*E:][:E])
			copy(o.hPrev[s*H:], h)
			a := o.gates[s*4*H:][:4*H]
			for j := range a {
				a[j] = c.bi[j] + c.bh[j]
				for e := range E {
					a[j] += float32(x[s*E+e] * c.wih[j*E+e])
				}
				for u := 0; t > 0 && u < H; u++ {
					a[j] += float32(o.hPrev[s*H+u] * c.whh[j*H+u])
				}
			}
			for u := range H {
				i, f := tensor.Sigmoid32(a[u]), tensor.Sigmoid32(a[H+u])
				g, out := tensor.Tanh32(a[2*H+u]), tensor.Sigmoid32(a[3*H+u])
				a[u], a[H+u], a[2*H+u], a[3*H+u] = i, f, g, out
				state[u] = float32(f*state[u]) + float32(i*g)
				o.c[s*H+u] = state[u]
				o.tanhC[s*H+u] = tensor.Tanh32(state[u])
				h[u] = float32(out * o.tanhC[s*H+u])
			}
		}
		copy(o.last[r*H:], h)
	}
	for r := range B {
		dh, dc := clone(c.dlast[r*H:][:H]), make([]float32, H)
		for t := int(c.lengths[r]) - 1; t >= 0; t-- {
			s := p.Slot(t, r)
			gates, da := o.gates[s*4*H:][:4*H], o.da[s*4*H:][:4*H]
			for u := range H {
				i, f, g, out, y := gates[u], gates[H+u], gates[2*H+u], gates[3*H+u], o.tanhC[s*H+u]
				var before float32
				if t > 0 {
					before = o.c[p.Slot(t-1, r)*H+u]
				}
				z := dc[u] + float32(float32(dh[u]*out)*(1-float32(y*y)))
				da[u] = flushed(float32(z*g) * float32(i*(1-i)))
				da[H+u] = flushed(float32(z*before) * float32(f*(1-f)))
				da[2*H+u] = flushed(float32(z*i) * (1 - float32(g*g)))
				da[3*H+u] = flushed(float32(dh[u]*y) * float32(out*(1-out)))
				dc[u] = flushed(z * f)
			}
			for u := range H {
				var sum float32
				for j, v := range da {
					sum += float32(v * c.whh[j*H+u])
				}
				dh[u] = flushed(sum)
			}
			for e := range E {
				for j, v := range da {
					o.dx[s*E+e] += float32(v * c.wih[j*E+e])
				}
			}
		}
	}
	for t := p.Steps - 1; t >= 0; t-- {
		for r := range int(p.Active[t]) {
			s := p.Slot(t, r)
			for j, v := range o.da[s*4*H:][:4*H] {
				o.db[j] += v
				for e := range E {
					o.dwih[j*E+e] += float32(v * x[s*E+e])
				}
				for u := 0; t > 0 && u < H; u++ {
					o.dwhh[j*H+u] += float32(v * o.hPrev[s*H+u])
				}
			}
		}
	}
	return o
}

func flushed(x float32) float32 {
	if x < 0x1p-100 && x > -0x1p-100 {
		return 0
	}
	return x
}

type lstm64 struct {
	gates, c, tanhC, hPrev, last []float64
	da, dx, dwih, dwhh, db       []float64
}

// reference is the same mathematics in float64 and from the textbook.
func reference(c *lstmCase, p *tensor.Packed) (o lstm64) {
	E, H, B, N := c.E, c.H, len(c.lengths), p.Slots
	o = lstm64{
		gates: make([]float64, N*4*H), c: make([]float64, N*H), tanhC: make([]float64, N*H),
		hPrev: make([]float64, N*H), last: make([]float64, B*H), da: make([]float64, N*4*H),
		dx: make([]float64, N*E), dwih: make([]float64, 4*H*E), dwhh: make([]float64, 4*H*H), db: make([]float64, 4*H),
	}
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	for r := range B {
		T := int(c.lengths[r])
		x := double(c.x[r])
		hs, cs := [][]float64{make([]float64, H)}, [][]float64{make([]float64, H)}
		for t := range T {
			s := p.Slot(t, r)
			a, h, state := o.gates[s*4*H:][:4*H], make([]float64, H), make([]float64, H)
			for j := range a {
				a[j] = float64(c.bi[j]) + float64(c.bh[j])
				for e := range E {
					a[j] += x[t*E+e] * float64(c.wih[j*E+e])
				}
				for u := range H {
					a[j] += hs[t][u] * float64(c.whh[j*H+u])
				}
			}
			for u := range H {
				a[u], a[H+u], a[2*H+u], a[3*H+u] = sigmoid(a[u]), sigmoid(a[H+u]), math.Tanh(a[2*H+u]), sigmoid(a[3*H+u])
				state[u] = a[H+u]*cs[t][u] + a[u]*a[2*H+u]
				o.tanhC[s*H+u] = math.Tanh(state[u])
				h[u] = a[3*H+u] * o.tanhC[s*H+u]
			}
			copy(o.c[s*H:], state)
			copy(o.hPrev[s*H:], hs[t])
			hs, cs = append(hs, h), append(cs, state)
		}
		copy(o.last[r*H:], hs[T])
		dh, dc := double(c.dlast[r*H:][:H]), make([]float64, H)
		for t := T - 1; t >= 0; t-- {
			s := p.Slot(t, r)
			a, da := o.gates[s*4*H:][:4*H], o.da[s*4*H:][:4*H]
			for u := range H {
				i, f, g, out, y := a[u], a[H+u], a[2*H+u], a[3*H+u], o.tanhC[s*H+u]
				dc[u] += dh[u] * out * (1 - y*y)
				da[u], da[H+u] = dc[u]*g*i*(1-i), dc[u]*cs[t][u]*f*(1-f)
				da[2*H+u], da[3*H+u] = dc[u]*i*(1-g*g), dh[u]*y*out*(1-out)
				dc[u] *= f
			}
			clear(dh)
			for j, v := range da {
				o.db[j] += v
				for e := range E {
					o.dwih[j*E+e] += v * x[t*E+e]
					o.dx[s*E+e] += v * float64(c.wih[j*E+e])
				}
				for u := range H {
					o.dwhh[j*H+u] += v * hs[t][u]
					dh[u] += v * float64(c.whh[j*H+u])
				}
			}
		}
	}
	return o
}
