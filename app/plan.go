package app

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/clove-ml/clove/engine/run/spec"
)

// Refused is a change of the plan that makes no sense, told where it was tried.
type Refused struct {
	At  int // the step at which it is told, −1 at the pipeline as text
	Why *spec.Refusal
}

// replan takes a plan that the pipeline's rules allow; why another isn't, is told at
// the step on which it was tried.
func (n *next) replan(plan []spec.PipelineStep, at, tried int) {
	if _, err := spec.ParsePipeline(spec.FormatPipeline(plan)); err != nil {
		n.refuse(err, tried)
		return
	}
	n.planned(plan, at)
}

// planned is a plan that can be.
func (n *next) planned(plan []spec.PipelineStep, at int) {
	n.Refused = nil
	n.Fields = slices.DeleteFunc(slices.Clone(n.Fields), func(f FieldText) bool { return f.Field == "compress" || strings.HasPrefix(f.Field, "plan.") })
	n.Plan, n.PlanAt = plan, max(0, min(at, len(plan)-1))
	n.do("fields", "")
}

func (n *next) refuse(err error, at int) {
	var why *spec.Refusal
	if errors.As(err, &why) {
		n.Refused = &Refused{At: at, Why: why}
	}
}

// add puts a step as far back as makes sense: a rounding must stay the last.
func (n *next) add(name string) {
	t, ok := spec.TechniqueOf(name)
	if !ok {
		return
	}
	n.insert(spec.PipelineStep{Name: name, Value: t.Value.Default})
}

func (n *next) insert(step spec.PipelineStep) {
	var first error
	for at := len(n.Plan); at >= 0; at-- {
		plan := slices.Insert(slices.Clone(n.Plan), at, step)
		_, err := spec.ParsePipeline(spec.FormatPipeline(plan))
		if err == nil {
			n.planned(plan, at)
			return
		}
		if first == nil {
			first = err
		}
	}
	n.refuse(first, len(n.Plan)-1)
}

func (n *next) remove(i int) {
	if i < 0 || i >= len(n.Plan) {
		return
	}
	n.replan(slices.Delete(slices.Clone(n.Plan), i, i+1), min(i, len(n.Plan)-2), i)
	if len(n.Plan) > 0 {
		n.do("focus", "step-"+strconv.Itoa(n.PlanAt))
	}
}

// move takes step i to where j stands; the focus goes along.
func (n *next) move(i, j int) {
	if i < 0 || j < 0 || i >= len(n.Plan) || j >= len(n.Plan) || i == j {
		return
	}
	plan := slices.Delete(slices.Clone(n.Plan), i, i+1)
	n.replan(slices.Insert(plan, j, n.Plan[i]), j, i)
	if n.Refused != nil {
		j = i
	}
	n.do("focus", "step-"+strconv.Itoa(j))
}

// recipe puts a named pipeline in the plan, and selects what it made where it ran.
func (n *next) recipe(name string) {
	r, ok := spec.RecipeOf(name)
	if !ok {
		return
	}
	plan, err := spec.ParsePipeline(r.Pipeline)
	if err != nil {
		return
	}
	n.planned(plan, len(plan)-1)
	if v := n.made(); v != nil {
		n.choose(v.ID)
	}
}

// editStep changes a setting of a step, "2.epochs"; "2" alone is its value. What stands
// there already is the default again when it is emptied; a share may be a percentage.
func (n *next) editStep(path, value string) {
	at, name, _ := strings.Cut(path, ".")
	i := index(at)
	if i < 0 || i >= len(n.Plan) {
		return
	}
	step := n.Plan[i]
	t, _ := spec.TechniqueOf(step.Name)
	name, word, _ := strings.Cut(name, ".")
	if name == "" {
		name = t.Value.Name
	}
	set := settingOf(t, name)
	switch {
	case set.Many: // one of its words, ticked or not
		value = toggled(step, set, word, value == "true")
	case set.Number():
		if value = number("", value); value == "" && t.Value.Name != name || set.Takes(value) {
			break
		}
		n.wrong(FieldText{Field: "plan." + path, Text: value})
		return
	case len(set.Words) == 1: // a box
		value = map[bool]string{true: set.Words[0]}[value == "true"]
	}
	plan := slices.Clone(n.Plan)
	plan[i] = step.With(name, value)
	n.replan(plan, i, i)
	if n.Refused != nil && (set.Many || len(set.Words) == 1) {
		n.do("untick", "f-plan-"+strings.ReplaceAll(path, ".", "-"))
	}
}

// resetStep puts a setting back to its default.
func (n *next) resetStep(path string) {
	at, name, _ := strings.Cut(path, ".")
	i := index(at)
	if i < 0 || i >= len(n.Plan) {
		return
	}
	plan := slices.Clone(n.Plan)
	t, _ := spec.TechniqueOf(plan[i].Name)
	plan[i] = plan[i].With(name, settingOf(t, name).Default)
	n.replan(plan, i, i)
}

// settingOf is a technique's value or option of that name.
func settingOf(t spec.Technique, name string) spec.Setting {
	if t.Value.Name == name {
		return t.Value
	}
	for _, o := range t.Options {
		if o.Name == name {
			return o
		}
	}
	return spec.Setting{}
}

// toggled are the words of a setting once one was ticked, in their order; all is none.
func toggled(step spec.PipelineStep, set spec.Setting, word string, on bool) string {
	var words []string
	for _, w := range set.Words {
		given := slices.Contains(step.Chosen(set), w)
		if w == word {
			given = on
		}
		if given {
			words = append(words, w)
		}
	}
	if len(words) == len(set.Words) {
		return ""
	}
	return strings.Join(words, ",")
}
