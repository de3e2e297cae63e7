package kernels

import "github.com/clove-ml/clove/engine/tensor"

// Blocks of a Gemm: kc of k at a time, which gemm.h knows too, nc columns of B
// packed at once, mc rows of A a call (and packed at once where A is transposed).
const (
	kc = 256
	nc = 512
	nr = 8 // columns of a panel
	mr = 4 // rows of a tile
)

func (d *device) Gemm(transA, transB bool, m, n, k int, a, b tensor.Buffer, accumulate bool, c tensor.Buffer) {
	s := d.spaces.Get()
	defer d.spaces.Put(s)
	C := floats(c)[:m*n]
	if accumulate {
		d.gemm(s, transA, transB, m, n, k, floats(a)[:m*k], floats(b)[:k*n], C, n, C)
	} else {
		d.gemm(s, transA, transB, m, n, k, floats(a)[:m*k], floats(b)[:k*n], s.zeros(least(n, nc)), 0, C)
	}
}

// zeros is a row of n.
func (s *scratch) zeros(n int) []float32 {
	s.row = room(s.row, n)
	clear(s.row)
	return s.row
}

// gemm: c [m, n] = start + op(a)·op(b). Row i of start begins at i·lds; a stride of
// 0 makes one row serve all: zeros, or a bias.
func (d *device) gemm(s *scratch, transA, transB bool, m, n, k int, a, b, start []float32, lds int, c []float32) {
	if m == 0 || n == 0 {
		return
	}
	lda, ldb := k, n
	if transA {
		lda = m
	}
	if transB {
		ldb = k
	}
	for j := 0; j < n; j += nc {
		cols := least(nc, n-j)
		from, stride := start, lds
		if lds != 0 || len(start) == n {
			from = start[j:]
		}
		if k == 0 {
			gemmBlockF32(d.m, 0, int32(m), int32(cols), 0, nil, 0, nil, tail(from, 0), int32(stride), tail(c, j), int32(n))
		}
		for p := 0; p < k; p += kc {
			depth := least(kc, k-p)
			s.b = room(s.b, panels(cols)*depth)
			if transB {
				gemmPackF32(1, tail(b, j*ldb+p), int32(ldb), int32(depth), int32(cols), at(s.b, 0))
			} else {
				gemmPackF32(0, tail(b, p*ldb+j), int32(ldb), int32(depth), int32(cols), at(s.b, 0))
			}
			d.spend(s, 4*depth*cols)
			for i := 0; i < m; {
				rows := least(m-i, (s.share(depth*cols+1)+mr-1)/mr*mr)
				if transA {
					rows = least(rows, 64) // packed A stays in the second cache
					s.a = room(s.a, (rows+mr-1)/mr*mr*depth)
					gemmRowsF32(tail(a, p*lda+i), int32(lda), int32(depth), int32(rows), at(s.a, 0))
					gemmBlockF32(d.m, 1, int32(rows), int32(cols), int32(depth), at(s.a, 0), int32(depth),
						at(s.b, 0), tail(from, i*stride), int32(stride), tail(c, i*n+j), int32(n))
				} else {
					gemmBlockF32(d.m, 0, int32(rows), int32(cols), int32(depth), tail(a, i*lda+p), int32(lda),
						at(s.b, 0), tail(from, i*stride), int32(stride), tail(c, i*n+j), int32(n))
				}
				d.spend(s, rows*cols*depth)
				i += rows
			}
			from, stride = c[j:], n
		}
	}
}

// panels is the floats that one row of k takes in panels of nr columns.
func panels(cols int) int { return (cols + nr - 1) / nr * nr }

// packWhole packs op(b) [k, n] for block_whole: for each kc of k, all panels.
func packWhole(buf []float32, trans bool, b []float32, n, k int) []float32 {
	buf = room(buf, panels(n)*k)
	for p := 0; p < k; p += kc {
		depth := int32(least(kc, k-p))
		if trans {
			gemmPackF32(1, tail(b, p), int32(k), depth, int32(n), tail(buf, panels(n)*p))
		} else {
			gemmPackF32(0, tail(b, p*n), int32(n), depth, int32(n), tail(buf, panels(n)*p))
		}
	}
	return buf
}
