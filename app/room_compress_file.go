package app

import (
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/clove-ml/clove/app/chart"
	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// What of the file, and what it costs: the cells that read the variant's own figures.

// drawReal is what the packed file gains over the same weights as floats.
func drawReal(b *Board, s *State) ui.UI {
	l := s.Lang
	o, v := s.original(), s.selected()
	c := cell{class: "s4 w", id: "real", title: l.T("real.title"), note: l.T("real.note")}
	many := [3]string{words.None, words.None, words.None}
	median, middle, memory := [3]string{words.None, words.None, words.None}, [3]string{words.None, words.None, words.None}, [3]string{words.None, words.None, words.None}
	ms := func(x float64) string {
		if x < 0.005 {
			return "< 0.01"
		}
		return l.Fixed(x, msDecimals(x))
	}
	time := func(i int, q1, m, q3 float64) {
		if m > 0 {
			median[i] = ms(m)
		}
		if q3 > 0 {
			middle[i] = ms(q1) + "–" + ms(q3)
		}
	}
	if o != nil {
		memory[0], memory[1] = l.Bytes(int64(o.FileBytes)), l.Bytes(int64(o.FileBytes))
		if s.Run.Stage != Fresh {
			time(0, o.LatencyQ1, o.LatencyMS, o.LatencyQ3)
		}
	}
	if v == nil {
		memory[1] = words.None
	} else {
		memory[2] = l.Bytes(int64(v.FileBytes))
		time(2, v.LatencyQ1, v.LatencyMS, v.LatencyQ3)
		pretends, same, texts := 0.0, 0, 0
		if p := v.Pretend; p != nil {
			time(1, 0, p.LatencyMS, 0)
			pretends, same, texts = p.LatencyMS, p.Agree, p.Texts
		}
		now := v.LatencyMS
		if r := s.real(); r != nil { // in turns: what slows one slows all
			for i, t := range []spec.Timing{r.Original, r.Pretend, r.Real} {
				time(i, t.Q1, t.MS, t.Q3)
				many[i] = ms(t.Batch)
			}
			pretends, now, same, texts = r.Pretend.MS, r.Real.MS, r.Agree, r.Texts
		}
		c.finding = realFinding(l, now, pretends, same, texts)
	}
	if k := &s.Looks; k.Timing {
		c.note = l.T("real.measuring")
	} else if k.Problem != nil && k.Problem.Code == "plain" {
		c.finding = l.T("real.plain")
	}
	row := func(key string, f [3]string) ui.UI {
		return el("tr", "", el("td", "", say(l.T(key))), el("td", "num", say(f[0])), el("td", "num", say(f[1])), el("td", "num", el("b", "", say(f[2]))))
	}
	c.body = []ui.UI{
		gains(l, o, v),
		b.realSwitch(s, v),
		el("table", "",
			el("thead", "", el("tr", "", el("th", "", say(l.T("real.one"))), el("th", "num", say(l.T("variant.original"))), el("th", "num", say(l.T("real.pretend"))), el("th", "num", say(l.T("real.real"))))),
			el("tbody", "", row("real.median", median), row("real.middle", middle), row("real.batch", many), row("real.memory", memory))),
		box("acts mt8", b.realTime(s, v)),
	}
	return c.draw()
}

// realSwitch changes what runs: the sentence above is then judged by the other.
func (b *Board) realSwitch(s *State, v *spec.Variant) ui.UI {
	choice := func(key, pretend string, on bool) ui.UI {
		h, o := b.press("pretend", pretend)
		x := button("btn", s.Lang.T(key), h, o).Aria("pressed", strconv.FormatBool(on))
		if v == nil {
			x.Attr("disabled", true)
		}
		return x
	}
	return box("seg", choice("real.packed", "false", !s.Pretend), choice("real.rounded", "true", s.Pretend)).Role("group").Aria("label", s.Lang.T("run.it"))
}

// realTime measures all three in turns.
func (b *Board) realTime(s *State, v *spec.Variant) ui.UI {
	do, key := "time", "real.measure"
	if s.Looks.Timing {
		do, key = "sense-stop", "cancel"
	}
	h, o := b.press(do)
	x := button("btn", s.Lang.T(key), h, o).ID("real-go")
	if v == nil || s.busy() || s.Looks.Sensing || s.Looks.asking {
		x.Attr("disabled", true)
	}
	return x
}

// realFinding says whether packing pays, and that both answer the same.
func realFinding(l words.Lang, real, pretend float64, agree, texts int) string {
	if texts == 0 {
		return ""
	}
	same := l.T("real.agree", l.Int(agree), l.Int(texts))
	if pretend == 0 || real == 0 {
		return same
	}
	text := ""
	switch x := pretend / real; {
	case x >= 1.05:
		text = l.T("real.pays", l.Fixed(x, 1))
	case x <= 0.95:
		text = l.T("real.costs", l.Fixed(1/x, 1))
	default:
		text = l.T("real.even")
	}
	return l.Join(text, same)
}

// drawError is how far each layer's weights are from what they were.
func drawError(_ *Board, s *State) ui.UI {
	l := s.Lang
	v := s.selected()
	c := cell{class: "s3", id: "error", title: l.T("error.title")}
	layers := []string{spec.PartEmbedding, spec.PartLSTM, spec.PartLinear}
	rows := make([]ui.UI, len(layers))
	for i, layer := range layers {
		figure := none()
		if v != nil {
			for _, e := range v.Errors {
				switch {
				case e.Layer != layer:
				case e.Exact:
					figure = span("", say(l.T("error.exact")))
				default:
					figure = span("", say(l.T("error.db", l.Fixed(e.DB, 1))))
				}
			}
		}
		rows[i] = el("tr", "", el("td", "", say(l.T("layer."+layer))), el("td", "num", figure))
	}
	c.finding = errorFinding(l, v)
	c.body = []ui.UI{el("table", "",
		el("thead", "", el("tr", "", el("th", "", say(l.T("layer"))), el("th", "num", say(l.T("error.ratio"))))),
		el("tbody", "", rows...)),
		el("h4", "", say(l.T("growing.title"))),
		growing(l, s.growing())}
	return c.draw()
}

// growing is how far the state is from the original's after each word of the sentence.
func growing(l words.Lang, r *protocol.Reading) ui.UI {
	body := []ui.UI{chart.Base()}
	finding, last := l.T("growing.later"), words.None
	var rows [][]string
	switch {
	case r != nil && r.Apart == nil:
		finding = l.T("growing.other")
	case r != nil && len(r.Apart) > 1:
		apart := r.Apart
		for len(apart) > 2 && r.Left.Tokens[len(apart)-1].Cut {
			apart = apart[:len(apart)-1]
		}
		most, jump, at := 0.0, 0.0, 0
		for i, x := range apart {
			rows = append(rows, []string{r.Left.Tokens[i].Text, l.Percent(x, 1)})
			most = math.Max(most, x)
			if i > 0 && x-apart[i-1] > jump && isWord(r.Left.Tokens[i].Text) {
				jump, at = x-apart[i-1], i
			}
		}
		end := float64(len(apart) - 1)
		axis := chart.Axis{Low: 0, High: math.Max(most*1.15, 1e-6)}
		points := make([]chart.Point, len(apart))
		for i, x := range apart {
			points[i] = chart.Point{X: float64(i) / end, Y: axis.At(x)}
		}
		body = append(body, chart.GridY(axis.At(most), l.Percent(most, shareOf(most)))...)
		body = append(body, chart.Stretched(chart.Line("l-small", points)))
		if at > 0 && at < len(r.Left.Tokens) {
			anchor := "end"
			if points[at].X < 0.4 {
				anchor = "start"
			}
			body = append(body, chart.Text(r.Left.Tokens[at].Text, chart.Percent(points[at].X), chart.Percent(1-points[at].Y), "text-anchor", anchor, "dy", "-5", "class", "said"))
		}
		finding, last = l.T("growing.finding", l.Percent(apart[len(apart)-1], shareOf(most))), l.Int(len(apart))
	}
	return el("figure", "chart",
		el("figcaption", "", span("", say(finding)), behind(l, []string{l.T("word"), l.T("two.apart")}, rows)),
		chart.Plot(70, finding, body...),
		box("xax", span("", say(l.T("growing.first"))), span("", say(last))).Aria("hidden", "true"))
}

// isWord says that a token is no mere mark.
func isWord(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// shareOf is the decimals of a percentage.
func shareOf(x float64) int {
	if x < 0.095 {
		return 1
	}
	return 0
}

// errorFinding names the layer that was changed most.
func errorFinding(l words.Lang, v *spec.Variant) string {
	if v == nil {
		return l.T("after.this")
	}
	if len(v.Errors) == 0 {
		return l.T("error.other")
	}
	worst := spec.LayerError{DB: math.Inf(1)}
	for _, e := range v.Errors {
		if !e.Exact && e.DB < worst.DB {
			worst = e
		}
	}
	if worst.Layer == "" && len(v.Errors) < 3 {
		return l.T("error.narrow") // the others have no counterpart
	}
	if worst.Layer == "" {
		return l.T("error.none")
	}
	if plan, err := spec.ParsePipeline(v.Pipeline); err == nil {
		for _, p := range plan {
			if t, _ := spec.TechniqueOf(p.Name); t.Trains || p.Number("gradual") > 0 {
				return l.T("error.trained", l.T("layer."+worst.Layer))
			}
		}
	}
	return l.T("error.worst", l.T("layer."+worst.Layer), l.Fixed(worst.DB/6.02, 1))
}

// variantNote names the variant that a cell is of.
func (s *State) variantNote(v *spec.Variant) string {
	if v == nil {
		return words.None
	}
	return short(s.nameOf(v), longName)
}

// drawBytes is where the bytes of both files are; the parts sum to the file.
func drawBytes(_ *Board, s *State) ui.UI {
	l := s.Lang
	o, v := s.original(), s.selected()
	c := cell{class: "s6", id: "bytes", title: l.T("bytes.title"), note: l.T("bytes.note"), finding: l.T("after.this")}
	var body []ui.UI
	if o != nil && o.FileBytes > 0 {
		body = append(body, wholeBar(l, o))
	}
	of := v
	if of == nil {
		of = o
	}
	if v != nil && o != nil {
		c.finding = bytesFinding(l, v)
	}
	name := l.T("variant.original")
	if v != nil {
		name = s.variantNote(v)
	}
	var rows []ui.UI
	if of != nil {
		most := 1
		parts := fine(l, of.Parts)
		for _, p := range parts {
			most = max(most, p.Bytes)
		}
		for _, p := range parts {
			kind := "amt"
			if v != nil {
				kind = "d-sel"
			}
			rows = append(rows, el("tr", "",
				el("td", "", say(p.Name)),
				el("td", "", chart.El("svg", "class", "plot", "height", "8", "aria-hidden", "true").Body(
					chart.El("rect", "class", kind, "width", chart.Percent(float64(p.Bytes)/float64(most)), "height", "8"))),
				el("td", "num", say(l.Int(p.Bytes))),
				el("td", "num", say(l.Fixed(100*float64(p.Bytes)/float64(max(1, of.FileBytes)), 0)))))
		}
		rows = append(rows, el("tr", "tot", el("td", "", say(l.T("file"))), el("td", "", say("")),
			el("td", "num", el("b", "", say(l.Int(of.FileBytes)))), el("td", "num", say("100"))))
	}
	c.body = append(body, el("table", "",
		el("thead", "", el("tr", "", el("th", "", say(name)), el("th", "w30", span("vh", say(l.T("share")))), el("th", "num", say(l.T("bytes"))), el("th", "num", say("%")))),
		el("tbody", "", rows...)))
	return c.draw()
}

// partName is a part of a file in words.
func partName(l words.Lang, name string) string { return l.Or(name, "part."+name, "layer."+name) }

// fine are the parts in words, with what only says which weights are left apart from the
// weights, and all scales together. They sum to the same.
func fine(l words.Lang, parts []spec.Part) (out []spec.Part) {
	scale := 0
	for _, p := range parts {
		scale += p.Scale
		name := partName(l, p.Name)
		if p.Which > 0 {
			out = append(out, spec.Part{Name: l.T("part.kept", name), Bytes: p.Bytes - p.Which - p.Scale}, spec.Part{Name: l.T("part.which", name), Bytes: p.Which})
		} else if p.Bytes > p.Scale {
			out = append(out, spec.Part{Name: name, Bytes: p.Bytes - p.Scale})
		}
	}
	if scale > 0 {
		out = append(out, spec.Part{Name: l.T("part.scales"), Bytes: scale})
	}
	return out
}

// wholeBar is a file as one bar, its three largest parts named.
func wholeBar(l words.Lang, v *spec.Variant) ui.UI {
	body := []ui.UI{
		chart.Text(l.T("variant.original"), "0", "11", "class", "lab"),
		chart.Text(l.Bytes(int64(v.FileBytes)), "100%", "11", "text-anchor", "end", "class", "on"),
	}
	at, says := 0.0, ""
	for i, p := range v.Parts {
		share := float64(p.Bytes) / float64(v.FileBytes)
		if share > 0 {
			class := "b" + strconv.Itoa([]int{1, 3, 2, 4}[i%4])
			body = append(body, chart.El("rect", "class", class, "x", chart.Percent(at), "y", "17", "width", chart.Percent(math.Max(0.001, share-0.003)), "height", "10"))
		}
		name := partName(l, p.Name)
		if share > 0.14 {
			body = append(body, chart.Text(name+" "+l.Bytes(int64(p.Bytes)), chart.Percent(at), "41"))
		}
		if share > 0 {
			if says != "" {
				says += l.T("list.comma")
			}
			says += name + " " + l.Bytes(int64(p.Bytes))
		}
		at += share
	}
	return chart.Plot(50, l.T("bytes.original", says), body...)
}

// bytesFinding names the part that takes most of the smaller file.
func bytesFinding(l words.Lang, v *spec.Variant) string {
	var most spec.Part
	which := 0
	for _, p := range v.Parts {
		if p.Bytes > most.Bytes {
			most = p
		}
		which += p.Which
	}
	if share := float64(which) / float64(max(1, v.FileBytes)); share > 0.05 {
		return l.T("bytes.which", l.Percent(share, 0))
	}
	if most.Bytes == 0 {
		return ""
	}
	return l.T("bytes.most", partName(l, most.Name), l.Percent(float64(most.Bytes)/float64(max(1, v.FileBytes)), 0))
}

// drawReport says in plain words whether the loss is real.
func drawReport(b *Board, s *State) ui.UI {
	l := s.Lang
	o, v := s.original(), s.selected()
	c := cell{class: "s6", id: "report", title: l.T("report.title"), note: words.None, wordy: true}
	p, diff, twin, original := words.None, words.None, words.None, words.None
	said := []ui.UI{el("p", "mute", say(l.T("after.this")))}
	if v != nil && o != nil {
		c.note, said = l.T("report.note", s.variantNote(v)), nil
		for _, text := range report(l, o, v) {
			said = append(said, el("p", "", rich(text)...))
		}
		if x := v.Versus; x != nil {
			p = pValue(l, x.McNemar)
			diff = l.T("report.between", l.Signed(-100*x.High, 2), l.Signed(-100*x.Low, 2))
		}
		twin, original = words.Hash(v.SHA256), words.Hash(v.Original)
	}
	h, opt := b.press("report")
	save := button("btn", l.T("report.save"), h, opt)
	if v == nil {
		save.Attr("disabled", true)
	}
	c.body = []ui.UI{
		box("report", said...),
		facts(
			fact(l.T("report.p"), span("", say(p))),
			fact(l.T("report.diff"), span("", say(diff))),
			fact(l.T("report.from"), span("", say(original))),
			fact(l.T("report.weights"), span("", say(twin)))),
		box("acts mt8", save),
	}
	return c.draw()
}

// report is the variant beside its original, a sentence each.
func report(l words.Lang, o, v *spec.Variant) []string {
	texts := l.Int(v.Test.Texts)
	out := []string{l.T("report.right", l.Percent(v.Test.Accuracy, 1), texts, l.Percent(o.Test.Accuracy, 1))}
	x := v.Versus
	if x == nil {
		return out
	}
	if v.Changed == 0 {
		return append(out, l.T("report.same", texts))
	}
	changed := l.N("report.changed", v.Changed, l.Int(v.NowWrong), l.Int(v.NowRight))
	verdict := ""
	low, high := l.Fixed(100*math.Abs(x.Low), 1), l.Fixed(100*math.Abs(x.High), 1)
	switch {
	case x.Low > 0:
		verdict = l.T("report.lost", low, high)
	case x.High < 0:
		verdict = l.T("report.won", high, low)
	default:
		verdict = l.T("report.open", l.Signed(-100*x.High, 1), l.Signed(-100*x.Low, 1))
	}
	return append(out, l.Join(changed, l.T("report.chance", chance(l, x.McNemar)), verdict), l.T("report.agree", l.Percent(x.Agreement, 1)))
}

// chance is how often as uneven a split comes up, in words.
func chance(l words.Lang, p float64) string {
	switch {
	case p >= 0.095:
		return l.N("chance.ten", int(math.Round(10*p)))
	case p >= 0.0095:
		return l.N("chance.hundred", int(math.Round(100*p)))
	case p >= 0.00095:
		return l.N("chance.thousand", int(math.Round(1000*p)))
	case p >= 0.95e-6:
		return l.N("chance.million", int(math.Round(1e6*p)))
	}
	return l.T("chance.less")
}

// pValue to two figures, and no smaller than is of use.
func pValue(l words.Lang, p float64) string {
	if p < 1e-6 {
		return "< 0.000001"
	}
	places := 2
	for x := p; x < 0.1 && places < 6; x *= 10 {
		places++
	}
	return l.Fixed(p, places)
}
