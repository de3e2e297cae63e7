package app

import (
	"cmp"
	"slices"

	"github.com/clove-ml/clove/app/chart"
	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// dot is where a variant stands on the map.
type dot struct {
	v              spec.Variant
	name           string
	x, y, low, top float64 // shares of the plot; low and top are its interval's ends
	front          bool    // nothing shown beats it
}

// dots are those of the variants that the view shows; the axes hold all there are, so
// that a filter hides and never rescales.
func (s *State) dots(v view) ([]dot, chart.LogAxis, chart.RatioAxis) {
	var across, up []float64
	least := 1.0
	list := s.base()
	for _, x := range list {
		if cost := v.cost(s, x); cost > 0 {
			across = append(across, cost)
		}
		if x.Test.Texts > 0 {
			least = min(least, 0.5/float64(x.Test.Texts))
			if up = append(up, v.wrong(x.Test)); v.up == "accuracy" {
				up = append(up, 1-x.Test.Low, 1-x.Test.High)
			}
		}
	}
	if c := s.counted(v); c > 0 {
		up = append(up, 1-c)
	}
	xs := chart.Decades(across)
	ys := chart.Errors(up, least)
	if v.up == "loss" {
		ys = chart.Losses(up)
	}
	names := s.mapNames()
	var out []dot
	for i, x := range list {
		cost := v.cost(s, x)
		if cost <= 0 || x.Test.Texts == 0 || !v.shows(x) {
			continue
		}
		at := ys.At(max(least, v.wrong(x.Test)))
		p := dot{v: x, name: names[i], x: xs.At(cost), y: at, low: at, top: at}
		if v.up == "accuracy" {
			p.low, p.top = ys.At(max(least, 1-x.Test.Low)), ys.At(max(least, 1-x.Test.High))
		}
		out = append(out, p)
	}
	pairs := make([]chart.Pair, len(out))
	for i, p := range out {
		pairs[i] = chart.Pair{Cost: p.x, Gain: p.y}
	}
	for i, on := range chart.Front(pairs) {
		out[i].front = on
	}
	return out, xs, ys
}

// counted is the accuracy of words counted without a net, 0 unknown or not what the map has upwards.
func (s *State) counted(v view) float64 {
	if o := s.original(); o != nil && v.up == "accuracy" && s.Compared.Counted.Model == o.ID {
		return s.Compared.Counted.Test.Accuracy
	}
	return 0
}

// cost is what the map has across; 0 unknown here.
func (v view) cost(s *State, x spec.Variant) float64 {
	switch {
	case v.across == "bytes":
		return float64(x.FileBytes)
	case s.timed(x):
		return x.LatencyMS
	}
	return 0
}

// wrong is what it has upwards, the less the higher.
func (v view) wrong(m spec.Measure) float64 {
	if v.up == "loss" {
		return m.Loss
	}
	return 1 - m.Accuracy
}

// The plot's height, and the sizes in which its names are laid out.
const (
	mapTall   = 360
	mapWide   = 760.0
	mapNarrow = 290.0
)

func drawCompareMap(b *Board, s *State) ui.UI {
	l, v := s.Lang, s.view()
	dots, xs, ys := s.dots(v)
	built := s.Run.Stage == Fresh
	var body, ticks []ui.UI
	for _, t := range ys.Ticks {
		text := l.Percent(1-t, tickDecimals(1-t))
		if v.up == "loss" {
			text = l.Fixed(t, 2)
		}
		body = append(body, chart.GridY(ys.At(t), text)...)
	}
	for _, t := range xs.Ticks {
		text := l.Bytes(int64(t))
		if v.across == "ms" {
			text = l.T("compare.ms.of", words.Plain(t))
		}
		body = append(body, chart.GridX(xs.At(t)))
		ticks = append(ticks, chart.Text(text, chart.Percent(xs.At(t)), "12", "text-anchor", "middle"))
	}
	body = append(body, chart.Base())
	if len(dots) > 0 && dots[0].v.Pipeline == "" && v.up == "accuracy" {
		o := dots[0]
		top := chart.Percent(1 - chart.Hold(o.top))
		body = append(body,
			chart.El("rect", "class", "band", "x", "0", "width", "100%", "y", top, "height", chart.Percent(max(0, chart.Hold(o.top)-chart.Hold(o.low)))))
		if !s.Narrow { // there is no room beside the points' names; the finding says it
			body = append(body, chart.Text(l.T("map.band"), "0", top, "dx", "8", "dy", "14"))
		}
	}
	counted := ""
	if c := s.counted(v); c > 0 {
		counted = l.T("map.counted." + s.baseSpec().Tokenizer.Kind)
		y := chart.Percent(1 - chart.Hold(ys.At(1-c)))
		body = append(body, chart.El("line", "class", "cut", "x1", "0", "x2", "100%", "y1", y, "y2", y),
			chart.Text(l.T("map.counted", counted, l.Percent(c, 1)), "100%", y, "class", "halo", "text-anchor", "end", "dy", "14"))
	}
	var stairs []chart.Point
	for _, p := range frontOf(dots) {
		stairs = append(stairs, chart.Point{X: p.x, Y: p.y})
	}
	body = append(body, chart.Stretched(chart.Line("l-front"+map[bool]string{true: " ghost"}[built], chart.Stairs(stairs))))
	spots := make([]chart.Spot, len(dots))
	for i, p := range dots {
		kind := "d-val"
		if !p.front || built && i > 0 {
			kind = "d-out"
		}
		sel := s.picked(p.v.ID) && s.selected() != nil
		if sel {
			kind = "d-sel"
		}
		spots[i] = chart.Spot{X: p.x, Y: p.y, Low: p.low, High: p.top, Name: p.name, ID: p.v.ID, Kind: kind, Ring: sel}
	}
	wide := mapWide
	if s.Narrow {
		wide = mapNarrow
	}
	for _, spot := range chart.LabelIn(spots, wide, mapTall) {
		g := chart.Draw(spot)
		if !built {
			g.(ui.HTMLElem).OnClick(b.press("select", spot.ID)) // the arrow keys and the table do the same
		}
		body = append(body, g)
	}
	rows := make([][]string, len(dots))
	for i, p := range dots {
		acc, half := l.Interval(p.v.Test.Accuracy, p.v.Test.Low, p.v.Test.High)
		ms := words.None
		if s.timed(p.v) {
			ms = l.Fixed(p.v.LatencyMS, msDecimals(p.v.LatencyMS))
		}
		rows[i] = []string{p.name, kilobytes(l, p.v.FileBytes), acc + " " + half, l.Fixed(p.v.Test.Loss, 3), ms}
	}
	if counted != "" {
		m := s.Compared.Counted.Test
		acc, half := l.Interval(m.Accuracy, m.Low, m.High)
		rows = append(rows, []string{counted, words.None, acc + " " + half, words.None, words.None})
	}
	find := mapFinding(l, dots)
	up := l.T("test.accuracy")
	if v.up == "loss" {
		up = l.T("compare.loss")
	}
	return cell{class: "s12", id: "map", title: l.T("map"), note: l.T("map.note"), finding: find, body: []ui.UI{
		el("figure", "chart",
			el("figcaption", "", span("", say(up)),
				behind(l, []string{l.T("variant"), l.T("compare.kb"), l.T("accuracy.head"), l.T("compare.loss"), l.T("ms")}, rows)),
			box("walk", chart.Plot(mapTall, plain(find), body...)).ID("walk").TabIndex(0).DataSet("keys", "front").Role("group").Aria("label", l.T("map.walk")),
			box("xax xlog", chart.El("svg", "class", "plot", "height", "16").Body(ticks...)).Aria("hidden", "true"),
			el("p", "vh", say(s.walked(dots))).Aria("live", "polite")),
	}}.draw()
}

// tickDecimals are those of a share that a tick names.
func tickDecimals(share float64) int {
	if x := 1000 * share; int(x+0.5)%10 != 0 {
		return 1
	}
	return 0
}

// frontOf are the dots that nothing shown beats, the smallest first.
func frontOf(dots []dot) []dot {
	front := slices.DeleteFunc(slices.Clone(dots), func(p dot) bool { return !p.front })
	slices.SortStableFunc(front, func(a, b dot) int { return cmp.Compare(a.x, b.x) })
	return front
}

// walk goes along the front from the variant that is selected, or from where it would
// stand: "left" to the next smaller, "right" to the next larger.
func (n *next) walk(way string) {
	dots, _, _ := n.dots(n.view())
	front := frontOf(dots)
	at := slices.IndexFunc(dots, func(p dot) bool { return n.picked(p.v.ID) })
	if len(front) == 0 || n.Run.Stage == Fresh {
		return
	}
	x := front[len(front)-1].x
	if at >= 0 {
		x = dots[at].x
	}
	switch way {
	case "left":
		for _, p := range slices.Backward(front) {
			if p.x < x {
				n.choose(p.v.ID)
				return
			}
		}
	case "right":
		for _, p := range front {
			if p.x > x {
				n.choose(p.v.ID)
				return
			}
		}
	case "home":
		n.choose(front[0].v.ID)
	case "end":
		n.choose(front[len(front)-1].v.ID)
	}
}

// walked says which variant the keys have come to.
func (s *State) walked(dots []dot) string {
	for _, p := range dots {
		if s.picked(p.v.ID) {
			return s.Lang.T("map.at", p.name, s.Lang.Bytes(int64(p.v.FileBytes)), s.Lang.Percent(p.v.Test.Accuracy, 1))
		}
	}
	return ""
}

// mapFinding says how small a variant may be before its accuracy leaves the original's
// interval, whether what it loses is real text by text, and what is smaller still.
func mapFinding(l words.Lang, dots []dot) string {
	if len(dots) == 0 {
		return l.T("map.empty")
	}
	o := dots[0].v
	if len(dots) == 1 || o.Pipeline != "" {
		return l.T("map.one")
	}
	small := -1 // the smallest within the interval
	for i, p := range dots[1:] {
		if p.v.Test.Accuracy >= o.Test.Low && (small < 0 || p.v.FileBytes < dots[small].v.FileBytes) {
			small = i + 1
		}
	}
	var say string
	if small < 0 {
		best := slices.MaxFunc(dots[1:], func(a, b dot) int { return cmp.Compare(a.v.Test.Accuracy, b.v.Test.Accuracy) })
		return l.T("map.outside", best.name, l.Fixed(100*(o.Test.Accuracy-best.v.Test.Accuracy), 1))
	}
	p := dots[small]
	say = l.T("map.within", l.Bytes(int64(p.v.FileBytes)), p.name)
	if d := p.v.Versus; d != nil {
		switch {
		case d.McNemar >= significant:
			say += l.T("map.chance")
		case d.Lost > 0:
			say += l.T("map.real")
		default:
			say += l.T("map.better")
		}
	}
	say += l.T("stop")
	if least := frontOf(dots)[0]; least.v.FileBytes < p.v.FileBytes {
		say += l.T("map.smaller", least.name, l.Bytes(int64(least.v.FileBytes)), l.Fixed(100*(o.Test.Accuracy-least.v.Test.Accuracy), 1))
	}
	return say
}

// significant is where a difference is told as real.
const significant = 0.05
