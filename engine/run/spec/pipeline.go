package spec

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// PipelineStep is one technique of a pipeline: name=value/option/option.
type PipelineStep struct {
	Name    string   `json:"name"`              // prune, finetune, quantize
	Value   string   `json:"value"`             // "0.8", "1", "int8"
	Options []string `json:"options,omitempty"` // "lstm"
}

func (s PipelineStep) String() string {
	return strings.Join(append([]string{s.Name + "=" + s.Value}, s.Options...), "/")
}

// FormatPipeline is ParsePipeline's inverse.
func FormatPipeline(steps []PipelineStep) string {
	texts := make([]string, len(steps))
	for i, s := range steps {
		texts[i] = s.String()
	}
	return strings.Join(texts, ",")
}

// techniques says what each step's value and options may be, and so which words a menu offers.
var techniques = map[string]struct {
	check   func(value string) bool
	want    string
	options []string
}{
	"prune": {func(v string) bool {
		x, err := strconv.ParseFloat(v, 64)
		return err == nil && x > 0 && x < 1
	}, "a share above 0 and below 1", []string{"lstm"}},
	"finetune": {func(v string) bool {
		n, err := strconv.Atoi(v)
		return err == nil && n >= 1 && n <= MaxEpochs
	}, fmt.Sprintf("epochs, 1 to %d", MaxEpochs), nil},
	"quantize": {func(v string) bool { return v == "int8" }, "int8", nil},
}

// Techniques lists the step names in order of the alphabet.
func Techniques() []string {
	var names []string
	for n := range techniques {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// ParsePipeline reads "prune=0.8/lstm,finetune=1,quantize=int8". The empty text has no steps.
// It refuses unknown names, values out of bounds, and orders that make no sense, with the reason.
func ParsePipeline(text string) ([]PipelineStep, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var steps []PipelineStep
	for _, part := range strings.Split(text, ",") {
		parts := strings.Split(strings.TrimSpace(part), "/")
		name, value, found := strings.Cut(parts[0], "=")
		t, known := techniques[name]
		if !known {
			return nil, fmt.Errorf("%q is no technique; known are %s", name, strings.Join(Techniques(), ", "))
		}
		if !found || !t.check(value) {
			return nil, fmt.Errorf("%s=%q, want %s=%s", name, value, name, t.want)
		}
		s := PipelineStep{Name: name, Value: value}
		for _, o := range parts[1:] {
			if !contains(t.options, o) {
				return nil, fmt.Errorf("%s has no option %q", name, o)
			}
			s.Options = append(s.Options, o)
		}
		if n := len(steps); n > 0 && steps[n-1].Name == "quantize" {
			return nil, fmt.Errorf("%s after quantize: rounded weights can't be changed any more, put quantize last", name)
		}
		steps = append(steps, s)
	}
	return steps, nil
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
