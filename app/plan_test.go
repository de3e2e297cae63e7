package app

import (
	"strings"
	"testing"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
)

func TestEverySettingOfEveryTechniqueIsNamed(t *testing.T) {
	for _, tech := range spec.Techniques {
		for _, key := range []string{"step.", "short.", "explain."} {
			if !words.Has(key + tech.Name) {
				t.Errorf("%s%s has no words", key, tech.Name)
			}
		}
		for _, set := range append([]spec.Setting{tech.Value}, tech.Options...) {
			if set.Name == "" {
				continue
			}
			if !words.Has("set."+set.Name) && !words.Has("set."+tech.Name+"."+set.Name) {
				t.Errorf("the setting %s of %s has no name", set.Name, tech.Name)
			}
		}
		for _, set := range append([]spec.Setting{tech.Value}, tech.Options...) {
			if len(set.Words) < 2 || set.Many {
				continue
			}
			for _, w := range set.Words {
				if !words.Has("word." + w) {
					t.Errorf("%s of %s may be %s, which has no name", set.Name, tech.Name, w)
				}
			}
		}
	}
	for _, r := range spec.Recipes {
		if !words.Has("recipe." + r.Name) {
			t.Errorf("the recipe %s has no words", r.Name)
		}
	}
	for _, code := range []spec.RefusalCode{spec.RefusedUnknown, spec.RefusedAlone, spec.RefusedValue, spec.RefusedOption, spec.RefusedTwice, spec.RefusedTeacher, spec.RefusedPacked, spec.RefusedFirst, spec.RefusedShape, spec.RefusedStored} {
		if !words.Has("refuse." + string(code)) {
			t.Errorf("the refusal %s has no words", code)
		}
	}
}

func TestSettingsOfAStepAreTheTextOfThePipeline(t *testing.T) {
	for _, c := range []struct{ plan, field, value, want string }{
		{"prune=0.8", "plan.0.share", "90 %", "prune=0.9"},
		{"prune=0.8", "plan.0.parts.embedding", "false", "prune=0.8/lstm/linear"},
		{"prune=0.8/lstm/linear", "plan.0.parts.embedding", "true", "prune=0.8"},
		{"prune=0.8", "plan.0.matrices.input", "false", "prune=0.8/recurrent"},
		{"prune=0.8/recurrent", "plan.0.gates.i", "false", "prune=0.8/recurrent/f/g/o"},
		{"prune=0.8/embedding/lstm/recurrent/g", "plan.0.parts.lstm", "false", "prune=0.8/embedding"},
		{"prune=0.8/lstm", "plan.0.gradual", "3", "prune=0.8/lstm/gradual3"},
		{"prune=0.8/gradual3", "plan.0.gradual", "", "prune=0.8"},
		{"prune=0.8/gradual3", "plan.0.teacher", "true", "prune=0.8/gradual3/teacher"},
		{"prune=0.8/gradual3/teacher", "plan.0.teacher", "false", "prune=0.8/gradual3"},
		{"quantize=int8", "plan.0.bits", "int4", "quantize=int4"},
		{"quantize=int8", "plan.0.grain", "group32", "quantize=int8/group32"},
		{"quantize=int8/group32", "plan.0.grain", "tensor", "quantize=int8/tensor"},
		{"quantize=int8/group32", "plan.0.grain", "row", "quantize=int8"},
		{"quantize=int8", "plan.0.range", "mse", "quantize=int8/mse"},
		{"quantize=int8/symmetric/mse", "plan.0.form", "affine", "quantize=int8/mse"},
		{"distill=lstm", "plan.0.hidden", "16", "distill=lstm/hidden16"},
		{"distill=lstm", "plan.0.t", "4", "distill=lstm/t4"},
		{"pq=8", "plan.0.norms", "true", "pq=8/norms"},
		{"cluster=4", "plan.0", "3", "cluster=3"},
	} {
		s := fixture("fresh", words.English)
		s, _ = s.Next(Edit{"compress", c.plan})
		s, _ = s.Next(Edit{c.field, c.value})
		if got := spec.FormatPipeline(s.Plan); got != c.want || len(s.Fields) != 0 {
			t.Errorf("%s, %s=%s: %s, want %s (%v)", c.plan, c.field, c.value, got, c.want, s.Fields)
		}
	}
}

func TestWhatMakesNoSenseIsRefusedAtItsStepWithTheReason(t *testing.T) {
	for _, c := range []struct {
		m    Msg
		at   int
		says string
	}{
		{Press{"move", "2,0"}, 2, "rounded weight"},
		{Press{"add", "quantize"}, 2, "rounded weight"},
		{Edit{"compress", "huffman,finetune=1"}, -1, "packed"},
		{Edit{"compress", "shrink=2"}, -1, "no technique “shrink”"},
		{Edit{"compress", "prune=2"}, -1, "can’t be “2”"},
		{Edit{"plan.0.teacher", "true"}, 0, "nothing to learn"},
	} {
		for _, l := range words.Langs {
			before := fixture("fresh", l)
			s, _ := before.Next(c.m)
			if spec.FormatPipeline(s.Plan) != spec.FormatPipeline(before.Plan) {
				t.Errorf("%v changed the plan", c.m)
			}
			said := refused(l, s.Refused)
			if s.Refused == nil || s.Refused.At != c.at || l == words.English && !strings.Contains(said, c.says) || said == "" {
				t.Errorf("%v: told %q at %v, want %q at %d", c.m, said, s.Refused, c.says, c.at)
			}
			s, _ = s.Next(Press{"remove", "0"})
			if s.Refused != nil || len(s.Fields) != 0 {
				t.Errorf("%v is still refused after another change", c.m)
			}
		}
	}
}

func TestBoundsAreToldAtTheField(t *testing.T) {
	s := fixture("fresh", words.English)
	s, _ = s.Next(Edit{"plan.1.epochs", "0"})
	if got := wrongStep(words.English, &s); got != "Wants whole, 1 to 1,000." {
		t.Error(got)
	}
	s, _ = s.Next(Edit{"plan.0", "100 %"})
	s, _ = s.Next(Press{"plan-back", "0.share"})
	if s.Plan[0].Value != "0.8" || len(s.Fields) != 0 {
		t.Errorf("back to the default: %v, %v", s.Plan, s.Fields)
	}
}

func TestEachTechniqueIsDrawnWithAllItsSettings(t *testing.T) {
	for _, tech := range spec.Techniques {
		for _, l := range words.Langs {
			s := fixture("room-fresh", l)
			s, _ = s.Next(Edit{"compress", spec.PipelineStep{Name: tech.Name, Value: tech.Value.Default}.String()})
			page, err := HTML(s)
			if err != nil {
				t.Fatal(err)
			}
			for _, set := range append([]spec.Setting{tech.Value}, tech.Options...) {
				if set.Name == "" {
					continue
				}
				if name := settingName(l, tech.Name, set); !strings.Contains(page, ">"+name+"<") {
					t.Errorf("%s: the setting %s of %s is not drawn", l, name, tech.Name)
				}
			}
			if !strings.Contains(page, l.T("explain."+tech.Name)) {
				t.Errorf("%s is not explained", tech.Name)
			}
		}
	}
}
