package chart

import (
	"math"
	"slices"
	"testing"
)

func TestHalfTheErrorsIsEverywhereTheSameWayUp(t *testing.T) {
	for _, wrong := range [][]float64{{0.059}, {0.06, 0.064, 0.08, 0.18}, {0, 0.5}, {0.001, 0.3}, {0.12, 0.1201}, nil} {
		a := Errors(wrong, 0.0005)
		for _, v := range wrong {
			if at := a.At(math.Max(v, 0.0005)); at < 0.02 || at > 0.98 {
				t.Errorf("%v: %v stands at %v", wrong, v, at)
			}
		}
		if d, e := a.At(0.05)-a.At(0.1), a.At(0.1)-a.At(0.2); math.Abs(d-e) > 1e-12 || d <= 0 {
			t.Errorf("%v: half is %v up, then %v", wrong, d, e)
		}
		if n := len(a.Ticks); n < 1 || n > 12 {
			t.Errorf("%v: ticks %v", wrong, a.Ticks)
		}
	}
	a := Errors([]float64{0.059, 0.183}, 0.0005)
	if !slices.ContainsFunc(a.Ticks, func(v float64) bool { return math.Abs(v-0.1) < 1e-12 }) {
		t.Errorf("no tick at 90 %%: %v", a.Ticks)
	}
	if l := Losses([]float64{0.17, 0.45}); len(l.Ticks) < 2 || l.At(0.17) < l.At(0.45) {
		t.Errorf("losses %+v", l)
	}
}
