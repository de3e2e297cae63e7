package app

import (
	"github.com/clove-ml/clove/app/words"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// Bridge does what the State asks: it speaks with the worker and the browser.
type Bridge interface {
	// Start is called once the page is mounted. Whatever happens from then on is
	// told to tell, several things at once where they come thick.
	Start(tell func(...Msg))
	Run(Command)
}

// Board is the root component. It holds the State; its parts draw themselves
// again only when what they show has changed.
type Board struct {
	ui.Compo
	state  State
	bridge Bridge
	ctx    ui.Context
}

// NewBoard is the page in a state, moved by a bridge; without one it is a picture.
func NewBoard(s State, b Bridge) *Board { return &Board{state: s, bridge: b} }

// State is what the board shows now.
func (b *Board) State() State { return b.state }

// OnMount begins to listen.
func (b *Board) OnMount(ctx ui.Context) {
	b.ctx = ctx
	if b.bridge != nil {
		b.bridge.Start(b.Tell)
	}
}

// OnPreRender is what go-app calls in place of OnMount where there is no browser.
func (b *Board) OnPreRender(ctx ui.Context) { b.ctx = ctx }

// Tell applies what happened, in one drawing.
func (b *Board) Tell(messages ...Msg) {
	b.ctx.Dispatch(func(ui.Context) { b.apply(messages...) })
}

func (b *Board) apply(messages ...Msg) {
	for _, m := range messages {
		s, commands := b.state.Next(m)
		b.state = s
		if b.bridge != nil {
			for _, c := range commands {
				b.bridge.Run(c)
			}
		}
	}
}

// press handles a button. The scope tells go-app that the same function with
// another argument is another handler.
func (b *Board) press(do string, arg ...string) (ui.EventHandler, ui.EventOption) {
	a := ""
	if len(arg) > 0 {
		a = arg[0]
	}
	return func(_ ui.Context, e ui.Event) {
		if once[do] && e.Get("detail").Int() > 1 {
			return
		}
		b.apply(Press{do, a})
	}, ui.EventScope(do, a)
}

// once are presses that a double click makes once: the strip's buttons take each
// other's place, and the second half of "Train" must not be "Cancel".
var once = map[string]bool{
	"train": true, "train-on": true, "again": true, "resume": true, "smaller-rate": true, "compress": true, "hundred": true, "download": true,
	"pause": true, "go": true, "cancel": true, "reset": true, "new": true, "source": true, "delete": true, "native": true, "native-send": true,
}

// value handles a field whose value is the button's argument.
func (b *Board) value(do string) (ui.EventHandler, ui.EventOption) {
	return func(ctx ui.Context, _ ui.Event) { b.apply(Press{do, ctx.JSSrc().Get("value").String()}) }, ui.EventScope(do)
}

// edit handles a field of the Spec.
func (b *Board) edit(field string) (ui.EventHandler, ui.EventOption) {
	return func(ctx ui.Context, _ ui.Event) { b.apply(Edit{field, ctx.JSSrc().Get("value").String()}) }, ui.EventScope(field)
}

// check handles a box that is ticked or not.
func (b *Board) check(field string) (ui.EventHandler, ui.EventOption) {
	return func(ctx ui.Context, _ ui.Event) {
		v := "false"
		if ctx.JSSrc().Get("checked").Bool() {
			v = "true"
		}
		b.apply(Edit{field, v})
	}, ui.EventScope(field)
}

// hover lights a token while the pointer is on it.
func (b *Board) hover(token int) (ui.EventHandler, ui.EventOption) {
	return func(ui.Context, ui.Event) { b.apply(PointAt{token}) }, ui.EventScope("hover", token)
}

// part is a piece of the page that is drawn again when its dependencies differ.
type part struct {
	ui.Compo
	Root *Board
	Name string
	Deps []any
}

func (p *part) Render() ui.UI { return drawings[p.Name](p.Root, &p.Root.state) }

// drawings are the parts by name.
var drawings = map[string]func(*Board, *State) ui.UI{
	"top":      drawTop,
	"tint":     drawTint,
	"scores":   drawScores,
	"now":      drawNow,
	"data":     drawData,
	"tokens":   drawTokens,
	"model":    drawModel,
	"train":    drawTrain,
	"compress": drawCompress,
	"compare":  drawCompare,
	"flips":    drawFlips,
	"status":   drawStatus,
	"drawer":   drawDrawer,
	"measure":  drawMeasure,

	"head data": drawHead("data"), "head tokens": drawHead("tokens"), "head model": drawHead("model"),
	"head train": drawHead("train"), "head compress": drawHead("compress"), "head compare": drawHead("compare"),

	"compare rail": drawCompareRail, "compare map": drawCompareMap, "compare two": drawCompareTwo,
	"compare engines": drawCompareEngines, "compare flips": drawCompareFlips, "compare machine": drawCompareMachine,

	"compress rail": drawCompressRail, "compress real": drawReal, "compress error": drawError,
	"compress bear": drawBear, "compress before": drawBefore, "compress left": drawLeft, "compress bytes": drawBytes, "compress report": drawReport,
}

func (b *Board) part(name string, deps ...any) ui.UI {
	return &part{Root: b, Name: name, Deps: deps}
}

// Render lays out the parts. A dependency is a part of the State that can be
// compared without following it: figures, strings, short structs, and slices,
// whose first element's place tells whether they are the same.
func (b *Board) Render() ui.UI {
	s := &b.state
	l := s.Lang
	r := &s.Run
	phase := s.Phase()
	if s.Embed.On {
		return b.embedded(s)
	}
	main := []ui.UI{el("h1", "vh", say(l.T("title"))), b.bench(s), b.strip(s)}
	if s.Place.Room != "" {
		main = append(main, b.inRoom(s))
	} else {
		main = append(main, b.onBoard(s), b.part("flips", l, phase, r.Variants, s.Selected, s.AllFlip, s.facts(), s.Read.Shown))
	}
	return box("page").ID("clove").DataSet("state", phase).Body(
		b.part("top", l, s.Theme, len(s.Runs), s.Drawer, s.Share, s.sharing()),
		el("main", "", main...),
		b.part("status", l, s.Machine, s.Offline, s.busy(), s.Used, s.Quota, s.Problems, s.Worker, s.Native, r.Stage, r.ID, r.Last.TextsPerSecond, s.Measure.Open, r.Started.Choice, r.Fell),
		b.part("drawer", l, s.Drawer, s.Runs, s.Deleted, s.Run.ID),
		b.part("measure", l, s.Measure, s.Worker),
	)
}

// bench is the sentence with its scores.
func (b *Board) bench(s *State) ui.UI {
	l, r := s.Lang, &s.Run
	return el("section", "bench", b.say(s), b.part("scores", l, s.Say, s.Pretend, r.Variants, s.Selected, r.Stage, r.ID, r.Facts, s.Builtin)).
		Aria("label", l.T("say.section"))
}

// strip says what to do now.
func (b *Board) strip(s *State) ui.UI {
	return b.part("now", s.Lang, s.Phase(), s.Run, s.Own, s.Paste, s.Selected, s.Plan, s.Spec, s.Machine, s.File, s.FileProblem, s.FileReading, s.Native.Asking, s.Native.Bytes, s.Builtin == nil, s.Facts, s.Estimate, s.Worker, s.Runs, s.Link)
}

// onBoard are the six columns, or those of an embed.
func (b *Board) onBoard(s *State) ui.UI {
	l, phase, card, facts := s.Lang, s.Phase(), s.card(), s.facts()
	r := &s.Run
	training := []any{r.Curve.Points, r.Valid, r.Last, r.Stage, r.Done, r.Failed}
	parts := []ui.UI{
		b.part("data", l, phase, s.Spec, facts, s.Fields, s.Own, s.Paste, s.Machine.Names, s.Machine.ServerData, card == 1, s.File, s.FileReading, s.FileProblem),
		b.part("tokens", l, s.Say, facts, s.Spec, s.Fields, r.Stage),
		b.part("model", l, s.Say, facts, s.Spec, s.Fields, s.Selected, r.Stage, r.Variants),
		b.part("train", l, phase, training, s.Spec, s.Fields, s.Builtin, s.Native, s.Estimate, s.Machine.Server, s.Worker, card == 4, r.ID, s.Device.Asked, s.Device.Known, s.Device.Card, r.Started.Choice, r.Fell, s.Link, r.Variants),
		b.part("compress", l, phase, s.Plan, s.PlanAt, s.Refused, s.Fields, r.Variants, s.Selected, r.Progress, s.Builtin, card == 5),
		b.part("compare", l, phase, r.Variants, s.Selected, s.Builtin, r.Newest, card == 6, facts),
	}
	if s.Embed.On {
		var chosen []ui.UI
		for _, c := range s.Embed.drawn(phase) {
			chosen = append(chosen, parts[columnNumber(c)-1])
		}
		parts = chosen
	}
	return el("div", "board", parts...)
}

// other is what the language button offers: the other one.
func other(l words.Lang) words.Lang {
	if l == words.Chinese {
		return words.English
	}
	return words.Chinese
}
