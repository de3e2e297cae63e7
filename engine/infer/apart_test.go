package infer

import (
	"math"
	"slices"
	"testing"
)

func TestTwoReadingsPartWhereTheirStatesAre(t *testing.T) {
	a := Trace{Hidden: [][]float32{{3, 4}, {1, 0}, {0, 2}, {0, 0}}}
	b := Trace{Hidden: [][]float32{{3, 4}, {1, 0.04}, {0, 2.2}, {0, 0}}}
	d, parted := Apart(a, b)
	want := []float64{0, 0.04, 0.1, 0}
	if parted != 2 || !slices.EqualFunc(d, want, func(x, y float64) bool { return math.Abs(x-y) < 1e-6 }) {
		t.Errorf("%v, parted at %d", d, parted)
	}
	if d, parted := Apart(a, a); parted != -1 || slices.Max(d) != 0 {
		t.Errorf("of itself: %v, %d", d, parted)
	}
	for _, c := range []Trace{{}, {Hidden: a.Hidden[:2]}, {Hidden: [][]float32{{1}, {1}, {1}, {1}}}} {
		if d, parted := Apart(a, c); d != nil || parted != -1 {
			t.Errorf("of another width: %v, %d", d, parted)
		}
	}
	if d, _ := Apart(Trace{Hidden: [][]float32{{0}}}, Trace{Hidden: [][]float32{{1}}}); math.IsInf(d[0], 0) {
		t.Errorf("from an empty state: %v", d)
	}
}
