package app

import (
	"strings"
	"testing"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
)

func TestTheReportListsWhatWasMeasuredAndTheTextsThatChanged(t *testing.T) {
	s := fixture("room", words.English)
	_, commands := s.Next(Press{Do: "report"})
	text := ""
	for _, c := range commands {
		if d, ok := c.(Do); ok && d.What == "save" {
			text = d.Data.(string)
		}
	}
	for _, want := range []string{"`prune=0.8,finetune=1,quantize=int8`", "| accuracy % | 94.1 ± 0.8 | 93.6 ± 0.8 |", "| `finetune=1` | 95,000 | 93.7 |", "| file | 41,000 |", "| LSTM | 14.1 dB |", "- A brave idea", "The loss is real"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
}

func TestAHundredthIsOfferedWhereItMakesSenseAndBeforeItWhatDoes(t *testing.T) {
	s := fixture("compressed", words.English)
	at := func(bytes int) shrink {
		s.Run.Variants[0].FileBytes = bytes
		x, _ := s.hundredth()
		return x
	}
	recipe := func(name string) string { r, _ := spec.RecipeOf(name); return r.Pipeline }
	if x := at(4_548_948); x.pipeline != recipe("lstm-100x") || x.text != "Make it 100 times smaller" {
		t.Errorf("of imdb: %+v", x)
	}
	if x := at(558_332); x.pipeline != recipe("lstm-small") || x.text != "Make it about 25 times smaller" || !strings.Contains(x.title, "of its") {
		t.Errorf("of 558 KB: %+v", x)
	}
	s.Run.Variants[2].Pipeline = recipe("lstm-small")
	few := at(558_332)
	plan, err := spec.ParsePipeline(few.pipeline)
	if err != nil || len(plan) != 5 || plan[1].Number("count") < fewWords || few.text != "Make it 100 times smaller" || !strings.Contains(few.title, "not sensible") {
		t.Errorf("once that was made: %+v, %v", few, err)
	}
	if x := at(11_000); x.pipeline != "" {
		t.Errorf("of 11 KB: %+v", x)
	}
}
