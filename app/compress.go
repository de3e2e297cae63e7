package app

import (
	"strings"

	"github.com/clove-ml/clove/app/chart"
	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// drawCompress is the fifth column: the plan, step by step, with what each did.
func drawCompress(b *Board, s *State) ui.UI {
	l := s.Lang
	o := s.original()
	done := s.shown()
	first := head(s, "compress", span("", say(l.N("steps", len(s.Plan)))))
	if s.Embed.On {
		return card("compress", "h5", s.card() == 5, first, box("pic", b.steps(s)))
	}
	return card("compress", "h5", s.card() == 5,
		first,
		box("pic",
			b.steps(s),
			b.adders(s)),
		box("info", b.compressInfo(s, o, done)...),
		b.compressSettings(s),
	)
}

// shown is the variant whose stages are drawn: the selected one, where the plan is its pipeline.
func (s *State) shown() *spec.Variant {
	if v := s.selected(); v != nil && v.Pipeline == spec.FormatPipeline(s.Plan) {
		return v
	}
	return s.made()
}

func (b *Board) originalStep(l words.Lang, s *State, o *spec.Variant) ui.UI {
	size, acc := none(), words.None
	if o != nil {
		size = span("", say(l.Bytes(int64(o.FileBytes))))
		if o.Test.Texts > 0 {
			acc = l.Percent(o.Test.Accuracy, 1)
		}
	} else if f := s.facts(); f != nil {
		size = span("", say(l.Bytes(int64(f.FileBytes))))
	}
	return el("li", "",
		el("p", "nm", el("b", "", say(l.T("original"))), size),
		chart.El("svg", "aria-hidden", "true").Body(chart.El("rect", "class", "is", "width", "100%", "height", "10")),
		el("p", "nt", span("", say(l.T("accuracy.small")+" "+acc)), span("", say(""))))
}

// compressInfo is the result, the selected step explained, and what can be done with it.
func (b *Board) compressInfo(s *State, o, done *spec.Variant) []ui.UI {
	l := s.Lang
	v := s.selected()
	if v == nil {
		v = done
	}
	figs := gains(l, o, v)
	why := el("p", "small explain", say(l.T("plan.empty")))
	tools := box("tools")
	if p, ok := s.step(); ok {
		why = el("p", "small explain", el("b", "", say(stepTitle(l, p))), span("mute", say(" "+l.T("explain."+p.Name))))
		tools = box("tools", b.tools(s)...)
	}
	message := refused(l, s.Refused)
	if message == "" {
		message = wrongStep(l, s)
	}
	if message != "" { // in its place, so that nothing moves
		why.Hidden(true)
	}
	return []ui.UI{figs, why, el("p", "why", say(message)).ID("plan-why").Role("alert"), tools}
}

// gains are a variant's in three figures beside its original: smaller, points, faster.
func gains(l words.Lang, o, v *spec.Variant) ui.UI {
	smaller, points, faster, fasterKey := words.None, words.None, words.None, "faster"
	if v != nil && o != nil {
		smaller = l.Times(float64(o.FileBytes) / float64(max(1, v.FileBytes)))
		points = l.Signed(100*(v.Test.Accuracy-o.Test.Accuracy), 1)
		if v.LatencyMS > 0 && o.LatencyMS > 0 && v.Where == o.Where {
			x := o.LatencyMS / v.LatencyMS
			if x < 0.995 {
				x, fasterKey = 1/x, "slower"
			}
			faster = l.Times(x)
		}
	}
	fig := func(figure, key string) ui.UI {
		class := ""
		if figure == words.None {
			class = "mute"
		}
		return box("", el("b", class, say(figure)), span("", say(l.T(key))))
	}
	return box("figs", fig(smaller, "smaller"), fig(points, "points"), fig(faster, fasterKey))
}

// compressSettings are the selected step's, and the pipeline as text.
func (b *Board) compressSettings(s *State) ui.UI {
	l := s.Lang
	var names []string
	for _, p := range s.Plan {
		names = append(names, l.T("short."+p.Name))
	}
	fields := b.stepFields(s, false)
	fields = append(fields, b.wide(s, "compress", "pipeline", spec.FormatPipeline(s.Plan)),
		el("p", "mute", say(l.T("pipeline.note"))))
	return settings(l, strings.Join(names, l.T("list.comma")), fields...)
}

// wide is a field whose value needs the whole row.
func (b *Board) wide(s *State, path, name, value string) ui.UI {
	l := s.Lang
	id := "f-" + path
	in := typed(ui.Elem("input").Attr("type", "text").Attr("autocomplete", "off"), value).Spellcheck(false).ID(id).OnChange(b.edit(path))
	if _, bad := s.wrongAt(path); bad {
		in.Aria("invalid", "true").Aria("describedby", "plan-why")
	}
	return box("pair one", el("label", "", say(l.T(name))).Attr("for", id), in)
}
