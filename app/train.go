package app

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/clove-ml/clove/app/chart"
	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// curves are what the two charts draw of a run.
type curves struct {
	train, valid []Point
	steps        int
}

// ghost is the recorded run of the built-in model.
func ghost(o *protocol.Opened) curves {
	var c curves
	if o == nil {
		return c
	}
	r := replayCurves(o.Events)
	c.train, c.valid, c.steps = r.Curve.Points, r.Valid, r.Started.Steps
	if c.steps == 0 && len(c.valid) > 0 {
		c.steps = c.valid[len(c.valid)-1].Step
	}
	return c
}

func replayCurves(events []json.RawMessage) Run {
	var r Run
	for _, line := range events {
		if e, err := spec.Decode(line); err == nil {
			r = r.after(e)
		}
	}
	return r
}

// scale is a chart's fixed range for a whole run, by the number of labels: a
// rescaling while training would be a lie and a flicker.
type scale struct {
	axis   chart.Axis
	ticks  []float64
	format func(words.Lang, float64) string
	get    func(Point) float64
}

func lossScale(labels int) scale {
	high := 0.76
	ticks := []float64{0.2, 0.4, 0.6}
	if labels > 2 {
		high = math.Log(float64(labels)) * 1.1
		step := math.Ceil(high/3*2) / 2
		if high < 1.4 {
			step = 0.4
		}
		ticks = nil
		for t := step; t < high; t += step {
			ticks = append(ticks, t)
		}
	}
	return scale{chart.Axis{Low: 0, High: high}, ticks,
		func(l words.Lang, v float64) string { return l.Fixed(v, 1) },
		func(p Point) float64 { return p.Loss }}
}

func accuracyScale(labels int) scale {
	low, ticks := 0.48, []float64{0.6, 0.8}
	if labels > 2 {
		low, ticks = 0, []float64{0.25, 0.5, 0.75}
	}
	return scale{chart.Axis{Low: low, High: 1}, ticks,
		func(l words.Lang, v float64) string { return l.Percent(v, 0) },
		func(p Point) float64 { return p.Accuracy }}
}

func (c scale) points(list []Point, steps int) []chart.Point {
	out := make([]chart.Point, 0, len(list))
	for _, p := range list {
		if v := c.get(p); !math.IsNaN(v) && !math.IsInf(v, 0) {
			out = append(out, chart.Point{X: float64(p.Step) / float64(max(1, steps)), Y: c.axis.At(v)})
		}
	}
	return out
}

// drawTrain is the fourth column: the curves, and how the run is doing.
func drawTrain(b *Board, s *State) ui.UI {
	l := s.Lang
	r := &s.Run
	return card("train", "h4", s.card() == 4,
		head(s, "train", span("", say(trainState(l, s)))),
		box("pic", trainCharts(s)...),
		box("info", b.trainFacts(s)...),
		b.trainSettings(s, r),
	)
}

func trainState(l words.Lang, s *State) string {
	r := &s.Run
	switch {
	case r.Stage == Fresh || r.ID == Builtin:
		return l.T("not.started")
	case r.Stage == Reading:
		return l.T("reading")
	case r.Stage == Paused:
		return l.T("paused")
	case r.Stage == Training:
		return l.T("epoch.of.small", l.Int(max(1, r.Last.Epoch)), l.Int(r.Spec.Train.Epochs))
	case r.Stage == Stopped:
		return l.T("stopped")
	case r.Done != nil:
		return l.T("took", l.Took(r.Done.Seconds), l.N("epochs", doneEpochs(r)))
	}
	return l.T("loaded")
}

// doneEpochs counts those that ran: an early stop leaves some out.
func doneEpochs(r *Run) int {
	if r.Started.StepsAnEpoch > 0 && r.Done != nil && r.Done.Step > 0 {
		return (r.Done.Step + r.Started.StepsAnEpoch - 1) / r.Started.StepsAnEpoch
	}
	return r.Spec.Train.Epochs
}

func trainCharts(s *State) []ui.UI {
	l := s.Lang
	r := &s.Run
	own := r.Stage != Fresh && r.ID != Builtin
	c := curves{r.Curve.Points, r.Valid, r.Started.Steps}
	epochs, labels := s.Spec.Train.Epochs, 2
	if own {
		epochs = r.Spec.Train.Epochs
	} else {
		c = ghost(s.Builtin)
		if s.Builtin != nil {
			epochs = s.Builtin.Spec.Train.Epochs
		}
	}
	if f := s.facts(); f != nil && own {
		labels = len(f.Labels)
	}
	return []ui.UI{
		trainChart(s, l, "loss", lossScale(labels), c, own),
		trainChart(s, l, "accuracy", accuracyScale(labels), c, own),
		epochAxis(l, epochs),
	}
}

// trainChart draws one measure: train thin, validation in ink, the server's
// dotted, the built-in model's dashed while there is no run.
func trainChart(s *State, l words.Lang, name string, sc scale, c curves, own bool) ui.UI {
	r := &s.Run
	ghosted := ""
	if !own {
		ghosted = " ghost"
	}
	var native curves
	if own {
		native = curves{s.Native.Curve.Points, s.Native.Valid, s.Native.Started.Steps}
	}
	var body []ui.UI
	for _, t := range sc.ticks {
		body = append(body, chart.GridY(sc.axis.At(t), sc.format(l, t))...)
	}
	body = append(body, chart.Base(), chart.Stretched(
		chart.Line("l-train"+ghosted, sc.points(c.train, c.steps)),
		chart.Line("l-native", sc.points(native.train, native.steps)),
		chart.Line("l-val"+ghosted, sc.points(c.valid, c.steps)),
	))
	body = append(body, marksOf(l, s, name, sc, c, own)...)
	finding := l.T("chart.empty", l.T(name))
	if n := len(c.valid); n > 0 {
		last := c.valid[n-1]
		finding = l.T("chart.finding", l.T(name), l.Int(last.Step), sc.format2(l, sc.get(last)))
		if !own {
			finding = l.T("chart.ghost", l.T(name), sc.format2(l, sc.get(last)))
		}
	}
	return el("figure", "chart",
		el("figcaption", "", span("", say(l.T(name))), curveTable(l, r, name, sc, c)),
		chart.Plot(106, finding, body...))
}

// format2 is a figure beside a point: loss with two decimals, accuracy with one.
func (c scale) format2(l words.Lang, v float64) string {
	if c.axis.High == 1 {
		return l.Percent(v, 1)
	}
	return l.Fixed(v, 2)
}

// marksOf are the point and the words at the end of the curves, always the same
// number of elements, so that nothing is made anew while the curves grow.
func marksOf(l words.Lang, s *State, name string, sc scale, c curves, own bool) []ui.UI {
	dot := chart.El("circle", "class", "d-val", "r", "0")
	value := chart.Text("", "0", "0", "class", "on")
	train := chart.Text("", "0", "0")
	stop := chart.El("line", "class", "stop", "x1", "0", "x2", "0", "y1", "0", "y2", "0")
	native := chart.Text("", "0", "0")
	up := name == "accuracy"
	n := len(c.valid)
	switch {
	case !own && n > 0:
		text, y := l.T("ghost.loss"), "22%"
		if up {
			text, y = l.T("ghost.end", sc.format2(l, sc.get(c.valid[n-1]))), "82%"
		}
		value = chart.Text(text, "100%", y, "text-anchor", "end")
	case own && n > 0:
		last := c.valid[n-1]
		p := sc.points(c.valid[n-1:], c.steps)
		if len(p) == 0 {
			break
		}
		x, y := chart.Percent(chart.Hold(p[0].X)), chart.Percent(1-chart.Hold(p[0].Y))
		dot = chart.El("circle", "class", "d-val", "cx", x, "cy", y, "r", "3")
		text, anchor, dx := sc.format2(l, sc.get(last)), "start", "8"
		dy := "-6"
		if up {
			dy = "16"
		}
		if up && p[0].Y < 0.2 || !up && p[0].Y > 0.9 {
			dy = map[bool]string{true: "-8", false: "16"}[up]
		}
		if p[0].X > 0.7 {
			anchor, dx, dy = "end", "0", "-9"
			if up {
				dy = "18"
			}
			if s.Run.Stage != Stopped {
				text = l.T("validation") + " " + text
			}
		}
		value = chart.Text(text, x, y, "class", "on", "dx", dx, "dy", dy, "text-anchor", anchor)
		if s.Run.Stage == Trained || s.Run.Stage == Compressing {
			train = trainLabel(l, sc, c, up)
		}
	}
	if own && s.Run.Stage == Stopped && c.steps > 0 && s.Run.Last.Step > 0 {
		x := chart.Percent(chart.Hold(float64(s.Run.Last.Step) / float64(c.steps)))
		stop = chart.El("line", "class", "stop", "x1", x, "x2", x, "y1", "0", "y2", "100%")
	}
	if points := sc.points(s.Native.Curve.Points, s.Native.Started.Steps); own && len(points) > 0 {
		p, dy := along(points, nativeLabel), "-10" // on the side where no curve is
		if up && p.Y > 0.25 {
			dy = "22"
		}
		native = chart.Text(l.T("native"), chart.Percent(chart.Hold(p.X)), chart.Percent(1-chart.Hold(p.Y)), "dx", "8", "dy", dy)
	}
	return []ui.UI{stop, dot, value, train, native}
}

// nativeLabel is where along the run the native curve is named, away from the
// names at the end.
const nativeLabel = 0.38

// along is the point of a line at x, or the end that is nearest to it.
func along(points []chart.Point, x float64) chart.Point {
	for i, p := range points {
		if p.X < x {
			continue
		}
		if i == 0 {
			return p
		}
		a := points[i-1]
		return chart.Point{X: x, Y: a.Y + (p.Y-a.Y)*(x-a.X)/(p.X-a.X)}
	}
	return points[len(points)-1]
}

// trainLabel names the training curve where there is room, at three tenths.
func trainLabel(l words.Lang, sc scale, c curves, up bool) ui.UI {
	for _, p := range sc.points(c.train, c.steps) {
		if p.X >= 0.3 {
			dy := "20"
			if up || p.Y < 0.25 { // no room below
				dy = "-12"
			}
			return chart.Text(l.T("train.texts"), chart.Percent(p.X), chart.Percent(1-chart.Hold(p.Y)), "dy", dy, "text-anchor", "end")
		}
	}
	return chart.Text("", "0", "0")
}

// curveTable is a chart in figures, one row an evaluation at an epoch's end.
func curveTable(l words.Lang, r *Run, name string, sc scale, c curves) ui.UI {
	perEpoch := r.Started.StepsAnEpoch
	var rows []ui.UI
	for i, v := range c.valid {
		at := l.Int(v.Step)
		if perEpoch > 0 {
			if v.Step%perEpoch != 0 && i != len(c.valid)-1 {
				continue
			}
			at = l.Fixed(float64(v.Step)/float64(perEpoch), 1)
		}
		train := words.None
		for _, p := range c.train {
			if p.Step <= v.Step {
				train = sc.format2(l, sc.get(p))
			}
		}
		rows = append(rows, el("tr", "", el("td", "", say(at)), el("td", "num", say(train)), el("td", "num", say(sc.format2(l, sc.get(v))))))
	}
	if len(rows) == 0 {
		rows = append(rows, el("tr", "", el("td", "", say(words.None)), el("td", "num", say(words.None)), el("td", "num", say(words.None))))
	}
	column := l.T("epoch")
	if perEpoch == 0 {
		column = l.T("step.of.table")
	}
	return el("details", "tbl", el("summary", "", say(l.T("table"))),
		box("", el("table", "",
			el("thead", "", el("tr", "", el("th", "", say(column)), el("th", "num", say(l.T("train.texts"))), el("th", "num", say(l.T("validation"))))),
			el("tbody", "", rows...))).TabIndex(0).Role("group").Aria("label", l.T(name)))
}

func epochAxis(l words.Lang, epochs int) ui.UI {
	step := 1
	for epochs/step > 6 {
		step++
	}
	var ticks []ui.UI
	for i := 0; i <= epochs; i += step {
		text := strconv.Itoa(i)
		if i+step > epochs {
			text = l.N("epochs", epochs)
		}
		ticks = append(ticks, span("", say(text)))
	}
	return box("xax", ticks...).Aria("hidden", "true")
}

func (b *Board) trainFacts(s *State) []ui.UI {
	l := s.Lang
	r := &s.Run
	own := r.Stage != Fresh && r.ID != Builtin
	step, speed, left, test, hash := none(), none(), none(), none(), none()
	rate := span("", say(l.Fixed(s.Spec.Train.Rate, rateDecimals(s.Spec.Train.Rate))))
	if own && r.Started.Steps > 0 {
		step = span("", say(l.Int(r.Last.Step)+" / "+l.Int(r.Started.Steps)))
		if r.Done != nil {
			step = span("", say(l.Int(r.Done.Step)+" / "+l.Int(r.Started.Steps)))
		}
	}
	if own && r.Last.Step > 0 {
		rate = span("", say(l.Fixed(r.Last.Rate, rateDecimals(r.Spec.Train.Rate))))
		if r.Last.TextsPerSecond > 0 && r.Stage != Stopped {
			speed = span("", say(l.T("speed", l.Fixed(r.Last.TextsPerSecond, 0))))
		}
		switch r.Stage {
		case Training, Paused:
			left = span("", say(l.Clock(r.Last.SecondsLeft)))
		case Trained, Compressing:
			left = span("", say("0:00"))
		}
	}
	switch {
	case own && (r.Stage == Training || r.Stage == Paused):
		test = span("", say(l.T("at.the.end")))
	case own && r.Done != nil:
		v, half := l.Interval(r.Done.Test.Accuracy, r.Done.Test.Low, r.Done.Test.High)
		test = span("", say(v+" "+half+l.T("percent")))
		hash = span("", say(words.Hash(r.Done.SHA256))).Title(r.Done.SHA256)
	case r.ID == Builtin || s.Run.Done == nil && r.Stage == Trained:
		if o := s.original(); o != nil && o.SHA256 != "" {
			hash = span("", say(words.Hash(o.SHA256))).Title(o.SHA256)
		}
	}
	native := none()
	n := &s.Native
	switch {
	case n.Last.TextsPerSecond > 0:
		native = span("", say(l.T("speed", l.Fixed(n.Last.TextsPerSecond, 0))))
	case n.Stage == Reading:
		native = span("", say(l.T("reading")))
	}
	if e := s.estimated(); r.Stage == Fresh && e.Seconds > 0 {
		left = span("", say(l.Clock(e.Seconds)))
	}
	return []ui.UI{
		facts(
			fact(l.T("step.of.table"), step),
			fact(l.T("rate"), rate),
			fact(l.T("speed.name"), speed),
			fact(l.T("native.speed"), native),
			fact(l.T("time.left"), left),
			fact(l.T("test.accuracy"), test),
			fact(l.T("weights"), hash),
		),
		b.verify(s),
	}
}

func rateDecimals(rate float64) int {
	if rate > 0 && rate < 0.001 {
		return 6
	}
	return 4
}

func (b *Board) trainSettings(s *State, r *Run) ui.UI {
	l := s.Lang
	t := s.Spec.Train
	keep := b.tick(s, "train.keep_best", "keep.best", t.KeepBest)
	now, arithmetic := "Adam · "+words.Plain(t.Rate)+" "+l.T("schedule."+t.Schedule), spec.Strict
	if s.Spec.Arithmetic == spec.Fast {
		now, arithmetic = now+" · "+l.T("arithmetic.fast"), spec.Fast
	}
	if on := deviceNow(l, s.Device.Asked); on != "" {
		now += " · " + on
	}
	return settings(l, now, append([]ui.UI{
		b.field(s, field{path: "train.optimizer", name: "optimizer", value: t.Optimizer, options: []option{{"adam", "Adam"}}}),
		b.field(s, field{path: "train.rate", name: "rate.field", value: words.Plain(t.Rate)}),
		b.field(s, field{path: "train.schedule", name: "schedule", value: t.Schedule, options: []option{{"linear", l.T("schedule.linear.to")}, {"constant", l.T("schedule.constant")}}}),
		b.field(s, field{path: "train.epochs", name: "epochs.field", value: strconv.Itoa(t.Epochs)}),
		b.field(s, field{path: "train.batch", name: "batch", value: strconv.Itoa(t.Batch)}),
		b.field(s, field{path: "train.clip", name: "clip", value: words.Plain(t.Clip)}),
		b.field(s, field{path: "train.smoothing", name: "smoothing", value: words.Plain(t.Smoothing)}),
		b.field(s, field{path: "train.patience", name: "patience", value: strconv.Itoa(t.Patience)}),
		b.field(s, field{path: "train.beta1", name: "beta1", value: words.Plain(t.Beta1)}),
		b.field(s, field{path: "train.beta2", name: "beta2", value: words.Plain(t.Beta2)}),
		b.field(s, field{path: "train.epsilon", name: "epsilon", value: words.Plain(t.Epsilon)}),
		keep,
		b.field(s, field{path: "arithmetic", name: "arithmetic", value: arithmetic, options: []option{{spec.Strict, l.T("arithmetic.strict")}, {spec.Fast, l.T("arithmetic.fast")}}}),
		el("p", "mute", say(l.T("arithmetic.why"))),
	}, b.deviceField(s)...)...)
}
