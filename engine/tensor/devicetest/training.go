package devicetest

import (
	"fmt"
	"math"
	"testing"

	"github.com/clove-ml/clove/engine/tensor"
)

func (k *kit) bce(t *testing.T) {
	extreme := []float32{0, 1e-30, -1e-30, 20, -20, 88, -88, 200, -200, inf, -inf, nan}
	for _, B := range []int{0, 1, 3, 17, 100} {
		z, y := k.random(B, 8), k.random(B, 0.5)
		for i := range y {
			y[i] += 0.5
			if i%2 == 0 {
				y[i] = float32(i / 2 % 2)
			}
		}
		if B == 100 {
			copy(z[40:], extreme)
		}
		scale := 1 / float32(B+1)
		bz, by, bl, bd := k.buffer(z), k.buffer(y), k.buffer(make([]float32, B)), k.buffer(make([]float32, B))
		k.dev.BCEWithLogits(B, scale, bz, by, bl, bd)
		losses, dz := k.read(t, bl), k.read(t, bd)
		want, dwant := bce(z, y, scale)
		for i, x := range z {
			if X, Y := float64(x), float64(y[i]); !math.IsInf(X, 0) && X == X {
				exact := math.Max(X, 0) - X*Y + math.Log1p(math.Exp(-math.Abs(X)))
				within(t, "loss", losses[i:], []float64{exact}, 2e-7*(1+math.Abs(X)))
				within(t, "dlogits", dz[i:], []float64{(1/(1+math.Exp(-X)) - Y) * float64(scale)}, 3e-7*float64(scale))
			}
		}
		k.strictly(t, fmt.Sprintf("losses of %d", B), losses, want)
		k.strictly(t, fmt.Sprintf("dlogits of %d", B), dz, dwant)
	}
}

// bce is the definition.
func bce(z, y []float32, scale float32) (losses, dz []float32) {
	losses, dz = make([]float32, len(z)), make([]float32, len(z))
	for i, x := range z {
		losses[i] = relu(x) - float32(x*y[i]) + tensor.Log1p32(tensor.Exp32(-abs(x)))
		dz[i] = (tensor.Sigmoid32(x) - y[i]) * scale
	}
	return losses, dz
}

func relu(x float32) float32 {
	if x < 0 {
		return 0
	}
	return x
}

func abs(x float32) float32 { return float32(math.Abs(float64(x))) }

func (k *kit) softmax(t *testing.T) {
	for _, s := range [][2]int{{0, 3}, {1, 2}, {5, 3}, {4, 17}, {9, 50}} {
		B, K := s[0], s[1]
		z, y := k.random(B*K, 10), k.random(B*K, 0.5)
		for i := range y { // soft rows that sum to 1, and hard ones
			y[i] += 0.5
		}
		for r := range B {
			row, sum := y[r*K:][:K], float32(0)
			for _, v := range row {
				sum += v
			}
			for i := range row {
				row[i] /= sum
			}
			if r%2 == 1 {
				clear(row)
				row[r%K] = 1
				z[r*K] = 300 // a sure answer, right or wrong
			}
		}
		const scale = 0.125
		bz, by, bl, bd := k.buffer(z), k.buffer(y), k.buffer(make([]float32, B)), k.buffer(make([]float32, B*K))
		k.dev.SoftmaxCrossEntropy(B, K, scale, bz, by, bl, bd)
		losses, dz := k.read(t, bl), k.read(t, bd)
		k.strictly(t, "losses", losses, softmaxLosses(B, K, z, y))
		k.strictly(t, "dlogits", dz, softmaxGradient(B, K, scale, z, y))
		for r := range B {
			Z, Y := z[r*K:][:K], y[r*K:][:K]
			var sum64, loss64 float64
			for _, v := range Z {
				sum64 += math.Exp(float64(v))
			}
			exact := make([]float64, K)
			for i, v := range Z {
				loss64 += float64(Y[i]) * (math.Log(sum64) - float64(v))
				exact[i] = (math.Exp(float64(v))/sum64 - float64(Y[i])) * scale
			}
			within(t, "loss", losses[r:], []float64{loss64}, 1e-6*(1+loss64))
			within(t, "dlogits", dz[r*K:], exact, 1e-6*scale)
		}
	}
}

// exps are exp(z − max z) of a row, with their sum and z − max z.
func exps(z []float32) (e, below []float32, sum float32) {
	most := z[0]
	for _, v := range z {
		if most < v {
			most = v
		}
	}
	for _, v := range z {
		below = append(below, v-most)
		e = append(e, tensor.Exp32(v-most))
		sum += tensor.Exp32(v - most)
	}
	return e, below, sum
}

func softmaxLosses(B, K int, z, y []float32) []float32 {
	losses := make([]float32, B)
	for r := range losses {
		_, below, sum := exps(z[r*K:][:K])
		for i, v := range below {
			losses[r] += float32(y[r*K+i] * (tensor.Log32(sum) - v))
		}
	}
	return losses
}

func softmaxGradient(B, K int, scale float32, z, y []float32) []float32 {
	var dz []float32
	for r := range B {
		e, _, sum := exps(z[r*K:][:K])
		var whole float32
		for _, v := range y[r*K:][:K] {
			whole += v
		}
		for i, v := range e {
			dz = append(dz, float32((float32(v/sum*whole)-y[r*K+i])*scale))
		}
	}
	return dz
}

var adamStep = tensor.AdamStep{
	Beta1: 0.9, Rest1: 0.1, Beta2: 0.999, Rest2: 0.001, Size: 0.02, InvRoot: 3, Epsilon: 1e-8,
}

// adamOne is the definition for one weight.
func adamOne(s tensor.AdamStep, g, w, m, v float32) (float32, float32, float32) {
	if abs(g) < 0x1p-50 {
		g = 0
	}
	m = float32(s.Beta1*m) + float32(s.Rest1*g)
	if abs(m) < 0x1p-60 {
		m = 0
	}
	v = float32(s.Beta2*v) + float32(s.Rest2*float32(g*g))
	if v < 0x1p-110 {
		v = 0
	}
	w -= float32(s.Size * (m / (float32(float32(math.Sqrt(float64(v)))*s.InvRoot) + s.Epsilon)))
	return w, m, v
}

// adamNear checks a step from w, m and v by the gradients g in float64. Moments
// at the edge of what is stored as 0 may fall on either side of it.
func adamNear(t *testing.T, what string, s tensor.AdamStep, g, w, m, v, gotW, gotM, gotV []float32) {
	t.Helper()
	const ulp = 0x1p-23
	stored := func(x, bound, least float64) (value, slack float64) {
		switch size := math.Abs(x); {
		case size < least-bound:
			return 0, 0
		case size < least+bound:
			return x, bound + least
		}
		return x, bound
	}
	n := len(w)
	W, M, V := make([]float64, n), make([]float64, n), make([]float64, n)
	boundW, boundM, boundV := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range w {
		x := float64(g[i])
		if math.Abs(x) < 0x1p-50 {
			x = 0
		}
		old, grown := float64(s.Beta1)*float64(m[i]), float64(s.Rest1)*x
		M[i], boundM[i] = stored(old+grown, (math.Abs(old)+math.Abs(grown))*ulp, 0x1p-60)
		square := float64(s.Beta2)*float64(v[i]) + float64(s.Rest2)*x*x
		V[i], boundV[i] = stored(square, square*2*ulp, 0x1p-110)
		// The step goes on from the moments as they were stored, whose own error is m's and v's business.
		change := float64(s.Size) * float64(gotM[i]) / (math.Sqrt(float64(gotV[i]))*float64(s.InvRoot) + float64(s.Epsilon))
		W[i] = float64(w[i]) - change
		boundW[i] = (math.Abs(float64(w[i])) + 4*math.Abs(change)) * ulp
	}
	near(t, what+"m", gotM, M, boundM)
	near(t, what+"v", gotV, V, boundV)
	near(t, what+"w", gotW, W, boundW)
}

// moments are what Adam may hold: of any size, many 0, some at the bounds.
func (k *kit) moments(n int) (w, m, v []float32) {
	w, m, v = k.random(n, 1), k.random(n, 0.1), k.random(n, 0.1)
	for i := range m {
		v[i] = float32(v[i] * v[i])
		switch i % 7 {
		case 1:
			m[i] = 0
		case 2:
			m[i], v[i] = 0, 0
		case 3:
			m[i] *= 0x1p-56 // soon below the bound
			v[i] *= 0x1p-103
		case 4:
			m[i] = 0x1.1p-60
			v[i] = 0x1p-110
		}
	}
	return w, m, v
}

// adamStep checks what a step made of w, m and v by the gradients g, and returns it.
func (k *kit) adamStep(t *testing.T, what string, g, w, m, v []float32, bw, bm, bv tensor.Buffer) (gotW, gotM, gotV []float32) {
	t.Helper()
	wantW, wantM, wantV := clone(w), clone(m), clone(v)
	for i := range g {
		wantW[i], wantM[i], wantV[i] = adamOne(adamStep, g[i], w[i], m[i], v[i])
	}
	gotW, gotM, gotV = k.read(t, bw), k.read(t, bm), k.read(t, bv)
	k.strictly(t, what+"w", gotW, wantW)
	k.strictly(t, what+"m", gotM, wantM)
	k.strictly(t, what+"v", gotV, wantV)
	adamNear(t, what, adamStep, g, w, m, v, gotW, gotM, gotV)
	return gotW, gotM, gotV
}

func (k *kit) adam(t *testing.T) {
	for _, n := range lengths {
		g := k.random(n, 1)
		for i := range g {
			switch i % 11 {
			case 1:
				g[i] = 0
			case 2:
				g[i] *= 0x1p-50
			case 3:
				g[i] *= 0x1p-40
			}
		}
		if n > 50 {
			g[40], g[41] = nan, inf
		}
		w, m, v := k.moments(n)
		bg, bw, bm, bv := k.buffer(g), k.buffer(w), k.buffer(m), k.buffer(v)
		for step := range 3 {
			k.dev.Adam(adamStep, n, bg, bw, bm, bv)
			w, m, v = k.adamStep(t, fmt.Sprintf("%d weights, step %d: ", n, step), g, w, m, v, bw, bm, bv)
		}
	}
}

func (k *kit) adamRows(t *testing.T) {
	for _, c := range []struct {
		V, E int
		rows []int32
	}{{0, 4, nil}, {1, 1, nil}, {5, 3, []int32{0, 4}}, {9, 16, []int32{2, 3, 8}}, {300, 7, []int32{1, 2, 150, 298}}} {
		n := c.V * c.E
		g := k.random(len(c.rows)*c.E, 1)
		w, m, v := k.moments(n)
		if c.V > 0 && (len(c.rows) == 0 || c.rows[0] > 0) { // the row of padding
			clear(w[:c.E])
			clear(m[:c.E])
			clear(v[:c.E])
		}
		bg, bw, bm, bv := k.buffer(g), k.buffer(w), k.buffer(m), k.buffer(v)
		dense := make([]float32, n)
		for i, r := range c.rows {
			copy(dense[int(r)*c.E:], g[i*c.E:][:c.E])
		}
		for step := range 3 {
			k.dev.AdamRows(adamStep, c.V, c.E, c.rows, bg, bw, bm, bv)
			w, m, v = k.adamStep(t, fmt.Sprintf("rows %v of %d, step %d: ", c.rows, c.V, step), dense, w, m, v, bw, bm, bv)
		}
	}
}
