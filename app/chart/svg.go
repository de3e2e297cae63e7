// Package chart draws with plain SVG: percent coordinates outside, lines in a
// nested svg that is stretched to the box, so that a chart follows its column
// without measuring it, text and points keep their shape, and all of it is there
// before the program starts.
package chart

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

const namespace = "http://www.w3.org/2000/svg"

// El is an SVG element; attrs are names and values in turn, empty values left out.
func El(tag string, attrs ...string) app.HTMLElem {
	e := app.Elem(tag).XMLNS(namespace)
	for i := 0; i+1 < len(attrs); i += 2 {
		e.Attr(attrs[i], attrs[i+1])
	}
	return e
}

// Text at a place, in the chart's small grey unless its class says more.
func Text(text, x, y string, attrs ...string) app.UI {
	return El("text", append([]string{"x", x, "y", y}, attrs...)...).Text(text)
}

// Percent writes a share of the box, 0 to 1.
func Percent(share float64) string { return strconv.FormatFloat(100*share, 'f', 1, 64) + "%" }

// Px writes a length.
func Px(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// Stretched is the inner svg, 1000 units wide and high whatever its box is.
func Stretched(body ...app.UI) app.UI {
	return El("svg", "viewBox", "0 0 1000 1000", "preserveAspectRatio", "none", "overflow", "visible").Body(body...)
}

// Point is a place in the unit square, y upwards.
type Point struct{ X, Y float64 }

// Line joins points within Stretched; points outside the box are held at its edge.
func Line(class string, points []Point) app.UI {
	b := make([]byte, 0, 9*len(points))
	for i, p := range points {
		if i > 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendInt(b, int64(1000*hold(p.X)+0.5), 10)
		b = append(b, ',')
		b = strconv.AppendInt(b, int64(1000*(1-hold(p.Y))+0.5), 10)
	}
	return El("polyline", "class", class, "points", string(b))
}

func hold(x float64) float64 {
	if !(x > 0) { // NaN as well
		return 0
	}
	if x > 1 {
		return 1
	}
	return x
}

// Hold keeps a share within the box.
func Hold(x float64) float64 { return hold(x) }

// Axis maps a quantity to the unit interval, linearly.
type Axis struct{ Low, High float64 }

// At is where v stands.
func (a Axis) At(v float64) float64 {
	if a.High == a.Low {
		return 0
	}
	return (v - a.Low) / (a.High - a.Low)
}

// GridY draws a hairline across and its label outside at the left.
func GridY(share float64, label string) []app.UI {
	y := Percent(1 - share)
	return []app.UI{
		El("line", "class", "grid", "x1", "0", "x2", "100%", "y1", y, "y2", y),
		Text(label, "-6", y, "dy", "4", "text-anchor", "end"),
	}
}

// GridX draws a hairline upwards.
func GridX(share float64) app.UI {
	x := Percent(share)
	return El("line", "class", "grid", "x1", x, "x2", x, "y1", "0", "y2", "100%")
}

// Base is the one axis line, below.
func Base() app.UI {
	return El("line", "class", "base", "x1", "0", "x2", "100%", "y1", "100%", "y2", "100%")
}

// Plot is the outer svg with its finding.
func Plot(height int, finding string, body ...app.UI) app.UI {
	return El("svg", "class", "plot", "height", strconv.Itoa(height), "role", "img", "aria-label", finding).Body(body...)
}
