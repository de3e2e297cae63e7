package app

import (
	"slices"

	"github.com/clove-ml/clove/app/chart"
	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// Pace is how far a run was after so many seconds of training: told at each epoch's end.
type Pace struct{ Seconds, Loss float64 }

// paced is the paces with one more; those of a stretch that was trained again go.
func paced(list []Pace, e spec.Epoch) []Pace {
	for len(list) > 0 && list[len(list)-1].Seconds >= e.Seconds {
		list = list[:len(list)-1]
	}
	return append(slices.Clip(list), Pace{e.Seconds, e.Validation.Loss})
}

// engine is one that trained the run.
type engine struct {
	name    string
	paces   []Pace
	rate    float64 // texts a second
	ms      float64 // of one text
	done    *spec.Done
	differs string
}

// engines are this tab and the native server, as far as each has trained this run.
func (s *State) engines() []engine {
	l, r, n := s.Lang, &s.Run, &s.Native
	workers := s.Machine.Threads
	tab := engine{differs: words.None}
	if r.Stage != Fresh && r.ID != Builtin { // the built-in model was trained when the site was made
		workers = r.Started.Threads
		tab.paces, tab.rate, tab.done = r.Paces, r.Last.TextsPerSecond, r.Done
	}
	tab.name = l.T("engine.tab", l.N("engine.workers", max(1, workers)))
	if c := r.Started.Choice; c != nil && c.Took == spec.OnGPU && tab.done != nil {
		tab.name = l.T("engine.gpu", c.Card)
	}
	if tab.done != nil {
		tab.differs = "0"
	}
	if o := s.original(); o != nil && s.timed(*o) {
		tab.ms = o.LatencyMS
	}
	native := engine{name: l.T("engine.native"), paces: n.Paces, rate: n.Last.TextsPerSecond, done: n.Done, differs: words.None}
	if n.Started.Threads > 0 {
		native.name = l.T("engine.native.by", l.N("engine.threads", n.Started.Threads))
	}
	if r.Done != nil && n.Done != nil && s.verifiable() {
		if native.differs = l.T("engine.other"); n.Done.SHA256 == r.Done.SHA256 {
			native.differs = l.T("engine.same")
		}
	}
	all := []engine{tab, native}
	if other, ok := s.otherEngine(); ok {
		all = append(all, other)
	}
	return all
}

func drawCompareEngines(b *Board, s *State) ui.UI {
	l := s.Lang
	all := s.engines()
	longest, most := 0.0, 0.0
	for _, e := range all {
		for _, p := range e.paces {
			longest, most = max(longest, p.Seconds), max(most, p.Loss)
		}
	}
	x, y := chart.Axis{High: 1}, chart.Axis{High: 0.8}
	if longest > 0 {
		x.High, y.High = 1.1*longest, 1.15*most
	}
	var body []ui.UI
	for _, share := range []float64{0.25, 0.5, 0.75} {
		body = append(body, chart.GridY(share, l.Fixed(share*y.High, 2))...)
	}
	body = append(body, chart.Base())
	var curves, names []ui.UI
	rows := [][]string{}
	for i, e := range all {
		if len(e.paces) == 0 {
			continue
		}
		points := make([]chart.Point, len(e.paces))
		for k, p := range e.paces {
			points[k] = chart.Point{X: x.At(p.Seconds), Y: y.At(p.Loss)}
		}
		end := points[len(points)-1]
		at, up := chart.Percent(end.X), chart.Percent(1-chart.Hold(end.Y))
		anchor := "middle"
		switch {
		case end.X > 0.8:
			anchor = "end"
		case end.X < 0.3:
			anchor = "start"
		}
		last := e.paces[len(e.paces)-1]
		curves = append(curves, chart.Line("l-val", points))
		names = append(names, chart.El("circle", "class", "d-val", "cx", at, "cy", up, "r", "3.5"),
			chart.Text(l.T("engine.took", e.name, l.Took(last.Seconds)), at, up, "class", "on", "text-anchor", anchor, "dy", []string{"17", "-10", "30"}[i]))
		rows = append(rows, []string{e.name, l.Fixed(last.Seconds, 1), l.Fixed(last.Loss, 4)})
	}
	body = append(append(body, chart.Stretched(curves...)), names...)
	find, act := b.enginesSay(s, all)
	end := words.None
	if longest > 0 {
		end = l.T("seconds.of", l.Fixed(x.High, msDecimals(x.High)-1))
	}
	table := make([]ui.UI, len(all))
	for i, e := range all {
		table[i] = el("tr", "", el("td", "", say(e.name)),
			el("td", "num", orNone(e.rate > 0, l.Fixed(e.rate, 0))),
			el("td", "num", orNone(e.ms > 0, l.Fixed(e.ms, msDecimals(e.ms)))),
			el("td", "num", say(e.differs)))
	}
	return cell{class: "s6", id: "engines", title: l.T("engines"), note: l.T("engines.note"), finding: find, body: []ui.UI{
		el("figure", "chart",
			el("figcaption", "", span("", say(l.T("validation.loss"))), behind(l, []string{l.T("engine"), l.T("seconds"), l.T("compare.loss")}, rows)),
			chart.Plot(170, plain(find), body...),
			box("xax", span("", say("0")), span("", say(end))).Aria("hidden", "true")),
		el("table", "",
			el("thead", "", el("tr", "", el("th", "", say(l.T("engine"))), el("th", "num", say(l.T("engine.rate"))), el("th", "num", say(l.T("engine.ms"))), el("th", "num", say(l.T("engine.differs"))))),
			el("tbody", "", table...)),
		act, b.otherSays(s),
	}}.draw()
}

// enginesSay is what the engines have shown, and what can be done.
func (b *Board) enginesSay(s *State, all []engine) (string, ui.UI) {
	l, n := s.Lang, &s.Native
	tab, native := all[0], all[1]
	act := func(key, do string) ui.UI {
		h, o := b.press(do)
		return box("acts mt8", button("btn", l.T(key), h, o))
	}
	note := func(text string) ui.UI { return el("p", "small mute mt8", say(text)) }
	switch {
	case s.Run.Stage != Trained || s.Run.ID == Builtin || tab.done == nil:
		return l.T("engines.wait"), note("")
	case s.Device.Other.Agreement != nil:
		a := s.Device.Other.Agreement
		return l.T("other.done", l.Int(a.Agree), l.Int(a.Texts), apart(l, a.Most)), note("")
	case tab.done.Card != "":
		return l.T("card.bits"), note("")
	case native.done != nil && !s.verifiable():
		return l.T("fast.bits"), note("")
	case native.done != nil && native.done.SHA256 == tab.done.SHA256:
		return l.T("engines.same", l.Times(tab.done.Seconds/max(1e-9, native.done.Seconds))), note(words.Hash(tab.done.SHA256))
	case native.done != nil:
		return l.T("engines.other", words.Hash(tab.done.SHA256), words.Hash(native.done.SHA256)), note("")
	case n.Stage == Reading, n.Stage == Training:
		return l.T("native.step", l.Int(n.Last.Step), l.Int(n.Started.Steps)), act("cancel", "native-stop")
	case s.Machine.Server:
		return l.T("engines.alone"), act("verify", "native")
	}
	return l.T("engines.alone"), note(l.T("verify.how"))
}
