package devicetest

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/clove-ml/clove/engine/tensor"
)

// shapes m, n, k: empty, single, odd, prime, SIMD tails, and across every block
// of the generic device: 32 rows, 256 of k and 510 columns.
var shapes = [][3]int{
	{0, 3, 4}, {3, 0, 4}, {3, 4, 0}, {1, 1, 1}, {1, 1, 7}, {1, 5, 3}, {2, 4, 4}, {3, 5, 7}, {5, 3, 1},
	{4, 8, 16}, {6, 16, 9}, {7, 17, 33}, {8, 64, 31}, {13, 1, 64}, {1, 67, 128}, {2, 31, 257}, {31, 29, 37},
	{65, 19, 61}, {67, 13, 521}, {5, 517, 11}, {129, 6, 300}, {70, 520, 0}, {12, 1030, 9},
}

func (k *kit) gemm(t *testing.T) {
	for _, s := range shapes {
		m, n, depth := s[0], s[1], s[2]
		a, b, c := k.random(m*depth, 1), k.random(depth*n, 1), k.random(m*n, 1)
		for mode := range 8 {
			transA, transB, accumulate := mode&1 != 0, mode&2 != 0, mode&4 != 0
			name := fmt.Sprintf("%d×%d×%d transA=%v transB=%v accumulate=%v", m, n, depth, transA, transB, accumulate)
			want, exact, bound := naive(transA, transB, m, n, depth, a, b, accumulate, c)
			ba, bb, bc := k.buffer(a), k.buffer(b), k.buffer(c)
			k.dev.Gemm(transA, transB, m, n, depth, ba, bb, accumulate, bc)
			got := k.read(t, bc)
			k.strictly(t, name, got, want)
			near(t, name, got, exact, bound)
		}
	}
}

// naive is the definition, the same in float64, and the bound of their
// difference: k+1 roundings of partial sums no larger than Σ|a·b|.
func naive(transA, transB bool, m, n, depth int, a, b []float32, accumulate bool, c []float32) (want []float32, exact, bound []float64) {
	want, exact, bound = make([]float32, m*n), make([]float64, m*n), make([]float64, m*n)
	for i := range m {
		for j := range n {
			var s float32
			var e, size float64
			if accumulate {
				s, e = c[i*n+j], float64(c[i*n+j])
				size = math.Abs(e)
			}
			for p := range depth {
				x, y := a[at(transA, i, p, m, depth)], b[at(transB, p, j, depth, n)]
				s += float32(x * y)
				e += float64(x) * float64(y)
				size += math.Abs(float64(x) * float64(y))
			}
			want[i*n+j], exact[i*n+j] = s, e
			bound[i*n+j] = float64(depth+2) * (size*0x1p-24 + 0x1p-149) // which is all that a denormal can be off
		}
	}
	return want, exact, bound
}

// at is the place of [i, j] of a matrix [rows, cols], stored transposed or not.
func at(trans bool, i, j, rows, cols int) int {
	if trans {
		return j*rows + i
	}
	return i*cols + j
}

// gemmInt8 includes sums as large as they get, where an instruction that saturates shows.
func gemmInt8(t *testing.T, dev tensor.Int8) {
	for _, x := range [][2]int8{{-128, -128}, {127, -128}, {-128, 127}, {127, 127}} {
		const m, n, depth = 3, 9, 300
		a, b, c := slices.Repeat(x[:1], m*depth), slices.Repeat(x[1:], n*depth), make([]int32, m*n)
		dev.GemmInt8(m, n, depth, a, b, c)
		for i, got := range c {
			if want := int32(x[0]) * int32(x[1]) * depth; got != want {
				t.Fatalf("%d times %d, %d of them: [%d] is %d, want %d", x[0], x[1], depth, i, got, want)
			}
		}
	}
	for _, s := range shapes {
		m, n, depth := s[0], s[1], s[2]
		a, b := bytes(m*depth, 1), bytes(n*depth, 2)
		c := make([]int32, m*n)
		dev.GemmInt8(m, n, depth, a, b, c)
		for i := range m {
			for j := range n {
				var want int32
				for p := range depth {
					want += int32(a[i*depth+p]) * int32(b[j*depth+p])
				}
				if c[i*n+j] != want {
					t.Fatalf("int8 %v: [%d, %d] is %d, want %d", s, i, j, c[i*n+j], want)
				}
			}
		}
	}
}

// bytes are all of int8's values, its lowest included.
func bytes(n int, step uint32) []int8 {
	d := tensor.Draw{Seed: 9, Step: step}
	x := make([]int8, n)
	for i := range x {
		x[i] = int8(d.Words(0, uint32(i))[0])
		if i%7 == 0 {
			x[i] = -128
		}
	}
	return x
}

func (k *kit) gemmSparse(t *testing.T, dev tensor.Sparse) {
	for _, s := range shapes {
		B, N, K := s[0], s[1], s[2]
		x, w, y := k.random(B*K, 1), k.random(N*K, 1), k.random(B*N, 1)
		csr := tensor.CSR{N: N, K: K, Row: []int32{0}}
		for i, v := range w {
			if i%3 == 0 || v < 0.4 {
				w[i] = 0
			} else {
				csr.Col = append(csr.Col, int32(i%K))
				csr.Val = append(csr.Val, v)
			}
			if (i+1)%K == 0 {
				csr.Row = append(csr.Row, int32(len(csr.Val)))
			}
		}
		for len(csr.Row) < N+1 { // K = 0
			csr.Row = append(csr.Row, 0)
		}
		want, exact, bound := naive(false, true, B, N, K, x, w, true, y)
		dev.GemmSparse(B, x, &csr, y)
		k.strictly(t, fmt.Sprintf("sparse %v", s), y, want)
		near(t, fmt.Sprintf("sparse %v", s), y, exact, bound)
	}
}
