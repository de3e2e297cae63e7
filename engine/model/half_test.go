package model

import (
	"math"
	"testing"
)

func TestEveryHalfSurvivesAndTiesGoToTheEvenOne(t *testing.T) {
	for b := range 1 << 16 {
		b := uint16(b)
		for _, f := range []struct {
			name string
			to   func(float32) uint16
			from func(uint16) float32
		}{{"float16", toHalf, fromHalf}, {"bfloat16", toBrain, fromBrain}} {
			x := f.from(b)
			if x-x != 0 {
				continue
			}
			if back := f.to(x); back != b {
				t.Fatalf("%s %#x is %g, and comes back as %#x", f.name, b, x, back)
			}
			y := f.from(b + 1)
			if b&0x7fff == 0x7fff || y-y != 0 || x < 0 || y == 0 {
				continue
			}
			middle := float32((float64(x) + float64(y)) / 2)
			if float64(middle) != (float64(x)+float64(y))/2 {
				continue // of denormals
			}
			if got, want := f.to(middle), b+b&1; got != want {
				t.Fatalf("%s: between %g and %g comes %#x, want %#x", f.name, x, y, got, want)
			}
			if got := f.to(math.Nextafter32(middle, 0)); got != b {
				t.Fatalf("%s: below the middle of %g and %g comes %#x", f.name, x, y, got)
			}
		}
	}
}

func TestWhatIsTooGreatForHalfIsClamped(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, brain := range []bool{false, true} {
		e := ToHalf([]float32{inf, -inf, nan, math.MaxFloat32, -math.MaxFloat32}, 1, 5, brain)
		v := make([]float32, 5)
		e.Floats(v)
		if !finite(v) || v[0] < 65504 || v[1] != -v[0] || v[2] != 0 || v[3] != v[0] || v[4] != -v[0] {
			t.Errorf("%s: %v", e.Kind(), v)
		}
	}
}
