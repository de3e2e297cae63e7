package app

import (
	"errors"
	"strconv"
	"strings"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

// press is a press of the button "what".
func (n *next) press(what, arg string) {
	switch what {
	case "lang":
		n.setLang(words.Lang(arg))
	case "room":
		n.room(arg)
	case "room-key":
		if c := column(arg); c != n.Place.Room {
			n.room(c)
		}
	case "leave":
		n.leave()
	case "place":
		n.at(arg)
	case "look":
		n.look(arg)
	case "sense":
		n.sense()
	case "sense-stop":
		n.send(protocol.KindControl, protocol.Control{Run: protocol.MeasureRun, Do: "cancel"})
	case "time":
		n.time()
	case "pretend":
		n.Pretend = arg == "true"
		n.score()
	case "add-step": // as the text of a pipeline has it
		if steps, err := spec.ParsePipeline(arg); err == nil && len(steps) == 1 {
			n.insert(steps[0])
		}
	case "paint":
		n.Looks.painted = ""
	case "share":
		n.Share.Open, n.Share.Copied = arg == "true", ""
		n.do("fields", "")
	case "copy":
		n.copy(arg)
	case "copied":
		n.Share.Copied = arg
	case "unlink":
		n.unlink()
	case "link-read":
		n.arrived(func(a *Arrived) { a.Read = true })
	case "keep":
		n.keep(false)
	case "theme":
		n.Theme = arg
		n.do("theme", arg)

	case "start":
		n.start()
	case "rest":
		n.rest(arg == "seen")
	case "train":
		n.train(protocol.Train{Spec: n.Spec})
	case "train-on":
		if o := n.original(); o != nil {
			n.train(protocol.Train{Spec: n.Spec, From: o.ID})
		}
	case "resume":
		n.resume()
	case "again":
		n.train(protocol.Train{Spec: n.Run.Spec})
	case "smaller-rate", "smaller-rate-on": // from scratch, or with the weights of the last good checkpoint
		if f := n.Run.Failed; f != nil && f.Rate > 0 {
			n.Spec = n.Run.Spec
			n.Spec.Train.Rate = f.Rate
			begin := protocol.Train{Spec: n.Spec}
			if what == "smaller-rate-on" {
				begin.From = n.Run.ID
			}
			n.train(begin)
		}
	case "pause", "step", "go", "cancel":
		n.control(what)
	case "reset", "new":
		if n.busy() && !n.Run.Watching && n.Run.ID != "" {
			n.send(protocol.KindControl, protocol.Control{Run: n.Run.ID, Do: "cancel"})
		}
		n.fresh()
	case "reload":
		n.do("reload", "")
	case "offline":
		n.do("offline", arg)
	case "dismiss":
		n.Run.Problem, n.FileProblem, n.CutOff = nil, nil, nil
		n.Native.Asking = false
		n.Native.Known = n.Native.Known || n.alarm()
		n.arrived(func(a *Arrived) { a.Known = a.Known || n.linkAlarm() })

	case "compress":
		n.compress()
	case "add":
		n.add(arg)
	case "remove":
		n.remove(index(arg))
	case "up":
		n.move(index(arg), index(arg)-1)
	case "down":
		n.move(index(arg), index(arg)+1)
	case "move": // "2,0": from there to there
		from, to, _ := strings.Cut(arg, ",")
		n.move(index(from), index(to))
	case "plan-at":
		if i := index(arg); i >= 0 && i < len(n.Plan) {
			n.PlanAt, n.Refused = i, nil
			n.do("fields", "")
		}
	case "plan-back": // "1.epochs": to its default
		n.resetStep(arg)
	case "recipe":
		n.recipe(arg)
	case "hundred":
		n.hundredfold()
	case "walk":
		n.walk(arg)
	case "save-variants":
		n.commands = append(n.commands, Do{What: "save", Arg: "clove-variants.csv", Data: variantsCSV(&n.State)})
	case "report":
		n.saveReport()
	case "select":
		n.choose(arg)
	case "download":
		n.download(arg)
	case "tint":
		n.Say.By = arg
	case "all-flips":
		n.AllFlip = !n.AllFlip
	case "say":
		was := n.Say.Text
		if n.Say.Was != "" {
			was = n.Say.Was
		}
		n.put(arg)
		n.Say.Was = was
	case "say-back":
		if n.Say.Was != "" {
			n.put(n.Say.Was)
			n.do("focus", "say")
		}
	case "rows":
		n.rows(arg)

	case "source":
		n.source(arg)
	case "own":
		n.source("file")
	case "pick":
		n.do("pick", "")
	case "paste":
		n.Paste = !n.Paste
		if n.Paste {
			n.do("focus", "paste")
		}
	case "paste-done":
		if strings.TrimSpace(arg) != "" {
			n.Paste = false
			text, name := pasted(arg)
			n.importing(Send{Kind: protocol.KindImport, Text: text}, name)
		}

	case "native", "native-send":
		n.Native = Native{Stage: Reading}
		n.send(protocol.KindNative, protocol.Native{Spec: n.nativeSpec(), SendData: what == "native-send"})

	case "native-stop":
		if n.Native.Run != "" {
			n.send(protocol.KindControl, protocol.Control{Run: n.Native.Run, Do: "cancel"})
		}
	case "remake":
		n.Remake, n.CutOff = n.CutOff, nil
		n.remake()

	case "device":
		n.Device.Asked = ParseDevice(arg)
		n.do("device", arg)
	case "other":
		n.other()
	case "other-stop":
		n.send(protocol.KindControl, protocol.Control{Run: protocol.MeasureRun, Do: "cancel"})
	case "measure-panel", "measure", "measure-stop":
		n.measure(what)
	case "history":
		n.Drawer = !n.Drawer
		if n.Drawer {
			n.Measure.Open = false
			n.do("focus", "drawer-close")
		} else {
			n.do("focus", "hist")
		}
	case "open":
		n.send(protocol.KindOpen, protocol.Run{Run: arg})
	case "delete":
		n.forget(arg)
	case "undelete":
		if n.Deleted != nil {
			n.send(protocol.KindUndelete, protocol.Run{Run: n.Deleted.Run})
			n.Deleted = nil
			n.send(protocol.KindRuns, nil)
		}
	}
}

// nativeSpec is what the server should run beside the board's.
func (n *next) nativeSpec() spec.Spec {
	if n.Run.Stage == Fresh || n.Run.ID == Builtin {
		return n.Spec
	}
	return n.Run.Spec
}

// train begins a run; whatever was refused before is forgotten.
func (n *next) train(t protocol.Train) {
	if n.busy() {
		return // pressed twice
	}
	if err := t.Spec.Validate(); err != nil {
		n.invalid(err, "")
		return
	}
	t.Spec.Compress = ""
	n.arrived(func(a *Arrived) { a.Read, a.Known = true, false })
	n.Own, n.Paste, n.FileProblem = false, false, nil
	n.Selected, n.AllFlip = "", false
	n.Native, n.Device.Other = Native{}, Other{}
	n.Run = Run{Stage: Reading, Spec: t.Spec, From: t.From, Facts: n.Facts}
	t.Device = n.Device.Asked
	n.send(protocol.KindTrain, t)
}

func (n *next) resume() {
	if n.Run.NeedFile {
		n.do("pick", n.Run.ID)
		return
	}
	if n.busy() {
		return
	}
	n.Run.Stage, n.Run.Problem = Reading, nil
	n.send(protocol.KindTrain, protocol.Train{Spec: n.Run.Spec, Run: n.Run.ID, Device: n.Device.Asked})
}

func (n *next) control(what string) {
	if what == "go" {
		what = "resume"
	}
	n.Run.Wanted = what
	n.send(protocol.KindControl, protocol.Control{Run: n.Run.ID, Do: what})
}

// fresh is the board before any run.
func (n *next) fresh() {
	n.Run = Run{}
	n.Native, n.Device.Other = Native{}, Other{}
	n.Selected, n.Own, n.Paste, n.AllFlip = "", false, false, false
	n.describe()
	n.score()
}

// compress makes the plan's variant, of the built-in model where nothing was trained.
func (n *next) compress() {
	pipeline := spec.FormatPipeline(n.Plan)
	if pipeline == "" || n.busy() {
		return
	}
	if n.Run.ID == protocol.GuestRun { // what is made of it is kept, and so it must be
		n.keep(true)
		return
	}
	if n.Run.Stage == Fresh {
		if n.Builtin == nil {
			return
		}
		o := *n.Builtin
		o.Summary.Run, o.Summary.State = Builtin, "done"
		o.Variants = o.Variants[:min(1, len(o.Variants)):min(1, len(o.Variants))]
		n.Run = replay(o)
		if len(n.Run.Variants) > 0 { // timed at build, on another machine: here it is not measured yet
			v := n.Run.Variants[0]
			v.LatencyMS, v.LatencyQ1, v.LatencyQ3 = 0, 0, 0
			n.Run.Variants = []spec.Variant{v}
		}
		n.show()
	}
	n.Run.Stage, n.Run.Pipeline, n.Run.Problem = Compressing, pipeline, nil
	n.Run.Progress = spec.Compressing{Of: len(n.Plan)}
	n.AllFlip = false
	n.send(protocol.KindCompress, protocol.Compress{Run: n.Run.ID, Pipeline: pipeline})
}

func index(s string) int {
	i, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return i
}

// choose selects a variant by its row or point.
func (n *next) choose(id string) {
	if n.Run.Stage == Fresh {
		return
	}
	n.Selected = id
	n.AllFlip = false
	n.score()
	if v := n.selected(); v != nil {
		if plan, err := spec.ParsePipeline(v.Pipeline); err == nil && !n.busy() {
			n.planned(plan, len(plan)-1)
		}
		if v.Changed > 0 && len(v.Flips) == 0 {
			n.send(protocol.KindFlips, protocol.Flips{Model: v.ID})
		}
	}
}

// download asks for the selected variant, or the original, as a file of that format; "" is Clove's own.
func (n *next) download(format string) {
	v := n.selected()
	if v == nil {
		v = n.original()
	}
	if v != nil {
		n.send(protocol.KindDownload, protocol.Download{Model: v.ID, Format: format})
	}
}

// rows moves the window over a long sentence and the light within it.
func (n *next) rows(arg string) {
	t := n.trace()
	if t == nil || len(t.Tokens) == 0 {
		return
	}
	last := len(t.Tokens) - 1
	at := n.Say.Lit
	switch arg {
	case "up":
		at--
	case "down":
		at++
	case "home":
		at = 0
	case "end":
		at = last
	}
	n.point(max(0, min(at, last)))
}

// source changes the data; a preset of that name brings settings that suit it.
func (n *next) source(name string) {
	n.FileProblem = nil
	if name == "file" {
		n.Own = true
		if n.Spec.Data.Source != "file" {
			n.Facts = nil
		}
		return
	}
	n.Own, n.Paste = false, false
	preset := name
	if name == "imdb" {
		preset = "imdb-small"
	}
	s, ok := spec.Preset(preset)
	if !ok {
		return
	}
	s.Seed = n.Spec.Seed
	n.Spec, n.Fields, n.Facts, n.File = s, nil, nil, ""
	if !n.busy() {
		n.Run = Run{}
		n.Selected, n.Native, n.Device.Other = "", Native{}, Other{}
	}
	n.suit()
	n.describe()
	n.score()
}

// chosen reads a file: data or a model, the worker tells which.
func (n *next) chosen(c Chosen) {
	n.importing(Send{Kind: protocol.KindImport, Handle: c.Handle}, c.Name)
}

// pasted is text as a file that the engine reads: lines of JSON and CSV with a
// header as they are, other lines cut at the tab or the first comma.
func pasted(text string) (content, name string) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	lines := strings.Split(text, "\n")
	first := strings.ToLower(lines[0])
	if strings.HasPrefix(first, "{") {
		return text, "pasted.jsonl"
	}
	if !strings.Contains(first, "\t") && strings.Contains(first, "label") && strings.Contains(first, "text") && strings.Contains(first, ",") {
		return text, "pasted.csv"
	}
	for i, line := range lines {
		if strings.Contains(line, "\t") {
			continue
		}
		label, rest, ok := strings.Cut(line, ",")
		if !ok {
			label, rest, ok = strings.Cut(line, "，")
		}
		if ok {
			lines[i] = strings.TrimSpace(label) + "\t" + strings.TrimSpace(rest)
		}
	}
	return strings.Join(lines, "\n") + "\n", "pasted.tsv"
}

func (n *next) importing(send Send, name string) {
	body := protocol.Import{Name: name, Spec: n.Spec}
	body.Spec.Data.Source, body.Spec.Data.SHA256 = "file", ""
	if n.Spec.Data.Source != "file" {
		body.Spec.Name = ""
		if preset, ok := spec.Preset("mail"); ok { // settings for real text
			body.Spec.Tokenizer, body.Spec.Model, body.Spec.Train = preset.Tokenizer, preset.Model, preset.Train
		}
	}
	if n.Run.Stage == Stopped && n.Run.NeedFile {
		body.Run = n.Run.ID
		body.Spec = n.Run.Spec
	}
	send.Body = body
	n.File, n.FileProblem = name, nil
	n.FileReading = &spec.Reading{}
	n.commands = append(n.commands, send)
}

func (n *next) imported(to Send, i protocol.Imported) {
	n.FileReading = nil
	if i.Model != nil {
		n.opened(*i.Model)
		n.send(protocol.KindRuns, nil)
		return
	}
	if i.Data == nil {
		return
	}
	if body, ok := to.Body.(protocol.Import); ok && body.Run != "" && body.Run == n.Run.ID {
		n.Run.NeedFile = false
		n.resume()
		return
	}
	n.Spec, n.Facts = i.Data.Spec, &i.Data.Facts
	n.Asked = n.Spec.ID()
	n.Fields = nil
	if !n.busy() {
		n.Run = Run{}
		n.Selected, n.Native, n.Device.Other = "", Native{}, Other{}
	}
	n.Own = false
	n.suit()
	n.score()
}

// refused is a request that the worker could not do.
func (n *next) refused(to Send, p *protocol.Problem) {
	switch to.Kind {
	case protocol.KindScore:
		// A model that can't read now: the next reading says more.
		if q, ok := to.Body.(protocol.Score); ok && q.Seq == 0 {
			n.readAgain(q, nil)
		}
	case protocol.KindHello:
		n.notice(*p)
	case protocol.KindImport:
		n.FileReading = nil
		n.FileProblem = p
		n.Own = true
	case protocol.KindDescribe:
		if p.Code != "cancelled" { // other settings were asked about since
			n.notice(*p)
		}
	case protocol.KindOther:
		n.Device.Other.Problem = p
	case protocol.KindNative:
		n.Native = Native{Problem: p}
		if p.Code == "no_server" {
			n.Machine.Server = false
		}
	case protocol.KindBench:
		n.Measure.Busy, n.Measure.Problem = false, p
	case protocol.KindTrain:
		n.Run.Problem = p
		if n.Run.ID == "" {
			n.Run.Stage = Stopped
			n.Run.Failed = &spec.Failed{Code: p.Code, Message: p.Message}
		} else {
			n.Run.Stage = Stopped
		}
	case protocol.KindCompress:
		n.Run.Problem = p
		n.Run.Stage = Trained
	case protocol.KindGuest:
		n.arrived(func(a *Arrived) { a.Wrong = p })
	case protocol.KindShare:
		// The model is gone; the panel says nothing of it.
	case protocol.KindDelete:
		n.Deleted = nil
		n.send(protocol.KindRuns, nil)
		n.notice(*p)
	default:
		n.Run.Wanted = ""
		n.Run.Problem = p
	}
}

// edit changes a setting; what can't be is told at its field and changes nothing.
func (n *next) edit(field, value string) {
	if field == "compress" {
		plan, err := spec.ParsePipeline(value)
		if err != nil {
			n.wrong(FieldText{Field: field, Text: value})
			n.refuse(err, -1)
			return
		}
		n.planned(plan, len(plan)-1)
		return
	}
	if step, ok := strings.CutPrefix(field, "plan."); ok {
		n.editStep(step, value)
		return
	}
	s := n.Spec
	if err := s.Set(field, number(field, value)); err != nil {
		n.invalid(err, value)
		return
	}
	if err := s.Validate(); err != nil {
		n.invalid(err, value)
		return
	}
	n.right(field)
	if s.Name != "" && s.ID() != n.Spec.ID() {
		s.Name = ""
	}
	n.Spec = s
	n.describe()
}

// number takes a figure as people write it ("80 %", "10,000", "−1") to one that Go reads.
func number(field, text string) string {
	if !strings.ContainsAny(text, "0123456789") || strings.HasSuffix(field, "_column") {
		return strings.TrimSpace(text)
	}
	t := strings.NewReplacer("−", "-", ",", "", " ", "", "\u00a0", "", "％", "%").Replace(text)
	if share, ok := strings.CutSuffix(t, "%"); ok {
		if x, err := strconv.ParseFloat(share, 64); err == nil {
			return strconv.FormatFloat(x/100, 'g', 15, 64)
		}
	}
	return t
}

func (n *next) invalid(err error, value string) {
	var bad *spec.FieldError
	if errors.As(err, &bad) {
		n.wrong(FieldText{bad.Field, value, bad.Want})
	}
}

func (n *next) wrong(f FieldText) {
	n.right(f.Field)
	n.Fields = append(n.Fields, f)
}

// right forgets what was wrong with a field.
func (n *next) right(field string) {
	var kept []FieldText
	for _, f := range n.Fields {
		if f.Field != field {
			kept = append(kept, f)
		}
	}
	n.Fields = kept
}
