package app

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

func TestATeacherChoosesWhatAnEmbedShows(t *testing.T) {
	for controls, want := range map[string]struct{ shows, fields, plan string }{
		"":                              {"train compress compare", "", firstPlan},
		"train":                         {"train compare", "", firstPlan},
		"train,quantize":                {"train compress compare", "", "quantize=int8"},
		" train.rate , model.hidden ":   {"model train compare", "train.rate model.hidden", firstPlan},
		"data,seed":                     {"data", "seed", firstPlan},
		"compare":                       {"compare", "", firstPlan},
		"quantize,prune":                {"compress compare", "", firstPlan}, // no pipeline in this order
		"<script>,model.nothing,train!": {"model", "model.nothing", firstPlan},
	} {
		s := NewState(words.English).InFrame(controls, "")
		if got := strings.Join(s.Embed.Shows, " "); got != want.shows {
			t.Errorf("%q shows %q, want %q", controls, got, want.shows)
		}
		if got := strings.Join(s.Embed.Fields, " "); got != want.fields {
			t.Errorf("%q has the settings %q, want %q", controls, got, want.fields)
		}
		if got := spec.FormatPipeline(s.Plan); got != want.plan {
			t.Errorf("%q plans %q, want %q", controls, got, want.plan)
		}
		page, err := HTML(s)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(page, "<script>") || strings.Contains(page, `id="hist"`) || strings.Contains(page, `href="#room`) {
			t.Errorf("%q: it holds what an embed has not", controls)
		}
		if strings.Contains(page, "f-train-rate") != slices.Contains(s.Embed.Fields, "train.rate") {
			t.Errorf("%q: the rate stands there, or does not", controls)
		}
	}
}

func TestAnEmbedIsOfTheRunInItsAddress(t *testing.T) {
	const address = "https://clove.example/embed?v=1&spec=names&model.hidden=8&controls=train,quantize"
	s := NewState(words.English).Arrive(address).InFrame("train,quantize", "")
	if s.Spec.Model.Hidden != 8 || spec.FormatPipeline(s.Plan) != "quantize=int8" {
		t.Errorf("it would train %+v, and make %v", s.Spec, s.Plan)
	}
	page, _ := HTML(s)
	if strings.Contains(page, "came with the link") || !strings.Contains(page, "Train on names") {
		t.Error("the strip speaks of a link, or not of the run")
	}
	s = NewState(words.English).Arrive(address+"&compress=prune=0.5").InFrame("train,quantize", "")
	if spec.FormatPipeline(s.Plan) != "prune=0.5" {
		t.Errorf("the address's plan became %v", s.Plan)
	}
	s = NewState(words.English).Arrive("https://clove.example/embed?v=1&model.hidden=-3").InFrame("train", "")
	if page, _ = HTML(s); !strings.Contains(page, "model.hidden") {
		t.Error("what is wrong with the address is not said")
	}
}

func TestTwoColumnsStandSideBySide(t *testing.T) {
	e := Embed{On: true, Shows: []string{"train", "compress", "compare"}}
	for phase, want := range map[string]string{"fresh": "train compare", "training": "train compare", "trained": "compress compare", "compressing": "compress compare", "compressed": "compress compare"} {
		if got := strings.Join(e.drawn(phase), " "); got != want {
			t.Errorf("%s: %s", phase, got)
		}
	}
}

func TestARunThatNobodySeesRests(t *testing.T) {
	s := fixture("training", words.English).InFrame("train", "")
	sent := func(s State, m Msg) (State, string) {
		s, commands := s.Next(m)
		for _, c := range commands {
			if c, ok := c.(Send); ok && c.Kind == protocol.KindControl {
				return s, c.Body.(protocol.Control).Do
			}
		}
		return s, ""
	}
	s, did := sent(s, Press{"rest", "unseen"})
	if did != "pause" {
		t.Fatalf("unseen, it is told %q", did)
	}
	s.Run.Stage = Paused
	if s, did = sent(s, Press{"rest", "seen"}); did != "resume" {
		t.Errorf("seen again, it is told %q", did)
	}
	if _, did = sent(s, Press{"rest", "seen"}); did != "" {
		t.Errorf("a pause of the person's own ends by scrolling: %q", did)
	}
}

func TestAnEmbedTellsItsHost(t *testing.T) {
	s := fixture("training", words.English).InFrame("train", "")
	tell := func(e spec.Event) Told {
		_, commands := s.Next(Push{protocol.Envelope{Kind: protocol.KindRunEvent, Body: body(protocol.RunEvent{Run: s.Run.ID, Event: spec.Encode(e)})}})
		for _, c := range commands {
			if d, ok := c.(Do); ok && d.What == "tell" {
				return d.Data.(Told)
			}
		}
		return Told{}
	}
	steps, epochs := s.Run.Started.Steps, s.Run.Spec.Train.Epochs
	for _, c := range []struct {
		event spec.Event
		want  Told
	}{
		{spec.Step{Step: 3, Epoch: 1, Loss: 0.5, Accuracy: 0.75, TextsPerSecond: 100}, Told{"metrics", map[string]any{"step": 3, "steps": steps, "epoch": 1, "epochs": epochs, "loss": 0.5, "accuracy": 0.75, "textsPerSecond": 100.0}}},
		{spec.Done{Test: spec.Measure{Accuracy: 0.9}, SHA256: "ab", FileBytes: 12, Seconds: 1.5}, Told{"done", map[string]any{"kind": "trained", "accuracy": 0.9, "bytes": 12, "seconds": 1.5, "weights": "ab"}}},
		{spec.Failed{Code: "not_finite", Message: "x"}, Told{"failed", map[string]any{"code": "not_finite", "message": "x"}}},
	} {
		if got := tell(c.event); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%T: %v, want %v", c.event, got, c.want)
		}
	}
	s.Embed = Embed{}
	if got := tell(spec.Step{Step: 4}); got.Name != "" {
		t.Errorf("the page itself tells %v", got)
	}
}

func TestTheHostsStartIsWhatComesNext(t *testing.T) {
	for _, c := range []struct{ state, controls, want string }{
		{"fresh", "train,quantize", protocol.KindTrain}, {"fresh", "quantize", protocol.KindCompress}, {"trained", "train,quantize", protocol.KindCompress},
		{"trained", "train", protocol.KindTrain}, {"training", "train", ""}, {"compressed", "compress", ""},
	} {
		_, commands := fixture(c.state, words.English).InFrame(c.controls, "").Next(Press{"start", ""})
		got := ""
		for _, command := range commands {
			if send, ok := command.(Send); ok && (send.Kind == protocol.KindTrain || send.Kind == protocol.KindCompress) {
				got = send.Kind
			}
		}
		if got != c.want {
			t.Errorf("%s with %s: %q, want %q", c.state, c.controls, got, c.want)
		}
	}
}

func TestTheBoardsOfTheBuiltInModelAreStill(t *testing.T) {
	built := protocol.Opened{Facts: madeFacts(), Variants: madeVariants("builtin")}
	built.Spec, _ = spec.Preset("reviews")
	for _, l := range words.Langs {
		names, boards, err := Boards(l, built)
		if err != nil || len(names) != len(built.Variants) || len(boards) != len(names) || boards[0] != "" {
			t.Fatalf("%d names, %d boards, %v", len(names), len(boards), err)
		}
		for i, board := range boards[1:] {
			if strings.Contains(board, "<input") || strings.Count(board, "<button") != 1 || strings.Contains(board, " ms") {
				t.Errorf("%s in %s: something is there to press, or a time of another machine", names[i+1], l)
			}
			if !strings.Contains(board, l.Bytes(int64(built.Variants[i+1].FileBytes))) {
				t.Errorf("%s in %s does not tell its bytes", names[i+1], l)
			}
		}
	}
}
