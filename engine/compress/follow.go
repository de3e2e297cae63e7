package compress

import "math"

// follow has scales follow their gradients by Adam, in steps relative to their size: a
// scale of 0.001 can't take the step of a weight of 1.
//
//	m = 0.9·m + 0.1·g    v = 0.999·v + 0.001·g²    x = x·(1 − rate·m̂/(√v̂ + ε))
//
// Scales that a batch does not touch (rows of the embedding) stay as they are, and so do
// their moments.
type follow struct {
	x, m, v, g []float32
	t          []int32 // steps of each
	touched    []int32
	mark       []bool
}

// from begins with a copy of x.
func (f *follow) from(x []float32) {
	n := len(x)
	*f = follow{
		x: append([]float32(nil), x...), m: make([]float32, n), v: make([]float32, n), g: make([]float32, n),
		t: make([]int32, n), mark: make([]bool, n),
	}
}

func (f *follow) copy() []float32 { return append([]float32(nil), f.x...) }

// add part of the gradient of x[i].
func (f *follow) add(i int, g float32) {
	if !f.mark[i] {
		f.mark[i] = true
		f.touched = append(f.touched, int32(i))
	}
	f.g[i] += g
}

// take the step of those that were touched.
func (f *follow) take(rate float64) {
	for _, i := range f.touched {
		g := f.g[i]
		f.g[i], f.mark[i] = 0, false
		if g-g != 0 {
			continue // the run ends for it
		}
		f.t[i]++
		f.m[i] = float32(0.9*f.m[i]) + float32(0.1*g)
		f.v[i] = float32(0.999*f.v[i]) + float32(0.001*float32(g*g))
		m := float64(f.m[i]) / (1 - power(0.9, f.t[i]))
		v := float64(f.v[i]) / (1 - power(0.999, f.t[i]))
		f.x[i] = float32(float64(f.x[i]) * (1 - float64(rate*(m/(math.Sqrt(v)+1e-12)))))
	}
	f.touched = f.touched[:0]
}

// power is xⁿ, by squaring: math.Pow promises no bits.
func power(x float64, n int32) float64 {
	y := 1.0
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			y = float64(y * x)
		}
		x = float64(x * x)
	}
	return y
}
