package app

import (
	"strings"
	"testing"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

// asked are the requests that a message makes, in order.
func asked(s State, m Msg) (State, []Send) {
	s, commands := s.Next(m)
	var out []Send
	for _, c := range commands {
		if x, ok := c.(Send); ok {
			out = append(out, x)
		}
	}
	return s, out
}

func TestEachStateHasItsPhase(t *testing.T) {
	for name, want := range map[string]string{
		"first": "fresh", "fresh": "fresh", "reading": "reading", "training": "training", "paused": "paused", "watching": "watching",
		"trained": "trained", "compressing": "compressing", "compressed": "compressed", "notice": "notice", "own": "own",
		"native-ask": "notice", "crashed": "notice", "own-problem": "own", "history": "compressed",
	} {
		s := fixture(name, words.English)
		if got := s.Phase(); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

func TestATypedSentenceIsAskedOnceAndAnOldAnswerIsDropped(t *testing.T) {
	s := fixture("fresh", words.English)
	s, first := asked(s, Said{"one"})
	s, second := asked(s, Said{"one two"})
	if len(first) != 1 || len(second) != 1 {
		t.Fatalf("asked %d and %d times", len(first), len(second))
	}
	late := first[0].Body.(protocol.Score)
	s, _ = s.Next(Reply{To: first[0], Body: body(protocol.Scored{Seq: late.Seq, Text: late.Text, Traces: []protocol.Trace{{Model: "builtin/original", Probability: 0.1}}})})
	if s.Say.Of == "one" {
		t.Error("an answer to a sentence that is gone was taken")
	}
	now := second[0].Body.(protocol.Score)
	s, _ = s.Next(Reply{To: second[0], Body: body(protocol.Scored{Seq: now.Seq, Text: now.Text, Traces: []protocol.Trace{{Model: "builtin/original", Probability: 0.9}}})})
	if tr := s.first(); tr == nil || tr.Probability != 0.9 {
		t.Error("the answer to the sentence that is there was not taken")
	}
	if _, again := asked(s, Said{"one two"}); len(again) != 0 {
		t.Error("the same sentence was asked again")
	}
}

func TestASettingThatCantBeIsToldAtItsFieldAndChangesNothing(t *testing.T) {
	for _, c := range []struct {
		field, value, want string
		ok                 func(State) bool
	}{
		{"train.epochs", "many", "a whole number", nil},
		{"tokenizer.vocabulary", "1", "3 to 200000", nil},
		{"model.dropout", "100 %", "0 to below 1", nil},
		{"plan.0", "120 %", "step.prune.want", nil},
		{"compress", "quantize=int8,prune=0.5", "", nil},
		{"train.epochs", "1,000", "", func(s State) bool { return s.Spec.Train.Epochs == 1000 }},
		{"data.validation", "12.5 %", "", func(s State) bool { return s.Spec.Data.Validation == 0.125 }},
		{"model.forget_bias", "−1", "", func(s State) bool { return s.Spec.Model.ForgetBias == -1 }},
		{"plan.0", "90 %", "", func(s State) bool { return s.Plan[0].Value == "0.9" }},
		{"plan.0", "0.5", "", func(s State) bool { return s.Plan[0].Value == "0.5" }},
		{"compress", "quantize=int8", "", func(s State) bool { return len(s.Plan) == 1 }},
		{"train.keep_best", "false", "", func(s State) bool { return !s.Spec.Train.KeepBest }},
	} {
		before := fixture("fresh", words.English)
		s, _ := before.Next(Edit{c.field, c.value})
		if c.ok != nil {
			if len(s.Fields) != 0 || !c.ok(s) {
				t.Errorf("%s=%s was not taken: %v", c.field, c.value, s.Fields)
			}
			continue
		}
		if s.Spec != before.Spec || spec.FormatPipeline(s.Plan) != spec.FormatPipeline(before.Plan) {
			t.Errorf("%s=%s changed something", c.field, c.value)
		}
		if len(s.Fields) != 1 || s.Fields[0].Field != c.field || !strings.Contains(s.Fields[0].Want, c.want) {
			t.Errorf("%s=%s: told %v, want %q", c.field, c.value, s.Fields, c.want)
		}
	}
}

func TestAChangedSettingAsksForItsFacts(t *testing.T) {
	s := fixture("fresh", words.English)
	_, sends := asked(s, Edit{"tokenizer.max_tokens", "32"})
	if len(sends) != 1 || sends[0].Kind != protocol.KindDescribe {
		t.Errorf("asked %v", sends)
	}
}

func TestThePlanIsMovedWithinWhatMakesSense(t *testing.T) {
	for _, c := range []struct{ do, arg, want string }{
		{"remove", "1", "prune=0.8,quantize=int8"},
		{"up", "1", "finetune=1,prune=0.8,quantize=int8"},
		{"down", "0", "finetune=1,prune=0.8,quantize=int8"},
		{"up", "2", "prune=0.8,finetune=1,quantize=int8"}, // rounding stays last
		{"up", "0", "prune=0.8,finetune=1,quantize=int8"},
		{"add", "prune", "prune=0.8,finetune=1,prune=0.5,quantize=int8"},
		{"add", "quantize", "prune=0.8,finetune=1,quantize=int8"},
		{"lstm", "0", "prune=0.8/lstm,finetune=1,quantize=int8"},
	} {
		s, _ := fixture("fresh", words.English).Next(Press{c.do, c.arg})
		if got := spec.FormatPipeline(s.Plan); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.do, c.arg, got, c.want)
		}
	}
}

func TestWithNothingTrainedTheBuiltInModelIsMadeSmaller(t *testing.T) {
	s, sends := asked(fixture("fresh", words.English), Press{"compress", ""})
	if len(sends) != 1 || sends[0].Body != (protocol.Compress{Run: Builtin, Pipeline: "prune=0.8,finetune=1,quantize=int8"}) {
		t.Fatalf("asked %v", sends)
	}
	if s.Phase() != "compressing" || len(s.Run.Variants) != 1 || s.Run.Variants[0].LatencyMS != 0 {
		t.Error("the built-in model does not stand as the original, not yet timed here")
	}
}

func TestAPauseAndACancelAreAskedOfTheRun(t *testing.T) {
	for do, want := range map[string]string{"pause": "pause", "go": "resume", "cancel": "cancel", "step": "step"} {
		_, sends := asked(fixture("training", words.English), Press{do, ""})
		if len(sends) != 1 || sends[0].Body != (protocol.Control{Run: "r1", Do: want}) {
			t.Errorf("%s asked %v", do, sends)
		}
	}
	s, sends := asked(fixture("training", words.English), Press{"reset", ""})
	if s.Phase() != "fresh" || len(sends) == 0 || sends[0].Body != (protocol.Control{Run: "r1", Do: "cancel"}) {
		t.Error("reset does not go back at once")
	}
}

func TestEventsOfAnotherRunAreNotTaken(t *testing.T) {
	s := fixture("training", words.English)
	at := s.Run.Last.Step
	s, _ = s.Next(Push{protocol.Envelope{Kind: protocol.KindRunEvent, Body: body(protocol.RunEvent{Run: "r9", Event: spec.Encode(spec.Step{Step: 99999})})}})
	if s.Run.Last.Step != at {
		t.Error("another run moved the board")
	}
}

func TestAReplayedRunIsTheRun(t *testing.T) {
	s := fixture("trained", words.English)
	o := protocol.Opened{Summary: protocol.RunSummary{Run: "r1", State: "done"}, Spec: s.Run.Spec, Facts: madeFacts(),
		Events: lines(append(history(s.Run.Spec, "r1", 1124), *s.Run.Done)), Variants: s.Run.Variants}
	r := replay(o)
	if r.Stage != Trained || len(r.Valid) != len(s.Run.Valid) || len(r.Curve.Points) != len(s.Run.Curve.Points) || r.Done.SHA256 != s.Run.Done.SHA256 {
		t.Errorf("a replay differs: %d and %d points", len(r.Curve.Points), len(s.Run.Curve.Points))
	}
}

func TestARunWhoseTabIsGoneOffersItsCheckpoint(t *testing.T) {
	sp, _ := spec.Preset("reviews")
	for _, state := range []string{"training", "paused", "stopped"} {
		s := fixture("fresh", words.English)
		s, _ = s.Next(Reply{To: Send{Kind: protocol.KindOpen}, Body: body(protocol.Opened{
			Summary: protocol.RunSummary{Run: "r7", State: state, Step: 640}, Spec: sp, Facts: madeFacts(),
			Events: lines(append(history(sp, "r7", 640), spec.Saved{Step: 640, Epoch: 3, Why: "pause"})),
		})})
		if s.Phase() != "notice" || s.Run.Failed == nil || s.Run.Failed.Kept != 640 {
			t.Errorf("%s: %s, %+v", state, s.Phase(), s.Run.Failed)
		}
		s, sends := asked(s, Press{"resume", ""})
		if len(sends) == 0 || sends[0].Body.(protocol.Train).Run != "r7" || s.Phase() != "reading" {
			t.Errorf("%s: resuming asked %v", state, sends)
		}
	}
}

func TestARunThatIsNotFiniteIsNeverResumedAtTheSameRate(t *testing.T) {
	w := newWorld(words.English)
	fixtures["notice"](w)
	strip := uiHTML(drawNow(new(Board), &w.State))
	for _, want := range []string{"Try learning rate", "with the weights of step"} {
		if !strings.Contains(strip, want) {
			t.Errorf("the strip does not offer %q: %s", want, strip)
		}
	}
	for _, not := range []string{"Resume", "Start again", "never stopping"} {
		if strings.Contains(strip, not) {
			t.Errorf("the strip offers %q", not)
		}
	}
	for press, from := range map[string]string{"smaller-rate": "", "smaller-rate-on": w.Run.ID} {
		_, sends := asked(w.State, Press{press, ""})
		q, ok := sends[0].Body.(protocol.Train)
		if !ok || q.Spec.Train.Rate != 0.0015 || q.From != from || q.Run != "" {
			t.Errorf("%s asks %+v", press, sends)
		}
	}
}

func TestTheBrowserIsAskedToKeepRunsOnceThereIsOne(t *testing.T) {
	for storage, want := range map[string]bool{"best-effort": true, "kept": false, "refused": false} {
		w := newWorld(words.English)
		fixtures["training"](w)
		w.Machine.Storage = storage
		w.did = nil
		w.events(spec.Done{})
		asks := false
		for _, d := range w.did {
			asks = asks || d.What == "persist"
		}
		if asks != want {
			t.Errorf("%s: %v", storage, w.did)
		}
		w.see(Persisted{Kept: false})
		if w.Machine.Storage != storage {
			t.Errorf("%s: a refusal made it %s", storage, w.Machine.Storage)
		}
		if w.see(Persisted{Kept: true}); want && w.Machine.Storage != "kept" {
			t.Errorf("what is kept is told as %s", w.Machine.Storage)
		}
	}
}

func TestAResumedRunForgetsWhatCameAfterItsCheckpoint(t *testing.T) {
	r := Run{}
	for _, e := range history(spec.Default(), "r", 600) {
		r = r.after(e)
	}
	r = r.after(spec.Started{FromStep: 300, Steps: 1124, StepsAnEpoch: 374})
	for _, p := range append(r.Curve.Points, r.Valid...) {
		if p.Step > 300 {
			t.Fatalf("a point of step %d is left", p.Step)
		}
	}
}

func TestACrashRestartsTheWorkerAndOffersTheCheckpoint(t *testing.T) {
	w := newWorld(words.English)
	fixtures["training"](w)
	w.see(Crashed{"out of memory"})
	if w.Phase() != "notice" || w.Run.Failed == nil || w.Run.Failed.Kept != w.Run.Saved.Step || w.Run.Failed.Kept == 0 {
		t.Errorf("%s: %+v", w.Phase(), w.Run.Failed)
	}
	if last := w.did[len(w.did)-1]; last.What != "restart" {
		t.Errorf("did %v", w.did)
	}
	w.see(Woken{})
	if w.Worker != "ready" {
		t.Error("the new worker is not asked")
	}
	w.see(Reply{To: Send{Kind: protocol.KindOpen}, Body: body(protocol.Opened{Summary: protocol.RunSummary{Run: "r1", State: "training", Step: 640}, Spec: w.Run.Spec, Facts: madeFacts(), Events: lines(history(w.Run.Spec, "r1", 640))})})
	if w.Phase() != "notice" || w.Run.Failed.Code != "worker_crashed" || w.Run.Failed.Kept == 0 {
		t.Errorf("after the restart: %s, %+v", w.Phase(), w.Run.Failed)
	}
}

func TestADeletionIsUndone(t *testing.T) {
	w := newWorld(words.English)
	fixtures["history"](w)
	if len(w.Runs) != 2 || w.Deleted == nil {
		t.Fatal("not deleted")
	}
	_, sends := asked(w.State, Press{"undelete", ""})
	if len(sends) != 2 || sends[0].Kind != protocol.KindUndelete || sends[1].Kind != protocol.KindRuns {
		t.Errorf("asked %v", sends)
	}
}

func TestDataGoesToTheServerOnlyAfterThePressThatSaysSo(t *testing.T) {
	s := fixture("trained", words.English)
	s, sends := asked(s, Press{"native", ""})
	if len(sends) != 1 || sends[0].Body.(protocol.Native).SendData {
		t.Fatalf("asked %v", sends)
	}
	s, _ = s.Next(Reply{To: sends[0], Body: body(protocol.NativeStarted{NeedsData: true, Bytes: 9})})
	_, sends = asked(s, Press{"native-send", ""})
	if len(sends) != 1 || !sends[0].Body.(protocol.Native).SendData {
		t.Errorf("asked %v", sends)
	}
}

func TestACurveStaysShortAndKeepsItsEnds(t *testing.T) {
	var c Curve
	for i := 1; i <= 10_000; i++ {
		c = c.Add(Point{Step: i, Loss: 1, Accuracy: 0.5})
	}
	if n := len(c.Points); n > MostPoints || n < MostPoints/4 {
		t.Errorf("%d points", n)
	}
	for i, p := range c.Points {
		if p.Loss != 1 || p.Accuracy != 0.5 {
			t.Errorf("point %d is %+v", i, p)
		}
		if i > 0 && p.Step <= c.Points[i-1].Step {
			t.Errorf("steps do not ascend at %d", i)
		}
	}
	if last := c.Points[len(c.Points)-1].Step; last < 9_900 {
		t.Errorf("the curve ends at step %d", last)
	}
}

func TestPastedLinesBecomeAFile(t *testing.T) {
	for _, c := range []struct{ text, want, name string }{
		{"good, a, b\nbad, c", "good\ta, b\nbad\tc\n", "pasted.tsv"},
		{"good\tone, two\r\nbad\tthree", "good\tone, two\nbad\tthree\n", "pasted.tsv"},
		{"好，一部好片", "好\t一部好片\n", "pasted.tsv"},
		{"text,label\nx,good", "text,label\nx,good", "pasted.csv"},
		{`{"text":"x","label":"y"}`, `{"text":"x","label":"y"}`, "pasted.jsonl"},
	} {
		got, name := pasted(c.text)
		if got != c.want || name != c.name {
			t.Errorf("%q: %q as %s", c.text, got, name)
		}
	}
}

func TestTintsFollowTheTextAroundAnEdit(t *testing.T) {
	tokens := []protocol.Token{{Text: "good", Start: 0, End: 4, Moved: 1}, {Text: "film", Start: 5, End: 9, Moved: 1}}
	for text, want := range map[string]int{
		"good film": 2, "good  film": 2, "good old film": 2, "goo film": 1, "good": 1, "": 0, "a good film": 2,
	} {
		marked := 0
		joined := ""
		for _, e := range marks(text, "good film", tokens, -1) {
			html, err := tidy(uiHTML(e))
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(html, "<mark") {
				marked++
				html = html[strings.Index(html, ">")+1 : strings.Index(html, "</")]
			}
			joined += html
		}
		if joined != text || marked != want {
			t.Errorf("%q is drawn as %q with %d marks, want %d", text, joined, marked, want)
		}
	}
}

func TestTheWindowFollowsTheLight(t *testing.T) {
	w := newWorld(words.English)
	fixtures["long"](w)
	if w.Say.First != 20-Window+1 {
		t.Errorf("the window begins at %d", w.Say.First)
	}
	w.press("rows", "home")
	if w.Say.First != 0 || w.Say.Lit != 0 {
		t.Error("Home does not go to the first token")
	}
	w.press("rows", "up")
	if w.Say.Lit != 0 {
		t.Error("up from the first token leaves the sentence")
	}
}
