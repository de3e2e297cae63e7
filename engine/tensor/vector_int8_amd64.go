package tensor

func (d *vector) GemmInt8(m, n, k int, a, b []int8, c []int32) {
	s := d.borrow()
	defer d.giveBack(s)
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

func (d *vector) Rescale(c []int32, sumA, zeroA int32, zeroB, sumB []int32, scaleA float32, scaleB, y []float32) {
	n := len(c)
	d.k.Rescale(n, first(c), sumA, zeroA, first(zeroB[:n]), first(sumB[:n]), scaleA, first(scaleB[:n]), first(y[:n]))
}
