package webgpu

import "github.com/clove-ml/clove/engine/tensor"

// steps are what the sequential kernels must know of a batch: where each step's slots begin,
// and how many steps each row has.
func (d *Device) steps(p *tensor.Packed) (first, lengths uint32) {
	d.lengths = d.lengths[:0]
	t := p.Steps
	for r := range p.Rows {
		for t > 0 && int(p.Active[t-1]) <= r {
			t--
		}
		d.lengths = append(d.lengths, int32(t))
	}
	at := d.give(p.First, d.lengths)
	return at[0], at[1]
}

// wide is how many invocations share H units, 0 for the kernel's own 64.
func wide(H int) int {
	if H <= 64 {
		return 0
	}
	return 256
}

// turn is how many steps of H units a kernel may take at once: some hundred milliseconds of a
// slow card, where two seconds are taken for a hang.
func (d *Device) turn(H int) int { return max(1, d.longest/(4*H*H)) }

// LSTMForward is the projection of all inputs as one product, then the sequence as one kernel.
func (d *Device) LSTMForward(l *tensor.LSTM) {
	d.lock()
	defer d.mu.Unlock()
	E, H, p := l.E, l.H, l.Packed
	N := p.Slots
	gates := place(l.Gates, N*4*H)
	if N > 0 {
		d.gemm(false, true, N, 4*H, E, place(l.X, N*E), place(l.WeightIH, 4*H*E), startBias, gates, place(l.BiasIH, 4*H), place(l.BiasHH, 4*H))
	}
	w := d.space(4 * H * H)
	d.each("transpose", 4*H*H, 256, u(4*H), u(H), place(l.WeightHH, 4*H*H), w)
	first, lengths := d.steps(p)
	turn := d.turn(H)
	for begin := 0; begin == 0 || begin < p.Steps; begin += turn {
		d.queue(pipeline{"lstm_forward", wide(H)}, p.Rows, 1, 1, u(H), first, lengths, gates,
			place(l.C, N*H), place(l.TanhC, N*H), place(l.HPrev, N*H), place(l.Last, p.Rows*H), w, u(begin), u(begin+turn))
	}
}

// LSTMBackward is the sequence as one kernel, then the products with all of it.
func (d *Device) LSTMBackward(l *tensor.LSTM, g *tensor.LSTMGrad) {
	d.lock()
	defer d.mu.Unlock()
	E, H, p := l.E, l.H, l.Packed
	N := p.Slots
	gates, hprev := place(l.Gates, N*4*H), place(l.HPrev, N*H)
	first, lengths := d.steps(p)
	turn := d.turn(H)
	for begin := max(0, p.Steps-1) / turn * turn; begin >= 0; begin -= turn {
		d.queue(pipeline{"lstm_backward", wide(H)}, p.Rows, 1, 1, u(H), first, lengths, gates,
			place(l.C, N*H), place(l.TanhC, N*H), place(g.Last, p.Rows*H), place(l.WeightHH, 4*H*H),
			u(begin), u(begin+turn), place(g.H, p.Rows*H), place(g.C, p.Rows*H))
	}
	if N > 0 {
		d.gemm(false, false, N, E, 4*H, gates, place(l.WeightIH, 4*H*E), startZero, place(g.X, N*E), 0, 0)
	}
	x, y := (E+H+1+tile-1)/tile, (4*H+tile-1)/tile
	parts, depth := cuts(N, x*y)
	if N == 0 {
		parts = 0
	}
	s := d.space(parts * 4 * H * (E + H + 1))
	d.run("lstm_weights", x, y, parts, u(N), u(E), u(H), u(depth), gates, place(l.X, N*E), hprev, s)
	d.each("lstm_weights_sum", 4*H*(E+H+1), 256, s, u(parts), u(E), u(H),
		place(g.WeightIH, 4*H*E), place(g.WeightHH, 4*H*H), place(g.Bias, 4*H))
}
