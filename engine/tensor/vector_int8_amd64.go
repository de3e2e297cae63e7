package tensor

import "slices"

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

// AddInt8 is the product in whole numbers, then the scales, a row at a time.
func (d *vector) AddInt8(m int, x []int8, by []Int8Row, w *Int8Matrix, y []float32) {
	if m == 0 || w.N == 0 {
		return
	}
	s := d.scratches.Get()
	defer d.scratches.Put(s)
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
