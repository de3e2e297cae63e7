package app

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

// Msg is something that happened.
type Msg interface{ msg() }

// Press is a press of a button; Arg says which of its kind.
type Press struct{ Do, Arg string }

// Edit is a setting changed, by its path in the Spec.
type Edit struct{ Field, Value string }

// Said is a change of the sentence.
type Said struct{ Text string }

// PointAt a token, −1 at none.
type PointAt struct{ Token int }

// Reply is the worker's answer to To, or its problem.
type Reply struct {
	To    Send
	Body  json.RawMessage
	Data  any // a handle of the bridge, of bytes that came along
	Wrong *protocol.Problem
}

// Push is what the worker says unasked.
type Push struct{ protocol.Envelope }

// Chosen is a file chosen or dropped; Handle is the bridge's name of it.
type Chosen struct {
	Handle int
	Name   string
	Bytes  int64
}

// Crashed: the worker is gone. Final says that it can't be started here.
type Crashed struct {
	Why   string
	Final bool
}

// Persisted is what the browser answered when it was asked to keep the runs.
type Persisted struct{ Kept bool }

// Copied is how the copy for offline use stands now.
type Copied struct{ Offline Offline }

// Woken: a worker runs, and can be asked.
type Woken struct{}

// Sized: the window became a phone's width, or more.
type Sized struct{ Narrow bool }

// Seen: these cells of the open room came into sight.
type Seen struct{ Cells []string }

func (Press) msg()     {}
func (Seen) msg()      {}
func (Edit) msg()      {}
func (Said) msg()      {}
func (PointAt) msg()   {}
func (Reply) msg()     {}
func (Push) msg()      {}
func (Chosen) msg()    {}
func (Crashed) msg()   {}
func (Woken) msg()     {}
func (Sized) msg()     {}
func (Persisted) msg() {}
func (Copied) msg()    {}

// Command is something to be done outside the State.
type Command interface{ command() }

// Send asks the worker.
type Send struct {
	Kind   string
	Body   any
	Handle int    // file that goes along, 0 none
	Text   string // text that goes along as a file, "" none
}

// Do is an effect on the browser: "theme", "lang", "pick" (open the file chooser),
// "sentence" (put Arg in the field), "save" (a file named Arg, of the bytes or the text Data),
// "restart" (the worker), "reload" (the page), "focus" (the element of id Arg, once it is drawn; "focus-now": one that is there), "scroll" (to the active card),
// "place" (what stands after # in the address, as a new entry of the history; "place-now": in this one), "fields" (that should be empty are), "untick" (the box of id Arg as it was),
// "offline" (Arg "clear" or "keep": the copy for offline use), "device" (which trains, kept), "paint" (the *spec.Weights Data on the canvas Arg),
// "watch" (which cells of the room come into sight: Seen),
// "copy" (the text Data, and say so by Press "copied" Arg), "unlink" (take the link out of the address),
// "tell" (the Told Data to the page around an embed).
type Do struct {
	What, Arg string
	Data      any
}

func (Send) command() {}
func (Do) command()   {}

// Next is the State after m, and what must be done.
func (s State) Next(m Msg) (State, []Command) {
	n := next{State: s}
	switch m := m.(type) {
	case Press:
		n.press(m.Do, m.Arg)
	case Edit:
		n.edit(m.Field, m.Value)
	case Said:
		if m.Text != n.Say.Text {
			n.Say.Text, n.Say.Was, n.Say.Lit = m.Text, "", -1
			n.Say.Typed = strings.TrimSpace(m.Text) != ""
			n.score()
		}
	case PointAt:
		n.point(m.Token)
	case Chosen:
		n.chosen(m)
	case Reply:
		n.reply(m)
	case Push:
		n.push(m.Envelope)
	case Crashed:
		n.crashed(m.Why, m.Final)
	case Persisted:
		if m.Kept && n.Machine.Storage == "best-effort" {
			n.Machine.Storage = "kept"
		}
	case Copied:
		n.Offline = m.Offline
	case Sized:
		n.Narrow = m.Narrow
	case Seen:
		n.Seen = append(slices.Clip(n.Seen), m.Cells...)
	case Woken:
		n.Read = Rereading{}
		n.send(protocol.KindHello, protocol.Hello{Workers: n.Workers})
	}
	if n.Place.Room != n.watched {
		n.watched, n.Seen = n.Place.Room, nil
		if n.watched != "" {
			n.do("watch", "")
		}
	}
	n.reread()
	n.looks()
	n.compare()
	n.share()
	return n.State, n.commands
}

// next gathers what one message does.
type next struct {
	State
	commands []Command
}

func (n *next) send(kind string, body any) {
	n.commands = append(n.commands, Send{Kind: kind, Body: body})
}

func (n *next) do(what, arg string) { n.commands = append(n.commands, Do{What: what, Arg: arg}) }

// score asks the models on the board to read the sentence.
func (n *next) score() {
	if n.Worker != "ready" {
		return
	}
	models := n.models()
	if len(models) == 0 {
		return
	}
	n.Say.Seq++
	n.send(protocol.KindScore, protocol.Score{Seq: n.Say.Seq, Text: n.Say.Text, Models: models})
}

// models are those whose scores stand beside the sentence, the original first.
func (s *State) models() []string {
	var ids []string
	switch s.Run.Stage {
	case Reading, Training, Paused:
		ids = append(ids, Live)
	case Stopped: // the best model of the last checkpoint goes by the run's name
		ids = append(ids, s.Run.ID)
	default:
		if o := s.original(); o != nil {
			ids = append(ids, o.ID)
		}
	}
	if small := s.smallID(); small != "" {
		ids = append(ids, small)
	}
	return ids
}

// describe asks for the facts of the settings, where they changed.
func (n *next) describe() {
	if n.Worker != "ready" || n.Spec.Data.Source == "file" && n.Spec.Data.SHA256 == "" {
		return
	}
	if id := n.Spec.ID(); id != n.Asked {
		n.Asked = id
		n.send(protocol.KindDescribe, protocol.Describe{Spec: n.Spec})
	}
}

// point lights a token and moves the window of rows so that it is seen.
func (n *next) point(token int) {
	n.Say.Lit = token
	if token < 0 {
		return
	}
	if token < n.Say.First {
		n.Say.First = token
	}
	if token >= n.Say.First+Window {
		n.Say.First = token - Window + 1
	}
}

func (n *next) reply(r Reply) {
	if n.looked(r) {
		return
	}
	if r.Wrong != nil {
		n.refused(r.To, r.Wrong)
		return
	}
	switch r.To.Kind {
	case protocol.KindHello:
		var w protocol.Welcome
		if n.read(r.Body, &w) {
			n.welcome(w)
		}
	case protocol.KindDescribe:
		var d protocol.Described
		if n.read(r.Body, &d) && d.Spec.ID() == n.Asked {
			n.Facts = &d.Facts
			n.Problems = without(n.Problems, "data_away") // they are here now
		}
	case protocol.KindScore:
		var s protocol.Scored
		if n.read(r.Body, &s) {
			if q, ok := r.To.Body.(protocol.Score); ok && q.Seq == 0 {
				n.readAgain(q, s.Traces)
			} else {
				n.scored(s)
			}
		}
	case protocol.KindTrain, protocol.KindCompress:
		var run protocol.Run
		if n.read(r.Body, &run) {
			if n.Run.Stage == Fresh { // given up before it had a name
				n.send(protocol.KindControl, protocol.Control{Run: run.Run, Do: "cancel"})
				break
			}
			n.Run.ID = run.Run
			if r.To.Kind == protocol.KindTrain {
				n.score()
			}
		}
	case protocol.KindRuns:
		n.runs(r.Body)
	case protocol.KindOpen:
		var o protocol.Opened
		if n.read(r.Body, &o) {
			n.opened(o)
			n.remake()
		}
	case protocol.KindShare:
		var shared protocol.Shared
		if n.read(r.Body, &shared) && shared.Model == n.Share.Of {
			n.Share.Text = shared.Text
		}
	case protocol.KindGuest:
		var o protocol.Opened
		if n.read(r.Body, &o) {
			n.opened(o)
			n.send(protocol.KindRuns, nil)
		}
	case protocol.KindDownload:
		var f protocol.File
		if n.read(r.Body, &f) {
			n.commands = append(n.commands, Do{What: "save", Arg: f.Name, Data: r.Data})
		}
	case protocol.KindImport, protocol.KindKeep:
		var i protocol.Imported
		if n.read(r.Body, &i) {
			n.imported(r.To, i)
			if r.To.Kind == protocol.KindKeep {
				n.kept()
			}
		}
	case protocol.KindNative:
		var started protocol.NativeStarted
		if n.read(r.Body, &started) {
			n.nativeStarted(started)
		}
	case protocol.KindFlips:
		var f protocol.FlipsPage
		if n.read(r.Body, &f) {
			n.flips(f)
		}
	}
}

func (n *next) push(e protocol.Envelope) {
	switch e.Kind {
	case protocol.KindRunEvent:
		var r protocol.RunEvent
		if n.read(e.Body, &r) && r.Run == n.Run.ID {
			if event, err := spec.Decode(r.Event); err == nil {
				n.happened(event)
				if n.Embed.On {
					n.tellHost(event)
				}
			}
		}
	case protocol.KindNativeEvent:
		var r protocol.NativeEvent
		if n.read(e.Body, &r) && r.Run == n.Native.Run {
			if event, err := spec.Decode(r.Event); err == nil {
				n.Native = n.Native.after(event)
			}
		}
	case protocol.KindLive:
		var s protocol.Scored
		if n.read(e.Body, &s) {
			n.scored(s)
		}
	case protocol.KindRunsChanged:
		n.runs(e.Body)
	case protocol.KindEstimated:
		var told protocol.Estimated
		if n.read(e.Body, &told) && told.Spec == n.Spec.ID() {
			n.Estimate = told
		}
	case protocol.KindCutOff:
		var c protocol.Compress
		if n.read(e.Body, &c) {
			n.CutOff = &c
		}
	case protocol.KindMemory:
		var m protocol.Memory
		if n.read(e.Body, &m) {
			n.Machine.Memory = m.Bytes
		}
	case protocol.KindSensed:
		var s protocol.Sensed
		if n.read(e.Body, &s) {
			n.sensed(s)
		}
	case protocol.KindCard:
		var c protocol.Card
		if n.read(e.Body, &c) {
			n.Device.Known, n.Device.Card = true, c
		}
	case protocol.KindOtherEvent:
		var o protocol.OtherEvent
		if n.read(e.Body, &o) {
			n.othered(o)
		}
	case protocol.KindMeasuring:
		var m protocol.Measuring
		if n.read(e.Body, &m) {
			n.measuring(m)
		}
	case protocol.KindReading:
		var r spec.Reading
		if n.FileReading != nil && n.read(e.Body, &r) { // of a file; other data is read in passing
			n.FileReading = &r
		}
	case protocol.KindNotice:
		var p protocol.Problem
		if e.Problem != nil {
			p = *e.Problem
		} else if !n.read(e.Body, &p) {
			return
		}
		n.notice(p)
	}
}

// notice adds a problem of the machine once.
func (n *next) notice(p protocol.Problem) {
	for _, old := range n.Problems {
		if old.Code == p.Code {
			return
		}
	}
	n.Problems = append(n.Problems[:len(n.Problems):len(n.Problems)], p)
	if p.Code == "no_server" {
		n.Machine.Server = false
	}
}

func without(list []protocol.Problem, code string) []protocol.Problem {
	var left []protocol.Problem
	for _, p := range list {
		if p.Code != code {
			left = append(left, p)
		}
	}
	return left
}

// read is JSON from the worker; what can't be read is our own mistake, and told as such.
func (n *next) read(body json.RawMessage, v any) bool {
	if len(body) == 0 {
		return true
	}
	if err := json.Unmarshal(body, v); err != nil {
		n.Run.Problem = &protocol.Problem{Code: "internal", Message: fmt.Sprintf("reading the worker's answer: %v", err)}
		return false
	}
	return true
}

func (n *next) welcome(w protocol.Welcome) {
	again := n.Worker == "crashed"
	n.Worker = "ready"
	n.Builtin, n.Runs, n.Used, n.Quota = w.Builtin, w.Runs, w.Used, w.Quota
	n.Measure.Bench = w.Bench
	if w.CutOff != nil {
		n.CutOff = w.CutOff
	}
	w.Builtin, w.Runs, w.Bench, w.CutOff = nil, nil, nil, nil
	n.Machine = w
	switch {
	case n.guest():
	case again && n.Run.ID != "" && n.Run.ID != Builtin:
		n.send(protocol.KindOpen, protocol.Run{Run: n.Run.ID})
	}
	n.describe()
	n.score()
}

func (n *next) runs(body json.RawMessage) {
	var r protocol.Runs
	if !n.read(body, &r) {
		return
	}
	n.Runs, n.Used, n.Quota = r.Runs, r.Used, r.Quota
	for _, sum := range r.Runs {
		if sum.Run == n.Run.ID {
			// Another tab let go of the run that this one watches.
			if n.Run.Watching && sum.Owner == "" {
				n.send(protocol.KindOpen, protocol.Run{Run: sum.Run})
			}
			n.Run.Watching = sum.Owner == "elsewhere"
		}
	}
}

// scored takes readings of the sentence that is still there.
func (n *next) scored(s protocol.Scored) {
	if s.Text != n.Say.Text || s.Seq != 0 && s.Seq < n.Say.Seq && len(s.Traces) > 0 && s.Traces[0].Model != Live {
		return
	}
	traces := make([]protocol.Trace, 0, len(n.Say.Traces)+len(s.Traces))
	for _, old := range n.Say.Traces {
		if s.Text == n.Say.Of && !has(s.Traces, old.Model) && wanted(n.models(), old.Model) {
			traces = append(traces, old)
		}
	}
	n.Say.Traces = append(traces, s.Traces...)
	n.Say.Of = s.Text
	if t := n.trace(); t != nil {
		n.Say.First = min(n.Say.First, max(0, len(t.Tokens)-Window))
	}
}

func has(list []protocol.Trace, model string) bool {
	for _, t := range list {
		if t.Model == model {
			return true
		}
	}
	return false
}

func wanted(ids []string, id string) bool {
	for _, x := range ids {
		if x == id {
			return true
		}
	}
	return false
}

// by finds the newest reading by a model.
func (s *State) by(model string) *protocol.Trace {
	for i := range s.Say.Traces {
		if s.Say.Traces[i].Model == model {
			return &s.Say.Traces[i]
		}
	}
	return nil
}

// first is the reading by the original, whatever plays it now; a run that has
// not read yet leaves the word to the one before.
func (s *State) first() *protocol.Trace {
	ids := s.models()
	if len(ids) > 0 {
		if t := s.by(ids[0]); t != nil {
			return t
		}
	}
	if small := s.smallID(); len(s.Say.Traces) > 0 && s.Say.Traces[0].Model != small {
		return &s.Say.Traces[0]
	}
	return nil
}

// second is the reading by the smaller model.
func (s *State) second() *protocol.Trace {
	if small := s.smallID(); small != "" {
		return s.by(small)
	}
	return nil
}

// trace is the reading that tints the sentence and fills the rows.
func (s *State) trace() *protocol.Trace {
	if s.Say.By == "small" {
		if t := s.second(); t != nil {
			return t
		}
	}
	return s.first()
}

func (n *next) crashed(why string, final bool) {
	n.Worker = "crashed"
	n.Run.Wanted = ""
	n.FileReading = nil
	n.Measure.Busy = false
	n.Device.Other = Other{}
	n.Looks.Sensing, n.Looks.Timing, n.Looks.asking = false, false, false
	n.Run.Problem = &protocol.Problem{Code: "worker_crashed", Message: why}
	if n.busy() {
		n.Run.Stage = Stopped
		n.Run.Failed = &spec.Failed{Code: "worker_crashed", Message: why, Step: n.Run.Last.Step, Kept: n.Run.Saved.Step}
		n.Run.Problem = nil
	}
	if final {
		n.Worker = "dead"
		return
	}
	n.do("restart", "")
}

func (n *next) setLang(l words.Lang) {
	n.Lang = l
	n.do("lang", string(l))
}
