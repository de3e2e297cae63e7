package tensor

import (
	"slices"
	"unsafe"
)

// Products with sparse weights take as many rows as a vector is wide, turned, so that
// a kept weight meets all of them at once. turnPays is from how many that pays.
const turnPays = 3

// SparsePays by measurement (AVX-512, 256 × 64 and 512 × 128): a row alone at 2 %, a batch at a fifth.
func (d *vector) SparsePays(B, kept, all int) bool {
	if B < d.k.Width/2 {
		return 50*kept <= all
	}
	return 5*kept <= all
}

func (d *vector) GemmSparse(B int, x []float32, w *CSR, y []float32) {
	K, N, W := w.K, w.N, d.k.Width
	if B < turnPays || N == 0 {
		d.generic.GemmSparse(B, x, w, y)
		return
	}
	s := d.scratches.Get()
	defer d.scratches.Put(s)
	s.a, s.b = grown(s.a, K*W), grown(s.b, N*W)
	for i := 0; i < B; i += W {
		rows := least(W, B-i)
		if rows < W {
			clear(s.a)
			clear(s.b)
		}
		in, out := x[i*K:][:rows*K], y[i*N:][:rows*N]
		d.turn(s.a, W, in, K, K, rows)
		d.turn(s.b, W, out, N, N, rows)
		d.k.Sparse(N, &w.Row[:N+1][0], first(w.Col), first(w.Val), first(s.a), &s.b[0])
		d.turn(out, N, s.b, W, rows, N)
		d.done(s, len(w.Val))
	}
}

func (d *vector) AddSparseInt8(m int, x []int8, by []Int8Row, w *Int8CSR, y []float32) {
	K, N, W := w.K, w.N, d.k.Width
	if m < turnPays || N == 0 {
		d.generic.AddSparseInt8(m, x, by, w, y)
		return
	}
	s := d.scratches.Get()
	defer d.scratches.Put(s)
	kept := len(w.Diff)
	s.a, s.b = grown(s.a, K*W), grown(s.b, N*W)
	s.sums, s.col = slices.Grow(s.sums[:0], W*N+N)[:W*N+N], slices.Grow(s.col[:0], 2*kept)[:2*kept]
	turned, acc, none := ints(s.a), s.sums[:W*N], s.sums[W*N:][:N]
	clear(none) // the differences have no zero point
	col, diff := s.col[:kept], s.col[kept:]
	for i, c := range w.Col {
		col[i], diff[i] = int32(c), int32(w.Diff[i])
	}
	for i := 0; i < m; i += W {
		rows := least(W, m-i)
		if rows < W {
			clear(turned)
		}
		for r := range rows {
			at := r
			for _, q := range x[(i+r)*K:][:K] {
				turned[at] = int32(q)
				at += W
			}
		}
		d.k.SparseInt(N, &w.Row[:N+1][0], first(col), first(diff), first(turned), &ints(s.b)[0])
		d.turn(floats(acc[:rows*N]), N, s.b, W, rows, N)
		d.k.Rescale(rows, N, &acc[0], wordsOf(by[i:][:rows]), rowBytes, 0, &none[0], &w.Sum[0], &w.Scale[0], &y[i*N:][:rows*N][0])
		d.done(s, kept)
	}
}

// ints and floats are the same memory by another name; moving it changes no bit.
func ints(x []float32) []int32   { return unsafe.Slice((*int32)(unsafe.Pointer(first(x))), len(x)) }
func floats(x []int32) []float32 { return unsafe.Slice((*float32)(unsafe.Pointer(first(x))), len(x)) }
