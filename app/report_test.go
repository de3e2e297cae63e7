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

func TestAHundredthIsTheRecipeWhereItFitsAndANarrowerStudentWhereItDoesNot(t *testing.T) {
	s := fixture("compressed", words.English)
	s.Run.Variants[0].FileBytes = 558_332
	small := s.hundredth()
	plan, err := spec.ParsePipeline(small)
	if err != nil || len(plan) != 5 || plan[1].Number("count") < fewWords {
		t.Errorf("of 558 KB: %q, %v", small, err)
	}
	s.Run.Variants[0].FileBytes = 4_548_948
	if recipe, _ := spec.RecipeOf(hundred); s.hundredth() != recipe.Pipeline {
		t.Errorf("of imdb: %q", s.hundredth())
	}
	s.Run.Variants[0].FileBytes = 11_000
	if got := s.hundredth(); got != "" {
		t.Errorf("of 11 KB: %q", got)
	}
}
