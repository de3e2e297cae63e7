package kernels

import "github.com/clove-ml/clove/engine/tensor"

func (d *device) GemmInt8(m, n, k int, a, b []int8, c []int32) {
	s := d.acquire()
	defer d.release(s)
	for i := 0; i < m; {
		rows := least(m-i, (s.share(n*k+1)+1)/2*2)
		gemmI8(int32(rows), int32(n), int32(k), at(a[i*k:], rows*k), at(b, n*k), at(c[i*n:], rows*n))
		d.spend(s, rows*n*k)
		i += rows
	}
}

// alone is the rows of a batch up to which each is multiplied by itself: laying
// them out by columns pays from there on.
const alone = 1

func (d *device) GemmSparse(B int, x []float32, w *tensor.CSR, y []float32) {
	s := d.acquire()
	defer d.release(s)
	N, K := w.N, w.K
	kept := len(w.Val)
	row, col, val := at(w.Row, N+1), at(w.Col, kept), at(w.Val, kept)
	rowWork := kept + 4*(N+K) + 1
	for i := 0; i < B; {
		rows := least(B-i, (s.share(rowWork)+31)/32*32)
		X, Y := at(x[i*K:], rows*K), at(y[i*N:], rows*N)
		if rows <= alone {
			gemvF32CSR(int32(N), X, row, col, val, Y)
		} else {
			wide := (rows + 3) / 4 * 4
			s.a, s.b = room(s.a, wide*K), room(s.b, wide*N)
			columnsF32(int32(rows), int32(K), X, at(s.a, 0))
			columnsF32(int32(rows), int32(N), Y, at(s.b, 0))
			gemmF32CSR(int32(wide), int32(N), at(s.a, 0), row, col, val, at(s.b, 0))
			rowsF32(int32(rows), int32(N), at(s.b, 0), Y)
		}
		d.spend(s, rows*rowWork)
		i += rows
	}
}
