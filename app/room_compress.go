package app

import (
	"strconv"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// compressRoom is where the pipeline is made, and where one sees what each part of the
// model can bear and what became of it.
func compressRoom(b *Board, s *State) room {
	l, v, r := s.Lang, s.selected(), &s.Run
	// What most cells are of: the selected variant beside the original.
	of := []any{l, v, s.original(), r.Variants, s.Selected, r.Stage}
	k := &s.Looks // of which a keystroke changes some
	return room{
		rail: b.part("compress rail", l, s.Narrow, s.Phase(), s.Plan, s.PlanAt, s.Refused, s.Fields, r.Variants, s.Selected, r.Progress, s.Builtin, r.Stage),
		cells: []ui.UI{
			b.part("compress bear", l, s.original(), s.Run.Spec.Model, s.baseRun(), k.Sense, k.Sensing, k.asking, k.Timing, k.Problem, s.busy()),
			b.part("compress real", append(of, s.Pretend, k.Real, k.RealOf, k.Timing, k.Sensing, k.asking, k.Problem, s.busy())...),
			b.part("compress before", append(of, k.Weights)...),
			b.part("compress left", append(of, k.Weights)...),
			b.part("compress error", append(of, s.growing())...),
			b.part("compress bytes", append(of, s.facts())...),
			b.part("compress report", of...),
		},
	}
}

// drawCompressRail is the left: the steps, the selected one's settings, the same as
// text, and the recipes.
func drawCompressRail(b *Board, s *State) ui.UI {
	l := s.Lang
	rows := []ui.UI{b.steps(s), b.adders(s)}
	if p, ok := s.step(); ok {
		rows = append(rows,
			el("h4", "", say(stepTitle(l, p))),
			el("p", "find", say(l.T("explain."+p.Name))))
		rows = append(rows, b.stepFields(s, true)...)
		rows = append(rows, box("tools", b.tools(s)...))
	}
	why := ""
	if s.Refused != nil && s.Refused.At < 0 {
		why = refused(l, s.Refused)
	}
	text := b.wide(s, "compress", "same.as.text", s.planText())
	rows = append(rows, text,
		el("p", "why", say(why)).ID("plan-why").Role("alert"),
		el("p", "small mute", say(l.T("pipeline.note"))),
		el("h4", "", say(l.T("recipes"))), b.recipes(s),
		el("p", "small mute", say(l.T("recipes.none"))))
	return railFrame(s, "room.steps", rows...)
}

// planText is the pipeline as text; one that was typed and can't be stands as it was.
func (s *State) planText() string {
	if f, bad := s.wrongAt("compress"); bad {
		return f.Text
	}
	return spec.FormatPipeline(s.Plan)
}

// recipes are the named pipelines, with what came of those that were run.
func (b *Board) recipes(s *State) ui.UI {
	l := s.Lang
	o := s.original()
	now := spec.FormatPipeline(s.Plan)
	rows := make([]ui.UI, len(spec.Recipes))
	for i, r := range spec.Recipes {
		size, lost := words.None, words.None
		for _, v := range s.base() {
			if v.Pipeline == r.Pipeline && o != nil {
				size, lost = l.Bytes(int64(v.FileBytes)), l.Signed(100*(v.Test.Accuracy-o.Test.Accuracy), 1)
			}
		}
		class, pressed := "", r.Pipeline == now
		if pressed {
			class = "sel"
		}
		h, opt := b.press("recipe", r.Name)
		name := button("link", r.Name, h, opt).Aria("pressed", strconv.FormatBool(pressed)).Title(l.T("recipe." + r.Name))
		rows[i] = el("tr", class, el("td", "", name), el("td", "num", say(size)), el("td", "num", say(lost)))
	}
	return el("table", "var", el("tbody", "", rows...)).Aria("label", l.T("recipes"))
}
