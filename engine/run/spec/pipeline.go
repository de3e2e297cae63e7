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
			case o.Number() && strings.HasPrefix(given, name):
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

// With is the step with a setting at a value, of which "" or the default is left out; of
// one that takes many words, they stand apart by commas. What is narrowed in a part that is
// left out goes. Options stand in the technique's order. Whether the value
// can be, ParsePipeline says.
func (s PipelineStep) With(name, value string) PipelineStep {
	t, _ := TechniqueOf(s.Name)
	if t.Value.Name == name {
		s.Value = value
		return s
	}
	var options []string
	for _, set := range t.Options {
		switch {
		case set.Name == name:
			switch {
			case value == "" || value == set.Default:
			case set.Number():
				options = append(options, set.Name+value)
			default:
				options = append(options, strings.Split(value, ",")...)
			}
		case name == parts.Name && !strings.Contains(value, PartLSTM) && value != "" && (set.Name == matrix.Name || set.Name == gate.Name): // of what is let alone
		default:
			for _, o := range s.Options {
				if set.takesOption(o) {
					options = append(options, o)
				}
			}
		}
	}
	s.Options = options
	return s
}

// Parts of the model that the step is for: those named, or all. Who names a matrix or a gate
// of the LSTM names the LSTM.
func (s PipelineStep) Parts() []string {
	narrow := slices.ContainsFunc(matrix.Words, s.Has) || slices.ContainsFunc(gate.Words, s.Has)
	return named(parts, func(p string) bool { return s.Has(p) || narrow && p == PartLSTM })
}

// Chosen are the words of a setting that takes many: those given, or all.
func (s PipelineStep) Chosen(set Setting) []string {
	if set.Name == parts.Name {
		return s.Parts()
	}
	return named(set, s.Has)
}

// Rows of the LSTM's matrix of that kind that the step is for, as its gates; none where it
// is for the other matrix.
func (s PipelineStep) Rows(kind string) []string {
	if !slices.Contains(s.Chosen(matrix), kind) {
		return nil
	}
	return s.Chosen(gate)
}

func named(set Setting, given func(string) bool) []string {
	var list []string
	for _, w := range set.Words {
		if given(w) {
			list = append(list, w)
		}
	}
	if list == nil {
		return set.Words
	}
	return list
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
// It refuses unknown names, values out of bounds, and orders that make no sense, with the
// reason: an error of it is a *Refusal.
func ParsePipeline(text string) ([]PipelineStep, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var steps []PipelineStep
	for i, part := range strings.Split(text, ",") {
		s, no := parseStep(strings.TrimSpace(part))
		if no == nil {
			no = order(steps, s)
		}
		if no != nil {
			no.At = i
			return nil, no
		}
		steps = append(steps, s)
	}
	return steps, nil
}

func parseStep(text string) (PipelineStep, *Refusal) {
	words := strings.Split(text, "/")
	name, value, found := strings.Cut(words[0], "=")
	t, known := TechniqueOf(name)
	if !known {
		var names []string
		for _, t := range Techniques {
			names = append(names, t.Name)
		}
		slices.Sort(names)
		return PipelineStep{}, refuse(RefusedUnknown, []string{name}, "%q is no technique; known are %s", name, strings.Join(names, ", "))
	}
	s := PipelineStep{Name: name, Value: value}
	switch {
	case t.Value.Name == "":
		if found {
			return s, refuse(RefusedAlone, []string{name, value}, "%s=%q, want %s alone", name, value, name)
		}
	case !found || !t.Value.Takes(value):
		return s, refuse(RefusedValue, []string{name, value, t.Value.want()}, "%s=%q, want %s=%s", name, value, name, t.Value.want())
	}
	given := map[string]string{}
	for _, o := range words[1:] {
		i := slices.IndexFunc(t.Options, func(set Setting) bool { return set.takesOption(o) })
		if i < 0 {
			return s, refuse(RefusedOption, []string{name, o}, "%s has no option %q%s", name, o, t.offer())
		}
		set := t.Options[i]
		other, twice := given[set.Name]
		if twice && (!set.Many || s.Has(o)) {
			return s, refuse(RefusedTwice, []string{name, other, o}, "%s has both %q and %q, want one of them", name, other, o)
		}
		given[set.Name] = o
		s.Options = append(s.Options, o)
	}
	if name == "prune" && given["teacher"] != "" && given["gradual"] == "" {
		return s, refuse(RefusedTeacher, []string{name}, "%s has a teacher and nothing to learn: want gradualN beside it, or finetune=N/teacher after", name)
	}
	return s, nil
}

// Number says whether it is one, rather than one of some words.
func (s Setting) Number() bool { return s.Words == nil && s.Name != "" }

// Takes says whether the setting may have this value.
func (s Setting) Takes(v string) bool {
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
		return s.Takes(o)
	}
	return strings.HasPrefix(o, s.Name) && s.Takes(o[len(s.Name):])
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
