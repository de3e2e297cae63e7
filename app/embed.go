package app

import (
	"slices"
	"strings"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// Embed is the page in a frame of another page: the same parts, most of them not drawn.
// The zero Embed is the page itself.
type Embed struct {
	On     bool
	Still  bool     // a picture, made when the site is: nothing in it is pressed
	Shows  []string // the columns that the teacher chose, in the board's order
	Fields []string // and the settings, by their paths in the Spec
	Home   string   // the address of the whole page with the same Spec

	rested bool // the run was paused because nobody sees it
}

// fieldColumns are the columns that the settings of a group stand in.
var fieldColumns = map[string]string{"seed": "data", "data": "data", "tokenizer": "tokens", "model": "model", "train": "train", "arithmetic": "train"}

// InFrame is the page in a frame, with what the teacher wrote, "train,train.rate,quantize":
// columns and settings by their names, and techniques, each of which is a step of the plan.
// A setting shows its column, a technique Compress, and what makes models Compare.
func (s State) InFrame(controls, home string) State {
	chosen := map[string]bool{}
	var plan []spec.PipelineStep
	s.Embed = Embed{On: true, Home: home}
	if s.Link != nil && s.Link.Refused == nil { // it is what the teacher wrote: nothing to be told of
		a := *s.Link
		a.Read = true
		s.Link = &a
	}
	for word := range strings.SplitSeq(controls, ",") {
		word = strings.TrimSpace(word)
		group, _, _ := strings.Cut(word, ".")
		if t, ok := spec.TechniqueOf(word); ok {
			plan = append(plan, spec.PipelineStep{Name: t.Name, Value: t.Value.Default})
			chosen["compress"] = true
		} else if column := fieldColumns[group]; column != "" && word != column {
			s.Embed.Fields = append(s.Embed.Fields, word)
			chosen[column] = true
		} else {
			chosen[word] = true
		}
	}
	if controls == "" {
		chosen["train"], chosen["compress"] = true, true
	}
	chosen["compare"] = chosen["compare"] || chosen["compress"] || chosen["train"]
	for _, c := range columns {
		if chosen[c] {
			s.Embed.Shows = append(s.Embed.Shows, c)
		}
	}
	if _, err := spec.ParsePipeline(spec.FormatPipeline(plan)); err == nil && len(plan) > 0 && spec.FormatPipeline(s.Plan) == firstPlan { // the address has none
		s.Plan, s.PlanAt = plan, len(plan)-1
	}
	return s
}

// shows says whether the teacher chose a column.
func (e Embed) shows(column string) bool { return slices.Contains(e.Shows, column) }

// hides says whether a setting is not among those that the teacher chose.
func (e Embed) hides(path string) bool { return e.On && !slices.Contains(e.Fields, path) }

// drawn are the columns that are drawn now: of Train and Compress the one whose turn it is,
// so that two stand side by side.
func (e Embed) drawn(phase string) []string {
	if !e.shows("train") || !e.shows("compress") {
		return e.Shows
	}
	not := "train"
	switch phase {
	case "fresh", "training", "paused", "reading", "watching", "notice", "own":
		not = "compress"
	}
	return slices.DeleteFunc(slices.Clone(e.Shows), func(c string) bool { return c == not })
}

// embedActs leaves of the strip's buttons the one thing to do, and that only where the
// teacher chose it.
func (b *Board) embedActs(s *State, acts []ui.UI) []ui.UI {
	e := s.Embed
	guest := s.Run.ID == protocol.GuestRun // came in the address: it is not theirs to keep
	switch phase := s.Phase(); {
	case phase == "fresh" && !e.shows("train"), phase == "trained" && guest && e.shows("compress"):
		acts = []ui.UI{b.fill(s, "make.smaller", "compress")}
	case phase == "trained" && guest:
		return nil
	case phase == "trained" && !e.shows("compress"):
		acts = []ui.UI{b.fill(s, "train.again", "train")}
	}
	return acts[:min(1, len(acts))]
}

// start is what the host asks for: what the filled button does, where that makes something.
func (n *next) start() {
	train, compress := n.Embed.shows("train"), n.Embed.shows("compress")
	switch phase := n.Phase(); {
	case phase == "paused":
		n.control("go")
	case phase == "fresh" && train, phase == "trained" && (!compress || n.changed()):
		n.train(protocol.Train{Spec: n.Spec})
	case phase == "fresh", phase == "trained", phase == "compressed" && n.made() == nil:
		n.compress()
	case phase == "notice" && n.Run.Stage == Stopped:
		n.resume()
	}
}

// rest pauses a run that nobody sees, and goes on with it once it is seen.
func (n *next) rest(seen bool) {
	switch {
	case !seen && n.Run.Stage == Training && !n.Run.Watching:
		n.Embed.rested = true
		n.control("pause")
	case seen && n.Embed.rested:
		n.Embed.rested = false
		if n.Run.Stage == Paused || n.Run.Wanted == "pause" {
			n.control("go")
		}
	}
}

// Told is what an embed says to the page around it: docs/embedding.md lists the fields.
type Told struct {
	Name   string
	Fields map[string]any
}

// tellHost tells what happened to the run on the board.
func (n *next) tellHost(e spec.Event) {
	tell := func(name string, fields map[string]any) {
		n.commands = append(n.commands, Do{What: "tell", Data: Told{name, fields}})
	}
	switch e := e.(type) {
	case spec.Step:
		tell("metrics", map[string]any{"step": e.Step, "steps": n.Run.Started.Steps, "epoch": e.Epoch, "epochs": n.Run.Spec.Train.Epochs, "loss": e.Loss, "accuracy": e.Accuracy, "textsPerSecond": e.TextsPerSecond})
	case spec.Epoch:
		tell("metrics", map[string]any{"epoch": e.Epoch, "epochs": n.Run.Spec.Train.Epochs, "validationLoss": e.Validation.Loss, "validationAccuracy": e.Validation.Accuracy})
	case spec.Done:
		tell("done", map[string]any{"kind": "trained", "accuracy": e.Test.Accuracy, "bytes": e.FileBytes, "seconds": e.Seconds, "weights": e.SHA256})
	case spec.Compressed:
		if v := e.Variant; v.Pipeline != "" {
			tell("done", map[string]any{"kind": "compressed", "pipeline": v.Pipeline, "accuracy": v.Test.Accuracy, "bytes": v.FileBytes, "weights": v.SHA256})
		}
	case spec.Failed:
		tell("failed", map[string]any{"code": e.Code, "message": e.Message})
	}
}

// embedded lays out an embed: the sentence, what to do now, and the chosen columns.
func (b *Board) embedded(s *State) ui.UI {
	main := []ui.UI{el("h1", "vh", say(s.Lang.T("title"))), b.bench(s)}
	if len(s.Embed.Shows) > 0 {
		main = append(main, b.strip(s), b.onBoard(s))
	}
	if problem := b.kept(s); problem != nil {
		main = append(main, problem)
	}
	return box("page").ID("clove").DataSet("state", s.Phase()).Body(
		b.part("top", s.Lang, s.Embed.Home),
		el("main", "", main...),
	)
}

// kept says where nothing is kept: in a frame of another site the browser may refuse to.
func (b *Board) kept(s *State) ui.UI {
	if s.Worker != "ready" || s.Machine.Storage != "refused" && !hasCode(s.Problems, "storage_refused") {
		return nil
	}
	return el("p", "small mute foot", say(s.Lang.T("embed.forgets")))
}

// top of an embed: whose it is, and the way to the whole page.
func embedTop(s *State) ui.UI {
	home := el("a", "small", say(s.Lang.T("embed.open"))).ID("home").Attr("target", "_blank").Attr("rel", "noopener")
	if s.Embed.Home != "" {
		home.Attr("href", s.Embed.Home)
	}
	return el("header", "top", brand(), home)
}

// LiveSight is the first sight of an embed that trains.
func LiveSight(l words.Lang) (string, error) { return HTML(NewState(l).InFrame("train", "")) }

// Judge is the embed of a model that is there already: the sentence and its score, which its
// script fills in.
func Judge(l words.Lang) (string, error) {
	s := NewState(l)
	s.Embed = Embed{On: true, Still: true}
	return HTML(s)
}

// Boards are what an embed shows below the sentence, by the variants of the built-in model: what
// made each smaller, where it stands among the others, and what that cost; and the variants' names.
func Boards(l words.Lang, built protocol.Opened) (names, boards []string, err error) {
	variants := slices.Clone(built.Variants)
	for i := range variants { // timed at build, on another machine
		variants[i].LatencyMS = 0
	}
	for i, v := range variants {
		s := NewState(l)
		s.Embed = Embed{On: true, Still: true, Shows: []string{"compress", "compare"}}
		s.Run = replay(built)
		s.Run.ID, s.Run.Stage, s.Run.Variants = Builtin, Trained, variants
		s.Spec, s.Selected = built.Spec, v.ID
		s.Plan, _ = spec.ParsePipeline(v.Pipeline)
		s.PlanAt = -1
		names = append(names, s.nameOf(&v))
		if i == 0 {
			boards = append(boards, "")
			continue
		}
		b := NewBoard(s, nil)
		markup, err := tidy(ui.HTMLString(box("still", b.strip(&b.state), b.onBoard(&b.state)).DataSet("state", s.Phase())))
		if err != nil {
			return nil, nil, err
		}
		boards = append(boards, markup)
	}
	return names, boards, nil
}

// EmbedWords are what the script of an embed says, by their keys, in each language.
func EmbedWords() map[string][2]string {
	keys := []string{
		"embed.title", "embed.open", "embed.loading", "embed.failed", "embed.model", "embed.too.big", "embed.damaged", "embed.not.found", "embed.variants", "embed.sandboxed",
		"say.label", "say.placeholder", "say.nothing", "pulls", "pulls.away", "pulls.to", "original", "builtin", "unseen", "score.waiting",
	}
	for _, name := range []string{"positive", "negative", "pos", "neg", "spam", "ham", "female", "male"} {
		keys = append(keys, "label."+name)
	}
	out := map[string][2]string{}
	for _, key := range keys {
		out[key] = [2]string{words.English.T(key), words.Chinese.T(key)}
	}
	return out
}
