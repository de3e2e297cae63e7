package chart

import (
	"math"
	"slices"
)

// RatioAxis maps what should be small (errors, a loss) to the unit interval by its
// logarithm, the smallest at the top: half as much is everywhere the same way up. A linear
// axis would waste four fifths of itself on one bad variant.
type RatioAxis struct {
	Low, High float64 // the greatest, at the bottom, and the smallest, at the top
	Ticks     []float64
}

// At is where v stands.
func (a RatioAxis) At(v float64) float64 {
	if !(v > 0) {
		return 1
	}
	return math.Log(a.Low/v) / math.Log(a.Low/a.High)
}

// ticked are the shares right that an axis of errors may name.
var ticked = []float64{0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.992, 0.995, 0.997, 0.998, 0.999}

// Errors holds all shares wrong with room at both ends; its ticks are those of round
// shares right, as far apart as a line is high. Least stands for none wrong.
func Errors(wrong []float64, least float64) RatioAxis {
	var candidates []float64
	for _, right := range ticked {
		candidates = append(candidates, 1-right)
	}
	return ratio(wrong, least, candidates)
}

// Losses holds all losses, likewise.
func Losses(loss []float64) RatioAxis {
	var candidates []float64
	for p := -4.0; p <= 2; p++ {
		for _, m := range []float64{10, 7, 5, 4, 3, 2.5, 2, 1.5} {
			candidates = append(candidates, m*math.Pow(10, p))
		}
	}
	slices.SortFunc(candidates, func(a, b float64) int {
		if a > b {
			return -1
		}
		return 1
	})
	return ratio(loss, 1e-4, candidates)
}

// tickApart is the least share of the height between two ticks.
const tickApart = 0.08

func ratio(values []float64, least float64, candidates []float64) RatioAxis {
	small, great := math.Inf(1), 0.0
	for _, v := range values {
		if v < least {
			v = least
		}
		small, great = math.Min(small, v), math.Max(great, v)
	}
	if great == 0 {
		small, great = 0.05, 0.2
	}
	if great < 2*small { // one point, or points alike: a picture of their differences alone would shout
		middle := math.Sqrt(great * small)
		small, great = math.Min(small, middle/math.Sqrt2), math.Max(great, middle*math.Sqrt2)
	}
	room := math.Pow(great/small, 0.08)
	a := RatioAxis{Low: great * room, High: small / room}
	last := math.Inf(-1)
	for _, v := range candidates {
		if at := a.At(v); at >= 0.02 && at <= 1 && at-last >= tickApart {
			a.Ticks, last = append(a.Ticks, v), at
		}
	}
	return a
}
