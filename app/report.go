package app

import (
	"strings"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
)

// saveReport hands the selected variant's report to the person as a file of Markdown.
func (n *next) saveReport() {
	o, v := n.original(), n.selected()
	if o == nil || v == nil {
		return
	}
	name := strings.NewReplacer("=", "-", "/", "-", ",", "_").Replace(v.Pipeline)
	n.commands = append(n.commands, Do{What: "save", Arg: "clove-" + name + ".md", Data: reportText(n.Lang, o, v, n.real())})
}

// reportText is all that was measured of a variant beside its original, as Markdown.
func reportText(l words.Lang, o, v *spec.Variant, real *spec.Reality) string {
	var out strings.Builder
	line := func(parts ...string) { out.WriteString(strings.Join(parts, "") + "\n") }
	table := func(head ...string) {
		line("")
		line("| ", strings.Join(head, " | "), " |")
		line("|---", strings.Repeat("|---:", len(head)-1), "|")
	}
	row := func(cells ...string) { line("| ", strings.Join(cells, " | "), " |") }
	line("# Clove: ", variantName(l, v.Name))
	line("")
	line("`", v.Pipeline, "`")
	for _, text := range report(l, o, v) {
		line("")
		line(text)
	}
	table("", l.T("variant.original"), variantName(l, v.Name))
	accuracy := func(m spec.Measure) string {
		a, half := l.Interval(m.Accuracy, m.Low, m.High)
		return a + " " + half
	}
	row(l.T("accuracy.head"), accuracy(o.Test), accuracy(v.Test))
	row(l.T("bytes"), l.Int(o.FileBytes), l.Int(v.FileBytes))
	row(l.T("smaller"), l.Times(1), l.Times(float64(o.FileBytes)/float64(max(1, v.FileBytes))))
	times := func(q1, m, q3 float64) string {
		if m == 0 {
			return words.None
		}
		return l.Fixed(m, 3) + " (" + l.Fixed(q1, 3) + "–" + l.Fixed(q3, 3) + ")"
	}
	if real != nil {
		row(l.T("real.median")+", "+l.T("real.real"), times(real.Original.Q1, real.Original.MS, real.Original.Q3), times(real.Real.Q1, real.Real.MS, real.Real.Q3))
		row(l.T("real.median")+", "+l.T("real.pretend"), words.None, times(real.Pretend.Q1, real.Pretend.MS, real.Pretend.Q3))
	} else {
		row(l.T("real.median"), times(o.LatencyQ1, o.LatencyMS, o.LatencyQ3), times(v.LatencyQ1, v.LatencyMS, v.LatencyQ3))
	}
	row(l.T("weights"), o.SHA256, v.SHA256)
	if len(v.Stages) > 0 {
		table(l.T("step.of.table"), l.T("bytes"), l.T("accuracy.head"))
		for _, s := range v.Stages {
			row("`"+s.Step.String()+"`", l.Int(s.Bytes), l.Fixed(100*s.Accuracy, 1))
		}
	}
	if len(v.Parts) > 0 {
		table(l.T("bytes.title"), l.T("bytes"))
		for _, p := range v.Parts {
			row(partName(l, p.Name), l.Int(p.Bytes))
		}
		row(l.T("file"), l.Int(v.FileBytes))
	}
	if len(v.Errors) > 0 {
		table(l.T("error.title"), l.T("error.ratio"))
		for _, e := range v.Errors {
			figure := l.T("error.db", l.Fixed(e.DB, 1))
			if e.Exact {
				figure = l.T("error.exact")
			}
			row(l.T("layer."+e.Layer), figure)
		}
	}
	if len(v.Flips) > 0 {
		line("")
		line("## ", l.T("flips"))
		line("")
		for _, f := range v.Flips {
			way := l.T("now.wrong")
			if f.NowRight {
				way = l.T("now.right")
			}
			line("- ", strings.Join(strings.Fields(f.Text), " "), " (", l.T("truly"), " ", label(l, f.Truth), ", ", l.Fixed(f.Before, 2), " → ", l.Fixed(f.After, 2), ", ", way, ")")
		}
	}
	return out.String()
}
