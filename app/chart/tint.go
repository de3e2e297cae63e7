package chart

import (
	"math"
	"sort"
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// The one scale: how strong a tint a move of the log-odds has, divided by its
// sentence's Scale, or a weight, divided by its tensor's 98th percentile.
var cuts = [4]float64{0.06, 0.14, 0.35, 0.58}

// Tint is the step of a signed value on that scale, −4 to 4.
func Tint(d float64) int { return Step(d, cuts) }

// Step is how many cuts a value reaches, below 0 counted down.
func Step(d float64, cuts [4]float64) int {
	a, step := math.Abs(d), 0
	for _, c := range cuts {
		if a >= c {
			step++
		}
	}
	if d < 0 {
		return -step
	}
	return step
}

// Scale is what the moves of one sentence are divided by before Tint: the 98th
// percentile of their sizes, as with a tensor's weights. A sure model moves its
// log-odds by two or three at a telling word and by a third at "the"; against
// fixed cuts both would be strongest, and the sentence one block of colour.
// Against its own strongest word the eye finds which words decided. The scale is
// 1 at least, so that a sentence in which nothing moves the score stays plain.
func Scale(moves []float64) float64 {
	if len(moves) == 0 {
		return 1
	}
	sizes := make([]float64, len(moves))
	for i, m := range moves {
		sizes[i] = math.Abs(m)
	}
	sort.Float64s(sizes)
	at := int(math.Ceil(0.98*float64(len(sizes)))) - 1
	return math.Max(1, sizes[max(0, at)])
}

// TintClass is the class of a step, "t-3", "t0", "t4".
func TintClass(step int) string { return "t" + strconv.Itoa(step) }

// Cell is a square of a heat map, in units of the picture.
type Cell struct {
	X, Y, W, H float64
	Value      float64
}

// Heat draws cells as nine paths, one for each step of the scale: a row of words
// with sixteen cells each costs nine elements, not two hundred.
func Heat(cells []Cell) []app.UI {
	var paths [9][]byte
	num := func(b []byte, x float64) []byte { return strconv.AppendFloat(b, x, 'f', -1, 64) }
	for _, c := range cells {
		i := Tint(c.Value) + 4
		b := append(paths[i], 'M')
		b = num(b, c.X)
		b = append(b, ' ')
		b = num(b, c.Y)
		b = append(b, 'h')
		b = num(b, c.W)
		b = append(b, 'v')
		b = num(b, c.H)
		b = append(b, 'h')
		b = num(b, -c.W)
		paths[i] = append(b, 'z')
	}
	out := make([]app.UI, len(paths))
	for i, p := range paths {
		d := string(p)
		if d == "" {
			d = "M0 0" // go-app keeps an attribute that is emptied
		}
		out[i] = El("path", "class", "heat "+TintClass(i-4), "d", d)
	}
	return out
}
