package tensor

// cellWork is what a cell's five activations and their backward cost in multiply-adds, about.
const cellWork, cellBackWork = 100, 30

func (d *generic) LSTMForward(l *LSTM) {
	s := d.spaces.Get()
	defer d.spaces.Put(s)
	E, H, p := l.E, l.H, l.Packed
	gates, c, tanhC, hPrev, last := data(l.Gates), data(l.C), data(l.TanhC), data(l.HPrev), data(l.Last)

	s.row = room(s.row, 5*H)
	bias, zero := s.row[:4*H], s.row[4*H:]
	clear(zero)
	bi, bh := data(l.BiasIH)[:4*H], data(l.BiasHH)[:4*H]
	for j := range bias {
		bias[j] = bi[j] + bh[j]
	}
	for i := range p.Slots {
		copy(gates[i*4*H:], bias)
	}
	d.gemm(s, false, true, p.Slots, 4*H, E, data(l.X), data(l.WeightIH), true, gates)

	s.w = packWhole(s.w, true, data(l.WeightHH), 4*H, H)
	clear(last[p.Started()*H : p.Rows*H])
	for t := range p.Steps {
		rows, at := int(p.Active[t]), int(p.First[t])
		if t == 0 {
			clear(hPrev[at*H:][:rows*H])
		} else {
			blockWhole(rows, 4*H, H, hPrev[at*H:], s.w, gates[at*4*H:])
		}
		for r := range rows {
			before := zero
			if t > 0 {
				before = c[p.Slot(t-1, r)*H:][:H]
			}
			h := last[r*H:][:H]
			if t+1 < p.Steps && r < int(p.Active[t+1]) {
				h = hPrev[p.Slot(t+1, r)*H:][:H]
			}
			cell(gates[(at+r)*4*H:][:4*H], before, c[(at+r)*H:][:H], tanhC[(at+r)*H:][:H], h)
		}
		d.spend(s, rows*H*(4*H+cellWork))
	}
}

// cell turns a [4H] into gates in place, and gives c, tanh(c) and h [H].
func cell(a, before, c, tanhC, h []float32) {
	H := len(h)
	i, f, g, o := a[:H], a[H:][:H], a[2*H:][:H], a[3*H:][:H]
	before, c, tanhC = before[:H], c[:H], tanhC[:H]
	for u := range h {
		in, forget, cand, out := Sigmoid32(i[u]), Sigmoid32(f[u]), Tanh32(g[u]), Sigmoid32(o[u])
		i[u], f[u], g[u], o[u] = in, forget, cand, out
		x := float32(forget*before[u]) + float32(in*cand)
		y := Tanh32(x)
		c[u], tanhC[u] = x, y
		h[u] = out * y
	}
}

func (d *generic) LSTMCell(B, H int, pre, c, h []float32) {
	for r := range B {
		state := c[r*H:][:H]
		cell(pre[r*4*H:][:4*H], state, state, h[r*H:][:H], h[r*H:][:H])
	}
}

func (d *generic) LSTMBackward(l *LSTM, g *LSTMGrad) {
	s := d.spaces.Get()
	defer d.spaces.Put(s)
	E, H, p := l.E, l.H, l.Packed
	gates, c, tanhC := data(l.Gates), data(l.C), data(l.TanhC)
	last, dh, dc := data(g.Last), data(g.H), data(g.C)

	s.row = room(s.row, 5*H)
	zero := s.row[4*H:]
	clear(zero)
	s.w = packWhole(s.w, false, data(l.WeightHH), H, 4*H)
	running := 0 // rows that run beyond t
	for t := p.Steps - 1; t >= 0; t-- {
		rows, at := int(p.Active[t]), int(p.First[t])
		copy(dh[running*H:rows*H], last[running*H:])
		clear(dc[running*H : rows*H])
		for r := range rows {
			before := zero
			if t > 0 {
				before = c[p.Slot(t-1, r)*H:][:H]
			}
			cellBackward(gates[(at+r)*4*H:][:4*H], before, tanhC[(at+r)*H:][:H], dh[r*H:][:H], dc[r*H:][:H])
		}
		if t > 0 {
			clear(dh[:rows*H])
			blockWhole(rows, H, 4*H, gates[at*4*H:], s.w, dh)
			for i, x := range dh[:rows*H] {
				dh[i] = flush(x)
			}
		}
		running = rows
		d.spend(s, rows*H*(4*H+cellBackWork))
	}

	d.gemm(s, false, false, p.Slots, E, 4*H, gates, data(l.WeightIH), false, data(g.X))
	d.gemm(s, true, false, 4*H, E, p.Slots, gates, data(l.X), false, data(g.WeightIH))
	later := 0 // slots of steps after the first: only these have a state before them
	if p.Steps > 0 {
		later = int(p.First[0])
	}
	d.gemm(s, true, false, 4*H, H, later, gates, data(l.HPrev), false, data(g.WeightHH))
	d.SumRows(p.Slots, 4*H, l.Gates, g.Bias)
}

// cellBackward turns gates [4H] into the gradients of a, and dc of c_t into that of c_{t−1}.
func cellBackward(a, before, tanhC, dh, dc []float32) {
	H := len(dh)
	gi, gf, gg, g4 := a[:H], a[H:][:H], a[2*H:][:H], a[3*H:][:H]
	before, tanhC, dc = before[:H], tanhC[:H], dc[:H]
	for u, x := range dh {
		i, f, g, o, y := gi[u], gf[u], gg[u], g4[u], tanhC[u]
		z := dc[u] + float32(float32(x*o)*(1-float32(y*y)))
		gi[u] = flush(float32(z*g) * float32(i*(1-i)))
		gf[u] = flush(float32(z*before[u]) * float32(f*(1-f)))
		gg[u] = flush(float32(z*i) * (1 - float32(g*g)))
		g4[u] = flush(float32(x*y) * float32(o*(1-o)))
		dc[u] = flush(z * f)
	}
}
