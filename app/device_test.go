package app

import (
	"strings"
	"testing"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

func TestTheChoiceOfADeviceIsKeptAndSentWithARun(t *testing.T) {
	s := NewState(words.English)
	s.Worker = "ready"
	s, did := s.Next(Press{"device", spec.OnAuto})
	if len(did) != 1 || did[0] != (Do{What: "device", Arg: "auto"}) {
		t.Fatalf("%+v", did)
	}
	_, did = s.Next(Press{Do: "train"})
	for _, c := range did {
		if q, ok := c.(Send); ok && q.Kind == protocol.KindTrain {
			if got := q.Body.(protocol.Train).Device; got != spec.OnAuto {
				t.Errorf("asked for %q", got)
			}
			return
		}
	}
	t.Errorf("nothing was trained: %+v", did)
}

func TestWhatIsSaidOfTheDevice(t *testing.T) {
	card := protocol.Card{Name: "a card"}
	none := protocol.Card{Problem: &protocol.Problem{Code: "gpu_none", Message: "no adapter"}}
	raced := func(took string) *spec.Choice {
		return &spec.Choice{Asked: spec.OnAuto, Took: took, Card: "a card", Steps: 10, CPUMS: 5, GPUMS: 3.25}
	}
	for _, c := range []struct {
		name   string
		device Device
		run    Run
		card   string
		choice string
	}{
		{"nothing is known", Device{}, Run{}, "not known yet", ""},
		{"no card", Device{Known: true, Card: none}, Run{}, "no GPU here, so the CPU trains whatever is chosen: no adapter", ""},
		{"a card", Device{Known: true, Card: card}, Run{}, "GPU: a card.", ""},
		{"auto", Device{Known: true, Card: card}, Run{Stage: Training, Started: spec.Started{Choice: raced(spec.OnGPU)}}, "GPU",
			"Auto measured 10 steps of each: CPU 5.00 ms a step, GPU 3.25 ms. The GPU trains."},
		{"too short", Device{}, Run{Stage: Training, Started: spec.Started{Choice: &spec.Choice{Asked: spec.OnAuto, Took: spec.OnCPU}}}, "", "too short"},
		{"refused", Device{}, Run{Stage: Training, Started: spec.Started{Choice: &spec.Choice{Asked: spec.OnGPU, Took: spec.OnCPU, Code: "gpu_shader", Message: "line 3"}}}, "", "line 3"},
		{"lost", Device{}, Run{Stage: Training, Fell: &spec.Notice{Step: 400, Redone: 30}, Started: spec.Started{Choice: raced(spec.OnGPU)}}, "",
			"up to step 400; the CPU took 30 of its steps again"},
	} {
		s := NewState(words.English)
		s.Device, s.Run = c.device, c.run
		if got := cardLine(words.English, &s); !strings.Contains(got, c.card) {
			t.Errorf("%s: %q", c.name, got)
		}
		if got := choiceLine(words.English, &s); !strings.Contains(got, c.choice) || c.choice == "" && got != "" {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func TestALostCardIsToldOnceAndTheNewestCounts(t *testing.T) {
	s := NewState(words.English)
	s.Run = Run{ID: "r", Stage: Training}
	for _, step := range []int{40, 90} {
		s = s.told(t, spec.Notice{Code: "gpu_lost", Message: "destroyed", Step: step, Device: "wasm-simd", Redone: 7})
	}
	if len(s.Problems) != 1 || !strings.Contains(problem(words.English, &s.Problems[0]), "step 90. The CPU took 7 steps again") {
		t.Errorf("%+v", s.Problems)
	}
	if s.Run.Fell == nil || s.Run.Fell.Step != 90 {
		t.Errorf("%+v", s.Run.Fell)
	}
}

// told is the state after an event of its run.
func (s State) told(t *testing.T, e spec.Event) State {
	t.Helper()
	next, _ := s.Next(Push{protocol.Envelope{Kind: protocol.KindRunEvent, Body: body(protocol.RunEvent{Run: s.Run.ID, Event: spec.Encode(e)})}})
	return next
}

func TestADifferenceIsRoundedUp(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 6e-8: "0.000001", 0.00012: "0.00012", 0.00123: "0.0013", 0.5: "0.50"} {
		if got := apart(words.English, x); got != want {
			t.Errorf("%g is told as %s, want %s", x, got, want)
		}
	}
}
