package app

import (
	"slices"
	"strconv"
	"strings"

	"github.com/clove-ml/clove/app/chart"
	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// stepTitle is what a step is called: "Prune", "Int8".
func stepTitle(l words.Lang, p spec.PipelineStep) string {
	return l.Or(p.Name, "step."+p.Name+"."+p.Value, "step."+p.Name)
}

// stepName is a step with its value: "Prune 80 %", "Fine-tune 1 epoch", "Int8".
func stepName(l words.Lang, p spec.PipelineStep) string {
	t, _ := spec.TechniqueOf(p.Name)
	if !t.Value.Number() {
		return stepTitle(l, p)
	}
	value, unit := valueText(l, t.Value, p.Value)
	return strings.TrimSpace(stepTitle(l, p) + " " + value + " " + unit)
}

// valueText is a step's number as people write it, with its unit.
func valueText(l words.Lang, set spec.Setting, value string) (text, unit string) {
	x, _ := strconv.ParseFloat(value, 64)
	switch set.Name {
	case "share":
		return l.Percent(x, shareDecimals(x)), ""
	case "epochs":
		return value, l.N("epochs.unit", int(x))
	case "bits":
		return value, l.N("bits.unit", int(x))
	case "bytes":
		return value, l.N("bytes.unit", int(x))
	}
	return value, ""
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
	leaves := map[string]float64{"quantize": 0.42, "qat": 0.3, "half": 0.5, "binary": 0.15, "ternary": 0.18, "rank": 0.6, "pq": 0.3, "cluster": 0.25, "huffman": 0.9, "distill": 0.2, "words": 0.6}
	out := make([]float64, len(plan))
	now := 1.0
	for i, p := range plan {
		t, _ := spec.TechniqueOf(p.Name)
		if x, err := strconv.ParseFloat(p.Value, 64); err == nil && t.Value.Name == "share" {
			now *= min(1, 1.06-x)
		} else if share := leaves[p.Name]; share > 0 {
			now *= share
		}
		out[i] = now
	}
	return out
}

// step is the selected one.
func (s *State) step() (spec.PipelineStep, bool) {
	if s.PlanAt < 0 || s.PlanAt >= len(s.Plan) {
		return spec.PipelineStep{}, false
	}
	return s.Plan[s.PlanAt], true
}

// steps are the plan, step by step, with what each did.
func (b *Board) steps(s *State) ui.UI {
	o, done := s.original(), s.shown()
	rows := []ui.UI{b.originalStep(s.Lang, s, o)}
	guess := planned(s.Plan)
	for i := range s.Plan {
		rows = append(rows, b.stepRow(s, i, o, done, guess))
	}
	return el("ol", "steps", rows...)
}

// grip is what a step is dragged by; its keys are the name's beside it.
func grip() ui.UI {
	var dots []ui.UI
	for _, x := range []string{"1", "5"} {
		for _, y := range []string{"2", "6", "10"} {
			dots = append(dots, chart.El("circle", "cx", x, "cy", y, "r", "1"))
		}
	}
	return span("hold", chart.El("svg", "class", "grip", "viewBox", "0 0 6 12", "aria-hidden", "true").Body(dots...)).DataSet("grip", "row")
}

// stepRow is one row of the plan.
func (b *Board) stepRow(s *State, i int, o, done *spec.Variant, guess []float64) ui.UI {
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
	name := el("button", "link", say(stepTitle(l, p))).Attr("type", "button").ID("step-"+at).Aria("pressed", pressed).
		Aria("keyshortcuts", "Alt+ArrowUp Alt+ArrowDown Delete").Title(l.T("drag")).DataSet("keys", "step").DataSet("step", i).OnClick(b.press("plan-at", at))
	why := ""
	if s.Refused != nil && s.Refused.At == i {
		why = refused(l, s.Refused)
	}
	title := el("b", "", grip(), name, b.stepValue(s, i))
	if s.Embed.Still {
		title = el("b", "", say(stepName(l, p)))
	}
	return el("li", class,
		el("p", "nm", title, size),
		chart.El("svg", "aria-hidden", "true").Body(
			chart.El("rect", "class", "was", "x", ".5", "y", ".5", "width", chart.Percent(was), "height", "9"),
			chart.El("rect", "class", isClass, "width", chart.Percent(is), "height", "10")),
		el("p", "nt", span("", say(l.T("accuracy.small")+" "+acc)), span(changeClass, say(change))),
		el("p", "why", say(why)).Role("alert")).DataSet("row", i)
}

// stepValue is the step's figure, edited where it stands, and what it is only for.
func (b *Board) stepValue(s *State, i int) ui.UI {
	l := s.Lang
	p := s.Plan[i]
	t, _ := spec.TechniqueOf(p.Name)
	path := "plan." + strconv.Itoa(i)
	only := ""
	if parts := settingOf(t, "parts"); parts.Name != "" && len(p.Parts()) < len(parts.Words) || narrowed(l, t, p) != "" {
		var names []string
		for _, part := range p.Parts() {
			names = append(names, l.T("layer."+part))
			if part == spec.PartLSTM {
				names[len(names)-1] += narrowed(l, t, p)
			}
		}
		only = l.T("only.in", strings.Join(names, l.T("list.comma")))
	}
	if !t.Value.Number() {
		return span("val", span("", say(only)))
	}
	value, unit := valueText(l, t.Value, p.Value)
	class := "in"
	if len(value) > 3 || strings.Contains(value, "%") {
		class = "in wide5"
	}
	in := ui.Elem("input").Class(class).Attr("type", "text").Attr("inputmode", "decimal").Attr("value", strings.ReplaceAll(value, "\u00a0", " ")).
		ID("plan-"+strconv.Itoa(i)).Aria("label", settingName(l, p.Name, t.Value)).OnChange(b.edit(path))
	if _, bad := s.wrongAt(path); bad {
		in.Aria("invalid", "true").Aria("describedby", "plan-why")
	}
	return span("val", in, span("", say(unit+only)))
}

// narrowed are the matrices and gates of the LSTM that a step is only for: " recurrent g".
func narrowed(l words.Lang, t spec.Technique, p spec.PipelineStep) (text string) {
	for _, name := range []string{"matrices", "gates"} {
		set := settingOf(t, name)
		for _, w := range set.Words {
			if p.Has(w) {
				text += " " + l.Or(w, "word."+w)
			}
		}
	}
	return text
}

// adders offers each technique; a new step goes where it makes sense.
func (b *Board) adders(s *State) ui.UI {
	l := s.Lang
	items := make([]ui.UI, len(spec.Techniques))
	for i, t := range spec.Techniques {
		h, o := b.press("add", t.Name)
		items[i] = button("btn", l.T("step."+t.Name), h, o).Title(l.T("explain." + t.Name))
	}
	return el("details", "pop add", el("summary", "btn", say(l.T("add.step"))), &later{Body: func() []ui.UI { return items }})
}

// tools move or remove the selected step.
func (b *Board) tools(s *State) []ui.UI {
	at := strconv.Itoa(s.PlanAt)
	act := func(key, do string, off bool) ui.UI {
		h, o := b.press(do, at)
		x := button("link small", s.Lang.T(key), h, o)
		if off {
			x.Attr("disabled", true)
		}
		return x
	}
	return []ui.UI{
		act("move.up", "up", s.PlanAt == 0),
		act("move.down", "down", s.PlanAt == len(s.Plan)-1),
		act("remove", "remove", false),
	}
}

// refused words why the plan can't be.
func refused(l words.Lang, r *Refused) string {
	if r == nil || r.Why == nil {
		return ""
	}
	args := slices.Clone(r.Why.Args)
	for i, a := range args {
		if i == 0 || i == 1 && r.Why.Code != spec.RefusedOption && r.Why.Code != spec.RefusedValue && r.Why.Code != spec.RefusedAlone {
			args[i] = l.Or(a, "step."+a, "word."+a)
		}
	}
	text := l.T("refuse."+string(r.Why.Code), args...)
	if t, ok := spec.TechniqueOf(r.Why.Args[0]); ok && r.Why.Code == spec.RefusedValue {
		text = l.Join(text, l.T("field.wrong", bounds(l, t.Value)))
	}
	return text
}

// wrongStep words what is wrong with a step's setting as it was typed.
func wrongStep(l words.Lang, s *State) string {
	for _, f := range s.Fields {
		if set, ok := s.settingAt(f.Field); ok {
			return l.T("field.wrong", bounds(l, set))
		}
	}
	return ""
}

// settingAt is the setting that a field of the plan changes, "plan.2.epochs".
func (s *State) settingAt(field string) (spec.Setting, bool) {
	path, ok := strings.CutPrefix(field, "plan.")
	at, name, _ := strings.Cut(path, ".")
	i := index(at)
	if !ok || i < 0 || i >= len(s.Plan) {
		return spec.Setting{}, false
	}
	t, _ := spec.TechniqueOf(s.Plan[i].Name)
	if name == "" {
		return t.Value, true
	}
	return settingOf(t, name), true
}

// bounds says what a setting may be.
func bounds(l words.Lang, set spec.Setting) string {
	low, high := words.Plain(set.Low), words.Plain(set.High)
	switch {
	case set.Words != nil:
		names := make([]string, len(set.Words))
		for i, w := range set.Words {
			names[i] = l.Or(w, "word."+w)
		}
		return strings.Join(names, l.T("list.comma"))
	case set.Name == "share":
		low, high = l.Percent(set.Low, 0), l.Percent(set.High, 0)
	case set.Whole:
		return l.T("want.whole", l.Int(int(set.Low)), l.Int(int(set.High)))
	}
	if set.Open {
		return l.T("want.above", low, high)
	}
	return l.T("want.range", low, high)
}

// settingName is what a setting is called.
func settingName(l words.Lang, technique string, set spec.Setting) string {
	return l.Or(set.Name, "set."+technique+"."+set.Name, "set."+set.Name)
}

// stepFields are the settings of the selected step, from the table of techniques: menus
// for words, boxes for what is on or off, fields for numbers. The card and the room show
// the same; the room has a way back to the default beside each.
func (b *Board) stepFields(s *State, back bool) []ui.UI {
	p, ok := s.step()
	if !ok {
		return nil
	}
	t, _ := spec.TechniqueOf(p.Name)
	var out []ui.UI
	for _, set := range append([]spec.Setting{t.Value}, t.Options...) {
		switch {
		case set.Name == "":
		case (set.Name == "matrices" || set.Name == "gates") && !slices.Contains(p.Parts(), spec.PartLSTM):
		case set.Many:
			out = append(out, b.stepParts(s, p, set))
		default:
			out = append(out, b.stepField(s, p, t, set, back))
		}
	}
	return out
}

func (b *Board) stepField(s *State, p spec.PipelineStep, t spec.Technique, set spec.Setting, back bool) ui.UI {
	l := s.Lang
	at := strconv.Itoa(s.PlanAt) + "." + set.Name
	path := "plan." + at
	id := "f-" + strings.ReplaceAll(path, ".", "-")
	now := p.Word(set.Name)
	isDefault := now == set.Default
	var control ui.HTMLElem
	switch {
	case set.Number():
		now, _ = valueText(l, set, now)
		control = typed(ui.Elem("input").Attr("type", "text").Attr("autocomplete", "off").Attr("inputmode", "decimal"), strings.ReplaceAll(now, "\u00a0", " ")).OnChange(b.edit(path))
		if set.Default == "" {
			control.Attr("placeholder", l.T("set.open"))
		}
	case len(set.Words) == 1:
		control = tickable(p.Has(set.Words[0])).OnChange(b.check(path))
	default:
		options := make([]option, len(set.Words))
		for i, w := range set.Words {
			options[i] = option{w, l.Or(w, "word."+w)}
		}
		control = menu(now, options...).OnChange(b.edit(path))
	}
	control.ID(id)
	message := ""
	if _, bad := s.wrongAt(path); bad {
		message = l.T("field.wrong", bounds(l, set))
		control.Aria("invalid", "true").Aria("describedby", id+"-why")
	}
	row := []ui.UI{el("label", "", say(settingName(l, p.Name, set))).Attr("for", id), control}
	if back {
		to := l.Or(set.Default, "word."+set.Default)
		if to == "" {
			to = l.T("set.open")
		}
		h, o := b.press("plan-back", at)
		undo := el("button", "undo", say("↺")).Attr("type", "button").Title(l.T("set.back", to)).Aria("label", l.T("set.back", to)).OnClick(h, o)
		if isDefault {
			undo.Hidden(true)
		}
		row = append(row, undo)
	}
	return box("pair", append(row, el("p", "why", say(message)).ID(id+"-why").Role("alert"))...)
}

// stepParts are boxes for the parts of the model that a step is for.
func (b *Board) stepParts(s *State, p spec.PipelineStep, set spec.Setting) ui.UI {
	l := s.Lang
	path := "plan." + strconv.Itoa(s.PlanAt) + "." + set.Name + "."
	name := settingName(l, p.Name, set)
	var boxes []ui.UI
	for _, w := range set.Words {
		in := tickable(slices.Contains(p.Chosen(set), w)).ID("f-" + strings.ReplaceAll(path, ".", "-") + w).OnChange(b.check(path + w))
		boxes = append(boxes, el("label", "", in, say(" "+l.Or(w, "layer."+w, "word."+w))))
	}
	class := "parts"
	if set.Name != "parts" { // words short enough for a line
		class += " flow"
	}
	return el("div", class, span("", say(name)), box("", boxes...)).Role("group").Aria("label", name)
}
