package app

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// Rows of the list at first, and by how many it grows.
const (
	fewFlips  = 6
	moreFlips = 20
)

// flipRows are the answers that changed, as the address filters, searches and orders them.
func (s *State) flipRows(v *spec.Variant) []spec.Flip {
	way, find := s.Place.Get("way"), strings.ToLower(s.Place.Get("q"))
	var rows []spec.Flip
	for _, f := range v.Flips {
		if way == "right" && !f.NowRight || way == "wrong" && f.NowRight || !strings.Contains(strings.ToLower(f.Text), find) {
			continue
		}
		rows = append(rows, f)
	}
	switch s.Place.Get("order") {
	case "near":
		slices.SortStableFunc(rows, func(a, b spec.Flip) int { return cmp.Compare(distance(a.After, 0.5), distance(b.After, 0.5)) })
	case "long":
		slices.SortStableFunc(rows, func(a, b spec.Flip) int { return cmp.Compare(len(b.Text), len(a.Text)) })
	}
	return rows // as they come: the largest move first
}

func distance(a, b float64) float64 { return max(a-b, b-a) }

// listed are those of the rows that are on the page.
func (s *State) listed(rows []spec.Flip) []spec.Flip {
	n := fewFlips
	if more, err := strconv.Atoi(s.Place.Get("rows")); err == nil && more > 0 {
		n = more
	}
	return rows[:min(n, len(rows))]
}

func drawCompareFlips(b *Board, s *State) ui.UI {
	l, v := s.Lang, s.selected()
	c := cell{class: "s7", id: "flips", title: l.T("flips")}
	if v == nil {
		c.finding = l.T("flips.later")
		return c.draw()
	}
	c.note = l.T("flips.against", short(s.nameOf(v), longName))
	switch {
	case v.Changed == 0:
		c.finding = l.T("flips.none")
		return c.draw()
	case len(v.Flips) == 0:
		c.finding = l.T("flips.none.kept")
		return c.draw()
	}
	c.finding = l.T("flips.finding", l.Int(v.Changed), l.Int(v.Test.Texts), l.Int(v.NowWrong), l.Int(v.NowRight))
	if len(v.Flips) < v.Changed {
		c.finding += l.T("flips.kept", l.Int(len(v.Flips)))
	}
	all := s.flipRows(v)
	rows := s.listed(all)
	var trs []ui.UI
	for _, f := range rows {
		trs = append(trs, b.flipRow(s, v, f))
	}
	more := el("p", "small mute", say(l.T("flips.of", l.Int(len(rows)), l.Int(len(all)))+" "))
	if rest := len(all) - len(rows); rest > 0 {
		h, o := b.press("look", "rows="+strconv.Itoa(len(rows)+moreFlips))
		more.Body(say(l.T("flips.of", l.Int(len(rows)), l.Int(len(all)))+" "), button("link", l.N("flips.more", min(rest, moreFlips)), h, o))
	}
	c.body = []ui.UI{
		b.flipFilters(s, v),
		el("table", "fliplist",
			el("thead", "", el("tr", "", el("th", "", say(l.T("flips.text"))), el("th", "", say(l.T("flips.truly"))), el("th", "num", say(l.T("flips.score"))), el("th", "", say(l.T("flips.parts"))), el("th", "", say(l.T("flips.now"))))),
			el("tbody", "", trs...)),
		more,
	}
	return c.draw()
}

// flipFilters choose which of them are listed, and how.
func (b *Board) flipFilters(s *State, v *spec.Variant) ui.UI {
	l := s.Lang
	way := s.Place.Get("way")
	seg := func(value, text string) ui.UI {
		h, o := b.press("look", "way="+value)
		return button("btn", text, h, o).Aria("pressed", strconv.FormatBool(way == value))
	}
	find := ui.Elem("input").Attr("type", "search").ID("flips-find").Attr("placeholder", l.T("flips.find")).Attr("autocomplete", "off").OnInput(b.lookAt("q"))
	typed(find, s.Place.Get("q"))
	order := menu(s.Place.Get("order"), option{"", l.T("flips.moved")}, option{"near", l.T("flips.near")}, option{"long", l.T("flips.long")})
	return box("filters",
		box("seg", seg("", l.T("flips.every", l.Int(v.Changed))), seg("wrong", l.T("flips.wrong", l.Int(v.NowWrong))), seg("right", l.T("flips.right", l.Int(v.NowRight)))),
		el("label", "vh", say(l.T("flips.find"))).Attr("for", "flips-find"), find,
		el("label", "vh", say(l.T("flips.order"))).Attr("for", "flips-order"),
		order.ID("flips-order").OnChange(b.lookAt("order")))
}

// flipRow is one text. Pressing it makes it the sentence, which the field's own undo takes back.
func (b *Board) flipRow(s *State, v *spec.Variant, f spec.Flip) ui.UI {
	l := s.Lang
	var r Readings
	parts := words.None
	if read := s.Compared.row(v.ID, f.Index); read != nil {
		r = Readings{Before: &read.Left, After: &read.Right}
		if read.Parts >= 0 && read.Parts < len(read.Left.Tokens) {
			parts = read.Left.Tokens[read.Parts].Text
		}
	}
	now := l.T("flips.is.wrong")
	if f.NowRight {
		now = l.T("flips.is.right")
	}
	return el("tr", "",
		el("td", "words wrap", el("button", "link", span("", excerpt(f.Text, r)...)).Attr("type", "button").Title(l.T("flip.say")).OnClick(b.press("say", short(f.Text, MaxSentence)))),
		el("td", "", say(label(l, f.Truth))),
		el("td", "num", say(l.Fixed(f.Before, 2)+" → "), el("b", "", say(l.Fixed(f.After, 2)))),
		el("td", "words", say(short(parts, 14))),
		el("td", "", say(now)))
}
