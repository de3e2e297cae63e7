package kernels

import "github.com/clove-ml/clove/engine/tensor"

// formSigns is the tensor.Int8Matrix.Form of one whose weights are all −1 or 1; others' is 0.
const formSigns = 1

func (d *device) GemmInt8(m, n, k int, a, b []int8, c []int32) {
	s := d.spaces.Get()
	defer d.spaces.Put(s)
	for i := 0; i < m; {
		rows := least(m-i, (s.share(n*k+1)+1)/2*2)
		gemmI8(int32(rows), int32(n), int32(k), at(a[i*k:], rows*k), at(b, n*k), at(c[i*n:], rows*n))
		d.spend(s, rows*n*k)
		i += rows
	}
}

func (d *device) AddInt8(m int, x []int8, by []tensor.Int8Row, w *tensor.Int8Matrix, y []float32) {
	s := d.spaces.Get()
	defer d.spaces.Put(s)
	if w.Panels == nil {
		d.PrepareInt8(w)
	}
	if w.Form == formSigns {
		d.addSigns(s, m, x, by, w, y)
		return
	}
	N, K, groups, group, size, wide := w.N, w.K, w.Groups(), w.GroupSize(), int8Panels(w), wide16(w)
	for i := 0; i < m; {
		rows := least(m-i, (s.share(N*K+1)+3)/4*4)
		s.x16 = room(s.x16, rows*wide)
		gemmAddI8(int32(rows), int32(N), int32(K), int32(group), at(x[i*K:], rows*K), at(by[i*groups:], rows*groups), at(w.Panels, size),
			at(w.Scale, groups*N), at(s.x16, 0), at(y[i*N:], rows*N))
		d.spend(s, rows*N*K)
		i += rows
	}
}

func (d *device) AddRounded(m int, x []float32, reach float32, w *tensor.Int8Matrix, y []float32) {
	s := d.spaces.Get()
	defer d.spaces.Put(s)
	if w.Panels == nil {
		d.PrepareInt8(w)
	}
	N, K, n, work := w.N, w.K, w.Groups()*w.N, w.N*w.K
	scale, wide := at(w.Scale, n), wide16(w)
	if w.Form == formSigns {
		work /= 4
	}
	for i := 0; i < m; {
		rows := least(m-i, (s.share(work+1)+3)/4*4)
		s.rows = room(s.rows, rows)
		X, R, Y := at(x[i*K:], rows*K), at(s.rows, rows), at(y[i*N:], rows*N)
		if w.Form == formSigns {
			row, all := signRoom(K)
			s.x16 = room(s.x16, all)
			gemmRoundSigns(int32(rows), int32(N), int32(K), X, reach, R, at(w.Panels, signPanels(N, K)), scale, at(s.x16, row), at(s.x16[row:], all-row), Y)
		} else {
			s.x16 = room(s.x16, rows*wide)
			gemmRoundI8(int32(rows), int32(N), int32(K), int32(w.GroupSize()), X, reach, R, at(w.Panels, int8Panels(w)), scale, at(s.x16, rows*wide), Y)
		}
		d.spend(s, rows*work)
		i += rows
	}
}

func (d *device) PrepareInt8(w *tensor.Int8Matrix) {
	N, K := w.N, w.K
	if signs(w) {
		w.Form = formSigns
		w.Panels = make([]int8, signPanels(N, K))
		packSigns(int32(N), int32(K), at(w.Codes, N*K), at(w.Panels, 0))
		return
	}
	w.Panels = make([]int8, int8Panels(w))
	to := w.Panels
	eachGroup(w, func(g, from, k int) {
		packI8(int32(N), int32(k), tail(w.Codes, from), int32(K), at(w.Zero[g*N:], N), at(to, 2*panels(N)*fours(k)))
		to = to[2*panels(N)*fours(k):]
	})
}

// eachGroup goes through the groups of w's columns.
func eachGroup(w *tensor.Int8Matrix, f func(g, from, k int)) {
	size := w.GroupSize()
	for from := 0; from < w.K; from += size {
		f(from/size, from, least(size, w.K-from))
	}
}

func fours(k int) int { return (k + 3) / 4 * 4 }

// wide16 is a row of x as int16, each group filled up.
func wide16(w *tensor.Int8Matrix) (n int) {
	eachGroup(w, func(_, _, k int) { n += fours(k) })
	return n
}

// int8Panels is how many bytes the panels of int16 take.
func int8Panels(w *tensor.Int8Matrix) int { return 2 * panels(w.N) * wide16(w) }

// signs says whether all weights are −1 or 1.
func signs(w *tensor.Int8Matrix) bool {
	if w.Group > 0 {
		return false
	}
	for _, z := range w.Zero[:w.N] {
		if z != 0 {
			return false
		}
	}
	for _, q := range w.Codes[:w.N*w.K] {
		if q != -1 && q != 1 {
			return false
		}
	}
	return true
}

// signPanels is how many bytes the signs of [N, K] take: panels of 16 rows, K in eights, four a byte.
func signPanels(N, K int) int { return (N + 15) / 16 * 16 * ((K + 7) / 8) * 2 }

// signRoom is how much of x16 a product by tables takes: a row, and two tables.
func signRoom(K int) (row, all int) {
	row = (K + 7) / 8 * 8
	return row, 9 * row
}

// addSigns is AddInt8 by tables.
func (d *device) addSigns(s *scratch, m int, x []int8, by []tensor.Int8Row, w *tensor.Int8Matrix, y []float32) {
	N, K := w.N, w.K
	wide, all := signRoom(K)
	s.x16 = room(s.x16, all)
	for i := 0; i < m; {
		rows := least(m-i, (s.share(N*K/4+1)+1)/2*2)
		gemmAddSigns(int32(rows), int32(N), int32(K), at(x[i*K:], rows*K), at(by[i:], rows), at(w.Panels, signPanels(N, K)),
			at(w.Scale, N), at(s.x16, wide), at(s.x16[wide:], all-wide), at(y[i*N:], rows*N))
		d.spend(s, rows*N*K/4)
		i += rows
	}
}

func (d *device) GatherInt8(rows []int32, w *tensor.Int8Matrix, codes []int8, by []tensor.Int8Row) {
	inside(rows, w.N)
	gatherI8(int32(w.K), at(rows, len(rows)), int32(len(rows)), at(w.Codes, w.N*w.K), at(w.Zero, w.N), at(w.Scale, w.N),
		at(codes, len(rows)*w.K), at(by, len(rows)))
}

func (d *device) GatherBits(rows []int32, w *tensor.Bits, codes []int8, by []tensor.Int8Row) {
	inside(rows, w.N)
	n := len(rows) * w.K
	gatherBits(int32(w.K), at(rows, len(rows)), int32(len(rows)), int32(w.Bits), at(w.Packed, w.N*((w.K*w.Bits+7)/8)), int32(len(w.Packed)),
		at(codes[:n+tensor.BitsRoom], n), at(by, len(rows)))
}

func (d *device) RoundInt8(n int, x []float32, codes []int8, by []tensor.Int8Row) {
	roundRowsI8(int32(len(by)), int32(n), at(x, len(by)*n), 1, at(codes, len(by)*n), at(by, len(by)))
}

func (d *device) RoundRows(n int, x []float32, codes []int8, by []tensor.Int8Row) {
	roundRowsI8(int32(len(by)), int32(n), at(x, len(by)*n), 0, at(codes, len(by)*n), at(by, len(by)))
}

// SparsePays by measurement (256 × 64 and 512 × 128): few rows at 8 %, a batch at a third.
func (d *device) SparsePays(B, kept, all int) bool {
	if B < 8 {
		return 12*kept <= all
	}
	return 3*kept <= all
}

func (d *device) GemmSparse(B int, x []float32, w *tensor.CSR, y []float32) {
	s := d.spaces.Get()
	defer d.spaces.Put(s)
	N, K := w.N, w.K
	kept := len(w.Val)
	row, col, val := at(w.Row, N+1), at(w.Col, kept), at(w.Val, kept)
	rowWork := kept + 4*(N+K) + 1
	for i := 0; i < B; {
		rows := least(B-i, (s.share(rowWork)+31)/32*32)
		X, Y := at(x[i*K:], rows*K), at(y[i*N:], rows*N)
		if rows == 1 {
			gemmF32CSR(d.m, 1, int32(N), X, row, col, val, Y)
		} else {
			wide := (rows + 3) / 4 * 4
			s.a, s.b = room(s.a, wide*K), room(s.b, wide*N)
			columnsF32(int32(rows), int32(K), X, at(s.a, 0))
			columnsF32(int32(rows), int32(N), Y, at(s.b, 0))
			gemmF32CSR(d.m, int32(wide), int32(N), at(s.a, 0), row, col, val, at(s.b, 0))
			rowsF32(int32(rows), int32(N), at(s.b, 0), Y)
		}
		d.spend(s, rows*rowWork)
		i += rows
	}
}

func (d *device) AddSparseInt8(m int, x []int8, by []tensor.Int8Row, w *tensor.Int8CSR, y []float32) {
	s := d.spaces.Get()
	defer d.spaces.Put(s)
	N, K := w.N, w.K
	kept := len(w.Diff)
	row, col, diff, scale, sum := at(w.Row, N+1), at(w.Col, kept), at(w.Diff, kept), at(w.Scale, N), at(w.Sum, N)
	rowWork := kept + 4*(N+K) + 1
	for i := 0; i < m; {
		rows := least(m-i, (s.share(rowWork)+31)/32*32)
		X, B, Y := at(x[i*K:], rows*K), at(by[i:], rows), at(y[i*N:], rows*N)
		s.x16, s.a = room(s.x16, (rows+7)/8*8*K+128), room(s.a, 192)
		columnsI8(int32(rows), int32(K), X, at(s.x16, 0))
		gemmAddI8CSR(int32(rows), int32(N), int32(K), at(s.x16, 0), B, row, col, diff, scale, sum, at(s.a, 0), Y)
		d.spend(s, rows*rowWork)
		i += rows
	}
}
