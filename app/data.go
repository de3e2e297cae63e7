package app

import (
	"cmp"
	"slices"
	"sort"
	"strconv"

	"github.com/clove-ml/clove/app/chart"
	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// drawData is the first column: which texts, and how many.
func drawData(b *Board, s *State) ui.UI {
	l := s.Lang
	f := s.facts()
	chip := span("", say(""))
	if f != nil && f.Synthetic || f == nil && s.Spec.Data.Source == "reviews" {
		chip = span("", span("chip", say(l.T("synthetic"))))
	}
	own := s.Phase() == "own"
	if own {
		chip = span("", say(""))
	}
	var pic, info []ui.UI
	if own {
		pic, info = b.ownPic(s), []ui.UI{el("p", "small mute", say(l.T("own.rules")))}
	} else {
		pic, info = dataPic(l, f), dataInfo(l, s, f)
	}
	return card("data", "h1", s.card() == 1,
		head(s, "data", chip),
		box("pic", append([]ui.UI{el("label", "vh", say(l.T("data.set"))).Attr("for", "ds"), b.sources(s)}, pic...)...),
		box("info", info...),
		b.dataSettings(s),
	)
}

// sources is the menu of data: what is built in, what the server has, one's own.
func (b *Board) sources(s *State) ui.UI {
	l := s.Lang
	names := s.Machine.Names
	if len(names) == 0 {
		names = []string{"reviews", "mail", "names"}
	}
	names = append([]string(nil), names...)
	for _, n := range append(s.Machine.ServerData[:len(s.Machine.ServerData):len(s.Machine.ServerData)], "file") {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	now := s.Spec.Data.Source
	if s.Own {
		now = "file"
	}
	var items []ui.UI
	for _, n := range names {
		o := el("option", "", say(l.Or(n, "source."+n))).Attr("value", n)
		if n == now {
			o.Attr("selected", true)
		}
		items = append(items, o)
	}
	return el("select", "", items...).ID("ds").OnChange(b.value("source"))
}

func dataPic(l words.Lang, f *spec.Facts) []ui.UI {
	var items []ui.UI
	if f != nil {
		for _, x := range few(f) {
			mark, class := "", ""
			if len(f.Labels) == 2 {
				mark, class = "▼ ", "down"
				if x.Label == f.Labels[1] {
					mark, class = "▲ ", "up"
				}
			}
			items = append(items, el("li", "",
				el("small", class, say(mark+label(l, x.Label))), el("p", "", say(x.Text))))
		}
	}
	for i := len(items); i < 4; i++ {
		items = append(items, el("li", "", el("small", "", none()), el("p", "", say(""))))
	}
	return []ui.UI{el("ol", "samples", items...), split(l, f)}
}

// few picks four samples that fit: the shortest two of each of two labels, else
// the shortest of any, in the order they came.
func few(f *spec.Facts) []spec.Sample {
	list := append([]spec.Sample(nil), f.Samples...)
	sort.SliceStable(list, func(i, j int) bool { return len(list[i].Text) < len(list[j].Text) })
	most := 4
	if len(f.Labels) == 2 {
		most = 2
	}
	taken := map[string]int{}
	var lists [2][]spec.Sample
	for _, x := range list {
		if taken[x.Label] < most && len(lists[0])+len(lists[1]) < 4 {
			taken[x.Label]++
			side := 0
			if len(f.Labels) == 2 && x.Label == f.Labels[0] {
				side = 1
			}
			lists[side] = append(lists[side], x)
		}
	}
	var out []spec.Sample
	for i := 0; i < 4; i++ { // in turn, so that both are seen
		for _, l := range lists {
			if i < len(l) {
				out = append(out, l[i])
			}
		}
	}
	return out
}

// split shows the share of each label: the two of the scale, or greys for more.
func split(l words.Lang, f *spec.Facts) ui.UI {
	if f == nil || len(f.LabelShare) == 0 {
		return chart.El("svg", "class", "split", "role", "img", "aria-label", l.T("label.share")).Body(
			chart.El("rect", "class", "t0", "width", "100%", "height", "7"), chart.Text(words.None, "0", "21"))
	}
	finding, at := "", 0.0
	var body []ui.UI
	for i, share := range f.LabelShare {
		if i > 0 {
			finding += l.T("comma")
		}
		finding += label(l, f.Labels[i]) + " " + l.Percent(share, 1)
		class := "b" + strconv.Itoa(1+i%4)
		if len(f.Labels) == 2 {
			class = []string{"t-3", "t3"}[i]
		}
		width := share - 0.009
		if i == len(f.LabelShare)-1 {
			width = share
		}
		body = append(body, chart.El("rect", "class", class, "x", chart.Percent(at), "width", chart.Percent(max(0, width)), "height", "7"))
		at += share
	}
	if len(f.Labels) == 2 {
		body = append(body,
			chart.Text(label(l, f.Labels[0])+" "+l.Percent(f.LabelShare[0], 1), "0", "21"),
			chart.Text(l.Percent(f.LabelShare[1], 1), "100%", "21", "text-anchor", "end"))
	} else {
		most := 0
		for i, share := range f.LabelShare {
			if share > f.LabelShare[most] {
				most = i
			}
		}
		body = append(body, chart.Text(l.N("labels", len(f.Labels)), "0", "21"),
			chart.Text(short(label(l, f.Labels[most]), 12)+" "+l.Percent(f.LabelShare[most], 1), "100%", "21", "text-anchor", "end"))
	}
	return chart.El("svg", "class", "split", "role", "img", "aria-label", finding).Body(body...)
}

func dataInfo(l words.Lang, s *State, f *spec.Facts) []ui.UI {
	count := func(get func(spec.Facts) int) ui.UI {
		if f == nil {
			return none()
		}
		return span("", say(l.Int(get(*f))))
	}
	mean := none()
	if f != nil {
		mean = span("", say(l.Fixed(f.MeanTokens, 0)))
	}
	per := "words.a.text"
	if s.Spec.Tokenizer.Kind == "characters" {
		per = "characters.a.text"
	}
	source := s.Spec.Data.Source
	about := l.Or("", "about."+source)
	if source == "file" && f != nil {
		about = l.T("about.file", cmp.Or(s.File, l.T("your.text")))
		if f.Duplicates > 0 {
			about += " " + l.N("duplicates", f.Duplicates)
		}
	}
	rest := []ui.UI{say(about)}
	title := ""
	if f != nil && f.Origin != "" {
		title = f.Origin
		if f.Terms != "" {
			title += " · " + f.Terms
		}
	}
	return []ui.UI{
		facts(
			fact(l.T("train.texts"), count(func(f spec.Facts) int { return f.Texts.Train })),
			fact(l.T("validation"), count(func(f spec.Facts) int { return f.Texts.Validation })),
			fact(l.T("test.unseen"), count(func(f spec.Facts) int { return f.Texts.Test })),
			fact(l.T(per), mean),
		),
		el("p", "small mute about", rest...).Title(title),
	}
}

// ownPic takes a file or pasted text.
func (b *Board) ownPic(s *State) []ui.UI {
	l := s.Lang
	if s.Paste {
		return []ui.UI{box("paste",
			el("label", "small", say(l.T("paste.label"))).Attr("for", "paste"),
			el("textarea", "field words", say("")).ID("paste").Attr("rows", 7).Attr("placeholder", l.T("paste.example")).Spellcheck(false),
			el("button", "btn", say(l.T("paste.use"))).Attr("type", "button").OnClick(b.pasted()),
		)}
	}
	h, o := b.press("pick")
	return []ui.UI{box("",
		el("button", "drop",
			chart.El("svg", "width", "30", "height", "30", "viewBox", "0 0 30 30", "aria-hidden", "true").Body(
				chart.El("path", "d", "M15 4v15m-6-6 6 6 6-6M4 21v5h22v-5")),
			el("b", "", say(l.T("drop.here"))),
			el("small", "mute", say(l.T("drop.kinds"))),
		).Attr("type", "button").OnClick(h, o),
		el("p", "words mute", say(l.T("own.example.0")), ui.Elem("br"), say(l.T("own.example.1")), ui.Elem("br"), say(l.T("own.example.2"))),
	)}
}

func (b *Board) pasted() (ui.EventHandler, ui.EventOption) {
	return func(ui.Context, ui.Event) {
		b.apply(Press{"paste-done", ui.Window().GetElementByID("paste").Get("value").String()})
	}, ui.EventScope("paste-done")
}

func (b *Board) dataSettings(s *State) ui.UI {
	l := s.Lang
	d := s.Spec.Data
	rows := []ui.UI{
		b.field(s, field{path: "seed", name: "seed", value: strconv.FormatUint(s.Spec.Seed, 10)}),
		b.field(s, field{path: "data.validation", name: "validation.share", value: percent(d.Validation)}),
		b.field(s, field{path: "data.limit", name: "limit", value: strconv.Itoa(d.Limit)}),
		b.field(s, field{path: "data.label", name: "label", value: d.Label, options: []option{{"", l.T("label.whole")}, {"coarse", l.T("label.coarse")}}}),
	}
	if d.Source == "file" || s.Own {
		rows = append(rows,
			b.field(s, field{path: "data.text_column", name: "text.column", value: d.TextColumn, text: true}),
			b.field(s, field{path: "data.label_column", name: "label.column", value: d.LabelColumn, text: true}))
	}
	return settings(l, l.T("seed.is", strconv.FormatUint(s.Spec.Seed, 10)), rows...)
}
