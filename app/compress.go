package app

import (
	"strconv"
	"strings"

	"github.com/clove-ml/clove/app/chart"
	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// stepName is a step in words: "Prune 80 %", "Fine-tune 1 epoch", "Int8".
func stepName(l words.Lang, p spec.PipelineStep) string {
	switch p.Name {
	case "prune":
		x, _ := strconv.ParseFloat(p.Value, 64)
		return l.T("step.prune") + " " + l.Percent(x, shareDecimals(x))
	case "finetune":
		n, _ := strconv.Atoi(p.Value)
		return l.T("step.finetune") + " " + l.N("epochs", n)
	}
	return l.Or(p.String(), "step."+p.Name)
}

func shareDecimals(x float64) int {
	if d := 100 * x; d != float64(int(d+1e-9)) && d-float64(int(d+1e-9)) > 1e-6 {
		return 1
	}
	return 0
}

// planned is how much of the file each step would leave, as dashed outline: a
// plan, not a figure, so it is never written as one.
func planned(plan []spec.PipelineStep) []float64 {
	out := make([]float64, len(plan))
	now := 1.0
	for i, p := range plan {
		switch p.Name {
		case "prune":
			if x, err := strconv.ParseFloat(p.Value, 64); err == nil {
				now *= min(1, 1.06-x)
			}
		case "quantize":
			now *= 0.42
		}
		out[i] = now
	}
	return out
}

// drawCompress is the fifth column: the plan, step by step, with what each did.
func drawCompress(b *Board, s *State) ui.UI {
	l := s.Lang
	o := s.original()
	done := s.shown()
	rows := []ui.UI{b.originalStep(l, s, o)}
	guess := planned(s.Plan)
	for i := range s.Plan {
		rows = append(rows, b.step(s, i, o, done, guess))
	}
	return card("compress", "h5", s.card() == 5,
		head("5", "h5", l.T("compress"), span("", say(l.N("steps", len(s.Plan))))),
		box("pic",
			el("ol", "steps", rows...),
			b.adders(s)),
		box("info", b.compressInfo(s, o, done)...),
		b.compressSettings(s),
	)
}

// shown is the variant whose stages are drawn: the selected one, where the plan is its pipeline.
func (s *State) shown() *spec.Variant {
	if v := s.selected(); v != nil && v.Pipeline == spec.FormatPipeline(s.Plan) {
		return v
	}
	return s.made()
}

func (b *Board) originalStep(l words.Lang, s *State, o *spec.Variant) ui.UI {
	size, acc := none(), words.None
	if o != nil {
		size = span("", say(l.Bytes(int64(o.FileBytes))))
		if o.Test.Texts > 0 {
			acc = l.Percent(o.Test.Accuracy, 1)
		}
	} else if f := s.facts(); f != nil {
		size = span("", say(l.Bytes(int64(f.FileBytes))))
	}
	return el("li", "",
		el("p", "nm", el("b", "", say(l.T("original"))), size),
		chart.El("svg", "aria-hidden", "true").Body(chart.El("rect", "class", "is", "width", "100%", "height", "10")),
		el("p", "nt", span("", say(l.T("accuracy.small")+" "+acc)), span("", say(""))))
}

// step is one row of the plan.
func (b *Board) step(s *State, i int, o, done *spec.Variant, guess []float64) ui.UI {
	l := s.Lang
	p := s.Plan[i]
	at := strconv.Itoa(i)
	was, is := guess[i], 0.0
	var size ui.UI = none()
	acc, change, changeClass := words.None, "", ""
	if done != nil && i < len(done.Stages) && o != nil && o.FileBytes > 0 {
		st := done.Stages[i]
		size = span("", say(l.Bytes(int64(st.Bytes))))
		is = chart.Hold(float64(st.Bytes) / float64(o.FileBytes))
		was = 1
		before := o.Test.Accuracy
		if i > 0 {
			was = chart.Hold(float64(done.Stages[i-1].Bytes) / float64(o.FileBytes))
			before = done.Stages[i-1].Accuracy
		}
		acc = l.Percent(st.Accuracy, 1)
		d := 100 * (st.Accuracy - before)
		change = l.Signed(d, 1)
		switch {
		case strings.HasPrefix(change, "+"):
			changeClass = "up"
		case strings.HasPrefix(change, "−"):
			changeClass = "down"
		}
	}
	isClass := "is"
	if done != nil && i == len(s.Plan)-1 {
		isClass = "is sel"
	}
	running := s.Run.Stage == Compressing && s.Run.Progress.Stage == i && s.Run.Pipeline == spec.FormatPipeline(s.Plan)
	if running {
		is, isClass = chart.Hold(s.Run.Progress.Share)*guess[i], "is sel"
		if i > 0 {
			was = guess[i]
		}
	}
	class := ""
	if i == s.PlanAt {
		class = "at"
	}
	pressed := strconv.FormatBool(i == s.PlanAt)
	name := el("button", "link", say(l.T("step."+p.Name))).Attr("type", "button").ID("step-"+at).Aria("pressed", pressed).
		Aria("keyshortcuts", "Alt+ArrowUp Alt+ArrowDown Delete").DataSet("keys", "step").DataSet("step", i).OnClick(b.press("plan-at", at))
	title := el("b", "", name, b.stepValue(s, i))
	return el("li", class,
		el("p", "nm", title, size),
		chart.El("svg", "aria-hidden", "true").Body(
			chart.El("rect", "class", "was", "x", ".5", "y", ".5", "width", chart.Percent(was), "height", "9"),
			chart.El("rect", "class", isClass, "width", chart.Percent(is), "height", "10")),
		el("p", "nt", span("", say(l.T("accuracy.small")+" "+acc)), span(changeClass, say(change))))
}

// stepValue is the step's figure, edited where it stands.
func (b *Board) stepValue(s *State, i int) ui.UI {
	l := s.Lang
	p := s.Plan[i]
	path := "plan." + strconv.Itoa(i)
	bad := false
	for _, f := range s.Fields {
		if f.Field == path {
			bad = true
		}
	}
	value, unit, class, key := "", "", "in", "step.epochs.label"
	switch p.Name {
	case "prune":
		x, _ := strconv.ParseFloat(p.Value, 64)
		value, class, key = strings.ReplaceAll(l.Percent(x, shareDecimals(x)), "\u00a0", " "), "in wide5", "step.share.label"
		if len(p.Options) > 0 {
			unit = l.T("of.lstm")
		}
	case "finetune":
		n, _ := strconv.Atoi(p.Value)
		value, unit = p.Value, l.N("epochs.unit", n)
	default:
		return span("", say(""))
	}
	in := ui.Elem("input").Class(class).Attr("type", "text").Attr("inputmode", "decimal").Attr("value", value).
		ID("plan-"+strconv.Itoa(i)).Aria("label", l.T(key)).OnChange(b.edit(path))
	if bad {
		in.Aria("invalid", "true").Aria("describedby", "plan-why")
	}
	return span("val", in, span("", say(unit)))
}

// adders offers each technique at the end of the plan.
func (b *Board) adders(s *State) ui.UI {
	l := s.Lang
	names := []string{"prune", "finetune", "quantize"}
	items := make([]ui.UI, 0, len(names))
	last := len(s.Plan) > 0 && s.Plan[len(s.Plan)-1].Name == "quantize"
	for _, n := range names {
		h, o := b.press("add", n)
		x := button("btn", l.T("step."+n), h, o)
		if n == "quantize" && last {
			x.Attr("disabled", true)
		}
		items = append(items, x)
	}
	return el("details", "pop add", el("summary", "btn", say(l.T("add.step"))), box("", items...))
}

// compressInfo is the result, the selected step explained, and what can be done with it.
func (b *Board) compressInfo(s *State, o, done *spec.Variant) []ui.UI {
	l := s.Lang
	v := s.selected()
	if v == nil {
		v = done
	}
	var smaller, pts, faster ui.UI = el("b", "mute", say(words.None)), el("b", "mute", say(words.None)), el("b", "mute", say(words.None))
	fasterKey := "faster"
	if v != nil && o != nil {
		smaller = el("b", "", say(l.Times(float64(o.FileBytes)/float64(max(1, v.FileBytes)))))
		pts = el("b", "", say(l.Signed(100*(v.Test.Accuracy-o.Test.Accuracy), 1)))
		if v.LatencyMS > 0 && o.LatencyMS > 0 && v.Where == o.Where {
			x := o.LatencyMS / v.LatencyMS
			if x < 0.995 {
				x, fasterKey = 1/x, "slower"
			}
			faster = el("b", "", say(l.Times(x)))
		}
	}
	figs := box("figs",
		box("", smaller, span("", say(l.T("smaller")))),
		box("", pts, span("", say(l.T("points")))),
		box("", faster, span("", say(l.T(fasterKey)))))
	var why ui.UI = el("p", "small explain", say(l.T("plan.empty")))
	tools := box("tools")
	message := ""
	for _, f := range s.Fields {
		if f.Field == "compress" || strings.HasPrefix(f.Field, "plan.") {
			message = l.Or(f.Want, f.Want)
		}
	}
	if s.PlanAt < len(s.Plan) && s.PlanAt >= 0 {
		p := s.Plan[s.PlanAt]
		why = el("p", "small explain", el("b", "", say(l.T("step."+p.Name))), span("mute", say(" "+l.T("explain."+p.Name))))
		at := strconv.Itoa(s.PlanAt)
		tools = box("tools", b.tools(s, p, at)...)
	}
	if message != "" { // in its place, so that nothing moves
		why.(ui.HTMLElem).Hidden(true)
	}
	return []ui.UI{figs, why, el("p", "why", say(message)).ID("plan-why").Role("alert"), tools}
}

// tools move or remove the selected step.
func (b *Board) tools(s *State, p spec.PipelineStep, at string) []ui.UI {
	l := s.Lang
	act := func(key, do string, off bool) ui.UI {
		h, o := b.press(do, at)
		x := button("link small", l.T(key), h, o)
		if off {
			x.Attr("disabled", true)
		}
		return x
	}
	out := []ui.UI{
		act("move.up", "up", s.PlanAt == 0),
		act("move.down", "down", s.PlanAt == len(s.Plan)-1),
		act("remove", "remove", false),
	}
	which := "only.lstm"
	if len(p.Options) > 0 {
		which = "all.matrices"
	}
	if p.Name == "prune" {
		out = append(out, act(which, "lstm", false))
	}
	return out
}

func (b *Board) compressSettings(s *State) ui.UI {
	l := s.Lang
	var names []string
	for _, p := range s.Plan {
		names = append(names, l.T("short."+p.Name))
	}
	text := spec.FormatPipeline(s.Plan)
	return settings(l, strings.Join(names, l.T("list.comma")),
		b.wide(s, "compress", "pipeline", text),
		el("p", "mute", say(l.T("pipeline.note"))),
	)
}

// wide is a field whose value needs the whole row.
func (b *Board) wide(s *State, path, name, value string) ui.UI {
	l := s.Lang
	id := "f-" + path
	in := ui.Elem("input").Attr("type", "text").Attr("value", value).Attr("autocomplete", "off").Spellcheck(false).ID(id).OnChange(b.edit(path))
	for _, f := range s.Fields {
		if f.Field == path {
			in.Aria("invalid", "true").Aria("describedby", "plan-why")
		}
	}
	return box("pair one", el("label", "", say(l.T(name))).Attr("for", id), in)
}
