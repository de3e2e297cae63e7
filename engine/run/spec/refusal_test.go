package spec

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestARefusalSaysWhichStepAndWhyAsData(t *testing.T) {
	for _, c := range []struct {
		text string
		at   int
		code RefusalCode
		args string
	}{
		{"shrink=2", 0, RefusedUnknown, "shrink"},
		{"finetune=1,huffman=3", 1, RefusedAlone, "huffman 3"},
		{"prune=2", 0, RefusedValue, "prune 2 a share above 0 and below 1"},
		{"finetune=1,prune=0.5/wide", 1, RefusedOption, "prune wide"},
		{"quantize=int8/row/gate", 0, RefusedTwice, "quantize row gate"},
		{"quantize=int8/row/group32", 0, RefusedTwice, "quantize row group32"},
		{"prune=0.5/teacher", 0, RefusedTeacher, "prune"},
		{"quantize=int8,huffman,finetune=1", 2, RefusedPacked, "finetune huffman"},
		{"finetune=1,distill=lstm", 1, RefusedFirst, "distill finetune"},
		{"prune=0.5,units=0.5", 1, RefusedShape, "units prune"},
		{"quantize=int8/linear,units=0.5", 1, RefusedShape, "units quantize"},
		{"quantize=int8,finetune=1", 1, RefusedStored, "finetune quantize"},
	} {
		_, err := ParsePipeline(c.text)
		var no *Refusal
		if !errors.As(err, &no) || no.At != c.at || no.Code != c.code || strings.Join(no.Args, " ") != c.args || no.Error() == "" {
			t.Errorf("%s: %+v, want %s %q at %d", c.text, no, c.code, c.args, c.at)
		}
	}
}

func TestEachWordOfEachSettingMakesAStepThatParses(t *testing.T) {
	for _, tech := range Techniques {
		plain := PipelineStep{Name: tech.Name, Value: tech.Value.Default}
		for _, set := range append([]Setting{tech.Value}, tech.Options...) {
			values := set.Words
			if set.Number() && set.Default != "" {
				values = []string{set.Default}
			}
			for _, v := range values {
				s := plain.With(set.Name, v)
				if tech.Name == "prune" && v == "teacher" {
					s = s.With("gradual", "2")
				}
				steps, err := ParsePipeline(s.String())
				if err != nil || len(steps) != 1 || steps[0].String() != s.String() {
					t.Errorf("%s with %s=%s: %v", plain, set.Name, v, err)
				}
				if !set.Many && s.Word(set.Name) != v {
					t.Errorf("%s says %s=%s, want %s", s, set.Name, s.Word(set.Name), v)
				}
				if back := s.With(set.Name, set.Default); set.Name != tech.Value.Name && slices.Contains(back.Options, v) {
					t.Errorf("%s keeps %s once it is the default", back, v)
				}
			}
		}
	}
}
