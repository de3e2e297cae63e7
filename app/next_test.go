package app

import (
	"math"
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
		"native-ask": "notice", "crashed": "notice", "dead": "notice", "busy": "notice", "many-labels": "compressed", "own-problem": "own", "history": "compressed",
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
		{"plan.0", "120 %", "", nil},
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
		{"add", "prune", "prune=0.8,finetune=1,prune=0.8,quantize=int8"},
		{"add", "huffman", "prune=0.8,finetune=1,quantize=int8,huffman"},
		{"add", "distill", "distill=lstm,prune=0.8,finetune=1,quantize=int8"},
		{"add", "units", "units=0.5,prune=0.8,finetune=1,quantize=int8"},
		{"move", "1,0", "finetune=1,prune=0.8,quantize=int8"},
		{"move", "2,0", "prune=0.8,finetune=1,quantize=int8"},
		{"move", "0,7", "prune=0.8,finetune=1,quantize=int8"},
		{"recipe", "prune90", "prune=0.9/lstm/linear/gradual3/teacher,finetune=1/teacher"},
		{"add", "quantize", "prune=0.8,finetune=1,quantize=int8"},
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
	w.see(Crashed{Why: "out of memory"})
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
		for _, e := range marks(text, "good film", tokens, []float64{1, 1}, -1) {
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

func TestTheBoardShowsTheSettingsOfTheRunThatIsOnIt(t *testing.T) {
	reviews, _ := spec.Preset("reviews")
	for name, then := range map[string][]Msg{
		"the built-in model is made smaller": {Press{"source", "names"}, Edit{"model.hidden", "8"}, Press{"compress", ""}},
		"a saved run is opened": {Press{"source", "names"}, Reply{To: Send{Kind: protocol.KindOpen}, Body: body(protocol.Opened{
			Summary: protocol.RunSummary{Run: "r9", State: "done"}, Spec: reviews, Facts: madeFacts(), Variants: madeVariants("r9")})}},
		"and from the panel of one's own text": {Press{"own", ""}, Reply{To: Send{Kind: protocol.KindOpen}, Body: body(protocol.Opened{
			Summary: protocol.RunSummary{Run: "r9", State: "done"}, Spec: reviews, Facts: madeFacts(), Variants: madeVariants("r9")})}},
	} {
		w := newWorld(words.English)
		w.see(then...)
		if w.Spec.ID() != reviews.ID() || w.Own || w.changed() || len(w.Fields) > 0 || w.Say.Text != FirstSentence {
			t.Errorf("%s: the settings are those of %s, the sentence is %q", name, w.Spec.Data.Source, w.Say.Text)
		}
	}
}

func TestTheFirstSentenceFitsTheDataUntilSomebodyTypes(t *testing.T) {
	w := newWorld(words.English)
	for _, c := range []struct{ source, want string }{{"names", "Rosalind"}, {"mail", examples["mail"]}, {"reviews", FirstSentence}, {"imdb", FirstSentence}, {"names", "Rosalind"}} {
		w.did = nil
		before := w.Say.Text
		w.press("source", c.source)
		if w.Say.Text != c.want || w.Say.Of != c.want {
			t.Errorf("%s: the sentence is %q, read %q", c.source, w.Say.Text, w.Say.Of)
		}
		if written := len(w.did) > 0 && w.did[0] == (Do{What: "sentence", Arg: c.want}); written != (before != c.want) {
			t.Errorf("%s: the field was told %v", c.source, w.did)
		}
	}
	w.see(Said{"mine"})
	w.press("source", "reviews")
	if w.Say.Text != "mine" {
		t.Errorf("what was typed became %q", w.Say.Text)
	}
	w.see(Said{""})
	w.press("source", "mail")
	if w.Say.Text != examples["mail"] {
		t.Errorf("an emptied field shows %q", w.Say.Text)
	}
}

func TestAPressedTextBecomesTheSentenceAndGoesBack(t *testing.T) {
	w := newWorld(words.English)
	compressed(w)
	w.see(Said{"mine"})
	w.press("say", "one text")
	w.press("say", "another text")
	if w.Say.Text != "another text" || w.Say.Of != "another text" {
		t.Errorf("the sentence is %q", w.Say.Text)
	}
	w.press("say-back")
	if w.Say.Text != "mine" || w.Say.Was != "" {
		t.Errorf("back is %q", w.Say.Text)
	}
}

func TestTextsThatChangedAreReadOneByOneAndThoseShownFirst(t *testing.T) {
	w := newWorld(words.English)
	compressed(w)
	v := w.selected()
	if w.Read.Model != v.ID || len(w.Read.Shown) != len(v.Flips) {
		t.Fatalf("%d of %d texts are read", len(w.Read.Shown), len(v.Flips))
	}
	for i, r := range w.Read.Shown {
		if r.After == nil || len(r.After.Tokens) == 0 {
			t.Errorf("text %d has no reading", i)
		}
	}
	w.press("select", "r1/original")
	w.press("select", "r1/int8") // no text changed its answer
	if _, sends := asked(w.State, PointAt{1}); len(sends) != 0 {
		t.Errorf("asked %v", sends)
	}
}

func TestAnExcerptShowsWhereTheModelsParted(t *testing.T) {
	long := strings.Repeat("one two three four ", 20) + "decisive word at the end of it all"
	before, after := read("a", long, 0), read("b", long, 0)
	for i := range after.Tokens {
		if after.Tokens[i].Text == "decisive" {
			after.Tokens[i].Moved = -2
		}
	}
	for _, c := range []struct {
		r         Readings
		has, lack string
	}{
		{Readings{&before, &after}, "decisive", ""},
		{Readings{&before, &after}, "… ", ""},
		{Readings{}, "one two", "… "},
		{Readings{&before, &before}, "one", "decisive"},
	} {
		html, err := tidy(uiHTML(el("p", "", excerpt(long, c.r)...)))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(html, c.has) || c.lack != "" && strings.Contains(html, c.lack) {
			t.Errorf("%s", html)
		}
	}
}

func TestAWordThatMovesASureMindIsNoStrongWord(t *testing.T) {
	odds := func(z float64) float64 { return 1 / (1 + math.Exp(-z)) }
	tr := protocol.Trace{Tokens: []protocol.Token{{Moved: 1.5, Score: odds(1.5)}, {Moved: 4, Score: odds(5.5)}, {Moved: -2, Score: odds(3.5)}, {Moved: 40, Score: 1}, {Cut: true}, {Moved: -80, Score: 0}}}
	got := tints(&tr)
	if !(got[0] > 0) || !(got[1] > 0) || got[2] != 0 || got[3] != 0 || got[4] != 0 || got[5] != -1 {
		t.Errorf("%v", got)
	}
}

func TestAScoreOfManyLabelsTakesNoSide(t *testing.T) {
	for name, want := range map[string][]string{
		"many-labels": {"away from the answer", `class="any"`},
		"compressed":  {"pulls negative", "pulls positive", `class="pos"`, "verdict up"},
	} {
		html, err := HTML(fixture(name, words.English))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(html, w) {
				t.Errorf("%s lacks %s", name, w)
			}
		}
		if name == "many-labels" && (strings.Contains(html, "verdict up") || strings.Contains(html, "verdict down") || strings.Contains(html, `class="pos"`)) {
			t.Error("many labels have a side")
		}
	}
	s := fixture("fresh", words.English)
	s, _ = s.Next(Press{"source", "names"}) // the built-in model still says positive and negative
	if got := side(&s, &protocol.Trace{Label: "positive"}); got != "up" {
		t.Errorf("positive is %q beside names", got)
	}
}

func TestPressingTwiceStartsOnce(t *testing.T) {
	s := fixture("fresh", words.English)
	s, first := asked(s, Press{"train", ""})
	s, second := asked(s, Press{"train", ""})
	if len(first) != 1 || len(second) != 0 {
		t.Errorf("asked %v, then %v", first, second)
	}
	s, _ = s.Next(Press{"reset", ""}) // before the run has a name
	_, third := asked(s, Reply{To: first[0], Body: body(protocol.Run{Run: "r1"})})
	if len(third) != 1 || third[0].Body != (protocol.Control{Run: "r1", Do: "cancel"}) {
		t.Errorf("a run that was given up goes on: %v", third)
	}
}
