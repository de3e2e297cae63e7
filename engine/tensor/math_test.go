package tensor_test

import (
	"math"
	"testing"

	"github.com/clove-ml/clove/engine/tensor"
)

// sweep calls f for floats of every exponent and either sign, and densely where it matters.
func sweep(f func(x float32)) {
	for b := uint32(0x00800000); b < 0x7f800000; b += 15013 {
		f(math.Float32frombits(b))
		f(math.Float32frombits(b | 1<<31))
	}
	for x := float32(-90); x < 90; x += 0.00117 {
		f(x)
	}
}

// Bounds are relative; half an ulp of float32 is 6e-8.
func TestOurFunctionsAreAccurate(t *testing.T) {
	tiny := float64(math.Float32frombits(0x00800000))
	for _, c := range []struct {
		name     string
		f        func(float32) float32
		exact    func(float64) float64
		low      float32 // of the arguments that count
		relative float64
	}{
		{"Exp32", tensor.Exp32, math.Exp, -87.33, 1.2e-7},
		{"Sigmoid32", tensor.Sigmoid32, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, -87.33, 2e-7},
		{"Tanh32", tensor.Tanh32, math.Tanh, -math.MaxFloat32, 2e-7},
		{"Log32", tensor.Log32, math.Log, 0x1p-126, 1.5e-7},
		{"Log1p32", tensor.Log1p32, math.Log1p, 0, 2.5e-7},
	} {
		worst, at := 0.0, float32(0)
		sweep(func(x float32) {
			want := c.exact(float64(x))
			if x < c.low || math.Abs(want) < tiny || want > math.MaxFloat32 {
				return
			}
			if e := math.Abs(float64(c.f(x))/want - 1); !(e <= worst) {
				worst, at = e, x
			}
		})
		t.Logf("%s: %.2g at %g", c.name, worst, at)
		if !(worst <= c.relative) {
			t.Errorf("%s is off by %.3g at %g, bound %.3g", c.name, worst, at, c.relative)
		}
	}
}

func TestOurFunctionsKnowTheirEnds(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	zero := float32(math.Copysign(0, -1))
	for _, c := range []struct {
		name string
		f    func(float32) float32
		x, y float32
	}{
		{"Exp32", tensor.Exp32, 0, 1}, {"Exp32", tensor.Exp32, -inf, 0}, {"Exp32", tensor.Exp32, inf, inf},
		{"Exp32", tensor.Exp32, 88.8, inf}, {"Exp32", tensor.Exp32, -87.4, 0}, {"Exp32", tensor.Exp32, nan, nan},
		{"Sigmoid32", tensor.Sigmoid32, 0, 0.5}, {"Sigmoid32", tensor.Sigmoid32, inf, 1}, {"Sigmoid32", tensor.Sigmoid32, -inf, 0},
		{"Sigmoid32", tensor.Sigmoid32, nan, nan}, {"Sigmoid32", tensor.Sigmoid32, 40, 1},
		{"Tanh32", tensor.Tanh32, inf, 1}, {"Tanh32", tensor.Tanh32, -inf, -1}, {"Tanh32", tensor.Tanh32, nan, nan},
		{"Tanh32", tensor.Tanh32, zero, 0}, {"Tanh32", tensor.Tanh32, 1e-30, 1e-30},
		{"Log32", tensor.Log32, 1, 0}, {"Log32", tensor.Log32, 0, -inf}, {"Log32", tensor.Log32, zero, -inf},
		{"Log32", tensor.Log32, -1, nan}, {"Log32", tensor.Log32, inf, inf}, {"Log32", tensor.Log32, nan, nan},
		{"Log1p32", tensor.Log1p32, 0, 0}, {"Log1p32", tensor.Log1p32, inf, inf}, {"Log1p32", tensor.Log1p32, nan, nan},
		{"Log1p32", tensor.Log1p32, 1e-20, 1e-20},
	} {
		if y := c.f(c.x); math.Float32bits(y) != math.Float32bits(c.y) && (y == y || c.y == c.y) {
			t.Errorf("%s(%g) = %g, want %g", c.name, c.x, y, c.y)
		}
	}
}

func TestTanhAndSigmoidAreSymmetric(t *testing.T) {
	sweep(func(x float32) {
		if a, b := tensor.Tanh32(x), tensor.Tanh32(-x); math.Float32bits(a) != math.Float32bits(b)^1<<31 {
			t.Fatalf("tanh(%g) = %g, tanh(%g) = %g", x, a, -x, b)
		}
		if s := tensor.Sigmoid32(x) + tensor.Sigmoid32(-x); s < 1-0x1p-23 || s > 1+0x1p-23 {
			t.Fatalf("sigmoid(%g) and sigmoid(%g) add up to %g", x, -x, s)
		}
	})
}
