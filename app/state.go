// Package app is what a person sees. State is all that the page knows, a plain
// value; Next takes what happened to the State after it and to what must be done;
// the parts draw a State and nothing else. The arithmetic is the worker's: the
// page asks by wasm/protocol and shows what comes back.
//
// Start reading at State, then next.go, then board.go; one file draws one part.
package app

import (
	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

// Builtin is the run id of the model that judges on arrival.
const Builtin = "builtin"

// Live is the model id of the run in training.
const Live = "live"

// State is the page. Slices are never changed in place, only replaced or
// appended to: a part compares what it drew with what it would draw.
type State struct {
	Lang  words.Lang
	Theme string // light, dark, or "" as the system has it

	Worker   string // "" starting, ready, crashed, dead
	Device   Device // that shall train, and what there is
	Workers  int    // that shall train, by the URL; 0 leaves it to the worker
	Machine  protocol.Welcome
	Builtin  *protocol.Opened
	Runs     []protocol.RunSummary
	Used     int64
	Quota    int64
	Problems []protocol.Problem // of the machine: storage refused …
	Offline  Offline

	Embed   Embed    // in a frame of another page
	Place   Place    // the room that is open, by the address
	Link    *Arrived // what came with the address, nil nothing
	Share   Share    // the panel of links to this
	Narrow  bool     // a phone: one column
	Seen    []string // cells of the room that came into sight
	watched string   // the room of which that is told

	Say Say

	Spec   spec.Spec   // what the next run will be
	Fields []FieldText // edits that can't be, with what may be
	Facts  *spec.Facts // of Spec, once the worker has read the data
	Asked  string      // identity of the Spec whose Facts were asked last

	Estimate protocol.Estimated // of the Spec that it names

	CutOff *protocol.Compress // a compression that its tab did not live to end
	Remake *protocol.Compress // the same, to be done once its run is on the board

	Own         bool // the strip offers to read the person's own text
	Paste       bool // the paste panel is open
	File        string
	FileProblem *protocol.Problem
	FileReading *spec.Reading

	Run      Run
	Plan     []spec.PipelineStep
	PlanAt   int      // the step that is explained and edited
	Refused  *Refused // what was tried with the plan, and can't be
	Selected string   // variant id in Compare, "" the newest

	Pretend  bool     // the smaller one is asked with its weights as floats
	Compared Compared // what the room Compare was told
	Looks    Looks    // what the room Compress was told

	Native  Native
	Drawer  bool
	Measure Measure
	Deleted *protocol.RunSummary // can be undone
	AllFlip bool
	Read    Rereading
}

// Say is the sentence and what the models make of it.
type Say struct {
	Text   string
	Typed  bool   // by the person: an example of other data must not replace it
	Was    string // the sentence before one that changed its answer was pressed, "" none
	Seq    int
	Traces []protocol.Trace // newest reading by each model
	Of     string           // the text they read
	Lit    int              // token under the pointer or caret, −1 none
	First  int              // first token of the window of rows
	By     string           // model whose tint is shown, "" the original
}

// FieldText is a setting as typed, which can't be.
type FieldText struct{ Field, Text, Want string }

// wrongAt is what was typed into a field and can't be; false where nothing is wrong with it.
func (s *State) wrongAt(path string) (FieldText, bool) {
	for _, f := range s.Fields {
		if f.Field == path {
			return f, true
		}
	}
	return FieldText{}, false
}

// Stage of the run on the board.
type Stage string

// The stages.
const (
	Fresh       Stage = ""
	Reading     Stage = "reading"
	Training    Stage = "training"
	Paused      Stage = "paused"
	Trained     Stage = "trained"
	Compressing Stage = "compressing"
	Stopped     Stage = "stopped" // failed or cancelled; a checkpoint may be kept
)

// Point of a curve.
type Point struct {
	Step     int
	Loss     float64
	Accuracy float64
}

// Run is the run on the board.
type Run struct {
	ID       string
	Stage    Stage
	Watching bool // another tab owns it
	Spec     spec.Spec
	From     string // the model whose weights it began with, "" fresh ones
	Facts    *spec.Facts
	Started  spec.Started
	Fell     *spec.Notice // it lost its card
	Reading  spec.Reading
	Last     spec.Step
	Curve    Curve
	Valid    []Point
	Paces    []Pace
	Newest   spec.Measure // on validation
	Saved    spec.Saved
	Done     *spec.Done
	Failed   *spec.Failed
	Problem  *protocol.Problem // a request was refused
	NeedFile bool
	Variants []spec.Variant
	Progress spec.Compressing
	Pipeline string // being made
	Wanted   string // control pressed, until the run answers
}

// Native is the same Spec on the server's engine.
type Native struct {
	Run     string
	Asking  bool // waits for a yes to sending the data
	Bytes   int64
	Stage   Stage
	Started spec.Started
	Last    spec.Step
	Curve   Curve
	Valid   []Point
	Paces   []Pace
	Done    *spec.Done
	Problem *protocol.Problem
	Known   bool // the person has read that it has other bits
}

// MostPoints is the length at which a curve is thinned.
const MostPoints = 400

// Curve keeps at most MostPoints: when full, neighbours become their mean, and
// from then on each new point is the mean of twice as many.
type Curve struct {
	Points []Point
	stride int
	sum    Point
	n      int
}

// Add returns the curve with one point more.
func (c Curve) Add(p Point) Curve {
	if c.stride == 0 {
		c.stride = 1
	}
	c.sum.Loss += p.Loss
	c.sum.Accuracy += p.Accuracy
	c.sum.Step = p.Step
	c.n++
	if c.n < c.stride {
		return c
	}
	k := float64(c.n)
	c.Points = append(c.Points, Point{p.Step, c.sum.Loss / k, c.sum.Accuracy / k})
	c.sum, c.n = Point{}, 0
	if len(c.Points) >= MostPoints {
		half := make([]Point, 0, MostPoints)
		for i := 0; i+1 < len(c.Points); i += 2 {
			a, b := c.Points[i], c.Points[i+1]
			half = append(half, Point{b.Step, (a.Loss + b.Loss) / 2, (a.Accuracy + b.Accuracy) / 2})
		}
		c.Points = half
		c.stride *= 2
	}
	return c
}

// firstPlan is what the board offers to make of a model.
const firstPlan = "prune=0.8,finetune=1,quantize=int8"

// NewState is the page before the worker has said anything.
func NewState(lang words.Lang) State {
	s, _ := spec.Preset("reviews")
	plan, _ := spec.ParsePipeline(firstPlan)
	return State{Lang: lang, Spec: s, Plan: plan, PlanAt: len(plan) - 1, Say: Say{Text: FirstSentence, Lit: -1}}
}

// base is the run whose model is on the board: the person's, or the built-in one.
func (s *State) base() []spec.Variant {
	if len(s.Run.Variants) > 0 {
		return s.Run.Variants
	}
	if s.Run.Stage == Fresh && s.Builtin != nil {
		return s.Builtin.Variants
	}
	return nil
}

// original is the model before any compression, nil while there is none.
func (s *State) original() *spec.Variant {
	if v := s.base(); len(v) > 0 {
		return &v[0]
	}
	return nil
}

// selected is the smaller model that is judged beside the original, nil for none.
func (s *State) selected() *spec.Variant {
	if s.Run.Stage == Fresh {
		return nil
	}
	v := s.Run.Variants
	for i := 1; i < len(v); i++ {
		if v[i].ID == s.Selected {
			return &v[i]
		}
	}
	return nil
}

// facts are the run's, or those of the settings before it.
func (s *State) facts() *spec.Facts {
	if s.Run.Stage != Fresh && s.Run.Facts != nil {
		return s.Run.Facts
	}
	if s.Facts != nil {
		return s.Facts
	}
	if s.Builtin != nil && s.Spec.Data.Source == s.Builtin.Spec.Data.Source {
		return &s.Builtin.Facts
	}
	return nil
}

// changed says that the settings are no longer those of the run on the board.
func (s *State) changed() bool {
	a, b := s.Spec, s.Run.Spec
	a.Compress, b.Compress = "", ""
	return s.Run.Stage != Fresh && s.Run.ID != Builtin && a.ID() != b.ID()
}

// made finds the variant that the plan would make.
func (s *State) made() *spec.Variant {
	text := spec.FormatPipeline(s.Plan)
	for i := range s.Run.Variants {
		if v := &s.Run.Variants[i]; i > 0 && v.Pipeline == text {
			return v
		}
	}
	return nil
}

// busy says that the worker trains or compresses for this page.
func (s *State) busy() bool {
	switch s.Run.Stage {
	case Reading, Training, Paused, Compressing:
		return true
	}
	return false
}

// Phase names the look of the page, as shared words of tests and style sheet.
func (s *State) Phase() string {
	switch {
	case s.Worker == "crashed", s.Worker == "dead":
		return "notice"
	case s.Run.Watching && s.busy():
		return "watching"
	case s.Run.Stage == Stopped, s.Run.Problem != nil, s.Native.Asking, s.alarm(), s.linkAlarm(), s.CutOff != nil && !s.busy():
		return "notice"
	case s.Own && (s.Run.Stage == Fresh || s.Run.Stage == Trained):
		return "own"
	case s.Run.Stage == Trained && s.selected() != nil:
		return "compressed"
	case s.Run.Stage == Fresh:
		return "fresh"
	}
	return string(s.Run.Stage)
}

// card is the column whose turn it is, 1 to 6.
func (s *State) card() int {
	switch s.Phase() {
	case "own":
		return 1
	case "trained", "compressing":
		return 5
	case "compressed":
		return 6
	}
	return 4
}

// Offline is the copy of Clove that this browser keeps, as static/offline.js tells it.
type Offline struct {
	State string `json:"state"` // "" not known, none, fetching, kept, off
	Bytes int64  `json:"bytes"`
	Newer bool   `json:"newer"` // a newer version is there than this page's
}
