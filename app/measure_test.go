package app

import (
	"strings"
	"testing"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

// madeBench is what a machine might have been measured to do.
func madeBench() *spec.Bench {
	b := &spec.Bench{
		When: 1, Device: "wasm-simd", Fast: "wasm-relaxed", Ceiling: spec.Ceiling{StrictGFLOPS: 40, ReadGBS: 9.4},
		Speeds: []spec.Speed{{Arithmetic: spec.Strict, GemmGFLOPS: 34, LSTMGFLOPS: 30, Int8GOPS: 61}, {Arithmetic: spec.Fast, GemmGFLOPS: 50}},
	}
	for _, a := range []string{spec.Strict, spec.Fast} {
		for _, size := range []string{"small", "medium"} {
			w := spec.Workload{Workload: "W", Size: size, Threads: 1, Arithmetic: a, TrainSeqS: 1000, StepMS: 32, TrainGFLOPS: 25, InferSeqS: 2500, LatencyMS: 0.25, ColdMS: 6}
			if a == spec.Fast {
				w.TrainSeqS = 1150
			}
			b.Workloads = append(b.Workloads, w)
		}
	}
	return b
}

func pushed(s State, m protocol.Measuring) State {
	s, _ = s.Next(Push{protocol.Envelope{Kind: protocol.KindMeasuring, Body: body(m)}})
	return s
}

func TestMeasuringKeepsTheLastFiguresUntilThereAreOthers(t *testing.T) {
	s := fixture("fresh", words.English)
	s.Measure.Bench = madeBench()
	s, sent := asked(s, Press{"measure", ""})
	if len(sent) != 1 || sent[0].Kind != protocol.KindBench || !s.Measure.Busy {
		t.Fatalf("a press asks %v", sent)
	}
	if _, again := asked(s, Press{"measure", ""}); len(again) != 0 {
		t.Error("a second press asks again")
	}
	s = pushed(s, protocol.Measuring{Share: 0.4})
	if s.Measure.Share != 0.4 || s.Measure.Bench == nil || !s.Measure.Busy {
		t.Errorf("after 40 %%: %+v", s.Measure)
	}
	if s := pushed(s, protocol.Measuring{Problem: &protocol.Problem{Code: "cancelled"}}); s.Measure.Busy || s.Measure.Problem != nil || s.Measure.Bench == nil {
		t.Errorf("cancelled: %+v", s.Measure)
	}
	if s := pushed(s, protocol.Measuring{Problem: &protocol.Problem{Code: "internal"}}); s.Measure.Busy || s.Measure.Problem == nil {
		t.Errorf("failed: %+v", s.Measure)
	}
	if s := pushed(s, protocol.Measuring{Share: 1, Bench: &spec.Bench{When: 7}}); s.Measure.Busy || s.Measure.Bench.When != 7 {
		t.Errorf("done: %+v", s.Measure)
	}
	refused, _ := s.Next(Reply{To: sent[0], Wrong: &protocol.Problem{Code: "busy"}})
	if refused.Measure.Busy || refused.Measure.Problem == nil || refused.Phase() != "fresh" {
		t.Errorf("refused: %+v, the page is %s", refused.Measure, refused.Phase())
	}
	if crashed, _ := s.Next(Crashed{Why: "gone"}); crashed.Measure.Busy {
		t.Error("a worker that is gone still measures")
	}
}

func TestAFastRunPromisesNoOtherMachineItsHash(t *testing.T) {
	for arithmetic, want := range map[string]string{"": "Verify natively", spec.Fast: "of this machine only"} {
		s := fixture("trained", words.English)
		s.Run.Spec.Arithmetic = arithmetic
		page, err := HTML(s)
		if err != nil {
			t.Fatal(err)
		}
		_, info, _ := strings.Cut(page, `id="card-train"`)
		info, _, _ = strings.Cut(info, `class="set"`)
		if !strings.Contains(info, want) {
			t.Errorf("arithmetic %q: the card lacks %q", arithmetic, want)
		}
	}
}

func TestOfHistoryAndTheMeasurePanelOneIsOpen(t *testing.T) {
	s := fixture("fresh", words.English)
	s, _ = s.Next(Press{"history", ""})
	s, _ = s.Next(Press{"measure-panel", ""})
	if s.Drawer || !s.Measure.Open {
		t.Errorf("history %v, measure %v", s.Drawer, s.Measure.Open)
	}
	s, _ = s.Next(Press{"history", ""})
	if !s.Drawer || s.Measure.Open {
		t.Errorf("history %v, measure %v", s.Drawer, s.Measure.Open)
	}
}

func TestTheTableSetsEachFigureBesideItsCeiling(t *testing.T) {
	for _, c := range []struct {
		bench *spec.Bench
		lang  words.Lang
		want  []string
	}{
		{nil, words.English, []string{"Not measured yet", "would be – in small, – in medium"}},
		{madeBench(), words.English, []string{"34.0", "85\u00a0%", "61.0", "75\u00a0%", "32.0", "20.0", "62\u00a0%", "1,000", "0.250", "would be 1.1\u00a0× in small"}},
		{madeBench(), words.Chinese, []string{"85%", "小型", "快速运算训练小型为 1.1"}},
		{&spec.Bench{When: 1}, words.English, []string{"no fast arithmetic"}},
	} {
		s := fixture("fresh", c.lang)
		s.Measure.Bench, s.Measure.Open = c.bench, true
		page, err := HTML(s)
		if err != nil {
			t.Fatal(err)
		}
		_, panel, _ := strings.Cut(page, `id="measure"`)
		for _, w := range c.want {
			if !strings.Contains(panel, w) {
				t.Errorf("the panel lacks %q", w)
			}
		}
	}
}
