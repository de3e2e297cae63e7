package compress

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// matrix of about normal values; its singular values fall by the factor decay.
func matrix(seed uint64, rows, cols int, decay float64) []float32 {
	r := rand.New(rand.NewPCG(seed, 7))
	w := make([]float32, rows*cols)
	f := 1.0
	for range min(rows, cols) {
		a, b := make([]float64, rows), make([]float64, cols)
		for i := range a {
			a[i] = r.Float64() - 0.5
		}
		for i := range b {
			b[i] = r.Float64() - 0.5
		}
		for i := range a {
			for j := range b {
				w[i*cols+j] += float32(f * a[i] * b[j])
			}
		}
		f *= decay
	}
	return w
}

func TestSVDIsThatOfGonum(t *testing.T) {
	for _, c := range []struct {
		rows, cols int
		decay      float64
	}{{1, 1, 1}, {5, 1, 1}, {1, 5, 1}, {7, 7, 0.9}, {64, 16, 0.8}, {16, 64, 0.8}, {40, 33, 1}, {30, 30, 0.3}, {8, 3, 0}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			w := matrix(1, c.rows, c.cols, c.decay)
			u, s, v, err := SVD(context.Background(), w, c.rows, c.cols, nil)
			if err != nil {
				t.Fatal(err)
			}
			wide := make([]float64, len(w))
			for i, x := range w {
				wide[i] = float64(x)
			}
			var oracle mat.SVD
			if !oracle.Factorize(mat.NewDense(c.rows, c.cols, wide), mat.SVDNone) {
				t.Fatal("gonum found none")
			}
			for i, want := range oracle.Values(nil) {
				if math.Abs(s[i]-want) > 1e-13*(s[0]+1) {
					t.Errorf("singular value %d is %g, gonum's %g", i, s[i], want)
				}
			}
			k := min(c.rows, c.cols)
			for r := range c.rows {
				for col := range c.cols {
					sum := 0.0
					for i := range k {
						sum += u[r*k+i] * s[i] * v[i*c.cols+col]
					}
					if d := math.Abs(sum - wide[r*c.cols+col]); d > 1e-13*(s[0]+1) {
						t.Fatalf("at %d, %d it is off by %g", r, col, d)
					}
				}
			}
			for i := range k {
				for j := range i + 1 {
					in, over := 0.0, 0.0
					for r := range c.rows {
						in += u[r*k+i] * u[r*k+j]
					}
					for col := range c.cols {
						over += v[i*c.cols+col] * v[j*c.cols+col]
					}
					want := 0.0
					if i == j {
						want = 1
					}
					if s[i] > 1e-9*s[0] && math.Abs(in-want) > 1e-10 || math.Abs(over-want) > 1e-12 {
						t.Errorf("columns %d and %d: U's product is %g, V's %g", i, j, in, over)
					}
				}
			}
		})
	}
}

func TestSVDOfNothingIsZero(t *testing.T) {
	_, s, _, err := SVD(context.Background(), make([]float32, 12), 4, 3, nil)
	if err != nil || s[0] != 0 || s[2] != 0 {
		t.Errorf("%v %v", s, err)
	}
}

func TestSVDEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	calls := 0
	_, _, _, err := SVD(ctx, matrix(1, 30, 20, 1), 30, 20, func() {
		if calls++; calls == 25 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || calls != 25 {
		t.Errorf("%v after %d", err, calls)
	}
}

// The bits were made natively on amd64: wasm must find the same.
func TestSVDIsTheSameOnEveryPlatform(t *testing.T) {
	u, s, v, err := SVD(context.Background(), matrix(3, 40, 24, 0.9), 40, 24, nil)
	if err != nil {
		t.Fatal(err)
	}
	h := uint64(1)
	for _, list := range [][]float64{u, s, v} {
		for _, x := range list {
			h = (h ^ math.Float64bits(x)) * 1099511628211
		}
	}
	if want := uint64(0xfbda8bcc409707bd); h != want {
		t.Errorf("hash %#x, want %#x", h, want)
	}
}
