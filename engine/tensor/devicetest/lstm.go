package devicetest

import (
	"fmt"
	"math"
	"testing"

	"github.com/clove-ml/clove/engine/tensor"
)

// lstmCase is a layer with its sequences.
type lstmCase struct {
	E, H             int
	lengths          []int32
	wih, whh, bi, bh []float32
	x                [][]float32 // by row, [length, E]
	dlast            []float32   // [B, H]
}

func (k *kit) lstmCase(E, H int, lengths ...int32) *lstmCase {
	size := float32(1 / math.Sqrt(float64(H)))
	c := &lstmCase{
		E: E, H: H, lengths: lengths,
		wih: k.random(4*H*E, size), whh: k.random(4*H*H, size), bi: k.random(4*H, size), bh: k.random(4*H, size),
		dlast: k.random(len(lengths)*H, 1),
	}
	for _, n := range lengths {
		c.x = append(c.x, k.random(int(n)*E, 1))
	}
	return c
}

// run puts the case through the device: outputs [B, H], then dx by row, dW_ih, dW_hh, db.
func (k *kit) run(t *testing.T, c *lstmCase) (p *tensor.Packed, out lstmOut) {
	B, E, H := len(c.lengths), c.E, c.H
	p = tensor.NewPacked(B, 8)
	p.Set(c.lengths)
	x := make([]float32, p.Slots*E)
	for r, seq := range c.x {
		for step := range int(c.lengths[r]) {
			copy(x[p.Slot(step, r)*E:], seq[step*E:][:E])
		}
	}
	junk := func(n int) tensor.Buffer { return k.buffer(k.random(n, 9)) } // must all be written
	l := &tensor.LSTM{
		Packed: p, E: E, H: H, X: k.buffer(x),
		WeightIH: k.buffer(c.wih), WeightHH: k.buffer(c.whh), BiasIH: k.buffer(c.bi), BiasHH: k.buffer(c.bh),
		Gates: junk(p.Slots * 4 * H), C: junk(p.Slots * H), TanhC: junk(p.Slots * H), HPrev: junk(p.Slots * H), Last: junk(B * H),
	}
	k.dev.LSTMForward(l)
	out.gates, out.c, out.tanhC = k.read(t, l.Gates), k.read(t, l.C), k.read(t, l.TanhC)
	out.hPrev, out.last = k.read(t, l.HPrev), k.read(t, l.Last)
	if d, ok := k.dev.(tensor.Reader); ok {
		read := *l
		read.Gates, read.C, read.TanhC, read.HPrev, read.Last = nil, nil, nil, nil, junk(B*H)
		d.LSTMRead(&read)
		k.strictly(t, "last, without a trace", k.read(t, read.Last), out.last)
		within(t, "last, without a trace", k.read(t, read.Last), double(out.last), 2*stateBound)
		if p, ok := k.dev.(tensor.Preparer); ok {
			k.prepared(t, d, p, l, out.last)
		}
	}
	g := &tensor.LSTMGrad{
		Last: k.buffer(c.dlast), X: junk(p.Slots * E), WeightIH: junk(4 * H * E), WeightHH: junk(4 * H * H),
		Bias: junk(4 * H), H: junk(B * H), C: junk(B * H),
	}
	k.dev.LSTMBackward(l, g)
	out.da, out.dx, out.dwih, out.dwhh, out.db = k.read(t, l.Gates), k.read(t, g.X), k.read(t, g.WeightIH), k.read(t, g.WeightHH), k.read(t, g.Bias)
	return p, out
}

// prepared reads by weights laid out before, and by a table of what each slot's token adds.
func (k *kit) prepared(t *testing.T, dev tensor.Reader, p tensor.Preparer, l *tensor.LSTM, want []float32) {
	t.Helper()
	N, H := l.Packed.Slots, l.H
	sum, pre := k.buffer(k.read(t, l.BiasIH)), k.buffer(make([]float32, N*4*H))
	k.dev.Add(4*H, l.BiasHH, sum)
	k.dev.AddBias(N, 4*H, sum, pre)
	k.dev.Gemm(false, true, N, 4*H, l.E, l.X, l.WeightIH, true, pre)
	var table []float32 // of the slots, the last first
	ids := make([]int32, N)
	for i := range ids {
		ids[i] = int32(N - 1 - i)
		table = append(table, k.read(t, pre)[int(ids[i])*4*H:][:4*H]...)
	}
	for name, read := range map[string]tensor.LSTM{
		"prepared": {X: l.X, WeightIH: l.WeightIH, WeightHH: l.WeightHH, BiasIH: l.BiasIH, BiasHH: l.BiasHH},
		"by table": {WeightHH: l.WeightHH, Table: k.buffer(table), IDs: ids},
	} {
		read.Packed, read.E, read.H = l.Packed, l.E, H
		read.Layout = p.PrepareLSTM(&read)
		read.Last = k.buffer(k.random(len(want), 9))
		dev.LSTMRead(&read)
		k.strictly(t, "last, "+name, k.read(t, read.Last), want)
		within(t, "last, "+name, k.read(t, read.Last), double(want), 2*stateBound)
	}
}

// stateBound is for some hundred float32 operations in sequence on numbers of order 1.
const stateBound = 2e-6

type lstmOut struct {
	gates, c, tanhC, hPrev, last []float32
	da, dx, dwih, dwhh, db       []float32
}

func (k *kit) lstm(t *testing.T) {
	const gradBound = 2e-5 // gradients of weights are sums over up to 300 slots
	var many []int32
	for i := range int32(40) {
		many = append(many, 9-i/10)
	}
	cases := []*lstmCase{
		k.lstmCase(1, 1, 1),
		k.lstmCase(3, 5, 4, 4, 1),
		k.lstmCase(8, 16, 9, 7, 7, 2, 1, 1, 1),
		k.lstmCase(13, 11, 17, 16, 3),
		k.lstmCase(40, 36, 4, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 2, 1), // 18 rows: tiles of every height
		k.lstmCase(17, 67, 6, 5, 5, 5, 1),                                        // 4H = 268 crosses a block of k
		k.lstmCase(3, 131, 3, 2),                                                 // 4H = 524 columns
		k.lstmCase(9, 8, many...),                                                // 300 slots, more than a block of them
		k.lstmCase(4, 4),                                                         // no rows at all
		k.lstmCase(5, 9, 7, 7, 3, 0, 0),                                          // lengths of 0 and of T in one batch
		k.lstmCase(6, 4, 0, 0),                                                   // nothing but rows of no tokens
	}
	if k.card != nil {
		cases = append(cases, k.lstmCase(2, 1030, 2, 1)) // more units than have a place in workgroup memory
	}
	for _, c := range cases {
		name := fmt.Sprintf("E=%d H=%d lengths=%v", c.E, c.H, c.lengths)
		p, got := k.run(t, c)
		want := strict(c, p)
		k.agree(t, name, got, want)
		r := reference(c, p)
		for _, o := range []struct {
			name  string
			got   []float32
			exact []float64
			bound float64
		}{
			{"gates", got.gates, r.gates, stateBound},
			{"c", got.c, r.c, stateBound},
			{"tanh(c)", got.tanhC, r.tanhC, stateBound},
			{"h before", got.hPrev, r.hPrev, stateBound},
			{"last", got.last, r.last, stateBound},
			{"da", got.da, r.da, gradBound},
			{"dx", got.dx, r.dx, gradBound},
			{"dW_ih", got.dwih, r.dwih, gradBound},
			{"dW_hh", got.dwhh, r.dwhh, gradBound},
			{"db", got.db, r.db, gradBound},
		} {
			within(t, name+" "+o.name, o.got, o.exact, o.bound)
		}
	}
}

// agree is strictly for all that a layer writes.
func (k *kit) agree(t *testing.T, name string, got, want lstmOut) {
	t.Helper()
	k.strictly(t, name+" gates", got.gates, want.gates)
	k.strictly(t, name+" c", got.c, want.c)
	k.strictly(t, name+" tanh(c)", got.tanhC, want.tanhC)
	k.strictly(t, name+" h before", got.hPrev, want.hPrev)
	k.strictly(t, name+" last", got.last, want.last)
	k.strictly(t, name+" da", got.da, want.da)
	k.strictly(t, name+" dx", got.dx, want.dx)
	k.strictly(t, name+" dW_ih", got.dwih, want.dwih)
	k.strictly(t, name+" dW_hh", got.dwhh, want.dwhh)
	k.strictly(t, name+" db", got.db, want.db)
}

// lstmTiny: gradients below 2⁻¹⁰⁰ are stored as +0, so no denormal is left.
func (k *kit) lstmTiny(t *testing.T) {
	c := k.lstmCase(3, 7, 120, 90)
	for i := range c.whh {
		c.whh[i] *= 0.01
	}
	for i := range c.bi { // a forget gate shut: dc shrinks fast
		c.bi[i] = -6
	}
	for i := range c.dlast {
		c.dlast[i] *= 1e-20
	}
	p, got := k.run(t, c)
	zeros := 0
	for _, v := range got.da {
		if v == 0 {
			zeros++
		}
		if v != 0 && math.Abs(float64(v)) < 0x1p-100 || math.Float32bits(v) == 1<<31 {
			t.Fatalf("a gate gradient of %g was stored", v)
		}
	}
	if zeros == 0 {
		t.Error("the case never came below the bound")
	}
	want := strict(c, p)
	k.strictly(t, "da", got.da, want.da)
	k.strictly(t, "dx", got.dx, want.dx)
	r := reference(c, p)
	within(t, "da", got.da, r.da, 1e-20*1e-5)
	within(t, "dx", got.dx, r.dx, 1e-20*1e-5)
}
