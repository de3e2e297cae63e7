package chart

import (
	"math"
	"strings"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

func TestTintsHaveTheirCuts(t *testing.T) {
	for d, want := range map[float64]int{0: 0, 0.059: 0, 0.06: 1, -0.06: -1, 0.14: 2, 0.35: 3, 0.58: 4, -9: -4} {
		if got := Tint(d); got != want {
			t.Errorf("%v has tint %d, want %d", d, got, want)
		}
	}
}

func TestALineStaysInItsBox(t *testing.T) {
	got := app.HTMLString(Line("l", []Point{{-1, 2}, {0.5, 0.25}, {2, math.NaN()}}))
	if !strings.Contains(got, `points="0,0 500,750 1000,1000"`) {
		t.Error(got)
	}
}

func TestTheFrontIsWhatNoOtherBeats(t *testing.T) {
	list := []Pair{{772, 0.941}, {212, 0.940}, {82, 0.936}, {116, 0.922}, {7, 0.918}, {46, 0.817}, {212, 0.940}}
	want := []bool{true, true, true, false, true, false, true}
	for i, got := range Front(list) {
		if got != want[i] {
			t.Errorf("%v: %v", list[i], got)
		}
	}
	x := Decades([]float64{7, 772})
	y, _ := Upper(0.8)
	var points []Point
	for i, on := range Front(list) {
		if on {
			points = append(points, Point{x.At(list[i].Cost), y.At(list[i].Gain)})
		}
	}
	stairs := Stairs(points)
	for i := 1; i < len(stairs); i++ {
		if stairs[i].X < stairs[i-1].X || stairs[i].X != stairs[i-1].X && stairs[i].Y != stairs[i-1].Y {
			t.Errorf("no stair between %v and %v", stairs[i-1], stairs[i])
		}
	}
}

func TestAxesHoldTheirValuesWithTwoToFiveTicks(t *testing.T) {
	for _, values := range [][]float64{{82_000}, {7_400, 772_000}, {1e3, 1e9}, {44_000, 44_100}, nil} {
		a := Decades(values)
		for _, v := range values {
			if s := a.At(v); s < 0.02 || s > 0.98 {
				t.Errorf("%v stands at %v", v, s)
			}
		}
		if n := len(a.Ticks); n < 1 || n > 8 {
			t.Errorf("%v has %d ticks", values, n)
		}
	}
	for low := 0.0; low < 1; low += 0.01 {
		a, ticks := Upper(low)
		if a.At(low) < 0 || len(ticks) < 2 || len(ticks) > 5 {
			t.Errorf("from %v: low at %v, ticks %v", low, a.At(low), ticks)
		}
	}
}

func TestNamesMeetNeitherPointsNorEachOther(t *testing.T) {
	var spots []Spot
	for i := range 8 {
		spots = append(spots, Spot{X: 0.3 + 0.05*float64(i), Y: 0.6 + 0.01*float64(i), Name: "prune 80 · int8", ID: string(rune('a' + i)), Ring: i == 3})
	}
	var boxes []rect
	for i, s := range Label(spots) {
		if s.Name == "" {
			if i == 3 {
				t.Error("the selected one has no name")
			}
			continue
		}
		x, y, w := s.X*nominalWide+s.dx, (1-s.Y)*nominalTall+s.dy, width(s.Name)
		switch s.anchor {
		case "end":
			x -= w
		case "middle":
			x -= w / 2
		}
		boxes = append(boxes, rect{x, y - textTall + 4, x + w, y + 4})
	}
	for i, a := range boxes {
		for _, b := range boxes[:i] {
			if a.meets(b) {
				t.Error("two names meet")
			}
		}
	}
}

func TestAScaleMakesTheStrongestWordStrongAndLeavesQuietSentencesPlain(t *testing.T) {
	if s := Scale([]float64{0.1, -0.3, 3, 0.2}); s != 3 {
		t.Errorf("the strongest word sets %v", s)
	}
	if s := Scale([]float64{0.01, -0.02}); s != 1 {
		t.Errorf("a quiet sentence is divided by %v", s)
	}
	if s := Scale(nil); s != 1 {
		t.Errorf("no words: %v", s)
	}
}
