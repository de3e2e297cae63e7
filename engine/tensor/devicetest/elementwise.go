package devicetest

import (
	"fmt"
	"math"
	"testing"

	"github.com/clove-ml/clove/engine/tensor"
)

func (k *kit) copying(t *testing.T) {
	for _, n := range lengths {
		fresh := make([]float32, n)
		for i := range fresh {
			fresh[i] = 1
		}
		k.dev.Download(fresh, k.dev.Alloc(n))
		same(t, "a fresh buffer", fresh, make([]float32, n))

		x := k.random(n, 1)
		b := k.buffer(x)
		same(t, "what went up", k.read(t, b), x)
		if n > 3 {
			part := make([]float32, n-3)
			k.dev.Download(part, b.View(2, n-3))
			same(t, "a view", part, x[2:n-1])
			k.dev.Zero(n-3, b.View(2, n-3))
			clear(x[2 : n-1])
			same(t, "beneath the view", k.read(t, b), x)
		}
	}
}

func (k *kit) elementwise(t *testing.T) {
	special := append([]float32{0, 3e38}, k.specials()...)
	for _, n := range lengths {
		x, y := k.random(n, 2), k.random(n, 2)
		for i, v := range special { // special values against each other
			if n > 80 {
				x[i*8], y[i*8+1], x[i*8+2], y[i*8+2] = v, v, v, special[(i+2)%len(special)]
			}
		}
		check := func(name string, f func(x, y tensor.Buffer), want func(i int) float32) {
			t.Helper()
			bx, by := k.buffer(x), k.buffer(y)
			f(bx, by)
			w := make([]float32, n)
			for i := range w {
				w[i] = want(i)
			}
			same(t, fmt.Sprintf("%s of %d", name, n), k.read(t, by), w)
			same(t, name+" leaves x", k.read(t, bx), x)
		}
		check("Zero", func(_, y tensor.Buffer) { k.dev.Zero(n, y) }, func(int) float32 { return 0 })
		check("Add", func(x, y tensor.Buffer) { k.dev.Add(n, x, y) }, func(i int) float32 { return y[i] + x[i] })
		check("Mul", func(x, y tensor.Buffer) { k.dev.Mul(n, x, y) }, func(i int) float32 { return y[i] * x[i] })
		check("Scale", func(_, y tensor.Buffer) { k.dev.Scale(n, 0.7, y) }, func(i int) float32 { return y[i] * 0.7 })
		check("Mask", func(x, y tensor.Buffer) { k.dev.Mask(n, x, y) }, func(i int) float32 {
			if x[i] == 0 {
				return 0
			}
			return y[i]
		})
	}
}

func (k *kit) rows(t *testing.T) {
	for _, n := range []int{0, 1, 3, 4, 17, 64} {
		for _, count := range []int{0, 1, 5, 40} {
			table, x := k.random(11*n, 1), k.random(count*n, 1)
			rows := k.whole(count, 11)
			bt, bx := k.buffer(table), k.buffer(x)
			k.dev.MulRows(n, rows, bt, bx)
			multiplied, picked := clone(x), clone(x)
			for i, r := range rows {
				for j := range n {
					multiplied[i*n+j] *= table[int(r)*n+j]
					picked[i*n+j] = table[int(r)*n+j]
				}
			}
			same(t, "MulRows", k.read(t, bx), multiplied)
			k.dev.Gather(n, rows, bt, bx)
			same(t, "Gather", k.read(t, bx), picked)

			bias := table[:n]
			biased, sums := clone(x), make([]float32, n)
			exact := make([]float64, n)
			for i := range biased {
				sums[i%n] += biased[i]
				exact[i%n] += float64(biased[i])
				biased[i] += bias[i%n]
			}
			bx, bs := k.buffer(x), k.buffer(k.random(n, 1))
			k.dev.SumRows(count, n, bx, bs)
			k.strictly(t, "SumRows", k.read(t, bs), sums)
			within(t, "SumRows", k.read(t, bs), exact, float64(count*count)*0x1p-24) // count sums of at most count
			k.dev.AddBias(count, n, bt, bx)
			same(t, "AddBias", k.read(t, bx), biased)
		}
	}
}

func (k *kit) dropout(t *testing.T) {
	for _, n := range []int{0, 1, 3, 4, 8, 37, 64} {
		k.dropoutOf(t, n)
	}
}

func (k *kit) dropoutOf(t *testing.T, n int) {
	const share = 0.3
	d := tensor.Draw{Seed: 3, Stream: tensor.StreamDropout, Step: 8}
	draw := func(rows []int32) []float32 {
		b := k.buffer(make([]float32, len(rows)*n))
		k.dev.DropoutMask(n, rows, share, d, b)
		return k.read(t, b)
	}
	var rows []int32
	for i := range int32(400) {
		rows = append(rows, i)
	}
	mask := draw(rows)
	dropped := 0
	keep := float32(1) / (1 - float32(share))
	for i, v := range mask {
		words := d.Words(uint32(i/n), uint32(i%n/4))
		want := keep
		if tensor.Unit(words[i%n%4]) < share {
			want = 0
			dropped++
		}
		if v != want {
			t.Fatalf("the mask at row %d, column %d is %g, want %g", i/n, i%n, v, want)
		}
	}
	// 4 standard deviations.
	if got, all := float64(dropped)/float64(len(mask)), float64(len(mask)); math.Abs(got-share) > 4*math.Sqrt(share*(1-share)/all) {
		t.Errorf("%.4f dropped, want about %g", got, share)
	}
	if n := len(draw(nil)); n != 0 {
		t.Errorf("a mask of no rows has %d numbers", n)
	}
	some := draw([]int32{7, 399, 0})
	same(t, "a row's mask, drawn among others", some, append(append(clone(mask[7*n:8*n]), mask[399*n:]...), mask[:n]...))
}

func (k *kit) reductions(t *testing.T) {
	for _, n := range lengths {
		x := k.random(n, 3)
		var exact float64
		for _, v := range x {
			exact += float64(v) * float64(v)
		}
		b := k.buffer(x)
		got := k.dev.SumSquares(n, b)
		k.strictly(t, fmt.Sprintf("SumSquares of %d", n), []float32{got}, []float32{sumSquares(x)})
		// n/16 + 4 additions on each number's way, each half an ulp.
		within(t, "SumSquares", []float32{got}, []float64{exact}, exact*float64(n/16+6)*0x1p-24)

		if !k.dev.Finite(n, b) {
			t.Errorf("Finite denies %d finite numbers, or reads beyond them", n)
		}
		for _, bad := range []float32{nan, inf, -inf} {
			for _, at := range []int{0, n / 2, n - 1} {
				if n == 0 {
					continue
				}
				y := clone(x)
				y[at] = bad
				if k.dev.Finite(n, k.buffer(y)) {
					t.Errorf("Finite misses %g at %d of %d", bad, at, n)
				}
			}
		}
	}
}

// sumSquares is the definition.
func sumSquares(x []float32) float32 {
	var lane [16]float32
	for i, v := range x {
		lane[i%16] += float32(v * v)
	}
	for half := 8; half > 0; half /= 2 {
		for j := range half {
			lane[j] += lane[j+half]
		}
	}
	return lane[0]
}

func (k *kit) embedding(t *testing.T) {
	for _, E := range []int{1, 3, 8, 13, 64} {
		for _, N := range []int{0, 1, 9, 200} {
			const V = 23
			weight, grad, dout := k.random(V*E, 1), k.random(V*E, 1), k.random(N*E, 1)
			for i, x := range []float32{0x1p-100, -0x1p-100, 0x1.fffffep-101, -0x1p-101, 1e-40, float32(math.Copysign(0, -1)), inf, nan} {
				weight[(i*7)%(V*E)] = x
			}
			ids := k.whole(N, V)
			bw, bo := k.buffer(weight), k.buffer(make([]float32, N*E))
			k.dev.EmbeddingGather(E, ids, bw, bo)
			want := make([]float32, N*E)
			for i := range want {
				want[i] = flushed(weight[int(ids[i/E])*E+i%E])
			}
			same(t, "EmbeddingGather", k.read(t, bo), want)

			for i := range ids {
				if i%5 == 4 {
					ids[i] = -1
				}
			}
			exact := double(grad)
			bg, bd := k.buffer(grad), k.buffer(dout)
			k.dev.EmbeddingScatterAdd(E, ids, bd, bg)
			for i, v := range dout {
				if id := int(ids[i/E]); id >= 0 {
					grad[id*E+i%E] += v
					exact[id*E+i%E] += float64(v)
				}
			}
			k.strictly(t, "EmbeddingScatterAdd", k.read(t, bg), grad)
			within(t, "EmbeddingScatterAdd", k.read(t, bg), exact, float64((N+1)*(N+1))*0x1p-24) // as SumRows
		}
	}
}
