package kernels

import (
	"unsafe"

	"github.com/clove-ml/clove/engine/tensor"
)

// cellWork is what a cell's five activations and their backward cost in multiply-adds, about.
const cellWork, cellBackWork = 100, 40

func (d *device) LSTMForward(l *tensor.LSTM) {
	s := d.spaces.Get()
	defer d.spaces.Put(s)
	E, H, p := l.E, l.H, l.Packed
	B, T, N := p.Rows, p.Steps, p.Slots
	gates := floats(l.Gates)[:N*4*H]

	s.row = addBiases(s.row, l)
	d.gemm(s, false, true, N, 4*H, E, floats(l.X)[:N*E], floats(l.WeightIH)[:4*H*E], s.row, 0, gates)

	s.w = packWhole(s.w, true, floats(l.WeightHH)[:4*H*H], 4*H, H)
	clear(floats(l.Last)[p.Started()*H : B*H])
	for from := 0; from < T; {
		to, work := s.steps(p, from, T, H*(4*H+cellWork))
		lstmForwardF32(d.m, int32(from), int32(to), int32(T), int32(H), at(p.Active, T), at(p.First, T), at(s.w, 0),
			at(gates, 0), at(floats(l.C), N*H), at(floats(l.TanhC), N*H), at(floats(l.HPrev), N*H), at(floats(l.Last), B*H))
		d.spend(s, work)
		from = to
	}
}

// addBiases is b_ih + b_hh in the room of buf.
func addBiases(buf []float32, l *tensor.LSTM) []float32 {
	n := 4 * l.H
	buf = room(buf, n)
	copy(buf, floats(l.BiasIH)[:n])
	addF32(int32(n), at(floats(l.BiasHH), n), at(buf, n))
	return buf
}

// some is how many tokens LSTMRead takes at once, if a step has no more.
const some = 64

// layout is what LSTMRead reads, laid out once.
type layout struct {
	input, state []float32 // W_ihᵀ and W_hhᵀ as panels; no input where there is a table
	bias         []float32 // b_ih + b_hh
}

func (d *device) PrepareLSTM(l *tensor.LSTM) any {
	w := &layout{}
	w.pack(l)
	return w
}

// pack lays l's weights out in the room that w has.
func (w *layout) pack(l *tensor.LSTM) {
	E, H := l.E, l.H
	w.state = packWhole(w.state, true, floats(l.WeightHH)[:4*H*H], 4*H, H)
	if l.Table != nil {
		return
	}
	w.input = packWhole(w.input, true, floats(l.WeightIH)[:4*H*E], 4*H, E)
	w.bias = addBiases(w.bias, l)
}

func (d *device) LSTMRead(l *tensor.LSTM) {
	s := d.spaces.Get()
	defer d.spaces.Put(s)
	E, H, p := l.E, l.H, l.Packed
	B, T, N := p.Rows, p.Steps, p.Slots
	w, ok := l.Layout.(*layout)
	if !ok {
		w = &s.layout
		w.pack(l)
	}
	var x, ids, input, bias unsafe.Pointer
	work := H * (4*H + cellWork)
	if l.Table != nil {
		inside(l.IDs[:N], l.Table.Len()/(4*H))
		x, ids = at(floats(l.Table), l.Table.Len()), at(l.IDs, N)
	} else {
		x, input, bias = at(floats(l.X), N*E), at(w.input, 0), at(w.bias, 4*H)
		work += 4 * H * E
	}
	pre := some
	if B > pre {
		pre = B
	}
	s.a, s.c = room(s.a, pre*4*H), room(s.c, B*H)
	clear(s.c)
	last := floats(l.Last)[:B*H]
	clear(last[p.Started()*H:])
	for from := 0; from < T; {
		to, spent := s.steps(p, from, T, work)
		lstmReadF32(d.m, int32(from), int32(to), some, int32(E), int32(H), at(p.Active, T), at(p.First, T),
			x, ids, input, bias, at(w.state, 0), at(s.a, 0), at(s.c, B*H), at(last, B*H))
		d.spend(s, spent)
		from = to
	}
}

// steps is how far from this step a call may go before a yield is due, and the work that this is.
func (s *scratch) steps(p *tensor.Packed, from, end, rowWork int) (to, work int) {
	for to = from; to < end && s.work+work < between; to++ {
		work += int(p.Active[to]) * rowWork
	}
	return to, work
}

func (d *device) LSTMStepsInt8(p *tensor.Packed, from, H int, reach float32, w *tensor.Int8Matrix, pre, c, h []float32) {
	s := d.spaces.Get()
	defer d.spaces.Put(s)
	if w.Panels == nil {
		d.PrepareInt8(w)
	}
	N, K := 4*H, H
	T, B := p.Steps, int(p.Active[from])
	slots := int(p.First[from]) + B // time runs backward through memory
	size, group, wide := int8Panels(w), w.GroupSize(), B*wide16(w)
	if w.Form == formSigns {
		size, group = signPanels(N, K), 0 // which says so
		_, wide = signRoom(K)
	}
	s.rows, s.x16 = room(s.rows, B), room(s.x16, wide)
	for from < T {
		to, work := s.steps(p, from, T, H*(4*H+cellWork))
		lstmStepsI8(d.m, int32(from), int32(to), int32(H), at(p.Active, T), at(p.First, T), reach, int32(group), at(w.Panels, size),
			at(w.Scale, w.Groups()*N), at(s.rows, B), at(s.x16, wide), at(pre, slots*N), at(c, B*H), at(h, B*H))
		d.spend(s, work)
		from = to
	}
}

func (d *device) LSTMCell(B, H int, pre, c, h []float32) {
	lstmCellF32(d.m, int32(B), int32(H), at(pre, B*4*H), at(c, B*H), at(h, B*H))
}

func (d *device) LSTMBackward(l *tensor.LSTM, g *tensor.LSTMGrad) {
	s := d.spaces.Get()
	defer d.spaces.Put(s)
	E, H, p := l.E, l.H, l.Packed
	B, T, N := p.Rows, p.Steps, p.Slots
	gates := floats(l.Gates)[:N*4*H]

	s.w = packWhole(s.w, false, floats(l.WeightHH)[:4*H*H], H, 4*H)
	running := 0 // rows that run beyond from − 1
	for from := T; from > 0; {
		to, work := from, 0
		for ; to > 0 && s.work+work < between; to-- {
			work += int(p.Active[to-1]) * H * (4*H + cellBackWork)
		}
		lstmBackwardF32(d.m, int32(from), int32(to), int32(running), int32(H), at(p.Active, T), at(p.First, T), at(s.w, 0),
			at(gates, 0), at(floats(l.C), N*H), at(floats(l.TanhC), N*H), at(floats(g.Last), B*H), at(floats(g.H), B*H), at(floats(g.C), B*H))
		d.spend(s, work)
		running, from = int(p.Active[to]), to
	}

	zeros := s.zeros(nc)
	d.gemm(s, false, false, N, E, 4*H, gates, floats(l.WeightIH)[:4*H*E], zeros, 0, floats(g.X)[:N*E])
	d.gemm(s, true, false, 4*H, E, N, gates, floats(l.X)[:N*E], zeros, 0, floats(g.WeightIH)[:4*H*E])
	later := 0 // slots of steps after the first: only these have a state before them
	if T > 0 {
		later = int(p.First[0])
	}
	d.gemm(s, true, false, 4*H, H, later, gates[:later*4*H], floats(l.HPrev)[:later*H], zeros, 0, floats(g.WeightHH)[:4*H*H])
	d.SumRows(N, 4*H, l.Gates, g.Bias)
}
