package compress

import (
	"context"
	"math"
	"slices"
)

// SVD is the singular value decomposition W [rows, cols] = U [rows, k] · diag(s) · Vᵀ [k, cols],
// k = min(rows, cols), s descending, by one-sided Jacobi rotations (Hestenes 1958) of the
// triangle that Householder's reflections leave of W (Drmač & Veselić 2008):
//
//	W = Q R;  R V = U_R diag(s), each rotation making two columns of R V orthogonal;  U = Q U_R
//
// It is our own because it decides weights: every product is rounded before it is added, and
// every sum goes in order, so that it gives the same bits on every machine. It takes about
// 4 · rows · cols² operations for the reflections and 40 · cols³ for the rotations.
// Yield may be nil; ctx ends it between two columns.
func SVD(ctx context.Context, w []float32, rows, cols int, yield func()) (u, s, v []float64, err error) {
	if rows < cols {
		t := make([]float32, len(w))
		for r := range rows {
			for c := range cols {
				t[c*rows+r] = w[r*cols+c]
			}
		}
		v, s, u, err = SVD(ctx, t, cols, rows, yield)
		return transposed(u, rows, rows), s, transposed(v, cols, rows), err
	}
	next := func() error {
		if yield != nil {
			yield()
		}
		return ctx.Err()
	}
	a := make([][]float64, cols) // the columns of W; below the diagonal, of the reflections
	for c := range a {
		a[c] = make([]float64, rows)
		for r := range rows {
			a[c][r] = float64(w[r*cols+c])
		}
	}
	diagonal := make([]float64, cols)
	for c := range a {
		diagonal[c] = reflection(a[c][c:])
		for d := c + 1; d < cols; d++ {
			reflect(a[c][c:], a[d][c:])
		}
		if err := next(); err != nil {
			return nil, nil, nil, err
		}
	}
	b, right := make([][]float64, cols), make([][]float64, cols) // the columns of R, then of R V; of V
	for c := range b {
		b[c], right[c] = make([]float64, cols), make([]float64, cols)
		copy(b[c], a[c][:c])
		b[c][c], right[c][c] = diagonal[c], 1
	}
	for rotated, sweep := true, 0; rotated && sweep < 60; sweep++ {
		rotated = false
		for p := range cols {
			for q := p + 1; q < cols; q++ {
				if rotate(b[p], b[q], right[p], right[q]) {
					rotated = true
				}
			}
			if err := next(); err != nil {
				return nil, nil, nil, err
			}
		}
	}
	values, order := make([]float64, cols), make([]int, cols)
	for c := range b {
		values[c], order[c] = math.Sqrt(dot(b[c], b[c])), c
	}
	slices.SortStableFunc(order, func(x, y int) int {
		switch {
		case values[x] > values[y]:
			return -1
		case values[x] < values[y]:
			return 1
		}
		return 0
	})
	u, v = make([]float64, rows*cols), make([]float64, cols*cols)
	column := make([]float64, rows)
	for k, c := range order {
		s = append(s, values[c])
		clear(column)
		for r, x := range b[c] {
			if values[c] > 0 {
				column[r] = x / values[c]
			}
		}
		for d := cols - 1; d >= 0; d-- {
			reflect(a[d][d:], column[d:])
		}
		for r, x := range column {
			u[r*cols+k] = x
		}
		copy(v[k*cols:], right[c])
		if err := next(); err != nil {
			return nil, nil, nil, err
		}
	}
	return u, s, v, nil
}

// reflection makes x the unit vector h for which x − 2 h (h·x) is (α, 0, …, 0), and returns
// α; of a vector that is so already, h is 0.
func reflection(x []float64) float64 {
	largest := 0.0
	for _, e := range x {
		if math.Abs(e) > largest {
			largest = math.Abs(e)
		}
	}
	if largest == 0 {
		return 0
	}
	n := 0.0
	for _, e := range x {
		n += float64((e / largest) * (e / largest))
	}
	alpha := largest * math.Sqrt(n)
	if x[0] > 0 {
		alpha = -alpha
	}
	x[0] -= alpha // of one sign: nothing cancels
	n = 0
	for _, e := range x {
		n += float64((e / largest) * (e / largest))
	}
	n = largest * math.Sqrt(n)
	for i := range x {
		x[i] /= n
	}
	return alpha
}

// reflect is x − 2 h (h·x).
func reflect(h, x []float64) {
	f := 2 * dot(h, x)
	for i, e := range h {
		x[i] -= float64(f * e)
	}
}

// rotate makes the columns x and y orthogonal and turns vx and vy along; false where they are so.
func rotate(x, y, vx, vy []float64) bool {
	xx, yy, xy := dot(x, x), dot(y, y), dot(x, y)
	if math.Abs(xy) <= 0x1p-50*math.Sqrt(xx)*math.Sqrt(yy) {
		return false
	}
	zeta := (yy - xx) / (2 * xy)
	t := 1 / (math.Abs(zeta) + math.Sqrt(1+float64(zeta*zeta)))
	if zeta < 0 {
		t = -t
	}
	c := 1 / math.Sqrt(1+float64(t*t))
	s := float64(c * t)
	for _, pair := range [2][2][]float64{{x, y}, {vx, vy}} {
		for i, a := range pair[0] {
			b := pair[1][i]
			pair[0][i] = float64(c*a) - float64(s*b)
			pair[1][i] = float64(s*a) + float64(c*b)
		}
	}
	return true
}

func dot(x, y []float64) float64 {
	sum := 0.0
	for i, a := range x {
		sum += float64(a * y[i])
	}
	return sum
}

func transposed(a []float64, rows, cols int) []float64 {
	t := make([]float64, len(a))
	for i, x := range a {
		t[i%cols*rows+i/cols] = x
	}
	return t
}
