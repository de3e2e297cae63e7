package app

import (
	"strconv"

	"github.com/clove-ml/clove/app/chart"
	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// tableRows is how many variants the table shows without scrolling.
const tableRows = 7

// drawCompare is the sixth column: every variant a point, bytes across, test
// accuracy up, and the same as a table. Press either to select.
func drawCompare(b *Board, s *State) ui.UI {
	l := s.Lang
	built := s.Run.Stage == Fresh
	list := s.base()
	right := l.N("variants", len(list))
	switch {
	case built && len(list) > 0:
		right = l.T("at.build")
	case len(list) == 0:
		right = words.None
	}
	selected := s.Selected
	if v := s.selected(); v == nil && len(list) > 0 && !built {
		selected = list[0].ID
	}
	first := head(s, "compare", span("", say(right)))
	pic := box("pic", el("figure", "chart",
		el("figcaption", "", span("", say(l.T("test.accuracy"))), span("mute", say(l.T("intervals")))),
		b.scatter(s, list, built, selected),
		b.bytesAxis(s, list)))
	if s.Embed.On {
		return card("compare", "h6", s.card() == 6, first, pic)
	}
	return card("compare", "h6", s.card() == 6,
		first,
		pic,
		box("info", b.variants(s, list, built, selected)),
		settings(l, l.T("compare.now"),
			el("p", "mute", say(l.T("compare.note"))),
			el("p", "mute", say(l.T("latency.note")))),
	)
}

// variants is the table; empty rows keep their place.
func (b *Board) variants(s *State, list []spec.Variant, built bool, selected string) ui.UI {
	l := s.Lang
	front := chart.Front(points2(list))
	names := shortNames(l, list)
	rows := make([]ui.UI, 0, max(tableRows, len(list)))
	for i, v := range list {
		class := ""
		if !front[i] || built && i > 0 {
			class = "out"
		}
		pressed := "false"
		if v.ID == selected && !built && len(list) > 1 {
			class, pressed = "sel", "true"
		}
		name := names[i]
		acc, half := l.Interval(v.Test.Accuracy, v.Test.Low, v.Test.High)
		accuracy := span("", say(acc+" "), span("mute", say(half)))
		if v.Test.Texts == 0 {
			accuracy = none()
		}
		ms := words.None
		if v.LatencyMS > 0 && !built { // what was timed at build is not of this machine
			ms = l.Fixed(v.LatencyMS, msDecimals(v.LatencyMS))
		}
		title := variantName(l, v.Name)
		if v.LatencyQ3 > 0 && ms != words.None {
			title = l.T("latency.title", title, l.Fixed(v.LatencyQ1, 2), l.Fixed(v.LatencyQ3, 2))
		}
		link := el("button", "link", say(name)).Attr("type", "button").Title(title).Aria("pressed", pressed).OnClick(b.press("select", v.ID))
		if built {
			link = span("name", say(name)).Title(title)
		}
		rows = append(rows, el("tr", class,
			el("td", "", link),
			el("td", "num", accuracy),
			el("td", "num", say(l.Bytes(int64(v.FileBytes)))),
			el("td", "num", say(l.Times(float64(list[0].FileBytes)/float64(max(1, v.FileBytes))))),
			el("td", "num", say(ms))))
	}
	for len(rows) < tableRows {
		name, acc := "\u00a0", span("", say(""))
		if len(rows) == 0 {
			name = l.T("variant.original")
			acc = none()
		}
		rows = append(rows, el("tr", "", el("td", "mute", say(name)), el("td", "num", acc), el("td", "num", say("")), el("td", "num", say("")), el("td", "num", say(""))).
			Aria("hidden", strconv.FormatBool(len(rows) > 0)))
	}
	return box("scroller", el("table", "var",
		el("thead", "", el("tr", "",
			el("th", "", say(l.T("variant"))),
			el("th", "num", say(l.T("accuracy.head"))),
			el("th", "num", say(l.T("file"))),
			el("th", "num", say(l.T("smaller"))),
			el("th", "num", say(l.T("ms"))))),
		el("tbody", "", rows...))).TabIndex(0).Role("group").Aria("label", l.T("variants.label"))
}

func msDecimals(ms float64) int {
	switch {
	case ms < 0.00995:
		return 3
	case ms < 9.95:
		return 2
	}
	return 1
}

func points2(list []spec.Variant) []chart.Pair {
	out := make([]chart.Pair, len(list))
	for i, v := range list {
		out[i] = chart.Pair{Cost: float64(v.FileBytes), Gain: v.Test.Accuracy}
	}
	return out
}

// field of the scatter: what both axes hold.
func (s *State) ranges(list []spec.Variant) (x chart.LogAxis, y chart.Axis, ticks []float64) {
	var bytes []float64
	low := 1.0
	add := func(list []spec.Variant) {
		for _, v := range list {
			bytes = append(bytes, float64(v.FileBytes))
			if v.Test.Texts > 0 && v.Test.Low < low {
				low = v.Test.Low
			}
		}
	}
	add(list)
	if len(list) == 0 && s.Builtin != nil {
		add(s.Builtin.Variants)
	}
	if f := s.facts(); f != nil && f.FileBytes > 0 {
		bytes = append(bytes, float64(f.FileBytes))
	}
	if low == 1 {
		low = 0.8
	}
	if len(list) == 0 && s.busy() || s.Run.Stage == Stopped {
		low = 0.52 // of a coin's throw: one scale for the run's whole length
		if f := s.facts(); f != nil && len(f.Labels) > 2 {
			low = 1 / float64(len(f.Labels))
		}
	}
	x = chart.Decades(bytes)
	y, ticks = chart.Upper(low)
	return x, y, ticks
}

func (b *Board) scatter(s *State, list []spec.Variant, built bool, selected string) ui.UI {
	l := s.Lang
	x, y, ticks := s.ranges(list)
	var body []ui.UI
	for _, t := range ticks {
		body = append(body, chart.GridY(y.At(t), l.Percent(t, 0))...)
	}
	for _, t := range x.Ticks {
		body = append(body, chart.GridX(x.At(t)))
	}
	body = append(body, chart.Base())
	front := chart.Front(points2(list))
	ghosted := ""
	if built {
		ghosted = " ghost"
	}
	var stairs []chart.Point
	for i, p := range points2(list) {
		if front[i] {
			stairs = append(stairs, chart.Point{X: x.At(p.Cost), Y: y.At(p.Gain)})
		}
	}
	body = append(body, chart.Stretched(chart.Line("l-front"+ghosted, chart.Stairs(stairs))))
	names := shortNames(l, list)
	var spots []chart.Spot
	for i, v := range list {
		if v.Test.Texts == 0 {
			continue
		}
		kind := "d-val"
		if !front[i] || built && i > 0 {
			kind = "d-out"
		}
		if !built && v.ID == selected && i > 0 {
			kind = "d-sel"
		}
		spots = append(spots, chart.Spot{
			X: x.At(float64(v.FileBytes)), Y: y.At(v.Test.Accuracy), Low: y.At(v.Test.Low), High: y.At(v.Test.High),
			Name: names[i], ID: v.ID, Kind: kind, Ring: !built && v.ID == selected,
		})
	}
	if len(list) == 0 && s.Run.Newest.Texts > 0 {
		if f := s.facts(); f != nil && f.FileBytes > 0 {
			m := s.Run.Newest
			spots = append(spots, chart.Spot{X: x.At(float64(f.FileBytes)), Y: y.At(m.Accuracy), Low: y.At(m.Accuracy), High: y.At(m.Accuracy),
				Name: l.T(map[bool]string{false: "in.training", true: "kept.checkpoint"}[s.Run.Stage == Stopped]), Kind: "d-out"})
		}
	}
	for _, p := range chart.Label(spots) {
		g := chart.Draw(p)
		if !built && p.ID != "" {
			g.(ui.HTMLElem).OnClick(b.press("select", p.ID)) // the table's buttons do the same by keyboard
		}
		body = append(body, g)
	}
	switch {
	case built && len(list) > 1:
		at := chart.Percent(chart.Free(spots, 0.45, 1))
		body = append(body, chart.Text(l.T("hollow.1"), "100%", at, "text-anchor", "end"), chart.Text(l.T("hollow.2"), "100%", at, "dy", "17", "text-anchor", "end"))
	case len(list) < 2:
		at, x, anchor := chart.Percent(chart.Free(spots, 0, 1)), "50%", "middle"
		if s.Embed.On { // narrower: clear of the point at the right
			at, x, anchor = "40%", "2%", "start"
		}
		body = append(body, chart.Text(l.T("lands.1"), x, at, "text-anchor", anchor), chart.Text(l.T("lands.2"), x, at, "dy", "17", "text-anchor", anchor))
	}
	return chart.Plot(248, compareFinding(l, list, front), body...)
}

// compareFinding says in words what the picture shows.
func compareFinding(l words.Lang, list []spec.Variant, front []bool) string {
	if len(list) == 0 {
		return l.T("compare.empty")
	}
	names := ""
	for i, v := range list {
		if front[i] {
			if names != "" {
				names += l.T("list.comma")
			}
			names += variantName(l, v.Name)
		}
	}
	return l.T("compare.finding", l.N("variants", len(list)), names)
}

func (b *Board) bytesAxis(s *State, list []spec.Variant) ui.UI {
	x, _, _ := s.ranges(list)
	var ticks []ui.UI
	for _, t := range x.Ticks {
		ticks = append(ticks, chart.Text(s.Lang.Bytes(int64(t)), chart.Percent(x.At(t)), "12", "text-anchor", "middle"))
	}
	return box("xax xlog", chart.El("svg", "class", "plot", "height", "16").Body(ticks...)).Aria("hidden", "true")
}
