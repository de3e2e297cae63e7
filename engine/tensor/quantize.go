package tensor

import "math"

// quantizeWork is what a number costs in multiply-adds, about.
const quantizeWork = 4

func (d *generic) FakeQuantize(rows, n int, lo, hi float32, scale, zero, x, out, pass Buffer) {
	sc := d.spaces.Get()
	defer d.spaces.Put(sc)
	S, Z := data(scale)[:rows], data(zero)[:rows]
	X, O, P := data(x)[:rows*n], data(out)[:rows*n], data(pass)[:rows*n]
	for r := range rows {
		s, z := S[r], Z[r]
		inverse := 1 / s
		o, p := O[r*n:][:n], P[r*n:][:n]
		for j, v := range X[r*n:][:n] {
			q := float32(math.RoundToEven(float64(v*inverse))) + z
			p[j] = 0
			if lo <= q && q <= hi {
				p[j] = 1
			}
			if q < lo {
				q = lo
			}
			if hi < q {
				q = hi
			}
			o[j] = (q - z) * s
		}
		d.spend(sc, quantizeWork*n)
	}
}
