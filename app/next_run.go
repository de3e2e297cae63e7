package app

import (
	"encoding/json"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

// happened takes an event of the run on the board, and asks for what follows from it.
func (n *next) happened(e spec.Event) {
	before := n.Run.Stage
	n.Run = n.Run.after(e)
	switch e := e.(type) {
	case spec.Started:
		n.score()
		if c := e.Choice; c != nil && c.Code != "" {
			n.fell(c.Code, c.Message, e.FromStep, 0)
		}
	case spec.Done:
		if n.Device.Asked == spec.OnBoth {
			n.other()
		}
		// The variants with their measured latency are the worker's to tell.
		n.send(protocol.KindOpen, protocol.Run{Run: n.Run.ID})
		if n.Machine.Storage == "best-effort" {
			n.do("persist", "") // there is something to lose now
		}
	case spec.Compressed:
		n.Selected = e.Variant.ID
		n.score()
		if e.Variant.Changed > 0 && len(e.Variant.Flips) == 0 {
			n.send(protocol.KindFlips, protocol.Flips{Model: e.Variant.ID})
		}
	case spec.Failed:
		n.score()
	case spec.Notice:
		if e.Device != "" {
			n.fell(e.Code, e.Message, e.Step, e.Redone)
			break
		}
		n.notice(protocol.Problem{Code: e.Code, Message: e.Message})
	}
	if before != n.Run.Stage && n.Run.Stage == Training {
		n.do("scroll", "")
	}
}

// after is the run after an event. Replaying a saved run's events gives the run.
func (r Run) after(e spec.Event) Run {
	r.Wanted = ""
	switch e := e.(type) {
	case spec.Reading:
		r.Reading = e
		if r.Stage != Compressing { // which reads the test texts first
			r.Stage = Reading
		}
	case spec.Started:
		r.Stage, r.Started = Training, e
		r.Facts = &e.Facts
		r.Spec, r.Fell = e.Spec, nil
		r.Failed, r.Problem = nil, nil
		r.Curve = r.Curve.until(e.FromStep)
		r.Valid = until(r.Valid, e.FromStep)
		if e.FromStep == 0 {
			r.Paces = nil
		}
	case spec.Step:
		r.Last = e
		if r.Stage != Paused {
			r.Stage = Training
		}
		r.Curve = r.Curve.Add(Point{e.Step, e.Loss, e.Accuracy})
	case spec.Evaluated:
		r.valid(e.Step, e.Validation)
	case spec.Epoch:
		r.Paces = paced(r.Paces, e)
		r.valid(e.Step, e.Validation)
	case spec.Paused:
		r.Stage = Paused
		r.Last.Step = max(r.Last.Step, e.Step) // not every step was told
	case spec.Resumed:
		r.Stage = Training
	case spec.Notice:
		if e.Device != "" {
			r.Fell = &e
		}
	case spec.Saved:
		r.Saved = e
		r.Last.Step = max(r.Last.Step, e.Step)
	case spec.Compressing:
		r.Stage, r.Progress = Compressing, e
	case spec.Compressed:
		if r.Done != nil || r.Stage == Compressing {
			r.Stage = Trained
		}
		r.Variants = with(r.Variants, e.Variant)
		r.Progress = spec.Compressing{}
	case spec.Done:
		r.Stage, r.Done, r.Failed = Trained, &e, nil
	case spec.Failed:
		if len(r.Variants) > 0 {
			// A compression failed or was cancelled: the model stands as it was.
			r.Stage = Trained
			if e.Code != "cancelled" {
				r.Problem = &protocol.Problem{Code: e.Code, Message: e.Message}
			}
			break
		}
		r.Stage, r.Failed = Stopped, &e
	}
	return r
}

// valid adds a point to the validation curve; the one of an epoch's end replaces
// the evaluation at the same step.
func (r *Run) valid(step int, m spec.Measure) {
	p := Point{step, m.Loss, m.Accuracy}
	k := len(r.Valid)
	if k > 0 && r.Valid[k-1].Step == step {
		k--
	}
	r.Valid = append(r.Valid[:k:k], p)
	r.Newest = m
}

func until(points []Point, step int) []Point {
	for i, p := range points {
		if p.Step > step {
			return points[:i:i]
		}
	}
	return points
}

// until forgets what came after a checkpoint that the run goes on from.
func (c Curve) until(step int) Curve {
	c.Points = until(c.Points, step)
	c.sum, c.n = Point{}, 0
	return c
}

// with adds a variant, or replaces the one of the same id.
func with(list []spec.Variant, v spec.Variant) []spec.Variant {
	out := append([]spec.Variant(nil), list...)
	for i := range out {
		if out[i].ID == v.ID {
			out[i] = v
			return out
		}
	}
	if v.Pipeline == "" { // the original stands first
		return append([]spec.Variant{v}, out...)
	}
	return append(out, v)
}

// replay makes a run of what was saved.
func replay(o protocol.Opened) Run {
	r := Run{ID: o.Summary.Run, Spec: o.Spec, From: o.From, NeedFile: o.NeedFile}
	facts := o.Facts
	r.Facts = &facts
	for _, line := range o.Events {
		if e, err := spec.Decode(json.RawMessage(line)); err == nil {
			r = r.after(e)
		}
	}
	r.Spec = o.Spec
	r.Variants = o.Variants
	r.Watching = o.Summary.Owner == "elsewhere"
	r.Problem = nil
	switch o.Summary.State {
	case "done":
		r.Stage, r.Failed = Trained, nil
	case "training", "paused":
		if o.Summary.Owner == "" { // the tab that trained it is gone
			r.Stage = Stopped
			if r.Failed == nil {
				r.Failed = &spec.Failed{Code: "closed", Step: max(r.Last.Step, o.Summary.Step), Kept: kept(o)}
			}
			break
		}
		r.Stage = Stage(o.Summary.State)
	default: // stopped, failed
		if len(r.Variants) == 0 || r.Done == nil {
			r.Stage = Stopped
		}
		if r.Failed == nil {
			r.Failed = &spec.Failed{Code: "closed", Step: o.Summary.Step, Kept: kept(o)}
		}
	}
	return r
}

// kept is the step of the checkpoint, as the events tell it.
func kept(o protocol.Opened) int {
	step := 0
	for _, line := range o.Events {
		if e, err := spec.Decode(json.RawMessage(line)); err == nil {
			if s, ok := e.(spec.Saved); ok {
				step = s.Step
			}
		}
	}
	if step == 0 {
		step = o.Summary.Step
	}
	return step
}

// opened puts a saved run on the board.
func (n *next) opened(o protocol.Opened) {
	same := n.Run.ID == o.Summary.Run
	if same && n.busy() && !n.Run.Watching {
		return // it runs here: what is on the board is newer
	}
	old := n.Run
	n.Run = replay(o)
	if same && len(n.Run.Curve.Points) < len(old.Curve.Points) {
		n.Run.Curve, n.Run.Valid, n.Run.Last = old.Curve, old.Valid, old.Last
	}
	if f := old.Failed; same && f != nil && f.Code == "worker_crashed" && n.Run.Failed != nil {
		told := *n.Run.Failed // what happened, with what the store knows to be kept
		told.Code, told.Message, told.Step = f.Code, f.Message, f.Step
		n.Run.Failed = &told
	}
	if !same {
		n.Selected = ""
		if k := len(n.Run.Variants); k > 1 {
			n.Selected = n.Run.Variants[k-1].ID
		}
		n.Native, n.Device.Other = Native{}, Other{}
		n.Own, n.Paste = false, false
		n.AllFlip = false
	}
	n.show()
	n.score()
	if v := n.selected(); v != nil && v.Changed > 0 && len(v.Flips) == 0 {
		n.send(protocol.KindFlips, protocol.Flips{Model: v.ID})
	}
}

// show has the settings speak of the run on the board, so that no card shows the
// one's figures under the other's names.
func (n *next) show() {
	if n.Run.Spec.Data.SHA256 != n.Spec.Data.SHA256 {
		n.File = ""
	}
	n.Spec = n.Run.Spec
	n.Spec.Compress = ""
	n.Fields, n.Own, n.Paste = nil, false, false
	n.Facts, n.Asked = n.Run.Facts, n.Spec.ID()
	n.suit()
}

// flips fills in the texts whose answer changed.
func (n *next) flips(f protocol.FlipsPage) {
	list := append([]spec.Variant(nil), n.Run.Variants...)
	for i := range list {
		if list[i].ID == f.Model {
			list[i].Flips = f.Flips
		}
	}
	n.Run.Variants = list
}

// nativeStarted: the server trains, or lacks the data.
func (n *next) nativeStarted(s protocol.NativeStarted) {
	if s.NeedsData {
		n.Native = Native{Asking: true, Bytes: s.Bytes}
		return
	}
	n.Native = Native{Run: s.Run, Stage: Reading}
}

// after is the server's run after an event.
func (r Native) after(e spec.Event) Native {
	switch e := e.(type) {
	case spec.Started:
		r.Stage, r.Started = Training, e
	case spec.Step:
		r.Stage, r.Last = Training, e
		r.Curve = r.Curve.Add(Point{e.Step, e.Loss, e.Accuracy})
	case spec.Epoch:
		r.Paces = paced(r.Paces, e)
		r.Valid = append(r.Valid[:len(r.Valid):len(r.Valid)], Point{e.Step, e.Validation.Loss, e.Validation.Accuracy})
	case spec.Done:
		r.Stage, r.Done = Trained, &e
	case spec.Failed:
		r.Stage = Stopped
		r.Problem = &protocol.Problem{Code: e.Code, Message: e.Message}
	}
	return r
}

// remake does a compression again that was cut off, once its run is on the board.
func (n *next) remake() {
	c := n.Remake
	if c == nil || n.busy() {
		return
	}
	if c.Run != Builtin && c.Run != n.Run.ID {
		n.send(protocol.KindOpen, protocol.Run{Run: c.Run})
		return
	}
	n.Remake = nil
	if plan, err := spec.ParsePipeline(c.Pipeline); err == nil {
		if c.Run == Builtin {
			n.Run = Run{}
		}
		n.planned(plan, len(plan)-1)
		n.compress()
	}
}

// forget deletes a run, at once and with an undo.
func (n *next) forget(id string) {
	for i, r := range n.Runs {
		if r.Run != id {
			continue
		}
		if n.Deleted = nil; id != protocol.GuestRun { // which was kept nowhere, but in the address
			n.Deleted = &r
		}
		n.Runs = append(append([]protocol.RunSummary(nil), n.Runs[:i]...), n.Runs[i+1:]...)
		n.send(protocol.KindDelete, protocol.Run{Run: id})
		n.do("focus", "undo")
		if n.Run.ID == id {
			n.fresh()
		}
		return
	}
}
