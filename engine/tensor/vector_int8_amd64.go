package tensor

import (
	"slices"
	"unsafe"
)

func (d *vector) GemmInt8(m, n, k int, a, b []int8, c []int32) {
	s := d.scratches.Get()
	defer d.scratches.Put(s)
	a, b, c = a[:m*k], b[:n*k], c[:m*n]
	if k < 2*d.k.Width {
		d.generic.GemmInt8(m, n, k, a, b, c)
		return
	}
	// Four rows of weights stay in the first cache while all of a goes by.
	j := 0
	for ; j+4 <= n; j += 4 {
		for i := 0; i < m; {
			h := 1
			for 2*h <= m-i && 2*h < len(d.k.Dots) && d.k.Dots[2*h] != nil {
				h *= 2
			}
			d.k.Dots[h](k, &a[i*k], k, &b[j*k], k, &c[i*n+j], 4*n)
			i += h
		}
		d.done(s, m*k)
	}
	for ; j < n; j++ {
		w := b[j*k:][:k]
		for i := range m {
			c[i*n+j], _ = dotInt8(a[i*k:][:k], w, w)
		}
	}
}

// AddInt8 is the product in whole numbers, then the scales, a row at a time: all at
// once of weights as they are, tile by tile of prepared ones.
func (d *vector) AddInt8(m int, x []int8, by []Int8Row, w *Int8Matrix, y []float32) {
	if m == 0 || w.N == 0 {
		return
	}
	s := d.scratches.Get()
	defer d.scratches.Put(s)
	if w.Panels != nil {
		d.addPrepared(s, m, x, by, w, y)
		return
	}
	if w.Group > 0 {
		d.generic.AddInt8(m, x, by, w, y)
		return
	}
	s.sums = slices.Grow(s.sums[:0], (m+1)*w.N)[:(m+1)*w.N]
	acc, zero := s.sums[:m*w.N], s.sums[m*w.N:][:w.N]
	for i, z := range w.Zero[:w.N] {
		zero[i] = int32(z)
	}
	d.GemmInt8(m, w.N, w.K, x, w.Codes, acc)
	for i, o := range by[:m] {
		d.k.Rescale(w.N, &acc[i*w.N], o.Sum, o.Zero, &zero[0], &w.Sum[0], o.Scale, &w.Scale[0], &y[i*w.N])
	}
}

// addPrepared takes x a tile's rows at a time, as int16.
func (d *vector) addPrepared(s *vectorScratch, m int, x []int8, by []Int8Row, w *Int8Matrix, y []float32) {
	N, K, groups := w.N, w.K, w.Groups()
	size := K
	if w.Group > 0 {
		size = w.Group
	}
	apart := (size+1)/2 + 16 // a line more, as in rows
	const highest = len(d.k.Pairs) - 1
	s.a = grown(s.a, highest*apart)
	s.t = grown(s.t, highest*N)
	acc, none := ints(s.t), ints(s.zeros(N))
	for i := 0; i < m; {
		h := d.height(m - i)
		panels := unsafe.Slice((*float32)(unsafe.Pointer(&w.Panels[0])), len(w.Panels)/4)
		for g := range groups {
			from := g * size
			k := least(size, K-from)
			pairs := (k + 1) / 2
			for r := range h {
				d.widen(s.a[r*apart:][:pairs], x[(i+r)*K+from:][:k])
			}
			d.across(&d.k.Pairs[h], N, pairs, &s.a[0], apart, panels, s.zeros(N), 0, s.t, N)
			panels = panels[breadth(d.k.Width, N)*pairs:]
			scale, sum := &w.Scale[g*N], &w.Sum[g*N]
			for r := range h {
				o := by[(i+r)*groups+g]
				d.k.Rescale(N, &acc[r*N], 0, o.Zero, &none[0], sum, o.Scale, scale, &y[(i+r)*N])
			}
			d.done(s, h*N*pairs)
		}
		i += h
	}
}

// widen makes int16 of codes, two in the place of a float32, the last with 0 where it is alone.
func (d *vector) widen(out []float32, codes []int8) {
	to := shorts(out)
	done := len(codes) / (2 * d.k.Width)
	d.k.Widen(done, first(codes), first(to))
	for i := done * 2 * d.k.Width; i < len(codes); i++ {
		to[i] = int16(codes[i])
	}
	if len(codes) < len(to) {
		to[len(codes)] = 0
	}
}

// PrepareInt8 is Preparer's: the differences of codes and zero points as int16 in the panels
// of a Gemm, group by group, two of k in the place of a float32. It takes twice the memory
// of the codes, and a little.
func (d *vector) PrepareInt8(w *Int8Matrix) {
	N, K, W, groups := w.N, w.K, d.k.Width, w.Groups()
	size := K
	if w.Group > 0 {
		size = w.Group
	}
	total := 0
	for from := 0; from < K; from += size {
		total += breadth(W, N) * ((least(size, K-from) + 1) / 2)
	}
	all := aligned(total)
	if len(all) == 0 {
		return
	}
	to, at := shorts(all), 0
	for g := range groups {
		from, end := g*size, least((g+1)*size, K)
		for j := 0; j < N; j += 2 * W {
			wide := least(2*W, breadth(W, N-j))
			for p := from; p < end; p += 2 {
				for c := j; c < j+wide; c++ {
					for k := p; k < p+2; k++ {
						if c < N && k < end {
							to[at] = int16(w.Codes[c*K+k]) - int16(w.Zero[g*N+c])
						}
						at++
					}
				}
			}
		}
	}
	w.Panels = unsafe.Slice((*int8)(unsafe.Pointer(&all[0])), 4*len(all))
}

func (d *vector) RoundInt8(n int, x []float32, codes []int8, by []Int8Row) {
	done := n / d.k.Width
	for i := range by {
		from, to := x[i*n:][:n], codes[i*n:][:n]
		o := Int8Row{Scale: 1.0 / 127, Sum: d.k.Round(done, first(from), first(to))}
		for j := done * d.k.Width; j < n; j++ {
			to[j] = code(from[j])
			o.Sum += int32(to[j])
		}
		by[i] = o
	}
}

// RoundRows scales a row and rounds it as a state.
func (d *vector) RoundRows(n int, x []float32, codes []int8, by []Int8Row) {
	s := d.scratches.Get()
	defer d.scratches.Put(s)
	s.a = grown(s.a, n)
	row := s.a[:n]
	for i := range by {
		a, inverse := reach(x[i*n:][:n])
		for j, v := range x[i*n:][:n] {
			row[j] = v * inverse
		}
		d.RoundInt8(n, row, codes[i*n:][:n], by[i:i+1])
		by[i].Scale = a / 127
		if inverse == 0 {
			by[i].Scale = 1
		}
	}
}

// shorts is the same memory by another name.
func shorts(x []float32) []int16 { return unsafe.Slice((*int16)(unsafe.Pointer(first(x))), 2*len(x)) }
