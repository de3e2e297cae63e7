package devicetest

import (
	"fmt"
	"math"
	"testing"

	"github.com/clove-ml/clove/engine/tensor"
)

// cell compares a step with the formulas, on what a step may meet.
func (k *kit) cell(t *testing.T, dev tensor.Cell) {
	for _, s := range [][2]int{{0, 3}, {1, 1}, {3, 7}, {2, 16}, {5, 33}} {
		B, H := s[0], s[1]
		pre, c, h := k.random(B*4*H, 9), k.random(B*H, 2), k.random(B*H, 1)
		for i, v := range []float32{inf, -inf, nan, 0, 1e-40, 100, -100} {
			if at := i * 5; at < len(pre) {
				pre[at] = v
			}
		}
		wantC, wantH := clone(c), make([]float32, B*H)
		exactC, exactH := double(c), make([]float64, B*H)
		for r := range B {
			a := pre[r*4*H:][:4*H]
			for u := range H {
				i, f, g, o := tensor.Sigmoid32(a[u]), tensor.Sigmoid32(a[H+u]), tensor.Tanh32(a[2*H+u]), tensor.Sigmoid32(a[3*H+u])
				x := float32(f*c[r*H+u]) + float32(i*g)
				wantC[r*H+u], wantH[r*H+u] = x, o*tensor.Tanh32(x)
				exactC[r*H+u] = sigmoid(a[H+u])*exactC[r*H+u] + sigmoid(a[u])*math.Tanh(float64(a[2*H+u]))
				exactH[r*H+u] = sigmoid(a[3*H+u]) * math.Tanh(exactC[r*H+u])
			}
		}
		dev.LSTMCell(B, H, pre, c, h)
		k.strictly(t, fmt.Sprintf("c of %v", s), c, wantC)
		k.strictly(t, fmt.Sprintf("h of %v", s), h, wantH)
		// |c| ≤ 3, five functions within 2e-7 and four more roundings.
		within(t, "c", c, exactC, 2e-6)
		within(t, "h", h, exactH, 2e-6)
	}
}

// bits compares what is gathered with the codes that were packed.
func (k *kit) bits(t *testing.T, dev tensor.Gatherer) {
	const N = 5
	for _, bits := range []int{1, 2, 4} {
		for _, K := range []int{1, 3, 16, 32, 50, 64, 100, 128, 129, 300} {
			values := map[int][]int8{1: {-1, 1}, 2: {0, 1, -2, -1}, 4: {-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7}}[bits]
			want, stride := make([]int8, N*K), (K*bits+7)/8
			w := &tensor.Bits{N: N, K: K, Bits: bits, Packed: make([]byte, N*stride)}
			for r := range N {
				at := r * stride
				for from := 0; from < K; from += 128 / bits {
					n := min(128/bits, K-from)
					size := (n*bits + 7) / 8
					for i := range n {
						code := (r + from*7 + i*5 + i/3) % len(values)
						want[r*K+from+i] = values[code]
						w.Packed[at+i%size] |= byte(code << (bits * (i / size)))
					}
					at += size
				}
			}
			rows := []int32{4, 0, 3, 3, 1, 2}
			codes, by := make([]int8, len(rows)*K+tensor.BitsRoom), make([]tensor.Int8Row, len(rows))
			dev.GatherBits(rows, w, codes, by)
			for i, r := range rows {
				var sum int32
				for c, q := range codes[i*K:][:K] {
					if q != want[int(r)*K+c] {
						t.Fatalf("%d bits, %d wide: [%d, %d] is %d, want %d", bits, K, r, c, q, want[int(r)*K+c])
					}
					sum += int32(q)
				}
				if by[i].Sum != sum {
					t.Fatalf("%d bits, %d wide: row %d adds up to %d, want %d", bits, K, r, by[i].Sum, sum)
				}
			}
		}
	}
}

// addRounded is tensor.Rounder's in two.
func addRounded(dev tensor.Int8, m int, x []float32, reach float32, w *tensor.Int8Matrix, y []float32) {
	codes, by := make([]int8, m*w.K), make([]tensor.Int8Row, m)
	if reach == 0 {
		dev.RoundRows(w.K, x[:m*w.K], codes, by)
	} else {
		x := clone(x[:m*w.K])
		for i := range x {
			x[i] *= 1 / reach
		}
		dev.RoundInt8(w.K, x, codes, by)
		for i := range by {
			by[i].Scale *= reach
		}
	}
	groups := w.Groups()
	all := make([]tensor.Int8Row, m*groups)
	for i := range all {
		all[i] = by[i/groups]
	}
	dev.AddInt8(m, codes, all, w, y[:m*w.N])
}

// signs is one of −1 and 1 alone.
func (k *kit) signs(N, K int) *tensor.Int8Matrix {
	w := k.matrix(N, K)
	clear(w.Zero)
	clear(w.Sum)
	for i, q := range w.Codes {
		w.Codes[i] = 2*(q&1) - 1
		w.Sum[i/K] += int32(w.Codes[i])
	}
	return w
}

type rounder interface {
	tensor.Rounder
	tensor.Int8
}

// rounds compares products of what is rounded on the way with the same in two.
func (k *kit) rounds(t *testing.T, dev rounder) {
	for _, s := range [][3]int{{1, 1, 1}, {1, 256, 64}, {2, 33, 12}, {3, 16, 50}, {4, 8, 7}, {5, 31, 20}, {9, 40, 100}, {33, 70, 65}} {
		m, N, K := s[0], s[1], s[2]
		x := k.random(m*K, 1.2)
		for i, v := range []float32{nan, 0.5 / 127, 1.5 / 127, inf, -inf, -0.5 / 127, 1, -1, 1e-30} {
			if i < len(x)-1 {
				x[i] = v
			}
		}
		for _, w := range []*tensor.Int8Matrix{k.matrix(N, K), k.signs(N, K), k.grouped(N, K, 12), k.grouped(N, K, 32)} {
			for _, reach := range []float32{1, 0.3, 0} {
				y := k.random(m*N, 1)
				want := clone(y)
				addRounded(dev, m, x, reach, w, want)
				dev.AddRounded(m, x, reach, w, y)
				what := fmt.Sprintf("AddRounded %v, groups of %d, within %g", s, w.Group, reach)
				k.strictly(t, what, y, want)
				if p, ok := dev.(tensor.Preparer); ok {
					p.PrepareInt8(w)
					y, want := k.random(m*N, 1), make([]float32, m*N)
					copy(want, y)
					addRounded(dev, m, x, reach, w, want)
					dev.AddRounded(m, x, reach, w, y)
					k.strictly(t, what+", prepared", y, want)
				}
			}
		}
	}
}

type stepper interface {
	tensor.Stepper
	tensor.Int8
	tensor.Cell
}

// steps compares many steps at once with the same one by one.
func (k *kit) steps(t *testing.T, dev stepper) {
	for _, H := range []int{1, 7, 16, 33, 64} {
		for _, lengths := range [][]int32{{9}, {6, 5, 2}, {3, 3, 3, 2, 1}} {
			p := tensor.NewPacked(len(lengths), int(lengths[0]))
			p.Set(lengths)
			for _, w := range []*tensor.Int8Matrix{k.matrix(4*H, H), k.signs(4*H, H), k.grouped(4*H, H, 12)} {
				for _, reach := range []float32{1, 0.3, 0} {
					for _, from := range []int{0, 2} {
						pre, c, h := k.random(p.Slots*4*H, 1), k.random(p.Rows*H, 1), k.random(p.Rows*H, 0.5)
						wantPre, wantC, wantH := clone(pre), clone(c), clone(h)
						for at := from; at < p.Steps; at++ {
							n := int(p.Active[at])
							g := wantPre[int(p.First[at])*4*H:]
							if at > 0 {
								addRounded(dev, n, wantH, reach, w, g)
							}
							dev.LSTMCell(n, H, g[:n*4*H], wantC[:n*H], wantH[:n*H])
						}
						dev.LSTMStepsInt8(p, from, H, reach, w, pre, c, h)
						what := fmt.Sprintf("%d units, texts of %v, from %d, within %g", H, lengths, from, reach)
						k.strictly(t, "c, "+what, c, wantC)
						k.strictly(t, "h, "+what, h, wantH)
					}
				}
			}
		}
	}
}

func sigmoid(x float32) float64 { return 1 / (1 + math.Exp(-float64(x))) }

// matrix is one in codes, all of int8's values in it.
func (k *kit) matrix(N, K int) *tensor.Int8Matrix {
	w := &tensor.Int8Matrix{N: N, K: K, Codes: bytes(N*K, 3), Zero: bytes(N, 4), Scale: k.random(N, 0.1), Sum: make([]int32, N)}
	for i, q := range w.Codes {
		w.Sum[i/K] += int32(q) - int32(w.Zero[i/K])
	}
	return w
}

// grouped is one whose rows have a scale for each few neighbours.
func (k *kit) grouped(N, K, group int) *tensor.Int8Matrix {
	w := k.matrix(N, K)
	w.Group = group
	n := w.Groups() * N
	w.Zero, w.Scale, w.Sum = bytes(n, 5), k.random(n, 0.1), make([]int32, n)
	for i, q := range w.Codes {
		at := i%K/group*N + i/K
		w.Sum[at] += int32(q) - int32(w.Zero[at])
	}
	return w
}

// groups compares AddInt8 of groups with its definition.
func (k *kit) groups(t *testing.T, dev tensor.Int8) {
	for _, s := range [][4]int{{1, 1, 1, 32}, {1, 64, 64, 32}, {3, 33, 50, 16}, {4, 8, 7, 3}, {9, 40, 100, 32}, {32, 130, 96, 64}, {2, 70, 33, 40}, {5, 17, 65, 1}} {
		m, N, K := s[0], s[1], s[2]
		w := k.grouped(N, K, s[3])
		groups := w.Groups()
		x, by, scales := bytes(m*K, 6), make([]tensor.Int8Row, m*groups), k.random(m*groups, 0.1)
		for zeros := range 2 {
			for i := range by {
				by[i] = tensor.Int8Row{Scale: scales[i], Zero: int32(zeros * (i%17 - 8))}
			}
			y := k.random(m*N, 1)
			want := clone(y)
			for i := range want {
				for g := range groups {
					o, at := by[i/N*groups+g], g*N+i%N
					acc := -o.Zero * w.Sum[at]
					for c := g * w.Group; c < min((g+1)*w.Group, K); c++ {
						acc += int32(x[i/N*K+c]) * (int32(w.Codes[i%N*K+c]) - int32(w.Zero[at]))
					}
					want[i] += float32(float32(acc) * float32(o.Scale*w.Scale[at]))
				}
			}
			got := clone(y)
			dev.AddInt8(m, x, by, w, got)
			k.strictly(t, fmt.Sprintf("AddInt8 %v", s), got, want)
			if p, ok := dev.(tensor.Preparer); ok {
				p.PrepareInt8(w)
				dev.AddInt8(m, x, by, w, y)
				k.strictly(t, fmt.Sprintf("AddInt8 %v, prepared", s), y, want)
			}
		}
	}
}

// product is Σ scale·(q − zero) of both, in float64.
func product(x []int8, by tensor.Int8Row, w *tensor.Int8Matrix, r int) float64 {
	var sum float64
	for i, q := range x {
		sum += float64(int32(q)-by.Zero) * float64(int32(w.Codes[r*w.K+i])-int32(w.Zero[r]))
	}
	return sum * float64(by.Scale) * float64(w.Scale[r])
}

func (k *kit) codes(t *testing.T, dev tensor.Int8) {
	for _, s := range shapes {
		m, N, K := s[0], s[1], s[2]
		if K == 0 {
			continue
		}
		w := k.matrix(N, K)

		// Rows of a table, as an embedding's.
		table := k.matrix(9, K)
		rows := k.whole(m, 9)
		x, by := make([]int8, m*K), make([]tensor.Int8Row, m)
		dev.GatherInt8(rows, table, x, by)
		for i, r := range rows {
			var sum int32
			for j, q := range x[i*K:][:K] {
				if want := table.Codes[int(r)*K+j]; q != want {
					t.Fatalf("GatherInt8 %v: [%d, %d] is %d, want %d", s, i, j, q, want)
				}
				sum += int32(q)
			}
			if want := (tensor.Int8Row{Scale: table.Scale[r], Zero: int32(table.Zero[r]), Sum: sum}); by[i] != want {
				t.Fatalf("GatherInt8 %v: row %d is read as %+v, want %+v", s, i, by[i], want)
			}
		}
		k.adds(t, fmt.Sprintf("AddInt8 %v", s), m, x, by, w, func(y []float32) { dev.AddInt8(m, x, by, w, y) })

		// States, and what no state should be.
		h := k.random(m*K, 1.2)
		for i, v := range []float32{nan, inf, -inf, 0.5 / 127, 1.5 / 127, 2.5 / 127, -0.5 / 127, 1, -1, 1e-30} {
			if i < len(h) {
				h[i] = v
			}
		}
		dev.RoundInt8(K, h, x, by)
		for i := range by {
			var sum int32
			for j, q := range x[i*K:][:K] {
				want := math.RoundToEven(float64(h[i*K+j] * 127))
				if want != want {
					want = 0
				}
				if want = math.Max(-127, math.Min(127, want)); float64(q) != want {
					t.Fatalf("RoundInt8 %v: %g is %d, want %g", s, h[i*K+j], q, want)
				}
				sum += int32(q)
			}
			if want := (tensor.Int8Row{Scale: 1.0 / 127, Sum: sum}); by[i] != want {
				t.Fatalf("RoundInt8 %v: row %d is read as %+v, want %+v", s, i, by[i], want)
			}
		}
		k.roundRows(t, dev, K, h)
		dev.RoundInt8(K, h, x, by)
		for _, zeros := range []bool{false, true} { // weights that are signs alone
			w := k.matrix(N, K)
			clear(w.Zero)
			clear(w.Sum)
			for i, q := range w.Codes {
				w.Codes[i] = 2*(q&1) - 1
				if zeros && q%3 == 0 {
					w.Codes[i] = 0
				}
				w.Sum[i/K] += int32(w.Codes[i])
			}
			k.adds(t, fmt.Sprintf("AddInt8 %v of signs, zeros %v", s, zeros), m, x, by, w, func(y []float32) { dev.AddInt8(m, x, by, w, y) })
		}
		k.adds(t, fmt.Sprintf("AddInt8 %v of states", s), m, x, by, w, func(y []float32) { dev.AddInt8(m, x, by, w, y) })
		if p, ok := dev.(tensor.Preparer); ok {
			p.PrepareInt8(w)
			k.adds(t, fmt.Sprintf("AddInt8 %v, prepared", s), m, x, by, w, func(y []float32) { dev.AddInt8(m, x, by, w, y) })
		}
	}
}

// roundRows compares with the definition, at every size.
func (k *kit) roundRows(t *testing.T, dev tensor.Int8, n int, x []float32) {
	t.Helper()
	for _, size := range []float32{1, 1e-3, 1e30, 1e-33} {
		x := clone(x)
		for i := range x {
			x[i] *= size
		}
		if size != 1 {
			for i, v := range x {
				if v-v != 0 {
					x[i] = 0
				}
			}
		}
		codes, by := make([]int8, len(x)), make([]tensor.Int8Row, len(x)/n)
		dev.RoundRows(n, x, codes, by)
		for i, o := range by {
			var a float32
			for _, v := range x[i*n:][:n] {
				if v < 0 {
					v = -v
				}
				if v > a {
					a = v
				}
			}
			if a > 0x1p126 {
				a = 0x1p126
			}
			want := tensor.Int8Row{Scale: a / 127}
			var inverse float32
			if a < 0x1p-100 {
				want.Scale = 1
			} else {
				inverse = 1 / a
			}
			for j, v := range x[i*n:][:n] {
				q := math.RoundToEven(float64(float32(v*inverse) * 127))
				if q != q {
					q = 0
				}
				q = math.Max(-127, math.Min(127, q))
				want.Sum += int32(q)
				if float64(codes[i*n+j]) != q {
					t.Fatalf("RoundRows of %d: %g in a row of %g is %d, want %g", n, v, a, codes[i*n+j], q)
				}
			}
			if o != want {
				t.Fatalf("RoundRows of %d: row %d is read as %+v, want %+v", n, i, o, want)
			}
		}
	}
}

// adds checks y += x·wᵀ against the definition and the reals.
func (k *kit) adds(t *testing.T, what string, m int, x []int8, by []tensor.Int8Row, w *tensor.Int8Matrix, add func(y []float32)) {
	t.Helper()
	K := w.K
	y := k.random(m*w.N, 1)
	want, exact, bound := clone(y), double(y), make([]float64, len(y))
	for i := range want {
		row, r := x[i/w.N*K:][:K], i%w.N
		var acc int32
		for j, q := range row {
			acc += int32(q) * int32(w.Codes[r*K+j])
		}
		o := by[i/w.N]
		acc -= int32(w.Zero[r])*o.Sum + o.Zero*w.Sum[r]
		want[i] += float32(float32(acc) * float32(o.Scale*w.Scale[r]))
		p := product(row, o, w, r)
		exact[i] += p
		bound[i] = (3*math.Abs(p) + math.Abs(exact[i]) + 1) * 0x1p-24
	}
	add(y)
	k.strictly(t, what, y, want)
	near(t, what, y, exact, bound)
}

func (k *kit) sparseInt8(t *testing.T, dev tensor.Sparse) {
	// One row alone may go another way, by its width.
	for _, s := range append([][3]int{{1, 21, 61}, {1, 10, 200}}, shapes...) {
		m, N, K := s[0], s[1], s[2]
		if K == 0 {
			continue
		}
		w := k.matrix(N, K)
		csr := tensor.Int8CSR{N: N, K: K, Row: make([]int32, 1, N+1), Scale: w.Scale, Sum: make([]int32, N)}
		for r := range N {
			for c := range K {
				i := r*K + c
				if i%3 == 0 || i%7 == 1 {
					w.Codes[i] = w.Zero[r]
					continue
				}
				d := int16(w.Codes[i]) - int16(w.Zero[r])
				csr.Col, csr.Diff = append(csr.Col, uint16(c)), append(csr.Diff, d)
				csr.Sum[r] += int32(d)
			}
			csr.Row = append(csr.Row, int32(len(csr.Col)))
		}
		w.Sum = csr.Sum
		x, by := bytes(m*K, 5), make([]tensor.Int8Row, m)
		scales, zeros := k.random(m, 0.1), bytes(m, 6)
		for i := range by {
			by[i] = tensor.Int8Row{Scale: scales[i], Zero: int32(zeros[i])}
			for _, q := range x[i*K:][:K] {
				by[i].Sum += int32(q)
			}
		}
		k.adds(t, fmt.Sprintf("AddSparseInt8 %v", s), m, x, by, w, func(y []float32) { dev.AddSparseInt8(m, x, by, &csr, y) })
	}
}

func (k *kit) fakeQuantize(t *testing.T) {
	for _, s := range [][2]int{{0, 3}, {3, 0}, {1, 1}, {3, 7}, {2, 16}, {5, 33}, {40, 1}, {2, 1000}} {
		rows, n := s[0], s[1]
		const lo, hi = -8, 7
		x := k.random(rows*n, 1)
		for i, v := range k.specials() {
			if at := i * 5; at < len(x) {
				x[at] = v
			}
		}
		scale, zero := k.random(rows, 0.05), make([]float32, rows)
		for r := range scale {
			scale[r] += 0.1
			zero[r] = float32(r%16 - 8)
		}
		out, pass := make([]float32, len(x)), make([]float32, len(x))
		for i, v := range x {
			s, z := scale[i/n], zero[i/n]
			q := float32(math.RoundToEven(float64(v*(1/s)))) + z
			if lo <= q && q <= hi {
				pass[i] = 1
			}
			switch {
			case q < lo:
				q = lo
			case q > hi:
				q = hi
			}
			out[i] = (q - z) * s
		}
		bx, bo, bp := k.buffer(x), k.buffer(k.random(len(x), 1)), k.buffer(k.random(len(x), 1))
		bs, bz := k.buffer(scale), k.buffer(zero)
		k.dev.FakeQuantize(rows, n, lo, hi, bs, bz, bx, bo, bp)
		same(t, "FakeQuantize leaves x", k.read(t, bx), x)
		same(t, fmt.Sprintf("FakeQuantize %v", s), k.read(t, bo), out)
		same(t, fmt.Sprintf("what FakeQuantize %v lets through", s), k.read(t, bp), pass)
		k.dev.FakeQuantize(rows, n, lo, hi, bs, bz, bx, bx, bp)
		same(t, "FakeQuantize in place", k.read(t, bx), out)
	}
}
