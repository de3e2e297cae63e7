package tensor

// The time loops go over a step's rows with everything that is due while they lie
// in the first cache: the product with the input, that with the state, the gates;
// backward the gradients of input and bias as well, and those of the weights each
// time a block of slots is full. The sums are added in the order of LSTM and
// LSTMGrad; only the memory traffic is less.

// fewRows is where a product of one step is too low for a tile; the products with
// the input of all such steps, whose slots come first, are made in one.
const fewRows = 4

// few is how many slots belong to steps of fewer than fewRows rows.
func (p *Packed) few() int {
	for t, rows := range p.Active {
		if rows < fewRows {
			return int(p.First[t] + rows)
		}
	}
	return 0
}

// layout is an LSTM's weights, packed for the forward pass, and the sum of its biases.
type layout struct {
	state, input packed
	bias         []float32
}

func (d *vector) prepare(to *layout, l *LSTM) *layout {
	E, H := l.E, l.H
	d.packWhole(&to.state, true, data(l.WeightHH)[:4*H*H], 4*H, H)
	if l.Table != nil {
		return to
	}
	d.packWhole(&to.input, true, data(l.WeightIH)[:4*H*E], 4*H, E)
	to.bias = grown(to.bias, 4*H)
	bi, bh := data(l.BiasIH)[:4*H], data(l.BiasHH)[:4*H]
	for j := range to.bias {
		to.bias[j] = bi[j] + bh[j]
	}
	return to
}

// PrepareLSTM is Preparer's; it takes as much memory as the weights.
func (d *vector) PrepareLSTM(l *LSTM) any { return d.prepare(new(layout), l) }

func (d *vector) LSTMForward(l *LSTM) {
	s := d.scratches.Get()
	defer d.scratches.Put(s)
	E, H, p := l.E, l.H, l.Packed
	N := p.Slots
	x, gates, c, tanhC := data(l.X)[:N*E], data(l.Gates)[:N*4*H], data(l.C)[:N*H], data(l.TanhC)[:N*H]
	hPrev, last := data(l.HPrev)[:N*H], data(l.Last)[:p.Rows*H]

	w := d.prepare(&s.weights, l)
	few := p.few()
	d.times(s, few, x, &w.input, w.bias, 0, gates)
	clear(last[p.Started()*H:])
	for t := range p.Steps {
		rows, at := int(p.Active[t]), int(p.First[t])
		a := gates[at*4*H:][:rows*4*H]
		if at >= few {
			d.times(s, rows, x[at*E:], &w.input, w.bias, 0, a)
		}
		before := s.zeros(rows * H)
		if t == 0 {
			clear(hPrev[at*H:][:rows*H])
		} else {
			d.times(s, rows, hPrev[at*H:], &w.state, a, 4*H, a)
			before = c[p.Slot(t-1, 0)*H:][:rows*H]
		}
		on := 0 // rows that go on
		if t+1 < p.Steps {
			on = int(p.Active[t+1])
			d.cell(on, H, a, before, c[at*H:], tanhC[at*H:], hPrev[p.Slot(t+1, 0)*H:])
		}
		d.cell(rows-on, H, a[on*4*H:], before[on*H:], c[(at+on)*H:], tanhC[(at+on)*H:], last[on*H:])
		d.done(s, rows*cellWork*H)
	}
}

// LSTMRead keeps the states of one step: c in scratch, h in Last, where that of a row
// stays when it ends.
func (d *vector) LSTMRead(l *LSTM) {
	s := d.scratches.Get()
	defer d.scratches.Put(s)
	E, H, p := l.E, l.H, l.Packed
	h := data(l.Last)[:p.Rows*H]
	w, ok := l.Layout.(*layout)
	if !ok {
		w = d.prepare(&s.weights, l)
	}
	// inputs is what the tokens of so many slots add.
	var table, x []float32
	if l.Table != nil {
		table = data(l.Table)
		inside(l.IDs[:p.Slots], 4*H, len(table))
	} else {
		x = data(l.X)[:p.Slots*E]
	}
	inputs := func(slot, n int, to []float32) {
		if table != nil {
			d.k.Gather(n, first(l.IDs[slot:]), 4*H, first(table), first(to))
		} else {
			d.times(s, n, x[slot*E:], &w.input, w.bias, 0, to)
		}
	}
	few := p.few()
	s.t = grown(s.t, (few+p.Rows)*4*H)
	early, now := s.t[:few*4*H], s.t[few*4*H:]
	inputs(0, few, early)
	s.c = grown(s.c, p.Rows*H)
	clear(s.c)
	clear(h[p.Started()*H:])
	for t := range p.Steps {
		rows, at := int(p.Active[t]), int(p.First[t])
		a := now
		if at >= few {
			inputs(at, rows, a)
		} else {
			a = early[at*4*H:]
		}
		if t > 0 {
			d.times(s, rows, h, &w.state, a, 4*H, a)
		}
		d.cell(rows, H, a, s.c, s.c, h, h)
		d.done(s, rows*cellWork*H)
	}
}

func (d *vector) cell(rows, H int, gates, before, c, tanhC, h []float32) {
	n := rows * H
	if n == 0 {
		return
	}
	d.k.Gates(rows, H, &gates[:4*n][0])
	d.k.States(rows, H, &gates[0], &before[:n][0], &c[:n][0], &tanhC[:n][0], &h[:n][0])
}

// LSTMCell reads c and h where it writes them.
func (d *vector) LSTMCell(B, H int, pre, c, h []float32) { d.cell(B, H, pre, c, c, h, h) }

func (d *vector) LSTMBackward(l *LSTM, g *LSTMGrad) {
	s := d.scratches.Get()
	defer d.scratches.Put(s)
	E, H, p := l.E, l.H, l.Packed
	N := p.Slots
	gates, c, tanhC := data(l.Gates)[:N*4*H], data(l.C)[:N*H], data(l.TanhC)[:N*H]
	last, dh, dc := data(g.Last)[:p.Rows*H], data(g.H)[:p.Rows*H], data(g.C)[:p.Rows*H]
	dx, db := data(g.X)[:N*E], data(g.Bias)[:4*H]

	d.packWhole(&s.weights.state, false, data(l.WeightHH)[:4*H*H], H, 4*H)
	d.packWhole(&s.weights.input, false, data(l.WeightIH)[:4*H*E], E, 4*H)
	few := p.few()
	clear(db)
	s.t = grown(s.t, (E+H)*4*H)
	clear(s.t)
	summed := 0  // slots whose part in the gradients of the weights is added
	running := 0 // rows that run beyond t
	for t := p.Steps - 1; t >= 0; t-- {
		rows, at := int(p.Active[t]), int(p.First[t])
		copy(dh[running*H:rows*H], last[running*H:])
		clear(dc[running*H : rows*H])
		before := s.zeros(rows * H)
		if t > 0 {
			before = c[p.Slot(t-1, 0)*H:][:rows*H]
		}
		da := gates[at*4*H:][:rows*4*H]
		if n := rows * H; n > 0 {
			d.k.CellBack(rows, H, &da[0], &before[0], &tanhC[at*H:][:n][0], &dh[:n][0], &dc[:n][0])
			if t > 0 {
				d.times(s, rows, da, &s.weights.state, s.zeros(H), 0, dh)
				d.k.Flush(n, &dh[0])
			}
			d.k.SumRows(rows, 4*H, &da[0], &db[0])
		}
		if at >= few {
			d.times(s, rows, da, &s.weights.input, s.zeros(E), 0, dx[at*E:])
		}
		// The first step has no state before it and no part in dW_hh.
		for to := at + rows; to-summed >= deep || t < 2 && to > summed; {
			depth := least(deep, to-summed)
			d.weights(s, l, summed, depth, t > 0)
			summed += depth
		}
		running = rows
		d.done(s, rows*cellBackWork*H)
	}
	d.times(s, few, gates, &s.weights.input, s.zeros(E), 0, dx)
	d.turn(data(g.WeightIH)[:4*H*E], E, s.t, 4*H, 4*H, E)
	d.turn(data(g.WeightHH)[:4*H*H], H, s.t[E*4*H:], 4*H, 4*H, H)
}

// weights adds the part of depth slots to s.t [E+H, 4H], the gradients of both
// matrices turned: dW_ih = daᵀ·x as (xᵀ·da)ᵀ, dW_hh = daᵀ·h as (hᵀ·da)ᵀ. The sums are
// the same, and da, the larger one, is packed once for both.
func (d *vector) weights(s *vectorScratch, l *LSTM, slot, depth int, state bool) {
	E, H := l.E, l.H
	da, x := data(l.Gates), data(l.X)[slot*E:][:depth*E]
	for j := 0; j < 4*H; j += wide {
		cols := least(wide, 4*H-j)
		s.b = grown(s.b, breadth(d.k.Width, cols)*depth)
		d.pack(s.b, false, 4*H, slot+depth, da, slot, depth, j, cols)
		dx := s.t[j:]
		d.columns(s, E, cols, depth, x, E, s.b, dx, 4*H, dx, 4*H)
		if state {
			dh := s.t[E*4*H+j:]
			d.columns(s, H, cols, depth, data(l.HPrev)[slot*H:][:depth*H], H, s.b, dh, 4*H, dh, 4*H)
		}
	}
}
