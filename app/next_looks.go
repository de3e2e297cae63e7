package app

import (
	"slices"
	"strconv"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

// Looks is what the room Compress has asked for and been told.
type Looks struct {
	Sense   protocol.Sensed // what each part can bear, of Sense.Run
	Sensing bool            // it is being measured
	Sensed  string          // the run that was asked about last
	asking  bool            // how long measuring takes is being found out

	Weights *spec.Weights // the picked matrix of a variant beside the original's
	Matrix  string        // variant and matrix asked for last

	Real    *spec.Reality // of RealOf
	RealOf  string
	Timing  bool // it is being measured
	Problem *protocol.Problem

	Beside *protocol.Reading // of the sentence by the original and the selected variant
	beside string            // the pair and the sentence asked for last

	painted string // what the mask on the page is of
}

// sees says whether one of these cells came into sight since the room was opened: what
// nobody looks at is not measured.
func (s *State) sees(cells ...string) bool {
	return slices.ContainsFunc(cells, func(c string) bool { return slices.Contains(s.Seen, c) })
}

// looks asks for what the open room lacks, cell by cell as they are seen.
func (n *next) looks() {
	if n.Place.Room != "compress" {
		n.Looks.painted = ""
		return
	}
	if n.Worker != "ready" {
		return
	}
	k := &n.Looks
	if run := n.baseRun(); n.sees("bear") && run != "" && run != k.Sensed && !n.busy() && !k.Timing && !k.Sensing {
		k.Sensed, k.Sense, k.asking = run, protocol.Sensed{Run: run}, true
		n.send(protocol.KindSensitivity, protocol.Sensitivity{Run: run})
	}
	v := n.selected()
	if v == nil {
		k.Weights, k.Matrix = nil, ""
	} else if !n.sees("before", "left") { // the picture of an earlier visit stays
	} else if want := v.ID + "\n" + n.Place.Get("matrix") + "\n" + n.Place.Get("row"); want != k.Matrix && !n.busy() {
		k.Matrix = want
		row, err := strconv.Atoi(n.Place.Get("row"))
		if err != nil {
			row = -1
		}
		n.send(protocol.KindWeights, protocol.Weights{Model: v.ID, Tensor: n.Place.Get("matrix"), Row: row})
	}
	if v == nil {
		k.Beside, k.beside = nil, ""
	} else if want := v.ID + "\n" + n.Say.Text; n.sees("error") && want != k.beside && !n.busy() {
		k.beside = want
		n.send(protocol.KindBeside, protocol.Beside{Seq: growingSeq, Left: n.original().ID, Right: v.ID, Texts: []string{n.Say.Text}})
	}
	if k.Weights != nil && k.painted != k.Matrix+n.Theme {
		k.painted = k.Matrix + n.Theme
		n.commands = append(n.commands, Do{What: "paint", Arg: "mask", Data: k.Weights})
	}
}

// growingSeq tells the room's question from those of Compare.
const growingSeq = -1

// growing is the reading of the sentence that is there by both, nil for none yet.
func (s *State) growing() *protocol.Reading {
	if r := s.Looks.Beside; r != nil && s.selected() != nil && r.Text == s.Say.Text && r.Right.Model == s.selected().ID {
		return r
	}
	return nil
}

// baseRun is the run whose original is on the board, "" none that could be measured.
func (s *State) baseRun() string {
	switch {
	case s.Run.Stage == Fresh && s.Builtin != nil:
		return Builtin
	case len(s.Run.Variants) > 0:
		return s.Run.ID
	}
	return ""
}

// sense begins to measure what each part can bear.
func (n *next) sense() {
	if run := n.baseRun(); run != "" && !n.busy() && !n.Looks.Sensing && !n.Looks.Timing && !n.Looks.asking {
		n.Looks.Sensing, n.Looks.Problem = true, nil
		n.send(protocol.KindSensitivity, protocol.Sensitivity{Run: run, Measure: true})
	}
}

// sensed takes what is known of it.
func (n *next) sensed(s protocol.Sensed) {
	k := &n.Looks
	if s.Run != k.Sensed {
		return
	}
	if s.Found == nil && s.Problem != nil { // as far as it came stays
		s.Found = k.Sense.Found
	}
	if s.Seconds == 0 {
		s.Seconds, s.Cells = k.Sense.Seconds, k.Sense.Cells
	}
	if k.Sense, k.Problem = s, s.Problem; s.Over {
		k.Sensing = false
	}
}

// time measures the selected variant as it is stored and as it pretends.
func (n *next) time() {
	if v := n.selected(); v != nil && !n.busy() && !n.Looks.Sensing && !n.Looks.Timing && !n.Looks.asking {
		n.Looks.Timing, n.Looks.Problem = true, nil
		n.send(protocol.KindReality, protocol.Model{Model: v.ID})
	}
}

// looked takes an answer of the worker to what the room asked; false where it is none.
func (n *next) looked(r Reply) bool {
	k := &n.Looks
	switch to := r.To.Body.(type) {
	case protocol.Sensitivity:
		var s protocol.Sensed
		k.asking = k.asking && to.Measure
		switch {
		case r.Wrong != nil && to.Measure:
			k.Sensing, k.Problem = false, r.Wrong
		case r.Wrong == nil && n.read(r.Body, &s):
			n.sensed(s)
		}
	case protocol.Weights:
		var w spec.Weights
		if r.Wrong != nil {
			k.Weights = nil
		} else if n.read(r.Body, &w) {
			k.Weights, k.painted = &w, ""
		}
	case protocol.Beside:
		var both protocol.Besides
		if r.Wrong == nil && !n.read(r.Body, &both) {
			break
		}
		switch {
		case to.Seq != growingSeq:
			n.besides(to, both, r.Wrong)
		case len(both.Readings) == 1:
			k.Beside = &both.Readings[0]
		}
	case protocol.Model:
		var counted protocol.Counted
		switch {
		case r.To.Kind == protocol.KindCounted:
			if r.Wrong == nil && n.read(r.Body, &counted) {
				n.Compared.Counted = counted
			}
			return true
		case r.To.Kind != protocol.KindReality:
			return false
		}
		k.Timing, k.Problem = false, r.Wrong
		var real spec.Reality
		if r.Wrong == nil && n.read(r.Body, &real) {
			k.Real, k.RealOf = &real, to.Model
		}
	default:
		return false
	}
	return true
}

// real is what was measured of the selected variant in turns, nil for nothing yet.
func (s *State) real() *spec.Reality {
	if v := s.selected(); v != nil && v.ID == s.Looks.RealOf {
		return s.Looks.Real
	}
	return nil
}

// smallName is what that one is called where its score stands.
func (s *State) smallName(v *spec.Variant) string {
	if s.Pretend {
		return s.nameOf(v) + s.Lang.T("comma") + s.Lang.T("real.pretend")
	}
	return s.nameOf(v)
}

// smallID is the model that reads beside the original: the selected variant as it is
// stored, or its twin that pretends.
func (s *State) smallID() string {
	v := s.selected()
	switch {
	case v == nil:
		return ""
	case s.Pretend:
		return protocol.Pretending(v.ID)
	}
	return v.ID
}
