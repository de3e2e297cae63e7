package app

import (
	"slices"
	"strconv"
	"strings"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// compareRoom holds every variant of a run against every other: the map, two of them on
// one sentence, the engines, the answers that changed, the machine and the report.
func compareRoom(b *Board, s *State) room {
	l, r := s.Lang, &s.Run
	list := []any{l, r.Stage, r.Variants, s.Selected, s.Builtin}
	with := func(more ...any) []any { return append(slices.Clip(list), more...) }
	left, right := s.pair()
	return room{
		rail: b.part("compare rail", with(s.Place, s.Narrow)...),
		cells: []ui.UI{
			b.part("compare map", with(s.Place, s.Narrow, s.Compared.Counted)...),
			b.part("compare two", with(left, right, s.Compared.reading(left, right), s.Compared.Problem, s.Say.Text, s.Say.Lit)...),
			b.part("compare engines", l, r.Stage, r.Paces, r.Last, r.Done, r.Started, r.From, r.ID, r.Variants, s.Native, s.Device, s.Machine.Server, s.Machine.Threads, s.Worker),
			b.part("compare flips", with(s.Place, s.Compared)...),
			box("s5 stack", b.part("compare machine", l, s.Measure, s.Worker), b.part("compress report", with()...)),
		},
	}
}

// longName is as much of a variant's name as a picture or a menu has room for; titles and
// the table of the board have all of it.
const longName = 24

// mapNames are the variants' names on this page, no longer than there is room for.
func (s *State) mapNames() []string {
	names := shortNames(s.Lang, s.base())
	for i := range names {
		names[i] = short(names[i], longName)
	}
	return names
}

// view is what the map shows of the variants, by the address.
type view struct {
	across, up string   // bytes or ms; accuracy or loss
	most       float64  // bytes of a file at most; 0 any
	least      float64  // accuracy at least
	without    []string // kinds that are hidden
}

func (s *State) view() view {
	v := view{across: "bytes", up: "accuracy"}
	if s.Place.Get("across") == "ms" {
		v.across = "ms"
	}
	if s.Place.Get("up") == "loss" {
		v.up = "loss"
	}
	v.most, _ = amount(s.Place.Get("most"))
	v.least, _ = amount(s.Place.Get("least"))
	if hidden := s.Place.Get("without"); hidden != "" {
		v.without = strings.Split(hidden, " ")
	}
	return v
}

// units that an amount may be typed in.
var units = []struct {
	name   string
	factor float64
}{{"kb", 1e3}, {"mb", 1e6}, {"ms", 1}, {"k", 1e3}, {"m", 1e6}, {"b", 1}, {"%", 0.01}}

// amount reads "100 KB", "80 %", "0.2 ms"; false where nothing is wanted or it can't be read.
func amount(text string) (float64, bool) {
	t := strings.ToLower(strings.NewReplacer(" ", "", "\u00a0", "", ",", "", "％", "%").Replace(text))
	factor := 1.0
	for _, u := range units {
		if cut, ok := strings.CutSuffix(t, u.name); ok {
			t, factor = cut, u.factor
			break
		}
	}
	x, err := strconv.ParseFloat(t, 64)
	return x * factor, err == nil && x >= 0
}

// kinds of variants, by the techniques that make them so.
var kinds = []struct {
	name, key  string
	techniques []string
}{
	{"quantized", "compare.quantized", []string{"quantize", "qat", "half", "binary", "ternary", "cluster", "pq"}},
	{"pruned", "compare.pruned", []string{"prune", "positive", "words", "units", "columns"}},
	{"distilled", "compare.distilled", []string{"distill"}},
	{"lowrank", "compare.lowrank", []string{"rank"}},
}

// shows says whether a variant is on the map; the original always is.
func (v view) shows(x spec.Variant) bool {
	if x.Pipeline == "" {
		return true
	}
	if v.most > 0 && float64(x.FileBytes) > v.most || x.Test.Accuracy < v.least {
		return false
	}
	steps, _ := spec.ParsePipeline(x.Pipeline)
	for _, k := range kinds {
		if slices.Contains(v.without, k.name) && slices.ContainsFunc(steps, func(p spec.PipelineStep) bool { return slices.Contains(k.techniques, p.Name) }) {
			return false
		}
	}
	return true
}

// toggled is without with a kind hidden, or shown again.
func (v view) toggled(kind string) string {
	if i := slices.Index(v.without, kind); i >= 0 {
		return strings.Join(slices.Delete(slices.Clone(v.without), i, i+1), " ")
	}
	return strings.Join(append(slices.Clone(v.without), kind), " ")
}

// choice is a labelled menu of the open room.
func (b *Board) choice(s *State, name, label, value string, options ...option) ui.UI {
	id := "look-" + name
	return box("pair", el("label", "", say(label)).Attr("for", id), menu(value, options...).ID(id).OnChange(b.lookAt(name)))
}

// entry is a labelled field of the open room; empty it asks for nothing.
func (b *Board) entry(s *State, name, label, placeholder string) ui.UI {
	id := "look-" + name
	value := s.Place.Get(name)
	in := ui.Elem("input").Attr("type", "text").Attr("inputmode", "decimal").Attr("autocomplete", "off").Attr("placeholder", placeholder).ID(id).OnChange(b.lookAt(name))
	typed(in, value)
	if _, ok := amount(value); value != "" && !ok {
		in.Aria("invalid", "true")
	}
	return box("pair", el("label", "", say(label)).Attr("for", id), in)
}

// drawCompareRail is the left: what the map shows, the variants as a table, a budget.
func drawCompareRail(b *Board, s *State) ui.UI {
	l, v := s.Lang, s.view()
	var ticks []ui.UI
	for _, k := range kinds {
		id := "kind-" + k.name
		in := tickable(!slices.Contains(v.without, k.name)).ID(id)
		in.OnChange(b.press("look", "without="+v.toggled(k.name)))
		ticks = append(ticks, el("li", "", el("label", "", in, say(" "+l.T(k.key))).Attr("for", id)))
	}
	h, o := b.press("save-variants")
	save := button("btn", l.T("compare.csv"), h, o)
	if len(s.base()) == 0 {
		save.Attr("disabled", true)
	}
	return railFrame(s, "compare.show",
		b.choice(s, "across", l.T("compare.across"), v.across, option{"bytes", l.T("compare.bytes")}, option{"ms", l.T("compare.ms")}),
		b.choice(s, "up", l.T("compare.up"), v.up, option{"accuracy", l.T("test.accuracy")}, option{"loss", l.T("compare.loss")}),
		el("h4", "", say(l.T("compare.filter"))),
		b.entry(s, "most", l.T("compare.most"), l.T("compare.any")),
		b.entry(s, "least", l.T("compare.least"), l.T("compare.any")),
		el("ul", "ticks", ticks...),
		el("p", "small mute", say(twinsSay(l, s.base()))),
		el("h4", "", say(l.T("compare.variants"))),
		b.compareTable(s, v),
		box("acts mt8", save),
		el("h4", "", say(l.T("compare.budget"))),
		b.entry(s, "file", l.T("compare.file"), l.T("compare.any")),
		b.entry(s, "time", l.T("compare.time"), l.T("compare.any")),
		el("p", "find", rich(budgetSay(l, s))...).Aria("live", "polite"),
	)
}

// twinsSay says which variants are fair twins: made of the same original, and so of the
// same seed, first weights, batches and split.
func twinsSay(l words.Lang, list []spec.Variant) string {
	if len(list) < 2 {
		return l.T("twins.none")
	}
	fair := 0
	for _, v := range list[1:] {
		if v.Original == "" || v.Original == list[0].SHA256 { // a variant of before that was told
			fair++
		}
	}
	if fair == len(list)-1 {
		return l.T("twins.all", words.Hash(list[0].SHA256))
	}
	return l.T("twins.some", l.Int(fair), l.Int(len(list)-1), words.Hash(list[0].SHA256))
}

// compareTable is the list of variants; a row and its point are one thing.
func (b *Board) compareTable(s *State, v view) ui.UI {
	l, list := s.Lang, s.base()
	dots, _, _ := s.dots(v)
	names := shortNames(l, list)
	rows := make([]ui.UI, len(list))
	for i, x := range list {
		class, pressed := "", "false"
		if at := slices.IndexFunc(dots, func(p dot) bool { return p.v.ID == x.ID }); at < 0 || !dots[at].front {
			class = "out"
		}
		if s.picked(x.ID) {
			class, pressed = "sel", "true"
		}
		var name ui.UI = el("button", "link", say(names[i])).Attr("type", "button").Title(variantName(l, x.Name)).Aria("pressed", pressed).OnClick(b.press("select", x.ID))
		if s.Run.Stage == Fresh {
			name = span("name", say(names[i])).Title(variantName(l, x.Name))
		}
		rows[i] = el("tr", class,
			el("td", "", name),
			el("td", "num", orNone(x.Test.Texts > 0, l.Fixed(100*x.Test.Accuracy, 1))),
			el("td", "num", say(kilobytes(l, x.FileBytes))),
			el("td", "num", orNone(s.timed(x), l.Fixed(x.LatencyMS, msDecimals(x.LatencyMS)))))
	}
	if len(rows) == 0 {
		rows = append(rows, el("tr", "", el("td", "mute", say(l.T("variant.original"))), el("td", "num", none()), el("td", "num", none()), el("td", "num", none())))
	}
	return el("table", "var",
		el("thead", "", el("tr", "", el("th", "", say(l.T("variant"))), el("th", "num", say("%")), el("th", "num", say(l.T("compare.kb"))), el("th", "num", say(l.T("ms"))))),
		el("tbody", "", rows...))
}

// picked says whether a variant is the one that stands beside the original, or the
// original while none does.
func (s *State) picked(id string) bool {
	if s.Run.Stage == Fresh {
		return false
	}
	if v := s.selected(); v != nil {
		return v.ID == id
	}
	o := s.original()
	return o != nil && o.ID == id
}

// timed says whether a variant's time is of this machine.
func (s *State) timed(v spec.Variant) bool { return v.LatencyMS > 0 && s.Run.Stage != Fresh }

// budgetSay names the most accurate variant within the budget.
func budgetSay(l words.Lang, s *State) string {
	bytes, some := amount(s.Place.Get("file"))
	ms, too := amount(s.Place.Get("time"))
	if !some && !too {
		return l.T("budget.none")
	}
	list := s.base()
	names := s.mapNames()
	best := -1
	for i, v := range list {
		if some && float64(v.FileBytes) > bytes || too && (!s.timed(v) || v.LatencyMS > ms) {
			continue
		}
		if best < 0 || v.Test.Accuracy > list[best].Test.Accuracy {
			best = i
		}
	}
	if best < 0 {
		return l.T("budget.nothing")
	}
	return l.T("budget.best", names[best], l.Percent(list[best].Test.Accuracy, 1))
}
