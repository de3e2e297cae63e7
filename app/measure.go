package app

import (
	"strconv"
	"time"

	"github.com/clove-ml/clove/app/chart"
	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// Measure is what is known of this machine's speed, and of its measuring.
type Measure struct {
	Open    bool
	Busy    bool
	Share   float64
	Bench   *spec.Bench // the last that was measured, here
	Problem *protocol.Problem
}

// drawMeasure is the panel with the table, beside the page as History is.
func drawMeasure(b *Board, s *State) ui.UI {
	l := s.Lang
	h, o := b.press("measure-panel")
	aside := el("aside", "drawer wider").ID("measure").Aria("labelledby", "hmeasure").DataSet("close", "measure-panel")
	if !s.Measure.Open {
		aside.Attr("hidden", true)
	}
	body := []ui.UI{el("header", "",
		el("h2", "", say(l.T("measure"))).ID("hmeasure"),
		button("btn quiet", l.T("close"), h, o).ID("measure-close"))}
	return aside.Body(append(body, b.machine(s, "measure-go")...)...)
}

// machine is the table and its button, whatever holds them.
func (b *Board) machine(s *State, id string) []ui.UI {
	l, m := s.Lang, s.Measure
	class := "machine"
	if m.Busy {
		class += " stale" // the last figures stay until there are others
	}
	var rows []ui.UI
	for _, r := range machineRows(m.Bench) {
		rows = append(rows, r.draw(l))
	}
	h, o := b.press("measure")
	act := button("btn", l.T("measure"), h, o)
	if m.Busy {
		h, o = b.press("measure-stop")
		act = button("btn", l.T("cancel"), h, o)
	}
	if s.Worker != "ready" {
		act.Attr("disabled", true)
	}
	return []ui.UI{
		el("p", "small mute", say(measureState(l, m))).Role("status"),
		el("table", class,
			el("thead", "", el("tr", "", el("th", "", say(l.T("measure.what"))), el("th", "num", say(l.T("measure.here"))), el("th", "num", say(l.T("measure.ceiling"))), el("th", "w30", say(l.T("measure.of"))))),
			el("tbody", "", rows...)),
		el("table", class,
			el("thead", "", el("tr", "", el("th", "", say(l.T("measure.work"))).Title(l.T("measure.work.why")), el("th", "num", say(l.T("measure.small"))), el("th", "num", say(l.T("measure.medium"))))),
			el("tbody", "", workRows(l, m.Bench)...)),
		el("p", "small", say(fastLine(l, m.Bench))),
		el("p", "small", say(gpuLine(l, m.Bench))).ID(id + "-gpu"),
		why(l, m.Problem),
		box("acts mt8", act.ID(id), span("small mute self", say(l.T("measure.note")))),
	}
}

func why(l words.Lang, p *protocol.Problem) ui.UI {
	text := ""
	if p != nil {
		text = problem(l, p)
	}
	return el("p", "why", say(text)).Role("alert")
}

// measureState says when it was measured, or how far it is.
func measureState(l words.Lang, m Measure) string {
	switch {
	case m.Busy:
		return l.T("measuring", l.Percent(m.Share, 0))
	case m.Bench == nil:
		return l.T("measure.never")
	}
	return l.T("measure.at", day(l, m.Bench.When), m.Bench.Device)
}

// day is a moment as one remembers it: today with its time, else its date.
func day(l words.Lang, unix int64) string {
	t, now := time.Unix(unix, 0), time.Now()
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return l.T("today", t.Format("15:04"))
	}
	return when(l, unix)
}

// machineRow is one figure beside the most that it could be.
type machineRow struct {
	name, unit    string
	here, ceiling float64
	less          bool // is better
}

func machineRows(b *spec.Bench) []machineRow {
	var speed spec.Speed
	var small spec.Workload
	top, read := 0.0, 0.0
	if b != nil {
		top, read = b.Ceiling.StrictGFLOPS, b.Ceiling.ReadGBS
		for _, s := range b.Speeds {
			if s.Arithmetic == spec.Strict {
				speed = s
			}
		}
		small = workload(b, "small", spec.Strict, 1)
	}
	least := 0.0
	if top > 0 { // a step whose products ran at the ceiling and in which nothing else took time
		least = small.StepMS * small.TrainGFLOPS / top
	}
	return []machineRow{
		{"measure.gemm", "unit.gflops", speed.GemmGFLOPS, top, false},
		{"measure.int8", "unit.gops", speed.Int8GOPS, 0, false},
		{"measure.lstm", "unit.gflops", speed.LSTMGFLOPS, top, false},
		{"measure.step", "unit.ms", small.StepMS, least, true},
		{"measure.cold", "unit.ms", small.ColdMS, 0, true},
		{"measure.memory", "unit.gbs", read, 0, false},
	}
}

// workload is what was measured at a size; zero where it was not.
func workload(b *spec.Bench, size, arithmetic string, threads int) spec.Workload {
	for _, w := range b.Workloads {
		if w.Size == size && w.Arithmetic == arithmetic && w.Threads == threads {
			return w
		}
	}
	return spec.Workload{}
}

func (r machineRow) draw(l words.Lang) ui.UI {
	share := 0.0
	switch {
	case r.here <= 0 || r.ceiling <= 0:
	case r.less:
		share = r.ceiling / r.here
	default:
		share = r.here / r.ceiling
	}
	bar := say("")
	if share > 0 {
		text := l.Percent(share, 0)
		const full = 0.66 // of the column; the rest is the figure's
		bar = chart.El("svg", "class", "plot", "height", "10", "role", "img", "aria-label", text).Body(
			chart.El("rect", "class", "amt", "width", chart.Percent(full*min(share, 1)), "y", "1", "height", "8"),
			chart.El("rect", "class", "was2", "width", chart.Percent(full), "y", "1", "height", "8"),
			chart.Text(text, chart.Percent(full+0.04), "9"))
	}
	return el("tr", "",
		el("td", "", say(l.T(r.name)+" "), el("small", "mute", say(l.T(r.unit)))),
		el("td", "num", orNone(r.here > 0, speed(l, r.here))),
		el("td", "num mute", say(speed(l, r.ceiling))),
		el("td", "", bar))
}

// speed has three digits that count; – where nothing was measured.
func speed(l words.Lang, x float64) string {
	switch {
	case x <= 0:
		return words.None
	case x < 1:
		return l.Fixed(x, 3)
	case x < 10:
		return l.Fixed(x, 2)
	case x < 100:
		return l.Fixed(x, 1)
	}
	return l.Fixed(x, 0)
}

// workRows are what a person waits for, at both sizes.
func workRows(l words.Lang, b *spec.Bench) []ui.UI {
	if b == nil {
		b = &spec.Bench{}
	}
	row := func(name, unit string, get func(spec.Workload) float64, threads int) ui.UI {
		cells := []ui.UI{el("td", "", say(name+" "), el("small", "mute", say(l.T(unit))))}
		for _, size := range []string{"small", "medium"} {
			x := get(workload(b, size, spec.Strict, threads))
			cells = append(cells, el("td", "num", orNone(x > 0, speed(l, x))))
		}
		return el("tr", "", cells...)
	}
	train := func(w spec.Workload) float64 { return w.TrainSeqS }
	infer := func(w spec.Workload) float64 { return w.InferSeqS }
	trains := []ui.UI{row(l.T("measure.train"), "unit.texts", train, 1)}
	infers := []ui.UI{row(l.T("measure.infer"), "unit.texts", infer, 1)}
	for _, w := range b.Workloads {
		if n := strconv.Itoa(w.Threads); w.Threads > 1 && w.Size == "small" && w.Arithmetic == spec.Strict {
			trains = append(trains, row(l.T("measure.train.by", n), "unit.texts", train, w.Threads))
			infers = append(infers, row(l.T("measure.infer.by", n), "unit.texts", infer, w.Threads))
		}
	}
	if c := b.Card; c != nil && len(c.Work) > 0 {
		cells := []ui.UI{el("td", "", say(l.T("measure.train.gpu")+" "), el("small", "mute", say(l.T("unit.texts"))))}
		for _, size := range []string{"small", "medium"} {
			x := 0.0
			for _, w := range c.Work {
				if w.Size == size {
					x = w.TrainSeqS
				}
			}
			cells = append(cells, el("td", "num", orNone(x > 0, speed(l, x))))
		}
		trains = append(trains, el("tr", "", cells...))
		infers = append(infers, gpuAnswers(l, c)...)
	}
	return append(append(trains, infers...),
		row(l.T("measure.one"), "unit.ms", func(w spec.Workload) float64 { return w.LatencyMS }, 1))
}

// gpuAnswers are the card's answers by each encoding.
func gpuAnswers(l words.Lang, c *spec.CardBench) (rows []ui.UI) {
	for i, a := range c.Work[0].Answers {
		cells := []ui.UI{el("td", "", say(l.T("measure.infer.gpu", a.Encoding)+" "), el("small", "mute", say(l.T("unit.texts"))))}
		for k := range 2 { // small, medium
			x := 0.0
			if k < len(c.Work) && i < len(c.Work[k].Answers) {
				x = c.Work[k].Answers[i].InferSeqS
			}
			cells = append(cells, el("td", "num", orNone(x > 0, speed(l, x))))
		}
		rows = append(rows, el("tr", "", cells...))
	}
	return rows
}

// fastLine says what Fast arithmetic would gain, and what it costs.
func fastLine(l words.Lang, b *spec.Bench) string {
	if b != nil && b.Fast == "" {
		return l.T("measure.no.fast")
	}
	gain := func(size string) string {
		if b == nil {
			return words.None
		}
		fast, strict := workload(b, size, spec.Fast, 1), workload(b, size, spec.Strict, 1)
		if fast.TrainSeqS <= 0 || strict.TrainSeqS <= 0 {
			return words.None
		}
		return l.Fixed(fast.TrainSeqS/strict.TrainSeqS, 1) + "\u00a0×"
	}
	return l.T("measure.fast", gain("small"), gain("medium"))
}

// gpuLine says where the time of a step on the card goes, or why none was measured.
func gpuLine(l words.Lang, b *spec.Bench) string {
	if b == nil || b.Card == nil {
		return l.T("measure.gpu.wait")
	}
	c := b.Card
	switch {
	case c.Name == "":
		return l.T("measure.gpu.none", c.Why)
	case len(c.Work) == 0 && c.Slow:
		return l.T("measure.gpu.slow", c.Name)
	case len(c.Work) == 0:
		return l.T("measure.gpu.failed", c.Name, c.Why)
	}
	shares := ""
	for _, k := range c.Kernels {
		if k.Size == "small" && k.Share >= 0.05 {
			if shares != "" {
				shares += l.T("and.comma")
			}
			shares += k.Kernel + " " + l.Percent(k.Share, 0)
		}
	}
	if shares == "" {
		return l.T("measure.gpu", c.Name)
	}
	return l.T("measure.gpu.shares", c.Name, shares)
}

// measure begins a measurement, ends one, or opens and closes the panel.
func (n *next) measure(what string) {
	switch {
	case what == "measure-panel":
		n.Measure.Open = !n.Measure.Open
		if n.Measure.Open {
			n.Drawer = false
			n.do("focus", "measure-close")
		} else {
			n.do("focus", "measure-link")
		}
	case what == "measure-stop":
		n.send(protocol.KindControl, protocol.Control{Run: protocol.BenchRun, Do: "cancel"})
	case !n.Measure.Busy && n.Worker == "ready":
		n.Measure.Busy, n.Measure.Share, n.Measure.Problem = true, 0, nil
		n.send(protocol.KindBench, protocol.Bench{})
	}
}

// measuring is how far the worker is, or what it found.
func (n *next) measuring(m protocol.Measuring) {
	n.Measure.Share = m.Share
	if m.Bench == nil && m.Problem == nil {
		return
	}
	n.Measure.Busy, n.Measure.Problem = false, m.Problem
	if m.Problem != nil && m.Problem.Code == "cancelled" {
		n.Measure.Problem = nil // as it was asked to
	}
	if m.Bench != nil {
		n.Measure.Bench = m.Bench
	}
}
