package devicetest

import (
	"fmt"
	"math"
	"testing"

	"github.com/clove-ml/clove/engine/tensor"
)

// Special numbers: what a kernel makes of them follows from the definition by the rules
// of IEEE 754, so where a NaN or an infinity comes out is no matter of rounding or order.
// (Which NaN it is, nobody promises.) Denormals are numbers like others.
var special = []float32{nan, inf, -inf, float32(math.Copysign(0, -1)), 1e-40, -1e-45, 0x1p-126}

// specials are what a kernel of one operation an element is tried with.
func (k *kit) specials() []float32 {
	if k.card != nil {
		return []float32{float32(math.Copysign(0, -1)), 0x1p-120, -0x1p-30, 0x1p100}
	}
	return special
}

// sow puts x at some places, the last among them.
func (k *kit) sow(into []float32, x float32) {
	if len(into) == 0 {
		return
	}
	for _, i := range k.whole(2, len(into)) {
		into[i] = x
	}
	into[len(into)-1] = x
}

func (k *kit) gemmSpecial(t *testing.T) {
	for _, s := range [][3]int{{1, 1, 1}, {3, 5, 7}, {5, 9, 21}, {7, 17, 33}, {13, 1, 64}, {1, 35, 5}, {2, 31, 257}, {31, 29, 37}} {
		m, n, depth := s[0], s[1], s[2]
		for mode := range 8 {
			transA, transB, accumulate := mode&1 != 0, mode&2 != 0, mode&4 != 0
			check := func(what string, a, b, c []float32) {
				t.Helper()
				name := fmt.Sprintf("%s, %d×%d×%d transA=%v transB=%v accumulate=%v", what, m, n, depth, transA, transB, accumulate)
				want, exact, bound := naive(transA, transB, m, n, depth, a, b, accumulate, c)
				bc := k.buffer(c)
				k.dev.Gemm(transA, transB, m, n, depth, k.buffer(a), k.buffer(b), accumulate, bc)
				got := k.read(t, bc)
				k.strictly(t, name, got, want)
				near(t, name, got, exact, bound)
			}
			for i, x := range special {
				for where := range 3 {
					abc := [3][]float32{k.random(m*depth, 1), k.random(depth*n, 1), k.random(m*n, 1)}
					k.sow(abc[where], x)
					k.sow(abc[(where+1)%3], 0) // times an infinity it is NaN
					if where == 2 {
						k.sow(abc[0], special[(i+1)%len(special)])
					}
					check(fmt.Sprintf("%g in %c", x, "abc"[where]), abc[0], abc[1], abc[2])
				}
			}
			check("products that are denormal", k.random(m*depth, 1e-20), k.random(depth*n, 1e-20), k.random(m*n, 1e-39))
		}
	}
}

func (k *kit) reductionsSpecial(t *testing.T) {
	for _, n := range []int{1, 5, 16, 17, 50, 97} {
		for _, bad := range append([]float32{3e38, 1e-22}, special...) {
			x := k.random(n, 1)
			if bad == 1e-22 { // squares that are denormal
				x = k.random(n, bad)
			}
			k.sow(x, bad)
			b := k.buffer(x)
			k.strictly(t, fmt.Sprintf("SumSquares of %d with %g", n, bad), []float32{k.dev.SumSquares(n, b)}, []float32{sumSquares(x)})
			if got := k.dev.Finite(n, b); got != finite(bad) {
				t.Errorf("Finite of %d with %g is %v", n, bad, got)
			}

			// As a matrix of four rows, and as rows added to others.
			m := k.random(4*n, 1)
			k.sow(m, bad)
			copy(m[n:], x)
			sums, biased, scattered := make([]float32, n), clone(m), make([]float32, n)
			for i, v := range m {
				sums[i%n] += v
				biased[i] += x[i%n]
				scattered[i%n] += v
			}
			bm, bs, bg := k.buffer(m), k.buffer(make([]float32, n)), k.buffer(make([]float32, n))
			k.dev.SumRows(4, n, bm, bs)
			k.strictly(t, fmt.Sprintf("SumRows of %d with %g", n, bad), k.read(t, bs), sums)
			k.dev.EmbeddingScatterAdd(n, []int32{0, 0, 0, 0}, bm, bg)
			k.strictly(t, fmt.Sprintf("EmbeddingScatterAdd of %d with %g", n, bad), k.read(t, bg), scattered)
			k.dev.AddBias(4, n, b, bm)
			same(t, fmt.Sprintf("AddBias of %d with %g", n, bad), k.read(t, bm), biased)
		}
	}
}

// lstmSpecial puts special numbers into each of the layer's inputs in turn.
func (k *kit) lstmSpecial(t *testing.T) {
	for _, bad := range append([]float32{1e30, -1e30, 1e-20}, special...) {
		for where, name := range []string{"x", "W_ih", "W_hh", "b_ih", "b_hh", "dlast"} {
			for _, c := range []*lstmCase{k.lstmCase(5, 6, 4, 3, 3, 0), k.lstmCase(9, 17, 5, 5, 5, 5, 2)} {
				k.sow([][]float32{c.x[1], c.wih, c.whh, c.bi, c.bh, c.dlast}[where], bad)
				p, got := k.run(t, c)
				k.agree(t, fmt.Sprintf("%g in %s of E=%d H=%d:", bad, name, c.E, c.H), got, strict(c, p))
			}
		}
	}
}

// lstmSpoiled: a NaN in one sequence spoils its own state and nobody else's.
func (k *kit) lstmSpoiled(t *testing.T) {
	c := k.lstmCase(5, 6, 4, 3, 3)
	c.x[1][2] = nan
	_, out := k.run(t, c)
	for i, v := range out.last {
		if spoiled := v != v; spoiled != (i/c.H == 1) {
			t.Errorf("a NaN in row 1: the state of row %d holds %g", i/c.H, v)
		}
	}
}

func (k *kit) lossesSpecial(t *testing.T) {
	const scale = 0.25
	for _, bad := range append([]float32{200, -200, 3e38}, special...) {
		for _, in := range []string{"logits", "targets"} {
			for _, K := range []int{2, 3, 5, 17} {
				const B = 3
				z, y := k.random(B*K, 3), k.random(B*K, 0.5)
				for i := range y {
					y[i] += 0.5
				}
				k.sow(map[string][]float32{"logits": z, "targets": y}[in], bad)
				name := fmt.Sprintf("%g among %d %s: ", bad, K, in)
				bz, by, bl, bd := k.buffer(z), k.buffer(y), k.buffer(make([]float32, B*K)), k.buffer(make([]float32, B*K))

				k.dev.BCEWithLogits(B*K, scale, bz, by, bl, bd)
				losses, dz := bce(z, y, scale)
				k.strictly(t, name+"bce", k.read(t, bl), losses)
				k.strictly(t, name+"bce's gradient", k.read(t, bd), dz)

				k.dev.SoftmaxCrossEntropy(B, K, scale, bz, by, bl, bd)
				copy(losses, softmaxLosses(B, K, z, y))
				k.strictly(t, name+"softmax", k.read(t, bl), losses)
				k.strictly(t, name+"softmax's gradient", k.read(t, bd), softmaxGradient(B, K, scale, z, y))
			}
		}
	}
}

// adamSpecial pairs special gradients with special moments.
func (k *kit) adamSpecial(t *testing.T) {
	numbers := append([]float32{0, 0.1, -3e38, 0x1p-50, -0x1.fffffep-51, 0x1p-60, 0x1p-110}, special...)
	var g, w, m, v []float32
	for _, x := range numbers {
		for _, y := range numbers {
			g, m, w = append(g, x), append(m, y), append(w, 0.5)
			v = append(v, float32(math.Abs(float64(numbers[len(v)%len(numbers)]))))
		}
	}
	n := len(g)
	bg, bw, bm, bv := k.buffer(g), k.buffer(w), k.buffer(m), k.buffer(v)
	k.dev.Adam(adamStep, n, bg, bw, bm, bv)
	k.adamStep(t, "special numbers: ", g, w, m, v, bw, bm, bv)
	for _, b := range []tensor.Buffer{bm, bv} {
		for i, x := range k.read(t, b) {
			if x != 0 && math.Abs(float64(x)) < 0x1p-126 {
				t.Fatalf("a moment of %g was stored at [%d]", x, i)
			}
		}
	}
}
