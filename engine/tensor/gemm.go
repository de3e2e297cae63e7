package tensor

// Blocks of a Gemm: kc of k at a time, nc columns of B packed at once, mc rows
// of A between two yields (and packed at once where A is transposed). A tile
// is two rows of A by three columns of B, 5 KB that stay in the first cache. Its
// six sums and five factors fit the sixteen registers of amd64; a tile of two by
// four needs one more, spills it in the inner loop and is half as fast (5.7
// against 12.8 GFLOP/s on Zen 3; in wasm the two are alike).
const (
	kc = 256
	mc = 32
	nc = 510
	nr = 3 // columns of a tile
)

func (d *generic) Gemm(transA, transB bool, m, n, k int, a, b Buffer, accumulate bool, c Buffer) {
	s := d.spaces.Get()
	defer d.spaces.Put(s)
	d.gemm(s, transA, transB, m, n, k, data(a), data(b), accumulate, data(c))
}

func (d *generic) gemm(s *scratch, transA, transB bool, m, n, k int, a, b []float32, accumulate bool, c []float32) {
	c = c[:m*n]
	if !accumulate {
		clear(c)
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
		for p := 0; p < k; p += kc {
			depth := least(kc, k-p)
			packed := s.panels(panels(cols) * depth)
			pack(packed, transB, b, ldb, p, depth, j, cols)
			for i := 0; i < m; i += mc {
				rows := least(mc, m-i)
				if transA {
					s.a = room(s.a, rows*depth)
					transpose(s.a, a[p*lda+i:], lda, depth, rows)
					block(rows, cols, depth, s.a, depth, packed, c[i*n+j:], n)
				} else {
					block(rows, cols, depth, a[i*lda+p:], lda, packed, c[i*n+j:], n)
				}
				d.spend(s, rows*cols*depth)
			}
		}
	}
}

// panels is how many panels of nr columns hold so many.
func panels(cols int) int { return (cols + nr - 1) / nr }

// panels is packing space for so many rows of nr columns.
func (s *scratch) panels(n int) [][nr]float32 {
	if cap(s.b) < n {
		s.b = make([][nr]float32, n)
	}
	return s.b[:n]
}

// pack lays out op(b)[p:p+depth, j:j+cols] as panels of nr columns, each depth
// rows long, the last one filled up with zeros.
func pack(out [][nr]float32, trans bool, b []float32, ldb, p, depth, j, cols int) {
	for ; cols > 0; cols -= nr {
		panel := out[:depth]
		out = out[depth:]
		switch {
		case trans && cols >= nr:
			b0, b1, b2 := b[j*ldb+p:][:depth], b[(j+1)*ldb+p:][:depth], b[(j+2)*ldb+p:][:depth]
			for i := range panel {
				panel[i] = [nr]float32{b0[i], b1[i], b2[i]}
			}
		case cols >= nr:
			at := p*ldb + j
			for i := range panel {
				panel[i] = [nr]float32(b[at:])
				at += ldb
			}
		default:
			clear(panel)
			for i := range panel {
				for q := range cols {
					if trans {
						panel[i][q] = b[(j+q)*ldb+p+i]
					} else {
						panel[i][q] = b[(p+i)*ldb+j+q]
					}
				}
			}
		}
		j += nr
	}
}

// transpose: out [rows, depth] = a [depth, rows of lda]ᵀ.
func transpose(out, a []float32, lda, depth, rows int) {
	for p := range depth {
		at := p
		for _, x := range a[p*lda:][:rows] {
			out[at] = x
			at += depth
		}
	}
}

// packWhole packs op(b) [k, n] for blockWhole: for each kc of k, all panels.
func packWhole(buf [][nr]float32, trans bool, b []float32, n, k int) [][nr]float32 {
	size := panels(n) * k
	if cap(buf) < size {
		buf = make([][nr]float32, size)
	}
	buf = buf[:size]
	ldb := n
	if trans {
		ldb = k
	}
	for p := 0; p < k; p += kc {
		pack(buf[panels(n)*p:], trans, b, ldb, p, least(kc, k-p), 0, n)
	}
	return buf
}

// blockWhole: c [m, n] += a [m, k] · b, packed by packWhole.
func blockWhole(m, n, k int, a []float32, b [][nr]float32, c []float32) {
	for p := 0; p < k; p += kc {
		depth := least(kc, k-p)
		block(m, n, depth, a[p:], k, b[panels(n)*p:], c, n)
	}
}

// block: c [m, cols of ldc] += a [m, depth of lda] · packed panels.
func block(m, cols, depth int, a []float32, lda int, b [][nr]float32, c []float32, ldc int) {
	for j := 0; j < cols; j += nr {
		panel := b[:depth]
		b = b[depth:]
		if cols-j < nr {
			edge(m, cols-j, depth, a, lda, panel, c[j:], ldc)
			return
		}
		i := 0
		for ; i+2 <= m; i += 2 {
			tile2(a[i*lda:][:depth], a[(i+1)*lda:][:depth], panel, (*[nr]float32)(c[i*ldc+j:]), (*[nr]float32)(c[(i+1)*ldc+j:]))
		}
		if i < m {
			tile1(a[i*lda:][:depth], panel, (*[nr]float32)(c[i*ldc+j:]))
		}
	}
}

// edge is block for the last panel, where fewer than nr columns are real.
func edge(m, cols, depth int, a []float32, lda int, panel [][nr]float32, c []float32, ldc int) {
	for i := range m {
		var t [nr]float32
		copy(t[:cols], c[i*ldc:])
		tile1(a[i*lda:][:depth], panel, &t)
		copy(c[i*ldc:], t[:cols])
	}
}

// tile2 is two rows by three columns; each sum goes along k in ascending order.
// Four of k at a time: in wasm, where a loop costs much, 7 instead of 4 GFLOP/s.
func tile2(a0, a1 []float32, b [][nr]float32, c0, c1 *[nr]float32) {
	s00, s01, s02 := c0[0], c0[1], c0[2]
	s10, s11, s12 := c1[0], c1[1], c1[2]
	var x, y float32
	var w *[nr]float32
	for ; len(a0) >= 4 && len(a1) >= 4 && len(b) >= 4; a0, a1, b = a0[4:], a1[4:], b[4:] {
		x, y, w = a0[0], a1[0], &b[0]
		s00 += float32(x * w[0])
		s10 += float32(y * w[0])
		s01 += float32(x * w[1])
		s11 += float32(y * w[1])
		s02 += float32(x * w[2])
		s12 += float32(y * w[2])

		x, y, w = a0[1], a1[1], &b[1]
		s00 += float32(x * w[0])
		s10 += float32(y * w[0])
		s01 += float32(x * w[1])
		s11 += float32(y * w[1])
		s02 += float32(x * w[2])
		s12 += float32(y * w[2])

		x, y, w = a0[2], a1[2], &b[2]
		s00 += float32(x * w[0])
		s10 += float32(y * w[0])
		s01 += float32(x * w[1])
		s11 += float32(y * w[1])
		s02 += float32(x * w[2])
		s12 += float32(y * w[2])

		x, y, w = a0[3], a1[3], &b[3]
		s00 += float32(x * w[0])
		s10 += float32(y * w[0])
		s01 += float32(x * w[1])
		s11 += float32(y * w[1])
		s02 += float32(x * w[2])
		s12 += float32(y * w[2])
	}
	for p := range a0 {
		x, y, w = a0[p], a1[p], &b[p]
		s00 += float32(x * w[0])
		s10 += float32(y * w[0])
		s01 += float32(x * w[1])
		s11 += float32(y * w[1])
		s02 += float32(x * w[2])
		s12 += float32(y * w[2])
	}
	c0[0], c0[1], c0[2] = s00, s01, s02
	c1[0], c1[1], c1[2] = s10, s11, s12
}

// tile1 is one row by three columns.
func tile1(a []float32, b [][nr]float32, c *[nr]float32) {
	s0, s1, s2 := c[0], c[1], c[2]
	var x float32
	var w *[nr]float32
	for ; len(a) >= 4 && len(b) >= 4; a, b = a[4:], b[4:] {
		x, w = a[0], &b[0]
		s0 += float32(x * w[0])
		s1 += float32(x * w[1])
		s2 += float32(x * w[2])

		x, w = a[1], &b[1]
		s0 += float32(x * w[0])
		s1 += float32(x * w[1])
		s2 += float32(x * w[2])

		x, w = a[2], &b[2]
		s0 += float32(x * w[0])
		s1 += float32(x * w[1])
		s2 += float32(x * w[2])

		x, w = a[3], &b[3]
		s0 += float32(x * w[0])
		s1 += float32(x * w[1])
		s2 += float32(x * w[2])
	}
	for p := range a {
		x, w = a[p], &b[p]
		s0 += float32(x * w[0])
		s1 += float32(x * w[1])
		s2 += float32(x * w[2])
	}
	c[0], c[1], c[2] = s0, s1, s2
}

func least(a, b int) int {
	if b < a {
		return b
	}
	return a
}
