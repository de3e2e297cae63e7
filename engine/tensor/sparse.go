package tensor

// SparsePays where so few are kept, since nothing is prepared.
func (d *generic) SparsePays(_, kept, all int) bool { return 2*kept < all }

func (d *generic) GemmSparse(B int, x []float32, w *CSR, y []float32) {
	s := d.spaces.Get()
	defer d.spaces.Put(s)
	i := 0
	for ; i+4 <= B; i += 4 {
		fourSparse(x[i*w.K:][:4*w.K], w, y[i*w.N:][:4*w.N])
		d.spend(s, 6*len(w.Val))
	}
	for ; i < B; i++ {
		oneSparse(x[i*w.K:][:w.K], w, y[i*w.N:][:w.N])
		d.spend(s, 2*len(w.Val))
	}
}

// oneSparse is one row of x.
func oneSparse(x []float32, w *CSR, y []float32) {
	for r := range y {
		from, to := w.Row[r], w.Row[r+1]
		val, col := w.Val[from:to], w.Col[from:to]
		s := y[r]
		for ; len(col) >= 4 && len(val) >= 4; col, val = col[4:], val[4:] { // a loop costs much in wasm
			s += float32(x[col[0]] * val[0])
			s += float32(x[col[1]] * val[1])
			s += float32(x[col[2]] * val[2])
			s += float32(x[col[3]] * val[3])
		}
		for p, c := range col {
			s += float32(x[c] * val[p])
		}
		y[r] = s
	}
}

// fourSparse is four rows of x, whose sums do not wait for each other.
func fourSparse(x []float32, w *CSR, y []float32) {
	K, N := w.K, w.N
	x0, x1, x2, x3 := x[:K], x[K:][:K], x[2*K:][:K], x[3*K:][:K]
	y0, y1, y2, y3 := y[:N], y[N:][:N], y[2*N:][:N], y[3*N:][:N]
	for r := range y0 {
		from, to := w.Row[r], w.Row[r+1]
		val := w.Val[from:to]
		s0, s1, s2, s3 := y0[r], y1[r], y2[r], y3[r]
		for p, c := range w.Col[from:to] {
			v := val[p]
			s0 += float32(x0[c] * v)
			s1 += float32(x1[c] * v)
			s2 += float32(x2[c] * v)
			s3 += float32(x3[c] * v)
		}
		y0[r], y1[r], y2[r], y3[r] = s0, s1, s2, s3
	}
}

func (d *generic) AddSparseInt8(m int, x []int8, by []Int8Row, w *Int8CSR, y []float32) {
	s := d.spaces.Get()
	defer d.spaces.Put(s)
	for i, o := range by[:m] {
		in, out := x[i*w.K:][:w.K], y[i*w.N:][:w.N]
		for r := range out {
			from, to := w.Row[r], w.Row[r+1]
			diff := w.Diff[from:to]
			var acc int32
			for j, c := range w.Col[from:to] {
				acc += int32(in[c]) * int32(diff[j])
			}
			acc -= o.Zero * w.Sum[r]
			out[r] += float32(float32(acc) * float32(o.Scale*w.Scale[r]))
		}
		d.spend(s, 2*len(w.Diff))
	}
}
