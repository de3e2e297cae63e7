package spec

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryPresetIsValidAndNamed(t *testing.T) {
	for _, name := range Presets() {
		s, ok := Preset(name)
		if !ok || s.Name != name {
			t.Errorf("preset %q: found %v, named %q", name, ok, s.Name)
		}
		if err := s.Validate(); err != nil {
			t.Errorf("preset %q: %v", name, err)
		}
	}
	if _, ok := Preset("no such"); ok {
		t.Error("an unknown preset was found")
	}
}

func TestASpecSurvivesItsJSON(t *testing.T) {
	for _, name := range Presets() {
		want, _ := Preset(name)
		got, err := Parse(want.JSON())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestParseFillsWhatIsMissingAndRefusesWhatIsUnknown(t *testing.T) {
	s, err := Parse([]byte(`{"train":{"epochs":7}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Train.Epochs = 7
	if diff := cmp.Diff(want, s); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{`{"trian":{}}`, `{"train":{"epochs":"7"}}`, `[]`, ``, `{"version":2}`} {
		if _, err := Parse([]byte(bad)); err == nil {
			t.Errorf("Parse(%s) accepted", bad)
		}
	}
}

func TestTheIdentityLeavesOutNameAndPathAndNothingElse(t *testing.T) {
	base := Default()
	same := base
	same.Name, same.Data.Path, same.Arithmetic = "x", "/somewhere", Strict // which is what "" means
	if base.ID() != same.ID() {
		t.Error("name or path changed the identity")
	}
	for path, value := range map[string]string{
		"seed": "2", "data.source": "mail", "data.sha256": "ab", "data.label": "coarse", "data.limit": "5",
		"tokenizer.cut": "both", "model.hidden": "65", "model.dropout": "0.5", "train.rate": "0.1",
		"train.keep_best": "false", "compress": "quantize=int8", "arithmetic": "fast",
	} {
		other := base
		if err := other.Set(path, value); err != nil {
			t.Fatal(err)
		}
		if other.ID() == base.ID() {
			t.Errorf("%s=%s did not change the identity", path, value)
		}
	}
}

func TestSetReachesEveryFieldAndExplainsItsRefusals(t *testing.T) {
	var walk func(prefix string, v map[string]any)
	walk = func(prefix string, v map[string]any) {
		for name, x := range v {
			if group, ok := x.(map[string]any); ok {
				walk(prefix+name+".", group)
				continue
			}
			s := Default()
			value := map[bool]string{true: "true", false: "1"}[name == "keep_best"]
			if err := s.Set(prefix+name, value); err != nil {
				t.Errorf("%s%s: %v", prefix, name, err)
			}
		}
	}
	all := Default()
	all.Name, all.Data.Path, all.Data.SHA256, all.Data.Label = "a", "a", "a", "coarse"
	all.Data.TextColumn, all.Data.LabelColumn, all.Data.Limit, all.Compress, all.Arithmetic = "a", "a", 1, "prune=0.5", "fast"
	var tree map[string]any
	if err := json.Unmarshal(all.JSON(), &tree); err != nil {
		t.Fatal(err)
	}
	walk("", tree)

	for _, c := range []struct{ path, value, want string }{
		{"train.epoch", "3", "epochs"},
		{"train", "3", "group"},
		{"train.epochs", "three", "whole number"},
		{"train.rate", "fast", "number"},
		{"seed", "-1", "0 or more"},
		{"train.keep_best", "perhaps", "true or false"},
		{"train.epochs.x", "3", "no field"},
		{"", "3", "no field"},
	} {
		s := Default()
		if err := s.Set(c.path, c.value); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Set(%q, %q) = %v, want mention of %q", c.path, c.value, err, c.want)
		}
	}
}

func TestValidateNamesTheFieldThatIsOutOfBounds(t *testing.T) {
	for path, value := range map[string]string{
		"data.source": "twitter", "data.validation": "0.9", "tokenizer.kind": "bytes", "tokenizer.vocabulary": "2",
		"tokenizer.max_tokens": "0", "tokenizer.cut": "middle", "model.kind": "gru", "model.embedding": "0",
		"model.hidden": "100000", "model.dropout": "1", "model.embedding_dropout": "-0.1", "train.optimizer": "sgd",
		"train.rate": "NaN", "train.schedule": "cosine", "train.epochs": "0", "train.batch": "0",
		"train.beta1": "1", "train.smoothing": "1", "train.clip": "-1", "compress": "prune=2", "arithmetic": "exact",
	} {
		s := Default()
		if err := s.Set(path, value); err != nil {
			t.Fatal(err)
		}
		var fe *FieldError
		if err := s.Validate(); !errors.As(err, &fe) || fe.Field != path {
			t.Errorf("%s=%s: %v", path, value, err)
		}
	}
}

func TestNumbersThatComeToGigabytesTogetherAreRefused(t *testing.T) {
	for field, change := range map[string]func(*Spec){
		"tokenizer.vocabulary": func(s *Spec) { s.Tokenizer.Vocabulary, s.Model.Embedding = MaxVocabulary, MaxWidth },
		"model.hidden":         func(s *Spec) { s.Model.Hidden, s.Model.Embedding = MaxWidth, MaxWidth },
		"train.batch":          func(s *Spec) { s.Train.Batch, s.Tokenizer.MaxTokens = MaxBatch, MaxTokens },
	} {
		s := Default()
		change(&s)
		var fe *FieldError
		if err := s.Validate(); !errors.As(err, &fe) || fe.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	wide := Default()
	wide.Tokenizer.MaxTokens, wide.Model.Embedding, wide.Model.Hidden, wide.Train.Batch = MaxTokens, MaxWidth, MaxWidth/2, 1
	if err := wide.Validate(); err != nil {
		t.Errorf("what is large in one way alone: %v", err)
	}
}

func TestAPipelineIsItsText(t *testing.T) {
	for _, text := range []string{"", "prune=0.8", "prune=0.8/lstm,finetune=1,quantize=int8", "finetune=2,prune=0.5"} {
		steps, err := ParsePipeline(text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if got := FormatPipeline(steps); got != text {
			t.Errorf("%q came back as %q", text, got)
		}
	}
}

func TestAPipelineThatMakesNoSenseIsRefusedWithTheReason(t *testing.T) {
	for text, want := range map[string]string{
		"squeeze=1":               "no technique",
		"prune":                   "share",
		"prune=1.5":               "share",
		"prune=NaN":               "share",
		"prune=0.5/gru":           "no option",
		"finetune=0":              "epochs",
		"quantize=int3":           "int8",
		"quantize=int8,prune=0.5": "put quantize last",
		"prune=0.5,,":             "no technique",
	} {
		if _, err := ParsePipeline(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want mention of %q", text, err, want)
		}
	}
}

func TestEveryEventSurvivesItsLine(t *testing.T) {
	for _, e := range []Event{
		Started{Run: "r1", Spec: Default(), Steps: 10, Facts: Facts{Labels: []string{"a", "b"}}},
		Reading{Rows: 3, Bytes: 100, Total: 200},
		Step{Step: 1, Epoch: 1, Loss: 0.69, Rate: 0.001},
		Evaluated{Step: 5, Epoch: 1, Validation: Measure{Accuracy: 0.5, Low: 0.4, High: 0.6, Texts: 100}},
		Epoch{Epoch: 1, Step: 5, Best: true},
		Paused{Step: 3}, Resumed{Step: 3},
		Saved{Step: 5, Epoch: 1, Bytes: 1000, Why: "epoch"},
		Notice{Code: "storage_full", Message: "no room", Step: 5},
		Compressing{Stage: 1, Of: 3, Text: "finetune=1", Share: 0.5},
		Compressed{Variant: Variant{ID: "v", Stages: []StageResult{{Step: PipelineStep{Name: "prune", Value: "0.8"}}}}},
		Failed{Code: "not_finite", Step: 7, Tensor: "lstm.weight_hh_l0"},
		Done{SHA256: "ab", FileBytes: 3, Test: Measure{Accuracy: 1}},
	} {
		line := Encode(e)
		if !strings.HasPrefix(string(line), `{"event":"`+e.Kind()+`"`) {
			t.Errorf("%s does not begin with its kind", line)
		}
		got, err := Decode(line)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e, got); diff != "" {
			t.Errorf("%s: %s", e.Kind(), diff)
		}
	}
	for _, bad := range []string{"", "{}", `{"event":"party"}`, `{"event":"step","step":"x"}`} {
		if _, err := Decode([]byte(bad)); err == nil {
			t.Errorf("Decode(%s) accepted", bad)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Default().JSON())
	f.Add([]byte(`{"compress":"prune=0.8"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Parse(b)
		if err != nil {
			return
		}
		again, err := Parse(s.JSON())
		if err != nil || again.ID() != s.ID() {
			t.Errorf("a valid spec did not survive: %v", err)
		}
	})
}

func FuzzParsePipeline(f *testing.F) {
	f.Add("prune=0.8/lstm,finetune=1,quantize=int8")
	f.Fuzz(func(t *testing.T, text string) {
		steps, err := ParsePipeline(text)
		if err != nil {
			return
		}
		if _, err := ParsePipeline(FormatPipeline(steps)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	})
}

func TestQuartilesInterpolate(t *testing.T) {
	v := []float64{1, 2, 3, 4}
	for q, want := range map[float64]float64{0: 1, 0.25: 1.75, 0.5: 2.5, 0.75: 3.25, 1: 4} {
		if got := Quantile(v, q); got != want {
			t.Errorf("quantile %g of %v is %g, want %g", q, v, got, want)
		}
	}
	if got := Quantile([]float64{7}, 0.75); got != 7 {
		t.Errorf("of one value %g", got)
	}
}
