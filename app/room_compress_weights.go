package app

import (
	"math"
	"slices"
	"strconv"

	"github.com/clove-ml/clove/app/chart"
	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// weights are the picked matrix of the selected variant, nil for none yet.
func (s *State) weights() *spec.Weights {
	if s.selected() == nil {
		return nil
	}
	return s.Looks.Weights
}

// drawBefore shows the weights before as bars and after as an outline, what is exactly 0
// apart, and below some of them close up on the grid that they were rounded to.
func drawBefore(b *Board, s *State) ui.UI {
	l := s.Lang
	w := s.weights()
	c := cell{class: "s6", id: "before", title: l.T("before.title"), note: s.variantNote(s.selected()), finding: l.T("after.this")}
	var table ui.UI = span("", say(""))
	low, high := words.None, words.None
	if w != nil {
		c.finding = beforeFinding(l, w)
		table = weightsTable(l, w)
		low, high = l.Fixed(-w.Range, decimalsOf(w.Range)), l.Fixed(w.Range, decimalsOf(w.Range))
	}
	menu := el("select", "", b.matrices(s)...).ID("matrix").Aria("label", l.T("before.matrix")).OnChange(b.lookAt("matrix"))
	c.body = []ui.UI{
		el("figure", "chart",
			el("figcaption", "", span("", menu), table),
			histogram(l, w),
			box("xax", span("", say(low)), span("", say("0")), span("", say(high))).Aria("hidden", "true")),
		closeUp(l, w),
	}
	return c.draw()
}

// lookAt handles a field that selects something in the room.
func (b *Board) lookAt(name string) (ui.EventHandler, ui.EventOption) {
	return func(ctx ui.Context, _ ui.Event) {
		b.apply(Press{"look", name + "=" + ctx.JSSrc().Get("value").String()})
	}, ui.EventScope("look", name)
}

func (b *Board) matrices(s *State) []ui.UI {
	l := s.Lang
	w := s.weights()
	if w == nil {
		return []ui.UI{el("option", "", say(l.T("matrix.lstm.weight_hh_l0"))).Attr("value", "")}
	}
	items := make([]ui.UI, len(w.Tensors))
	for i, name := range w.Tensors {
		o := el("option", "", say(l.Or(name, "matrix."+name))).Attr("value", name)
		if name == w.Tensor {
			o.Attr("selected", true)
		}
		items[i] = o
	}
	return items
}

func decimalsOf(x float64) int {
	if x < 1 {
		return 2
	}
	return 1
}

// beforeFinding says what became of the matrix.
func beforeFinding(l words.Lang, w *spec.Weights) string {
	if !w.Same {
		return l.T("before.other", l.Int(w.Before.Weights), l.Int(w.After.Weights))
	}
	text := ""
	if share := zeroShare(w); share > 0.005 {
		text = l.T("before.zero", l.Percent(share, 0))
	}
	switch c := w.Close; {
	case c != nil && c.Scale > 0:
		text = l.Join(text, l.T("before.grid", l.Fixed(c.Scale, 4), l.Fixed(c.Most, 4)))
	case c != nil && len(c.Grid) > 0:
		text = l.Join(text, l.T("before.values", l.Int(len(c.Grid)), l.Fixed(c.Most, 4)))
	case text == "" && slices.Equal(w.Before.Bins, w.After.Bins):
		text = l.T("before.same")
	case text == "":
		text = l.T("before.moved")
	}
	return text
}

func zeroShare(w *spec.Weights) float64 {
	return float64(w.After.Zeros) / float64(max(1, w.After.Weights))
}

// histogram draws both; the spike at 0 is cut and says so.
func histogram(l words.Lang, w *spec.Weights) ui.UI {
	base := chart.Base()
	if w == nil || len(w.Before.Bins) == 0 {
		return chart.Plot(190, l.T("before.empty"), base)
	}
	most := 1
	for _, h := range []spec.Histogram{w.Before, w.After} {
		// A few values that all share stand out of any scale: it is that of the bars.
		most = max(most, slices.Max(h.Bins))
	}
	if top := slices.Max(w.Before.Bins); most > 2*top {
		most = 2 * top
	}
	if w.After.Zeros > most {
		most += most * 3 / 5 // the spike stands above the bars, its words beside it
	}
	n := float64(len(w.Before.Bins))
	tall := func(count int) float64 { return 1 - math.Min(1, float64(count)/float64(most)) }
	var bars []byte
	for i, count := range w.Before.Bins {
		x, y := 1000*float64(i)/n, 1000*tall(count)
		bars = append(bars, 'M')
		bars = strconv.AppendFloat(bars, x+1.5, 'f', 1, 64)
		bars = append(bars, " 1000V"...)
		bars = strconv.AppendFloat(bars, y, 'f', 1, 64)
		bars = append(bars, 'h')
		bars = strconv.AppendFloat(bars, 1000/n-3, 'f', 1, 64)
		bars = append(bars, "V1000z"...)
	}
	var line []chart.Point
	for i, count := range w.After.Bins {
		y := 1 - tall(count)
		line = append(line, chart.Point{X: float64(i) / n, Y: y}, chart.Point{X: float64(i+1) / n, Y: y})
	}
	body := []ui.UI{base,
		chart.Stretched(chart.El("path", "class", "heat bar", "d", string(bars)), chart.Line("l-small", line)),
	}
	if share := zeroShare(w); share > 0.005 {
		top, cut := tall(w.After.Zeros), ""
		if w.After.Zeros > most {
			top, cut = 0.04, l.T("before.cut", l.Int(w.After.Zeros), l.Int(w.After.Weights))
		}
		body = append(body,
			chart.El("rect", "class", "d-sel", "x", "49.4%", "width", "1.2%", "y", chart.Percent(top), "height", chart.Percent(1-top)),
			chart.Text(l.T("before.spike", l.Percent(share, 0)), "50%", "4%", "dx", "10", "dy", "9", "class", "sel"),
			chart.Text(cut, "50%", "20%", "dx", "10", "dy", "6", "class", "halo"))
	}
	body = append(body,
		chart.Text(l.T("before.before"), "24%", "52%", "text-anchor", "end", "class", "on"),
		chart.Text(l.T("before.after"), "80%", "70%", "class", "sel"))
	return chart.Plot(190, beforeFinding(l, w), body...)
}

// weightsTable is the histogram in figures, some bins a row.
func weightsTable(l words.Lang, w *spec.Weights) ui.UI {
	const together = 8
	n := len(w.Before.Bins)
	edge := func(i int) string { return l.Fixed(w.Range*(2*float64(i)/float64(n)-1), 2) }
	var rows [][]string
	for i := 0; i < n; i += together {
		to := min(n, i+together)
		before, after := 0, 0
		for k := i; k < to; k++ {
			before += w.Before.Bins[k]
			after += w.After.Bins[k]
		}
		rows = append(rows, []string{l.T("report.between", edge(i), edge(to)), l.Int(before), l.Int(after)})
	}
	rows = append(rows, []string{"0", l.Int(w.Before.Zeros), l.Int(w.After.Zeros)})
	return behind(l, []string{l.T("before.weight"), l.T("before.before"), l.T("before.after")}, rows)
}

// closestDots is how many weights a close-up shows, at most.
const closestDots = 26

// closeUp shows some weights of a row falling to their steps.
func closeUp(l words.Lang, w *spec.Weights) ui.UI {
	caption, finding := l.T("close.title"), l.T("close.empty")
	body := []ui.UI{chart.El("line", "class", "base", "x1", "0", "x2", "100%", "y1", "64%", "y2", "64%")}
	low, high := words.None, words.None
	if w != nil && w.Close != nil && len(w.Close.Grid) > 1 {
		c := w.Close
		from, to := window2(c)
		caption = l.T("close.row", l.Int(c.Row+1))
		steps := between(c.Grid, from, to)
		finding = l.T("close.finding", l.Fixed((to-from)/float64(max(1, steps-1)), 4), l.Fixed(c.Most, 4))
		pad := (to - from) * 0.03
		axis := chart.Axis{Low: from - pad, High: to + pad}
		for _, g := range c.Grid {
			// Of more, as near as they are, they would be one line.
			if v := float64(g); steps <= 140 && v >= from && v <= to {
				x := chart.Percent(axis.At(v))
				body = append(body, chart.El("line", "class", "whisk", "x1", x, "x2", x, "y1", "58%", "y2", "70%"))
			}
		}
		dots := 0
		for i, before := range c.Before {
			a, z := axis.At(float64(before)), axis.At(float64(c.After[i]))
			if c.After[i] == 0 && len(c.Grid) > 34 || a < 0 || a > 1 || z < 0 || z > 1 || dots >= closestDots {
				continue
			}
			dots++
			body = append(body,
				chart.El("line", "class", "l-front", "x1", chart.Percent(a), "y1", "28%", "x2", chart.Percent(z), "y2", "60%"),
				chart.El("circle", "class", "d-val", "cx", chart.Percent(a), "cy", "24%", "r", "2.4"),
				chart.El("circle", "class", "d-sel", "cx", chart.Percent(z), "cy", "64%", "r", "2.6"))
		}
		body = append(body, chart.Text(l.T("close.trained"), "0", "10%", "dy", "2", "class", "on"), chart.Text(finding, "0", "96%", "class", "sel"))
		low, high = l.Fixed(from, 2), l.Fixed(to, 2)
	}
	return el("figure", "chart",
		el("figcaption", "", span("", say(caption))),
		chart.Plot(96, finding, body...),
		box("xax", span("", say(low)), span("", say(high))).Aria("hidden", "true"))
}

// window2 is the part of the grid that is drawn: all of a coarse one, of a fine one the
// steps among which most of the kept weights were and are, wider until there are some.
func window2(c *spec.CloseUp) (from, to float64) {
	g := c.Grid
	for steps := 34; steps < len(g); steps *= 2 {
		best, most := 0, 0
		for i := 0; i+steps <= len(g); i += steps / 4 {
			low, high, n := g[i], g[i+steps-1], 0
			for k, x := range c.After {
				if was := c.Before[k]; x != 0 && x >= low && x <= high && was >= low && was <= high {
					n++
				}
			}
			if n > most {
				best, most = i, n
			}
		}
		if most >= 8 {
			return float64(g[best]), float64(g[best+steps-1])
		}
	}
	return float64(g[0]), float64(g[len(g)-1])
}

// between counts the steps of a grid from one value to another.
func between(grid []float32, from, to float64) int {
	n := 0
	for _, g := range grid {
		if v := float64(g); v >= from && v <= to {
			n++
		}
	}
	return n
}

// drawLeft is the mask: a dot a weight that is kept, and the share of each gate.
func drawLeft(_ *Board, s *State) ui.UI {
	l := s.Lang
	w := s.weights()
	c := cell{class: "s3", id: "left", title: l.T("left.title"), note: words.None, finding: l.T("after.this")}
	gates := []string{"i", "f", "g", "o"}
	shares := make([]string, len(gates))
	for i := range shares {
		shares[i] = words.None
	}
	says := l.T("left.empty")
	if w != nil {
		c.note = l.Int(w.Rows) + " × " + l.Int(w.Cols)
		c.finding = leftFinding(l, w)
		says = c.finding
		if !w.Gates || len(w.Kept) < len(gates) {
			gates, shares = []string{l.T("left.all")}, []string{words.None}
		}
		for i := range gates {
			if i < len(w.Kept) {
				shares[i] = l.Percent(1-w.Kept[i], 0)
			}
		}
		if w.MapRows < w.Rows {
			c.note = l.T("left.first", l.Int(w.MapRows), l.Int(w.Rows), l.Int(w.Cols))
		}
	}
	names := make([]ui.UI, len(gates))
	for i, g := range gates {
		names[i] = span("", say(g), el("small", "", say(shares[i])))
	}
	c.body = []ui.UI{box("mask", box("gates n"+strconv.Itoa(len(gates)), names...),
		el("canvas", "").ID("mask").Role("img").Aria("label", says))}
	return c.draw()
}

// leftFinding says which gate could spare most.
func leftFinding(l words.Lang, w *spec.Weights) string {
	if len(w.Kept) == 0 {
		return ""
	}
	least, most := 0, 0
	for i, k := range w.Kept {
		if k < w.Kept[least] {
			least = i
		}
		if k > w.Kept[most] {
			most = i
		}
	}
	switch {
	case w.Kept[least] > 0.995:
		return l.T("left.whole")
	case w.Gates && len(w.Kept) == 4 && w.Kept[most]-w.Kept[least] > 0.01:
		return l.T("left.gate", string("ifgo"[least]))
	}
	return l.T("left.dot")
}
