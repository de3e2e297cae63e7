package tensor

import "math"

// GemmInt8 multiplies two products at a time where enough rows share the
// packing: a weight pair w0 + w1·2³² as one int64, times x, is x·w0 + x·w1·2³².
// The sums, exact below k = 2¹⁷, part again at the end.
func (d *generic) GemmInt8(m, n, k int, a, b []int8, c []int32) {
	s := d.spaces.Get()
	defer d.spaces.Put(s)
	const worth = 4 // rows from which packing pays
	if m < worth {
		for i := range m {
			rowInt8(n, k, a[i*k:][:k], b, c[i*n:][:n])
			d.spend(s, n*k)
		}
		return
	}
	if cap(s.pairs) < k {
		s.pairs = make([]int64, k)
	}
	pairs := s.pairs[:k]
	for j := 0; j < n; j += 2 {
		w0 := b[j*k:][:k]
		if j+1 == n {
			for p, w := range w0 {
				pairs[p] = int64(w)
			}
		} else {
			w1 := b[(j+1)*k:][:k]
			for p := range pairs {
				pairs[p] = int64(w0[p]) + int64(w1[p])<<32
			}
		}
		i := 0
		for ; i+2 <= m; i += 2 {
			s0, s1 := pairInt8(a[i*k:][:k], a[(i+1)*k:][:k], pairs)
			part(s0, c[i*n+j:(i+1)*n])
			part(s1, c[(i+1)*n+j:(i+2)*n])
		}
		if i < m {
			x := a[i*k:][:k]
			s0, _ := pairInt8(x, x, pairs)
			part(s0, c[i*n+j:(i+1)*n])
		}
		d.spend(s, 2*m*k)
	}
}

// part stores the two sums in s, or the first where c has room for one.
func part(s int64, c []int32) {
	low := int32(s)
	c[0] = low
	if len(c) > 1 {
		c[1] = int32((s - int64(low)) >> 32)
	}
}

// pairInt8 is two rows of x times one packed pair of rows of weights.
func pairInt8(x0, x1 []int8, w []int64) (s0, s1 int64) {
	for ; len(w) >= 4 && len(x0) >= 4 && len(x1) >= 4; w, x0, x1 = w[4:], x0[4:], x1[4:] {
		s0 += int64(x0[0])*w[0] + int64(x0[1])*w[1] + int64(x0[2])*w[2] + int64(x0[3])*w[3]
		s1 += int64(x1[0])*w[0] + int64(x1[1])*w[1] + int64(x1[2])*w[2] + int64(x1[3])*w[3]
	}
	for p := range w {
		s0 += int64(x0[p]) * w[p]
		s1 += int64(x1[p]) * w[p]
	}
	return s0, s1
}

// rowInt8 is one row, two rows of weights at a time.
func rowInt8(n, k int, x, b []int8, c []int32) {
	for j := 0; j < n; j += 2 {
		w0 := b[j*k:][:k]
		w1 := w0
		if j+1 < n {
			w1 = b[(j+1)*k:][:k]
		}
		s0, s1 := dotInt8(x, w0, w1)
		c[j] = s0
		if j+1 < n {
			c[j+1] = s1
		}
	}
}

func dotInt8(x, w0, w1 []int8) (s0, s1 int32) {
	for ; len(x) >= 4 && len(w0) >= 4 && len(w1) >= 4; x, w0, w1 = x[4:], w0[4:], w1[4:] {
		a, b, c, d := int32(x[0]), int32(x[1]), int32(x[2]), int32(x[3])
		s0 += a*int32(w0[0]) + b*int32(w0[1]) + c*int32(w0[2]) + d*int32(w0[3])
		s1 += a*int32(w1[0]) + b*int32(w1[1]) + c*int32(w1[2]) + d*int32(w1[3])
	}
	for p, v := range x {
		s0 += int32(v) * int32(w0[p])
		s1 += int32(v) * int32(w1[p])
	}
	return s0, s1
}

func (d *generic) AddInt8(m int, x []int8, by []Int8Row, w *Int8Matrix, y []float32) {
	s := d.spaces.Get()
	defer d.spaces.Put(s)
	if w.Group > 0 {
		for i := range m {
			addGroups(x[i*w.K:][:w.K], by[i*w.Groups():], w, y[i*w.N:][:w.N])
			d.spend(s, w.N*w.K)
		}
		return
	}
	if cap(s.acc) < m*w.N {
		s.acc = make([]int32, m*w.N)
	}
	d.GemmInt8(m, w.N, w.K, x, w.Codes, s.acc[:m*w.N])
	for i, o := range by[:m] {
		out := y[i*w.N:][:w.N]
		for r, acc := range s.acc[i*w.N:][:w.N] {
			acc -= int32(w.Zero[r])*o.Sum + o.Zero*w.Sum[r]
			out[r] += float32(float32(acc) * float32(o.Scale*w.Scale[r]))
		}
	}
}

// addGroups is AddInt8 of one row, by groups.
func addGroups(x []int8, by []Int8Row, w *Int8Matrix, y []float32) {
	for from := 0; from < w.K; from += w.Group {
		o, at := by[from/w.Group], from/w.Group*w.N
		part := x[from:least(from+w.Group, w.K)]
		for r := range y {
			acc, zero := -o.Zero*w.Sum[at+r], int32(w.Zero[at+r])
			for k, q := range w.Codes[r*w.K+from:][:len(part)] {
				acc += int32(part[k]) * (int32(q) - zero)
			}
			y[r] += float32(float32(acc) * float32(o.Scale*w.Scale[at+r]))
		}
	}
}

func (d *generic) GatherInt8(rows []int32, w *Int8Matrix, codes []int8, by []Int8Row) {
	for i, r := range rows {
		copy(codes[i*w.K:][:w.K], w.Codes[int(r)*w.K:][:w.K])
		zero := int32(w.Zero[r])
		by[i] = Int8Row{Scale: w.Scale[r], Zero: zero, Sum: w.Sum[r] + int32(w.K)*zero}
	}
}

func (d *generic) RoundInt8(n int, x []float32, codes []int8, by []Int8Row) {
	for i := range by {
		o := Int8Row{Scale: 1.0 / 127}
		to := codes[i*n:][:n]
		for j, v := range x[i*n:][:n] {
			to[j] = code(v)
			o.Sum += int32(to[j])
		}
		by[i] = o
	}
}

func (d *generic) RoundRows(n int, x []float32, codes []int8, by []Int8Row) {
	for i := range by {
		from, to := x[i*n:][:n], codes[i*n:][:n]
		a, inverse := reach(from)
		o := Int8Row{Scale: a / 127}
		if inverse == 0 {
			o.Scale = 1
		}
		for j, v := range from {
			to[j] = code(float32(v * inverse))
			o.Sum += int32(to[j])
		}
		by[i] = o
	}
}

// reach is a row's greatest |x| as RoundRows has it, and 1 by it; 0 where it is too small.
func reach(x []float32) (a, inverse float32) {
	const least, most = 0x0d800000, 0x7e800000 // 2⁻¹⁰⁰ and 2¹²⁶
	var top uint32
	for _, v := range x {
		b := math.Float32bits(v) &^ (1 << 31)
		if b > top && b <= 0x7f800000 {
			top = b
		}
	}
	switch {
	case top < least:
		return 0, 0
	case top > most:
		top = most
	}
	a = math.Float32frombits(top)
	return a, 1 / a
}

// code is a state as RoundInt8 rounds it.
func code(x float32) int8 {
	c := math.RoundToEven(float64(x * 127))
	switch {
	case c != c:
		return 0
	case c > 127:
		return 127
	case c < -127:
		return -127
	}
	return int8(c)
}
