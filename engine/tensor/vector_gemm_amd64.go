package tensor

import "github.com/clove-ml/clove/engine/tensor/internal/simd"

// Blocks of a vector Gemm: deep of k at a time and wide columns of B, packed
// at once (a quarter of a megabyte at most, which the second cache holds). The
// tile's rows of A stay in the first cache while all panels of B go by.
const (
	deep = 256
	wide = 512
)

// packed is op(b) [k, n] packed for the tiles: for each deep of k, all panels of
// two vectors and what is left in one of one or two.
type packed struct {
	n, k int
	data []float32
}

// breadth is the width of n columns in panels.
func breadth(width, n int) int { return (n + width - 1) / width * width }

func (d *vector) Gemm(transA, transB bool, m, n, k int, a, b Buffer, accumulate bool, c Buffer) {
	s := d.scratches.Get()
	defer d.scratches.Put(s)
	C := data(c)[:m*n]
	from, stride := C, n
	if !accumulate {
		from, stride = s.zeros(n), 0
	}
	d.gemm(s, transA, transB, m, n, k, data(a)[:m*k], data(b)[:k*n], from, stride, C)
}

// gemm: c [m, n] = from + op(a)·op(b), from with a stride of n, or of 0 for one row for all.
func (d *vector) gemm(s *vectorScratch, transA, transB bool, m, n, k int, a, b, from []float32, stride int, c []float32) {
	if m == 0 || n == 0 {
		return
	}
	if k == 0 && stride == 0 {
		for i := range m {
			copy(c[i*n:][:n], from)
		}
	}
	for j := 0; j < n; j += wide {
		cols := least(wide, n-j)
		f, ldf := from[j:], stride
		for p := 0; p < k; p += deep {
			depth := least(deep, k-p)
			s.b = grown(s.b, breadth(d.k.Width, cols)*depth)
			d.pack(s.b, transB, n, k, b, p, depth, j, cols)
			if transA {
				d.columns(s, m, cols, depth, a[p*m:], m, s.b, f, ldf, c[j:], n)
			} else {
				d.rows(s, m, cols, depth, a[p:], k, s.b, f, ldf, c[j:], n)
			}
			f, ldf = c[j:], n
		}
	}
}

// packWhole packs op(b) [k, n].
func (d *vector) packWhole(w *packed, trans bool, b []float32, n, k int) {
	w.n, w.k = n, k
	w.data = grown(w.data, breadth(d.k.Width, n)*k)
	for p := 0; p < k; p += deep {
		d.pack(w.data[p*breadth(d.k.Width, n):], trans, n, k, b, p, least(deep, k-p), 0, n)
	}
}

// times: c [m, n] = from + a [m, k]·w.
func (d *vector) times(s *vectorScratch, m int, a []float32, w *packed, from []float32, stride int, c []float32) {
	if m == 0 {
		return
	}
	for p := 0; p < w.k; p += deep {
		d.rows(s, m, w.n, least(deep, w.k-p), a[p:], w.k, w.data[p*breadth(d.k.Width, w.n):], from, stride, c, w.n)
		from, stride = c, w.n
	}
}

// rows goes down A's rows, tile by tile. Rows a multiple of a kilobyte apart would
// all fall on the same few places of the first cache, and a tile run at half the
// speed: such are copied, with a line more between them.
func (d *vector) rows(s *vectorScratch, m, cols, depth int, a []float32, lda int, b, from []float32, stride int, c []float32, ldc int) {
	for i := 0; i < m; {
		h := d.height(m - i)
		row, apart := &a[i*lda], lda
		if lda%256 == 0 && h > 2 && cols > 2*d.k.Width {
			apart = depth + 16
			s.a = grown(s.a, simd.Highest*apart)
			d.k.CopyRows(h, depth, row, 4*lda, &s.a[0], 4*apart)
			row = &s.a[0]
		}
		d.across(&d.k.Rows[h], cols, depth, row, apart, b, from[i*stride:], stride, c[i*ldc:], ldc)
		d.done(s, h*cols*depth)
		i += h
	}
}

// columns is rows where A is transposed: a tile's columns are packed first.
func (d *vector) columns(s *vectorScratch, m, cols, depth int, a []float32, lda int, b, from []float32, stride int, c []float32, ldc int) {
	s.a = grown(s.a, simd.Highest*depth)
	for i := 0; i < m; {
		h := d.height(m - i)
		d.k.CopyRows(depth, h, &a[i], 4*lda, &s.a[0], 4*h)
		d.across(&d.k.Columns[h], cols, depth, &s.a[0], 0, b, from[i*stride:], stride, c[i*ldc:], ldc)
		d.done(s, h*cols*depth)
		i += h
	}
}

// height of the next tile where m rows are left.
func (d *vector) height(m int) int {
	if split := d.k.Split; m < len(split) {
		return split[m]
	}
	return d.k.Split[len(d.k.Split)-1]
}

// across is one row of tiles.
func (d *vector) across(tile *[2]simd.Tile, cols, depth int, a *float32, lda int, b, from []float32, stride int, c []float32, ldc int) {
	w := d.k.Width
	full := cols / (2 * w)
	if full > 0 {
		tile[1](depth, full, a, 4*lda, &b[0], &from[0], 4*stride, &c[0], 4*ldc, w)
	}
	at := full * 2 * w
	switch rest := cols - at; {
	case rest > w:
		tile[1](depth, 1, a, 4*lda, &b[at*depth], &from[at], 4*stride, &c[at], 4*ldc, rest-w)
	case rest > 0:
		tile[0](depth, 1, a, 4*lda, &b[at*depth], &from[at], 4*stride, &c[at], 4*ldc, rest)
	}
}

// pack lays out op(b)[p:p+depth, j:j+cols] as panels, the last one filled up with zeros.
func (d *vector) pack(out []float32, trans bool, n, k int, b []float32, p, depth, j, cols int) {
	w := d.k.Width
	for ; cols > 0; cols -= 2 * w {
		wide, real := 2*w, 2*w
		if cols < wide {
			wide, real = breadth(w, cols), cols
		}
		panel := out[:wide*depth]
		out = out[len(panel):]
		if real < wide {
			clear(panel)
		}
		if trans {
			d.turn(panel, wide, b[j*k+p:], k, depth, real)
		} else {
			d.k.CopyRows(depth, real, &b[p*n+j], 4*n, &panel[0], 4*wide)
		}
		j += real
	}
}

// turn: out [depth, cols of ldo] = b [cols, depth of ldb]ᵀ.
func (d *vector) turn(out []float32, ldo int, b []float32, ldb, depth, cols int) {
	q := 0
	for ; q+8 <= cols; q += 8 {
		if depth >= 8 {
			d.k.Transpose8(depth/8, &b[q*ldb], 4*ldb, &out[q], 4*ldo)
		}
		for p := depth &^ 7; p < depth; p++ {
			for i := q; i < q+8; i++ {
				out[p*ldo+i] = b[i*ldb+p]
			}
		}
	}
	for ; q < cols; q++ {
		for p, x := range b[q*ldb:][:depth] {
			out[p*ldo+q] = x
		}
	}
}
