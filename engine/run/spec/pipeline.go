package spec

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// PipelineStep is one technique of a pipeline: name=value/option/option.
type PipelineStep struct {
	Name    string   `json:"name"`              // of a Technique
	Value   string   `json:"value"`             // "0.8", "1", "int8"
	Options []string `json:"options,omitempty"` // "lstm", "group32"
}

func (s PipelineStep) String() string {
	head := s.Name
	if s.Value != "" {
		head += "=" + s.Value
	}
	return strings.Join(append([]string{head}, s.Options...), "/")
}

// Number of an option, or of the value where name is that setting's; its default, or 0,
// where it isn't given. The step must be one that ParsePipeline gave.
func (s PipelineStep) Number(name string) float64 {
	x, _ := strconv.ParseFloat(s.text(name), 64)
	return x
}

// Word of an option, or of the value: the one given, or its default, or none.
func (s PipelineStep) Word(name string) string { return s.text(name) }

func (s PipelineStep) text(name string) string {
	t, _ := TechniqueOf(s.Name)
	if t.Value.Name == name {
		return s.Value
	}
	for _, o := range t.Options {
		if o.Name != name {
			continue
		}
		for _, given := range s.Options {
			switch {
			case slices.Contains(o.Words, given):
				return given
			case o.number() && strings.HasPrefix(given, name):
				if _, err := strconv.ParseFloat(given[len(name):], 64); err == nil {
					return given[len(name):]
				}
			}
		}
		return o.Default
	}
	return ""
}

// Has says whether the option stands there.
func (s PipelineStep) Has(option string) bool { return slices.Contains(s.Options, option) }

// Parts of the model that the step is for: those named, or all.
func (s PipelineStep) Parts() []string {
	var named []string
	for _, p := range parts.Words {
		if s.Has(p) {
			named = append(named, p)
		}
	}
	if named == nil {
		return parts.Words
	}
	return named
}

// FormatPipeline is ParsePipeline's inverse.
func FormatPipeline(steps []PipelineStep) string {
	texts := make([]string, len(steps))
	for i, s := range steps {
		texts[i] = s.String()
	}
	return strings.Join(texts, ",")
}

// ParsePipeline reads "prune=0.8/lstm,finetune=1,quantize=int8". The empty text has no steps.
// It refuses unknown names, values out of bounds, and orders that make no sense, with the reason.
func ParsePipeline(text string) ([]PipelineStep, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var steps []PipelineStep
	for _, part := range strings.Split(text, ",") {
		s, err := parseStep(strings.TrimSpace(part))
		if err == nil {
			err = order(steps, s)
		}
		if err != nil {
			return nil, err
		}
		steps = append(steps, s)
	}
	return steps, nil
}

func parseStep(text string) (PipelineStep, error) {
	words := strings.Split(text, "/")
	name, value, found := strings.Cut(words[0], "=")
	t, known := TechniqueOf(name)
	if !known {
		var names []string
		for _, t := range Techniques {
			names = append(names, t.Name)
		}
		slices.Sort(names)
		return PipelineStep{}, fmt.Errorf("%q is no technique; known are %s", name, strings.Join(names, ", "))
	}
	s := PipelineStep{Name: name, Value: value}
	switch {
	case t.Value.Name == "":
		if found {
			return s, fmt.Errorf("%s=%q, want %s alone", name, value, name)
		}
	case !found || !t.Value.takes(value):
		return s, fmt.Errorf("%s=%q, want %s=%s", name, value, name, t.Value.want())
	}
	given := map[string]string{}
	for _, o := range words[1:] {
		i := slices.IndexFunc(t.Options, func(set Setting) bool { return set.takesOption(o) })
		if i < 0 {
			return s, fmt.Errorf("%s has no option %q%s", name, o, t.offer())
		}
		set := t.Options[i]
		other, twice := given[set.Name]
		if twice && (!set.Many || s.Has(o)) {
			return s, fmt.Errorf("%s has both %q and %q, want one of them", name, other, o)
		}
		given[set.Name] = o
		s.Options = append(s.Options, o)
	}
	if name == "prune" && given["teacher"] != "" && given["gradual"] == "" {
		return s, fmt.Errorf("%s has a teacher and nothing to learn: want gradualN beside it, or finetune=N/teacher after", name)
	}
	if given["grain"] != "" && given["group"] != "" {
		return s, fmt.Errorf("%s has both %q and %q, want one of them", name, given["grain"], given["group"])
	}
	return s, nil
}

// takes says whether the setting may have this value.
func (s Setting) takes(v string) bool {
	if s.Words != nil {
		return slices.Contains(s.Words, v)
	}
	x, err := strconv.ParseFloat(v, 64)
	switch {
	case err != nil || math.IsNaN(x) || x < s.Low || x > s.High,
		s.Open && (x == s.Low || x == s.High):
		return false
	case s.Whole:
		_, err := strconv.Atoi(v)
		return err == nil
	}
	return true
}

func (s Setting) takesOption(o string) bool {
	if s.Words != nil {
		return s.takes(o)
	}
	return strings.HasPrefix(o, s.Name) && s.takes(o[len(s.Name):])
}

// want says what a setting may be.
func (s Setting) want() string {
	switch {
	case s.Words != nil:
		return strings.Join(s.Words, " or ")
	case s.Open:
		return fmt.Sprintf("a %s above %g and below %g", s.Name, s.Low, s.High)
	default:
		return fmt.Sprintf("%s, %g to %g", s.Name, s.Low, s.High)
	}
}

// offer lists a technique's options, for one who gave another.
func (t Technique) offer() string {
	if len(t.Options) == 0 {
		return ""
	}
	var all []string
	for _, o := range t.Options {
		if o.Words != nil {
			all = append(all, o.Words...)
		} else {
			all = append(all, o.Name+"N")
		}
	}
	return ", only " + strings.Join(all, ", ")
}
