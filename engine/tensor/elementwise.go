package tensor

import "math"

func (d *generic) Zero(n int, x Buffer) { clear(data(x)[:n]) }

func (d *generic) Add(n int, x, y Buffer) {
	a, b := data(x)[:n], data(y)[:n]
	for i, v := range a {
		b[i] += v
	}
}

func (d *generic) Mul(n int, x, y Buffer) {
	a, b := data(x)[:n], data(y)[:n]
	for i, v := range a {
		b[i] *= v
	}
}

func (d *generic) Scale(n int, by float32, x Buffer) {
	a := data(x)[:n]
	for i := range a {
		a[i] *= by
	}
}

func (d *generic) Mask(n int, keep, x Buffer) {
	k, a := data(keep)[:n], data(x)[:n]
	for i, v := range k {
		if v == 0 {
			a[i] = 0
		}
	}
}

func (d *generic) MulRows(n int, rows []int32, factors, x Buffer) {
	f, a := data(factors), data(x)
	for i, r := range rows {
		from := f[int(r)*n:][:n]
		to := a[i*n:][:n]
		for j, v := range from {
			to[j] *= v
		}
	}
}

func (d *generic) Gather(n int, rows []int32, x, out Buffer) {
	from, to := data(x), data(out)
	for i, r := range rows {
		copy(to[i*n:][:n], from[int(r)*n:][:n])
	}
}

func (d *generic) DropoutMask(n int, rows []int32, share float32, draw Draw, out Buffer) {
	kept := 1 / (1 - share)
	for i, r := range rows {
		row := data(out)[i*n:][:n]
		var words [4]uint32
		for j := range row {
			if j&3 == 0 {
				words = draw.Words(uint32(r), uint32(j>>2))
			}
			row[j] = kept
			if Unit(words[j&3]) < share {
				row[j] = 0
			}
		}
	}
}

func (d *generic) AddBias(rows, n int, bias, x Buffer) {
	b := data(bias)[:n]
	for i := range rows {
		row := data(x)[i*n:][:n]
		for j, v := range b {
			row[j] += v
		}
	}
}

func (d *generic) SumRows(rows, n int, x, out Buffer) {
	sum := data(out)[:n]
	clear(sum)
	for i := range rows {
		for j, v := range data(x)[i*n:][:n] {
			sum[j] += v
		}
	}
}

func (d *generic) EmbeddingGather(E int, ids []int32, weight, out Buffer) {
	d.Gather(E, ids, weight, out)
	x := data(out)[:len(ids)*E]
	for i, v := range x {
		x[i] = flush(v)
	}
}

func (d *generic) EmbeddingScatterAdd(E int, ids []int32, dout, grad Buffer) {
	from, to := data(dout), data(grad)
	for i, id := range ids {
		if id < 0 {
			continue
		}
		sum := to[int(id)*E:][:E]
		for j, v := range from[i*E:][:E] {
			sum[j] += v
		}
	}
}

// lanes of a reduction, interleaved: a multiple of every SIMD width in use.
const lanes = 16

func (d *generic) SumSquares(n int, x Buffer) float32 {
	var sum [lanes]float32
	a := data(x)[:n]
	for ; len(a) >= lanes; a = a[lanes:] {
		b := (*[lanes]float32)(a)
		for j := range sum {
			sum[j] += float32(b[j] * b[j])
		}
	}
	for j, v := range a {
		sum[j] += float32(v * v)
	}
	for half := lanes / 2; half > 0; half /= 2 {
		for j := range half {
			sum[j] += sum[j+half]
		}
	}
	return sum[0]
}

func (d *generic) Finite(n int, x Buffer) bool {
	for _, v := range data(x)[:n] {
		if !finite32(v) {
			return false
		}
	}
	return true
}

// Bounds below which Adam takes a number for 0.
const (
	adamG = 0x1p-50
	adamM = 0x1p-60
	adamV = 0x1p-110
)

func (d *generic) Adam(s AdamStep, n int, g, w, m, v Buffer) {
	sc := d.spaces.Get()
	defer d.spaces.Put(sc)
	G, W, M, V := data(g)[:n], data(w)[:n], data(m)[:n], data(v)[:n]
	const part = 1 << 14
	for from := 0; from < n; from += part {
		to := from + part
		if to > n {
			to = n
		}
		adam(&s, G[from:to], W[from:to], M[from:to], V[from:to])
		d.spend(sc, adamWork*(to-from))
	}
}

// adamWork and restWork are what one weight costs in multiply-adds, about.
const adamWork, restWork = 8, 2

func adam(s *AdamStep, g, w, m, v []float32) {
	w, m, v = w[:len(g)], m[:len(g)], v[:len(g)]
	for i, x := range g {
		if abs(x) < adamG {
			x = 0
		}
		M := float32(s.Beta1*m[i]) + float32(s.Rest1*x)
		if abs(M) < adamM {
			M = 0
		}
		V := float32(s.Beta2*v[i]) + float32(s.Rest2*float32(x*x))
		if V < adamV {
			V = 0
		}
		m[i], v[i] = M, V
		root := float32(math.Sqrt(float64(V)))
		w[i] -= float32(s.Size * (M / (float32(root*s.InvRoot) + s.Epsilon)))
	}
}

func (d *generic) AdamRows(s AdamStep, V, E int, rows []int32, g, w, m, v Buffer) {
	sc := d.spaces.Get()
	defer d.spaces.Put(sc)
	G, W, M, v2 := data(g), data(w), data(m), data(v)
	next := 0
	for r := range V {
		at := r * E
		if next < len(rows) && int(rows[next]) == r {
			adam(&s, G[next*E:][:E], W[at:][:E], M[at:][:E], v2[at:][:E])
			next++
			d.spend(sc, adamWork*E)
			continue
		}
		adamRest(&s, W[at:][:E], M[at:][:E], v2[at:][:E])
		d.spend(sc, restWork*E)
	}
}

// adamRest is adam for a gradient of 0: the same bits. Where m is 0 the weight stays.
func adamRest(s *AdamStep, w, m, v []float32) {
	m, v = m[:len(w)], v[:len(w)]
	for i := range w {
		V := float32(s.Beta2 * v[i])
		if V < adamV {
			V = 0
		}
		v[i] = V
		if m[i] == 0 {
			continue
		}
		M := float32(s.Beta1 * m[i])
		if abs(M) < adamM {
			M = 0
		}
		m[i] = M
		root := float32(math.Sqrt(float64(V)))
		w[i] -= float32(s.Size * (M / (float32(root*s.InvRoot) + s.Epsilon)))
	}
}
