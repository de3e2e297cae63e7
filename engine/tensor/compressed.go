package tensor

// Kernels of compressed models, on host memory.

func (d *generic) GemmInt8(m, n, k int, a, b []int8, c []int32) {
	sc := d.acquire()
	defer d.release(sc)
	for i := range m {
		x := a[i*k:][:k]
		row := c[i*n:][:n]
		j := 0
		for ; j+4 <= n; j += 4 {
			w0, w1, w2, w3 := b[j*k:][:k], b[(j+1)*k:][:k], b[(j+2)*k:][:k], b[(j+3)*k:][:k]
			var s0, s1, s2, s3 int32
			for p, v := range x {
				v := int32(v)
				s0 += v * int32(w0[p])
				s1 += v * int32(w1[p])
				s2 += v * int32(w2[p])
				s3 += v * int32(w3[p])
			}
			row[j], row[j+1], row[j+2], row[j+3] = s0, s1, s2, s3
		}
		for ; j < n; j++ {
			var s int32
			for p, v := range b[j*k:][:k] {
				s += int32(x[p]) * int32(v)
			}
			row[j] = s
		}
		d.spend(sc, n*k)
	}
}

func (d *generic) GemmSparse(B int, x []float32, w *CSR, y []float32) {
	sc := d.acquire()
	defer d.release(sc)
	for i := range B {
		row := x[i*w.K:][:w.K]
		out := y[i*w.N:][:w.N]
		for r := range out {
			from, to := w.Row[r], w.Row[r+1]
			val := w.Val[from:to]
			s := out[r]
			for p, c := range w.Col[from:to] {
				s += float32(row[c] * val[p])
			}
			out[r] = s
		}
		d.spend(sc, 2*len(w.Val))
	}
}
