package chart

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// LogAxis maps a quantity to the unit interval by its logarithm.
type LogAxis struct {
	Low, High float64
	Ticks     []float64
}

// At is where v stands.
func (a LogAxis) At(v float64) float64 {
	if v <= 0 || a.High <= a.Low {
		return 0
	}
	return (math.Log(v) - math.Log(a.Low)) / (math.Log(a.High) - math.Log(a.Low))
}

// Decades holds all values with room at both ends; its ticks are powers of ten,
// and one, two and five times them where there are few.
func Decades(values []float64) LogAxis {
	low, high := math.Inf(1), 0.0
	for _, v := range values {
		if v > 0 {
			low, high = math.Min(low, v), math.Max(high, v)
		}
	}
	if high == 0 {
		low, high = 1e4, 1e6
	}
	if high < 8*low { // a few times apart at least, so that a smaller one has its place
		low = high / 24
	}
	a := LogAxis{Low: low / 1.7, High: high * 1.35}
	steps := []float64{1}
	if a.High/a.Low < 120 {
		steps = []float64{1, 3}
	}
	for p := math.Floor(math.Log10(a.Low)); p <= math.Ceil(math.Log10(a.High)); p++ {
		for _, m := range steps {
			if v := m * math.Pow(10, p); v >= a.Low && v <= a.High {
				a.Ticks = append(a.Ticks, v)
			}
		}
	}
	return a
}

// Upper is an axis of shares from below low up to a little above 1, with two to four ticks.
func Upper(low float64) (Axis, []float64) {
	for _, step := range []float64{0.02, 0.05, 0.1, 0.2} {
		from := math.Floor((low-0.004)/step) * step
		if (1-from)/step > 5.01 {
			continue
		}
		from = math.Max(0, math.Min(from, 1-2*step))
		var ticks []float64
		for i := 0; ; i++ {
			t := from + float64(i)*step
			if t > 1-step/2 {
				break
			}
			ticks = append(ticks, t)
		}
		return Axis{Low: from - 0.12*step, High: 1}, ticks
	}
	return Axis{Low: -0.02, High: 1}, []float64{0, 0.25, 0.5, 0.75}
}

// Pair is a variant on the map: less cost and more gain is better.
type Pair struct{ Cost, Gain float64 }

// Front says which are not beaten by another in both.
func Front(list []Pair) []bool {
	out := make([]bool, len(list))
	for i, a := range list {
		out[i] = true
		for j, b := range list {
			if i != j && b.Cost <= a.Cost && b.Gain >= a.Gain && (b.Cost < a.Cost || b.Gain > a.Gain) {
				out[i] = false
			}
		}
	}
	return out
}

// Stairs joins points of a front by a staircase, from the left.
func Stairs(front []Point) (out []Point) {
	front = slices.Clone(front)
	slices.SortStableFunc(front, func(a, b Point) int { return cmp.Compare(a.X, b.X) })
	for i, p := range front {
		if i > 0 {
			out = append(out, Point{p.X, front[i-1].Y})
		}
		out = append(out, p)
	}
	return out
}

// Spot is a point with its whisker and its name.
type Spot struct {
	X, Y, Low, High float64
	Name, ID        string
	Kind            string // d-val, d-sel, d-out
	Ring            bool
	dx, dy          float64
	anchor          string
}

// The size of the plot for which names are laid out, in pixels. A wider column only gives more room.
const (
	nominalWide = 290.0
	nominalTall = 248.0
	textTall    = 15.0
)

type rect struct{ x0, y0, x1, y1 float64 }

func (a rect) meets(b rect) bool { return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1 }

// width estimates a name's in pixels at 12: wide letters of Chinese count double.
func width(s string) float64 {
	w := 0.0
	for _, r := range s {
		if r > 0x2e80 {
			w += 12
		} else {
			w += 6.2
		}
	}
	return w
}

// Label places each name where it meets no point and no other name, the first of
// a few places that is free, the selected one's first.
func Label(spots []Spot) []Spot { return LabelIn(spots, nominalWide, nominalTall) }

// LabelIn is Label in a plot of so many pixels.
func LabelIn(spots []Spot, wide, tall float64) []Spot {
	out := append([]Spot(nil), spots...)
	var taken []rect
	for _, s := range out {
		x, y := s.X*wide, (1-s.Y)*tall
		taken = append(taken, rect{x - 5, y - 5, x + 5, y + 5})
	}
	order := make([]int, len(out))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return out[order[i]].Ring && !out[order[j]].Ring })
	for _, i := range order {
		s := &out[i]
		x, y, w := s.X*wide, (1-s.Y)*tall, width(s.Name)
		places := []struct {
			dx, dy float64
			anchor string
		}{{-8, -11, "end"}, {9, 16, "start"}, {9, -9, "start"}, {-9, 17, "end"}, {10, 4, "start"}, {-10, 4, "end"}, {0, 20, "middle"}, {0, -14, "middle"}, {0, -27, "middle"}, {0, 35, "middle"}, {12, 31, "start"}, {-12, 31, "end"}}
		best, found := 0, false
		for k, p := range places {
			left := x + p.dx
			switch p.anchor {
			case "end":
				left -= w
			case "middle":
				left -= w / 2
			}
			r := rect{left, y + p.dy - textTall + 4, left + w, y + p.dy + 4}
			if r.x0 < 0 || r.x1 > wide+6 || r.y0 < -14 || r.y1 > tall {
				continue
			}
			free := true
			for j, t := range taken {
				if j != i && r.meets(t) {
					free = false
					break
				}
			}
			if free {
				best, found = k, true
				taken = append(taken, r)
				break
			}
		}
		if !found && !s.Ring {
			s.Name = "" // no room: the table has it
			continue
		}
		s.dx, s.dy, s.anchor = places[best].dx, places[best].dy, places[best].anchor
	}
	return out
}

// Free is a height, from the top, where two lines of text between two shares of
// the width meet no spot: the lower middle where it is free.
func Free(spots []Spot, from, to float64) float64 {
	for _, y := range []float64{0.66, 0.82, 0.5, 0.3, 0.12} {
		free := true
		for _, s := range spots {
			top, bottom := 1-Hold(s.High)-0.06, 1-Hold(s.Low)+0.09
			if s.X > from-0.1 && s.X < to+0.1 && bottom > y-0.07 && top < y+0.1 {
				free = false
			}
		}
		if free {
			return y
		}
	}
	return 0.66
}

// Draw is a spot as one group, whatever kind it is.
func Draw(s Spot) app.UI {
	x, y := Percent(s.X), Percent(1-Hold(s.Y))
	text := ""
	switch s.Kind {
	case "d-val":
		text = "on"
	case "d-sel":
		text = "sel"
	}
	ring := "0"
	if s.Ring && s.Kind == "d-sel" {
		ring = "8"
	}
	return El("g", "class", "spot").Body(
		El("line", "class", "whisk", "x1", x, "x2", x, "y1", Percent(1-Hold(s.Low)), "y2", Percent(1-Hold(s.High))),
		El("circle", "class", "ring", "cx", x, "cy", y, "r", ring),
		El("circle", "class", s.Kind, "cx", x, "cy", y, "r", "4"),
		Text(s.Name, x, y, "class", text, "dx", Px(s.dx), "dy", Px(s.dy), "text-anchor", s.anchor),
		El("circle", "class", "hit", "cx", x, "cy", y, "r", "12"),
	)
}
