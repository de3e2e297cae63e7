package app

import (
	"cmp"
	"strconv"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// drawNow is the strip: what to do now. At most one button in it is filled, and
// none on the rest of the page.
func drawNow(b *Board, s *State) ui.UI {
	var acts []ui.UI
	var middle ui.UI
	var right []ui.UI
	switch s.Phase() {
	case "reading":
		acts, middle, right = b.nowReading(s)
	case "training", "paused", "watching":
		acts, middle, right = b.nowTraining(s)
	case "compressing":
		acts, middle, right = b.nowCompressing(s)
	case "trained":
		acts, middle, right = b.nowTrained(s)
	case "compressed":
		acts, middle, right = b.nowCompressed(s)
	case "notice":
		acts, middle, right = b.nowNotice(s)
	case "own":
		acts, middle, right = b.nowOwn(s)
	default:
		acts, middle, right = b.nowFresh(s)
	}
	if s.Embed.On {
		acts, right = b.embedActs(s, acts), nil
	}
	return el("section", "now",
		box("acts", acts...),
		box("mid", middle),
		el("p", "facts-line", right...),
	).Aria("label", s.Lang.T("now"))
}

func (b *Board) fill(s *State, key, do string, arg ...string) ui.UI {
	h, o := b.press(do, arg...)
	return button("btn go", s.Lang.T(key), h, o)
}

func (b *Board) line(s *State, class, text, do string, arg ...string) ui.UI {
	h, o := b.press(do, arg...)
	return button("btn "+class, text, h, o)
}

func note(text string) ui.UI { return el("p", "say-now", rich(text)...) }

func small(class, text string) ui.UI { return span(class, rich(text)...) }

// trainKey names the first press after the data it trains on.
func trainKey(l words.Lang, source string) string {
	if key := "train." + source; words.Has(key) {
		return key
	}
	return "train.file"
}

func (b *Board) nowFresh(s *State) ([]ui.UI, ui.UI, []ui.UI) {
	l := s.Lang
	acts := []ui.UI{
		b.fill(s, trainKey(l, s.Spec.Data.Source), "train"),
		b.line(s, "extra", l.T("make.smaller"), "compress"),
		b.line(s, "extra", l.T("own"), "own"),
	}
	text := l.T("fresh.builtin")
	switch {
	case s.Spec.Data.Source == "file" && s.Facts != nil:
		text = l.T("fresh.file", cmp.Or(s.File, l.T("your.text")), l.Int(s.Facts.Texts.Train+s.Facts.Texts.Validation+s.Facts.Texts.Test), l.Int(len(s.Facts.Labels)))
		if s.Facts.Skipped > 0 {
			text += " " + l.N("fresh.skipped", s.Facts.Skipped)
		}
	case s.Builtin != nil && s.Spec.Data.Source != s.Builtin.Spec.Data.Source && s.Spec.Data.Source != "imdb":
		text = l.T("fresh.other")
	case s.Worker == "ready" && s.Builtin == nil:
		text = l.T("fresh.nothing")
	}
	says := note(text)
	if a, linked, ok := b.nowLinked(s); ok {
		acts, says = a, linked
	}
	if e := s.estimated(); !e.Fits() {
		says = el("p", "say-now notice", rich(l.T("too.big", l.Bytes(e.Bytes), l.Bytes(e.Most)))...).Role("alert")
	}
	var last ui.UI = small("wide", "")
	if len(s.Runs) > 0 {
		r := s.Runs[0]
		key := "last.open"
		switch {
		case r.Owner == "elsewhere":
			key = "last.watch"
		case r.State != "done":
			key = "last.resume"
		}
		h, o := b.press("open", r.Run)
		last = span("wide", button("link", l.T(key), h, o))
	}
	spec := small("wide", "")
	if s.Spec.Name != "" {
		spec = small("wide", l.T("spec.is", s.Spec.Name))
	}
	return acts, says, []ui.UI{
		last, spec,
		small("", l.N("epochs", s.Spec.Train.Epochs)),
		b.estimate(s),
	}
}

// estimate is how long a run of the settings will take here, and in how much memory.
func (b *Board) estimate(s *State) ui.UI {
	l, e := s.Lang, s.estimated()
	took, bytes := words.None, words.None
	if e.Seconds > 0 {
		took = l.Took(max(1, e.Seconds))
	}
	if e.Bytes > 0 {
		bytes = l.Bytes(e.Bytes)
	}
	return small("estimate", l.T("about.here", took, bytes))
}

// estimated is the estimate of the settings as they are, empty while there is none.
func (s *State) estimated() protocol.Estimated {
	if s.Estimate.Spec != s.Spec.ID() {
		return protocol.Estimated{}
	}
	return s.Estimate
}

// progress is a bar with its text, announced once an epoch and not at each step.
func progress(label string, share float64, live string, facts ...ui.UI) ui.UI {
	value := int(1000*share + 0.5)
	bar := el("progress", "").Attr("max", 1000).Attr("value", value).Aria("label", label)
	return box("",
		bar,
		el("p", "facts-line", facts...),
		el("p", "vh", say(live)).Aria("live", "polite"),
	)
}

func (b *Board) nowReading(s *State) ([]ui.UI, ui.UI, []ui.UI) {
	l := s.Lang
	r := s.Run.Reading
	share := 0.0
	if r.Total > 0 {
		share = float64(r.Bytes) / float64(r.Total)
	}
	facts := []ui.UI{small("", "**"+l.T("reading")+"**"), small("", l.N("texts", r.Rows))}
	if r.Bytes > 0 {
		facts = append(facts, small("", l.Bytes(r.Bytes)))
	}
	return []ui.UI{b.line(s, "", l.T("cancel"), "reset")}, progress(l.T("reading"), share, l.T("reading"), facts...), nil
}

func (b *Board) nowTraining(s *State) ([]ui.UI, ui.UI, []ui.UI) {
	l := s.Lang
	r := &s.Run
	paused := r.Stage == Paused
	step := b.line(s, "", l.T("step"), "step").(ui.HTMLElem)
	var acts []ui.UI
	switch {
	case r.Watching:
		acts = []ui.UI{b.line(s, "", l.T("leave"), "new")}
	case paused:
		acts = []ui.UI{b.fill(s, "resume", "go"), step, b.line(s, "", l.T("reset"), "reset"), b.line(s, "", l.T("cancel"), "cancel")}
	default:
		acts = []ui.UI{b.line(s, "", l.T("pause"), "pause"), step.Attr("disabled", true), b.line(s, "", l.T("reset"), "reset"), b.line(s, "", l.T("cancel"), "cancel")}
	}
	share, epoch := 0.0, max(1, r.Last.Epoch)
	if r.Started.Steps > 0 {
		share = float64(r.Last.Step) / float64(r.Started.Steps)
	}
	first := "**" + l.T("epoch.of", l.Int(epoch), l.Int(r.Spec.Train.Epochs)) + "**"
	live := l.T("epoch.of", l.Int(epoch), l.Int(r.Spec.Train.Epochs))
	switch {
	case r.Watching:
		first = "**" + l.T("watching") + "** " + live
		live = l.T("watching")
	case paused:
		first = "**" + l.T("paused") + "** " + live
		live = l.T("paused")
	}
	facts := []ui.UI{small("", first), small("", l.T("step.of", l.Int(r.Last.Step), l.Int(r.Started.Steps)))}
	saved := ""
	if r.Saved.Step > 0 {
		saved = l.T("saved.step", l.Int(r.Saved.Step))
		if r.Saved.Why == "epoch" {
			saved = l.T("saved.epoch", l.Int(r.Saved.Epoch))
		}
	}
	facts = append(facts, small("wide", saved))
	speed, left := words.None, words.None
	if r.Last.TextsPerSecond > 0 {
		speed = l.Fixed(r.Last.TextsPerSecond, 0)
		left = l.Clock(r.Last.SecondsLeft)
	}
	return acts, progress(l.T("training"), share, live, facts...), []ui.UI{
		small("", l.T("speed.bold", speed)),
		small("", l.T("left.bold", left)),
	}
}

func (b *Board) nowCompressing(s *State) ([]ui.UI, ui.UI, []ui.UI) {
	l := s.Lang
	p := s.Run.Progress
	of := max(1, p.Of)
	share := (float64(p.Stage) + p.Share) / float64(of)
	text := ""
	if steps, err := spec.ParsePipeline(p.Text); err == nil && len(steps) == 1 {
		text = stepName(l, steps[0])
	}
	first := "**" + l.T("compressing.of", l.Int(p.Stage+1), l.Int(of)) + "**"
	if p.Text == "" {
		first = "**" + l.T("reading") + "**"
		if s.Run.Reading.Rows > 0 {
			text = l.N("texts", s.Run.Reading.Rows)
		}
	}
	return []ui.UI{b.line(s, "", l.T("cancel"), "cancel")},
		progress(l.T("compressing"), share, l.T("compressing.of", l.Int(p.Stage+1), l.Int(of))+" "+text, small("", first), small("", text)), nil
}

func (b *Board) nowTrained(s *State) ([]ui.UI, ui.UI, []ui.UI) {
	l := s.Lang
	if s.Run.ID == protocol.GuestRun {
		return b.nowGuest(s)
	}
	o := s.original()
	acts := []ui.UI{b.fill(s, "make.smaller", "compress")}
	if s.changed() {
		acts = []ui.UI{b.fill(s, "train.again", "train"), b.line(s, "extra", l.T("make.smaller"), "compress")}
	}
	if s.Run.ID != Builtin && s.Run.Done != nil {
		acts = append(acts, b.line(s, "extra", l.T("train.on"), "train-on"))
	}
	switch d := s.Run.Done; {
	case o != nil:
		acts = append(acts, b.line(s, "extra", l.T("download", l.Bytes(int64(o.FileBytes))), "download"), b.take(s))
	case d != nil: // its place is kept until the model is told, or what stands beside it moves under the pointer
		down := b.line(s, "extra", l.T("download", l.Bytes(int64(d.FileBytes))), "download").(ui.HTMLElem)
		acts = append(acts, down.Attr("disabled", true), b.take(s))
	}
	acts = append(acts, b.line(s, "extra", l.T("new"), "new"))
	text := l.T("model.loaded")
	switch d := s.Run.Done; {
	case d != nil && s.Run.ID != Builtin:
		text = l.T("trained.is", l.Took(d.Seconds), l.Percent(d.Test.Accuracy, 1), l.Bytes(int64(d.FileBytes)))
	case o != nil && o.Test.Texts > 0:
		text = l.T("loaded.is", l.Percent(o.Test.Accuracy, 1), l.Bytes(int64(o.FileBytes)))
	}
	if s.changed() {
		text = l.T("settings.changed")
		if e := s.estimated(); !e.Fits() {
			text = l.T("too.big", l.Bytes(e.Bytes), l.Bytes(e.Most))
		}
		return acts, note(text), []ui.UI{b.estimate(s)}
	}
	if here, there, ok := s.verdict(); ok && here == there {
		text = l.Join(text, l.T("link.same.bits", words.Hash(here)))
	}
	return acts, note(text), []ui.UI{b.stored(s)}
}

func (b *Board) stored(s *State) ui.UI {
	text := s.Lang.T("stored.here")
	if s.Machine.Storage == "refused" {
		text = s.Lang.T("stored.not")
	} else if s.Run.ID == Builtin && len(s.Run.Variants) < 2 {
		text = ""
	}
	return small("wide", text)
}

func (b *Board) nowCompressed(s *State) ([]ui.UI, ui.UI, []ui.UI) {
	l := s.Lang
	v, o := s.selected(), s.original()
	down := l.T("download", l.Bytes(int64(v.FileBytes)))
	var acts []ui.UI
	switch {
	case s.changed():
		acts = []ui.UI{b.fill(s, "train.again", "train"), b.line(s, "extra", down, "download"), b.take(s)}
	case s.made() == nil && len(s.Plan) > 0:
		acts = []ui.UI{b.fill(s, "make.smaller", "compress"), b.line(s, "extra", down, "download"), b.take(s)}
	default:
		h, opt := b.press("download")
		acts = []ui.UI{button("btn go", down, h, opt), b.take(s)}
	}
	if x, ok := s.hundredth(); ok && v.Pipeline != x.pipeline {
		acts = append(acts, b.line(s, "extra", x.text, "hundred").(ui.HTMLElem).Title(x.title))
	}
	acts = append(acts, b.line(s, "extra", l.T("new"), "new"))
	ratio := float64(o.FileBytes) / float64(max(1, v.FileBytes))
	first := l.T("times.smaller", l.Fixed(ratio, decimals(ratio)))
	if ratio < 1 {
		first = l.T("times.larger", l.Fixed(1/ratio, 1))
	}
	text := "**" + first + "**" + l.T("comma") + points(l, o.Test.Accuracy, v.Test.Accuracy)
	if o.LatencyMS > 0 && v.LatencyMS > 0 && o.Where == v.Where {
		if x := o.LatencyMS / v.LatencyMS; x >= 1.05 {
			text += l.T("comma") + l.T("times.faster", l.Fixed(x, decimals(x)))
		} else if x <= 0.95 {
			text += l.T("comma") + l.T("times.slower", l.Fixed(1/x, decimals(1/x)))
		}
	}
	text += l.T("stop") + l.N("changed.mind", v.Changed, l.Int(v.Test.Texts))
	if here, there, ok := s.verdict(); ok && here == there && here == v.SHA256 {
		text = l.Join(text, l.T("link.same.bits", words.Hash(here)))
	}
	return acts, note(text), []ui.UI{b.stored(s)}
}

// take offers the same model in the forms that other programs run.
func (b *Board) take(s *State) ui.UI {
	l := s.Lang
	var items []ui.UI
	for _, format := range []string{"html", "onnx", "safetensors"} {
		h, opt := b.press("download", format)
		items = append(items, button("btn", l.T("take."+format), h, opt))
	}
	return el("details", "pop take", el("summary", "btn", say("▾")).Aria("label", l.T("take")).Title(l.T("take")), box("", items...))
}

// points is the change in accuracy in words, rounded after subtracting.
func points(l words.Lang, before, after float64) string {
	d := 100 * (after - before)
	if text := l.Fixed(d, 1); text == "0.0" {
		return l.T("points.same")
	}
	if d > 0 {
		return l.T("points.more", l.Fixed(d, 1))
	}
	return l.T("points.less", l.Fixed(-d, 1))
}

func decimals(ratio float64) int {
	if ratio < 9.95 {
		return 1
	}
	return 0
}

// problem words a problem by its code, with its message as the detail.
func problem(l words.Lang, p *protocol.Problem) string {
	if key := "problem." + p.Code; words.Has(key) {
		text := l.T(key, p.Args...)
		if p.Message != "" && detailed[p.Code] {
			text += " " + l.T("detail", p.Message)
		}
		return text
	}
	return l.T("problem.other", p.Message)
}

// detailed are the codes whose message says where: a line, a file, a tensor.
var detailed = map[string]bool{
	"data_encoding": true, "data_truncated": true, "data_too_long": true, "data_path": true, "data_format": true,
	"data_one_label": true, "data_too_few": true, "data_label": true, "model_corrupt": true, "model_shape": true, "internal": true, "checkpoint": true, "spec": true, "worker_crashed": true,
}

func (b *Board) nowNotice(s *State) ([]ui.UI, ui.UI, []ui.UI) {
	l := s.Lang
	r := &s.Run
	alert := func(text string) ui.UI { return el("p", "say-now notice", rich(text)...).Role("alert") }
	if s.Worker == "dead" {
		text := "**" + l.T("worker.dead") + "**"
		if p := r.Problem; p != nil && p.Message != "" {
			text += " " + l.T("detail", p.Message)
		}
		return []ui.UI{b.fill(s, "reload", "reload")}, alert(text), nil
	}
	if s.Native.Asking {
		h, o := b.press("native-send")
		size := l.Bytes(s.Native.Bytes)
		return []ui.UI{button("btn go", l.T("native.send", size), h, o), b.line(s, "extra", l.T("native.dont"), "dismiss")},
			alert(l.T("native.ask", size)), nil
	}
	if s.CutOff != nil && r.Stage != Stopped && r.Problem == nil {
		return []ui.UI{b.fill(s, "make.again", "remake"), b.line(s, "extra", l.T("dismiss"), "dismiss")}, alert(l.T("cut.off.by.close")), nil
	}
	if s.alarm() && r.Problem == nil {
		n := &s.Native
		return []ui.UI{b.fill(s, "verify.again", "native"), b.line(s, "extra", l.T("dismiss"), "dismiss")},
			alert(l.T("alarm", words.Hash(r.Done.SHA256), r.Started.Device, words.Hash(n.Done.SHA256), n.Started.Device)), nil
	}
	if s.linkAlarm() && r.Problem == nil {
		here, there, _ := s.verdict()
		return []ui.UI{b.line(s, "", l.T("dismiss"), "dismiss")}, alert(l.T("link.alarm", words.Hash(here), words.Hash(there))), nil
	}
	if p := r.Problem; p != nil && p.Code == "busy" && len(p.Args) > 0 {
		h, o := b.press("open", p.Args[0])
		return []ui.UI{button("btn go", l.T("show.running"), h, o), b.line(s, "extra", l.T("new"), "new")}, alert("**" + problem(l, p) + "**"), nil
	}
	if r.Stage != Stopped {
		p := r.Problem
		if p == nil {
			p = &protocol.Problem{Code: "worker_crashed"}
		}
		acts := []ui.UI{b.line(s, "", l.T("dismiss"), "dismiss")}
		return acts, alert("**" + problem(l, p) + "**"), nil
	}
	f := r.Failed
	if f == nil {
		f = &spec.Failed{Code: "internal"}
	}
	var acts []ui.UI
	text := ""
	switch f.Code {
	case "cancelled":
		text = "**" + l.T("stopped.at", l.Int(f.Step)) + "**"
	case "closed":
		text = "**" + l.T("closed.at", l.Int(f.Step)) + "**"
	case "not_finite":
		text = "**" + l.T("problem.not_finite", l.Int(f.Step), f.Tensor) + "**"
	default:
		text = "**" + problem(l, &protocol.Problem{Code: f.Code, Message: f.Message}) + "**"
	}
	if r.Problem != nil {
		text = "**" + problem(l, r.Problem) + "**"
	}
	switch {
	case f.Code == "not_finite": // which is no accident: the same rate comes to the same end, from the checkpoint too
		h, o := b.press("smaller-rate")
		acts = append(acts, button("btn go", l.T("smaller.rate", words.Plain(f.Rate)), h, o))
		text += " " + l.T("same.end")
		if at := max(f.Kept, r.Saved.Step); at > 0 && r.ID != "" {
			acts = append(acts, b.line(s, "extra", l.T("smaller.rate.on", l.Int(at)), "smaller-rate-on"))
		}
		return append(acts, b.line(s, "extra", l.T("new"), "new")), alert(text), nil
	case r.NeedFile && r.ID != "":
		acts = append(acts, b.fill(s, "choose.same", "resume"))
		text += " " + l.T("need.file")
	case (f.Kept > 0 || r.Saved.Step > 0) && r.ID != "":
		at := max(f.Kept, r.Saved.Step)
		text += " " + l.T("kept.step", l.Int(at))
		h, o := b.press("resume")
		acts = append(acts, button("btn go", l.T("resume.from", l.Int(at)), h, o))
	}
	again := "again"
	if strings := f.Code; len(strings) > 4 && strings[:4] == "data" {
		again = "new"
	}
	if len(acts) == 0 && again == "again" {
		acts = append(acts, b.fill(s, "again", "again"))
	} else if again == "again" {
		acts = append(acts, b.line(s, "extra", l.T("again"), "again"))
	} else {
		acts = append(acts, b.fill(s, "back", "new"))
	}
	if again == "again" {
		acts = append(acts, b.line(s, "extra", l.T("new"), "new"))
	}
	return acts, alert(text), nil
}

func (b *Board) nowOwn(s *State) ([]ui.UI, ui.UI, []ui.UI) {
	l := s.Lang
	if r := s.FileReading; r != nil {
		share := 0.0
		if r.Total > 0 {
			share = float64(r.Bytes) / float64(r.Total)
		}
		facts := []ui.UI{small("", "**"+l.T("reading.file", s.File)+"**"), small("", l.N("texts", r.Rows))}
		if r.Bytes > 0 {
			facts = append(facts, small("", l.Bytes(r.Bytes)))
		}
		return []ui.UI{b.line(s, "", l.T("back.reviews"), "source", "reviews")}, progress(l.T("reading"), share, l.T("reading.file", s.File), facts...), nil
	}
	acts := []ui.UI{
		b.fill(s, "choose", "pick"),
		b.line(s, "extra", l.T("paste"), "paste"),
		b.line(s, "extra", l.T("back.reviews"), "source", "reviews"),
	}
	text := note(l.T("own.text"))
	if a := s.Link; a != nil && !a.Read && a.Link.Spec.Data.SHA256 != "" {
		text = note(l.T("link.own", headNote(s, "model"), strconv.FormatUint(s.Spec.Seed, 10), words.Hash(a.Link.Spec.Data.SHA256)))
	}
	if p := s.FileProblem; p != nil {
		text = el("p", "say-now notice", rich("**"+problem(l, p)+"**")...).Role("alert")
	}
	return acts, text, []ui.UI{small("", l.T("own.drop"))}
}
