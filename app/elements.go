package app

import (
	"strings"

	"github.com/clove-ml/clove/app/words"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// el is an element with a class and a body.
func el(tag, class string, body ...ui.UI) ui.HTMLElem {
	e := ui.Elem(tag)
	if class != "" {
		e.Class(class)
	}
	if len(body) > 0 {
		e.Body(body...)
	}
	return e
}

func box(class string, body ...ui.UI) ui.HTMLElem  { return el("div", class, body...) }
func span(class string, body ...ui.UI) ui.HTMLElem { return el("span", class, body...) }
func say(text string) ui.UI                        { return ui.Text(text) }

// rich is text in which **this** is strong.
func rich(text string) []ui.UI {
	var out []ui.UI
	for i, piece := range strings.Split(text, "**") {
		switch {
		case i%2 == 1:
			out = append(out, el("b", "", say(piece)))
		case piece != "":
			out = append(out, say(piece))
		}
	}
	return out
}

// none is where a figure will be.
func none() ui.HTMLElem { return span("mute", say(words.None)) }

// orNone shows a figure, or its place.
func orNone(there bool, figure string) ui.HTMLElem {
	if !there || figure == words.None || figure == "" {
		return none()
	}
	return span("", say(figure))
}

// button is a plain button; class says which kind beyond btn.
func button(class, text string, h ui.EventHandler, o ui.EventOption) ui.HTMLElem {
	return el("button", class, say(text)).Attr("type", "button").OnClick(h, o)
}

// fact is a row of a card's list: name and figure.
func fact(name string, figure ui.UI) []ui.UI {
	return []ui.UI{el("dt", "", say(name)), el("dd", "", figure)}
}

func facts(rows ...[]ui.UI) ui.UI {
	var body []ui.UI
	for _, r := range rows {
		body = append(body, r...)
	}
	return el("dl", "dl", body...)
}

// head is a card's first row.
func head(s *State, column string, right ui.UI) ui.UI {
	return el("header", "", append(title(s, column), right)...)
}

// card is a column.
func card(name, id string, turn bool, body ...ui.UI) ui.UI {
	c := el("section", "card c-"+name, body...).Aria("labelledby", id).ID("card-" + name)
	if turn {
		c.Aria("current", "step")
	}
	return c
}

// settings is the last row of a card: current values at the right, fields when opened.
func settings(l words.Lang, now string, fields ...ui.UI) ui.UI {
	return el("details", "set",
		el("summary", "", span("", say(l.T("settings"))), span("", say(now)).Title(now)),
		&later{Body: func() []ui.UI { return fields }},
	)
}

// field is one setting: its name, a control, and what is wrong with what was typed.
type field struct {
	path    string // in the Spec
	name    string // key of its name
	value   string
	options []option // a menu, where there are any
	text    bool     // words, not a figure
}

type option struct{ value, text string }

// menu has the value chosen.
func menu(value string, options ...option) ui.HTMLElem {
	items := make([]ui.UI, len(options))
	for i, o := range options {
		item := el("option", "", say(o.text)).Attr("value", o.value)
		if o.value == value {
			item.Attr("selected", true)
		}
		items[i] = item
	}
	return el("select", "", items...)
}

func (b *Board) field(s *State, f field) ui.UI {
	if s.Embed.hides(f.path) {
		return box("pair").Hidden(true)
	}
	l := s.Lang
	id := "f-" + strings.ReplaceAll(f.path, ".", "-")
	var control ui.HTMLElem
	if len(f.options) > 0 {
		control = menu(f.value, f.options...)
	} else {
		control = ui.Elem("input").Attr("type", "text").Attr("value", f.value).Attr("autocomplete", "off")
		if !f.text {
			control.Attr("inputmode", "decimal")
		}
	}
	control.ID(id).OnChange(b.edit(f.path))
	message := ""
	if bad, ok := s.wrongAt(f.path); ok {
		message = l.T("field.wrong", l.Want(bad.Want))
		control.Aria("invalid", "true").Aria("describedby", id+"-why")
	}
	why := el("p", "why", say(message)).ID(id + "-why").Role("alert")
	return b.pair(s, el("label", "", say(l.T(f.name))).Attr("for", id), control, why)
}

// tick is a setting that is on or off.
func (b *Board) tick(s *State, path, name string, on bool) ui.UI {
	if s.Embed.hides(path) {
		return box("pair").Hidden(true)
	}
	id := "f-" + strings.ReplaceAll(path, ".", "-")
	in := tickable(on).ID(id).OnChange(b.check(path))
	return b.pair(s, el("label", "", say(s.Lang.T(name))).Attr("for", id), in)
}

// pair is a setting's row; in an embed it is one that the teacher chose.
func (b *Board) pair(s *State, body ...ui.UI) ui.UI {
	row := box("pair", body...)
	if s.Embed.On {
		row.DataSet("chosen", "yes")
	}
	return row
}

// tickable is a box. That it is not ticked must be said: go-app makes one element of
// what is drawn in the same place, and a browser keeps what was ticked in it.
func tickable(on bool) ui.HTMLElem {
	return ui.Elem("input").Attr("type", "checkbox").Attr("checked", on)
}

// typed is what a field holds. An empty one is marked for the same reason: of it go-app
// leaves what was there (Do "fields" empties it).
func typed(in ui.HTMLElem, value string) ui.HTMLElem {
	if value == "" {
		return in.DataSet("empty", "yes")
	}
	return in.Attr("value", value)
}

// percent is a share as a person would type it.
func percent(share float64) string { return words.Plain(float64(int(share*1e6+0.5))/1e4) + " %" }
