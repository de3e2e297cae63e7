package main

import (
	"encoding/json"
	"testing"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

// sensed waits for the end of a measurement of sensitivity, and counts what was pushed.
func sensed(x *tab) (last protocol.Sensed, pushes int) {
	x.t.Helper()
	x.until("the end of the measurement", func(p posted) bool {
		last = protocol.Sensed{}
		if p.Kind != protocol.KindSensed || json.Unmarshal(p.Body, &last) != nil {
			return false
		}
		pushes++
		return last.Over
	})
	return last, pushes
}

func TestSensitivityIsForetoldMeasuredCellByCellAndKept(t *testing.T) {
	b := newBrowserless()
	x := opened(t, b)
	id, _ := trained(x)
	steps := []string{"quantize=int8", "prune=0.95"}
	ahead := ask[protocol.Sensed](x, protocol.KindSensitivity, protocol.Sensitivity{Run: id, Steps: steps})
	if ahead.Found != nil || !ahead.Over || ahead.Cells != 24 || ahead.Seconds <= 0 {
		t.Errorf("before: %+v", ahead)
	}
	if begun := ask[protocol.Sensed](x, protocol.KindSensitivity, protocol.Sensitivity{Run: id, Steps: steps, Measure: true}); begun.Over {
		t.Errorf("begun: %+v", begun)
	}
	found, pushes := sensed(x)
	if found.Problem != nil || len(found.Found.Cells) != 24 || found.Found.Of != 24 || pushes != 26 || found.Found.Base.Texts == 0 {
		t.Fatalf("%d pushes, %+v", pushes, found)
	}
	x.kill()
	y := opened(t, b)
	again := ask[protocol.Sensed](y, protocol.KindSensitivity, protocol.Sensitivity{Run: id, Steps: steps, Measure: true})
	if again.Found == nil || !again.Over || again.Found.Cells[23] != found.Found.Cells[23] {
		t.Errorf("after a reload: %+v", again)
	}
}

func TestSensitivityGivesWayToATrainingAndIsCancelled(t *testing.T) {
	x := opened(t, newBrowserless())
	id, _ := trained(x)
	begin := func() {
		x.forget()
		ask[protocol.Sensed](x, protocol.KindSensitivity, protocol.Sensitivity{Run: id, Measure: true})
	}
	begin()
	if code := x.refused(protocol.KindReality, protocol.Model{Model: id}, nil); code != "busy" {
		t.Errorf("a second measurement: %s", code)
	}
	ask[struct{}](x, protocol.KindControl, protocol.Control{Run: protocol.MeasureRun, Do: "cancel"})
	if s, _ := sensed(x); s.Problem == nil || s.Problem.Code != "cancelled" {
		t.Errorf("cancelled: %+v", s)
	}
	begin()
	s := small()
	s.Seed = 5
	other := ask[protocol.Run](x, protocol.KindTrain, protocol.Train{Spec: s}).Run
	if s, _ := sensed(x); s.Problem == nil || s.Problem.Code != "cancelled" {
		t.Errorf("beside a training: %+v", s)
	}
	event[spec.Done](x, other)
}

func TestAVariantIsReadBesideItsOriginalAndItsTwin(t *testing.T) {
	x := opened(t, newBrowserless())
	id, _ := trained(x)
	ask[protocol.Run](x, protocol.KindCompress, protocol.Compress{Run: id, Pipeline: "prune=0.9,quantize=int4"})
	v := x.smaller(id)

	r := ask[spec.Reality](x, protocol.KindReality, protocol.Model{Model: v.ID})
	if r.Texts == 0 || r.Agree != r.Texts || r.Real.MS <= 0 || r.Pretend.Batch <= 0 || r.Original.Q3 < r.Original.Q1 {
		t.Errorf("real or pretend: %+v", r)
	}
	if code := x.refused(protocol.KindReality, protocol.Model{Model: id}, nil); code == "" {
		t.Error("the original has a twin")
	}

	q := protocol.Beside{Seq: 3, Left: id, Right: v.ID, Texts: []string{"isabella", "", "bo"}}
	both := ask[protocol.Besides](x, protocol.KindBeside, q)
	if both.Seq != 3 || len(both.Readings) != 3 || len(both.Readings[1].Left.Tokens) != 0 {
		t.Fatalf("%+v", both)
	}
	for _, r := range both.Readings {
		if len(r.Apart) != len(r.Left.Tokens) && len(r.Left.Tokens) > 0 {
			t.Errorf("%q: %d tokens, %v", r.Text, len(r.Left.Tokens), r.Apart)
		}
		for i, d := range r.Apart {
			if (d > 0.05) != (r.Parts >= 0 && i >= r.Parts) && (r.Parts < 0 || i <= r.Parts) {
				t.Errorf("%q: %v, parts at %d", r.Text, r.Apart, r.Parts)
			}
		}
	}
	if both.Readings[0].Parts < 0 {
		t.Error("nine tenths of the weights gone, and the states never part")
	}
	q.Left = protocol.Pretending(v.ID)
	twins := ask[protocol.Besides](x, protocol.KindBeside, q)
	if got := twins.Readings[0]; got.Left.Model != q.Left || got.Left.Label != got.Right.Label {
		t.Errorf("the twin: %+v", got)
	}
	if n := len(scores(x, "bela", v.ID, protocol.Pretending(v.ID))); n != 2 {
		t.Errorf("%d readings", n)
	}
}

func TestTheWeightsOfAVariantAreShownBesideTheOriginals(t *testing.T) {
	x := opened(t, newBrowserless())
	id, _ := trained(x)
	ask[protocol.Run](x, protocol.KindCompress, protocol.Compress{Run: id, Pipeline: "prune=0.9,quantize=int8"})
	v := x.smaller(id)
	w := ask[spec.Weights](x, protocol.KindWeights, protocol.Weights{Model: v.ID, Row: -1})
	if w.Tensor != model.LSTMHidden || !w.Same || len(w.Kept) != 4 || w.Close == nil || len(w.Map) != w.Rows*w.Cols || w.After.Zeros == 0 {
		t.Errorf("%+v", w)
	}
	if code := x.refused(protocol.KindWeights, protocol.Weights{Model: v.ID, Tensor: "none"}, nil); code != "internal" {
		t.Errorf("no such matrix: %s", code)
	}
}

func TestAStudentWithoutAnLSTMIsReadToo(t *testing.T) {
	x := opened(t, newBrowserless())
	id, _ := trained(x)
	ask[protocol.Run](x, protocol.KindCompress, protocol.Compress{Run: id, Pipeline: "distill=bag/embedding4/epochs1"})
	v := x.smaller(id)
	r := ask[protocol.Besides](x, protocol.KindBeside, protocol.Beside{Left: id, Right: v.ID, Texts: []string{"isabella"}}).Readings[0]
	if r.Apart != nil || len(r.Right.Tokens) != len(r.Left.Tokens) || r.Right.Tokens[0].Hidden != nil {
		t.Errorf("%+v", r)
	}
	if k := scores(x, "isabella", v.ID)[0].Tokens[0]; len(k.Hidden) != 4 {
		t.Errorf("its mean is drawn as %+v", k)
	}
	w := ask[spec.Weights](x, protocol.KindWeights, protocol.Weights{Model: v.ID, Row: -1})
	if w.Tensor != model.Embedding || w.Same || w.Close != nil {
		t.Errorf("%s of %v, %+v", w.Tensor, w.Tensors, w.Close)
	}
}

func TestWordsAreCountedOnTheTextsOfAModelUnlessSomethingIsAtWork(t *testing.T) {
	x := opened(t, newBrowserless())
	id, _ := trained(x)
	c := ask[protocol.Counted](x, protocol.KindCounted, protocol.Model{Model: id})
	if c.Model != id || c.Test.Texts == 0 || c.Test.Accuracy <= 0 {
		t.Errorf("%+v", c)
	}
	ask[protocol.Sensed](x, protocol.KindSensitivity, protocol.Sensitivity{Run: id, Measure: true})
	if c = ask[protocol.Counted](x, protocol.KindCounted, protocol.Model{Model: id}); c.Test.Texts != 0 {
		t.Errorf("while something is measured: %+v", c)
	}
}
