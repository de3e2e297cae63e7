package app

import (
	"strconv"
	"strings"

	"github.com/clove-ml/clove/app/words"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// room is where a column's detail lives: its heading opens it, in the board's own
// frame. The six heads stay; below them the rail at the left changes, the cells at the
// right show. Each is a part, so that one that changes leaves the others alone.
type room struct {
	rail  ui.UI // of railFrame
	cells []ui.UI
}

// roomOf is what draws a column's room, nil where it has none.
func roomOf(column string) func(*Board, *State) room {
	switch column {
	case "compress":
		return compressRoom
	case "compare":
		return compareRoom
	}
	return nil
}

// inRoom is the board while a room is open: the six heads and the room.
func (b *Board) inRoom(s *State) ui.UI {
	r := &s.Run
	parts := make([]ui.UI, 0, len(columns)+1)
	for _, c := range columns {
		parts = append(parts, b.part("head "+c, s.Lang, s.Place, s.Phase(), s.card(), s.facts(), s.Spec, s.Say, s.Plan, s.Selected, r.Stage, r.Last, r.Done, r.Variants, r.Newest, s.Builtin))
	}
	name := s.Place.Room
	open := roomOf(name)(b, s)
	parts = append(parts, el("section", "room r-"+name, open.rail, box("see", open.cells...)).ID("room").Aria("label", s.Lang.T("room.of", s.Lang.T(name))))
	return el("div", "board", parts...).DataSet("room", name)
}

// title is a column's number and name; the name opens its room where there is one.
func title(s *State, column string) []ui.UI {
	i := columnNumber(column)
	id := "h" + strconv.Itoa(i)
	name := s.Lang.T(column)
	number := el("i", "", say(strconv.Itoa(i)))
	if !hasRoom(column) || s.Embed.On {
		return []ui.UI{number, el("h2", "", say(name)).ID(id)}
	}
	open := s.Place.Room == column
	to := el("a", "to", say(name)).ID("to-"+column).Attr("href", "#room="+column).DataSet("to", column).
		Aria("expanded", strconv.FormatBool(open)).Aria("keyshortcuts", strconv.Itoa(i))
	if open {
		to.Aria("controls", "room")
	}
	return []ui.UI{number, el("h2", "", to).ID(id)}
}

// drawHead is a column while a room is open: its heading with one figure.
func drawHead(column string) func(*Board, *State) ui.UI {
	return func(_ *Board, s *State) ui.UI {
		open := s.Place.Room == column
		right := span("", say(headNote(s, column)))
		if open {
			right = span("", span("shut", say(s.Lang.T("close"))))
		} else if f := s.facts(); column == "data" && f != nil && f.Synthetic {
			right = span("", span("chip", say(s.Lang.T("synthetic"))))
		}
		c := card(column, "h"+strconv.Itoa(columnNumber(column)), s.card() == columnNumber(column),
			head(s, column, right),
			el("p", "gist", rich(gist(s, column))...))
		if open {
			c.(ui.HTMLElem).Class("open")
		}
		return c
	}
}

// headNote is what stands at the right of a head.
func headNote(s *State, column string) string {
	l := s.Lang
	switch column {
	case "tokens":
		if _, _, all := s.rows(); all > 0 {
			return l.Int(all)
		}
		return words.None
	case "model":
		m := s.Spec.Model
		if s.Run.Stage != Fresh {
			m = s.Run.Spec.Model
		}
		return "LSTM " + strconv.Itoa(m.Embedding) + " → " + strconv.Itoa(m.Hidden)
	case "train":
		return trainState(l, s)
	case "compress":
		return l.N("steps", len(s.Plan))
	case "compare":
		list := s.base()
		switch {
		case s.Run.Stage == Fresh && len(list) > 0:
			return l.T("at.build")
		case len(list) > 0:
			return l.N("variants", len(list))
		}
		return words.None
	}
	return ""
}

// gist is a column in one figure.
func gist(s *State, column string) string {
	l := s.Lang
	f := s.facts()
	o, v := s.original(), s.selected()
	figure := words.None
	switch column {
	case "data":
		if f != nil {
			figure = l.Int(f.Texts.Train + f.Texts.Validation + f.Texts.Test)
		}
	case "tokens":
		if f != nil {
			figure = l.Int(f.Vocabulary)
		}
	case "model":
		if f != nil {
			n := 0
			for _, x := range f.Layers {
				n += x.Weights
			}
			figure = l.Int(n)
		}
	case "train":
		m, key := s.Run.Newest, "gist.validation"
		if s.Run.Stage != Fresh && o != nil {
			m, key = o.Test, "gist.train"
		}
		if m.Texts > 0 {
			acc, half := l.Interval(m.Accuracy, m.Low, m.High)
			return l.T(key, acc+" "+half)
		}
		return "**" + figure + "**"
	case "compress":
		if v != nil && o != nil {
			figure = l.Times(float64(o.FileBytes) / float64(max(1, v.FileBytes)))
		}
	case "compare":
		if v != nil && o != nil {
			figure = l.Bytes(int64(v.FileBytes)) + l.T("comma") + l.Signed(100*(v.Test.Accuracy-o.Test.Accuracy), 1)
		}
	}
	return l.T("gist."+column, figure)
}

// railFrame is the left of a room; on a phone one line, until it is pressed.
func railFrame(s *State, title string, rows ...ui.UI) ui.UI {
	rail := el("details", "rail", el("summary", "", el("h3", "", say(s.Lang.T(title)))), box("", rows...))
	if !s.Narrow {
		rail.Attr("open", true)
	}
	return rail
}

// cell is one thing that a room shows: what it is, what was measured (how many,
// which unit), what that came to in a sentence, and the picture.
type cell struct {
	class   string // s3 … s8, its width
	id      string
	title   string
	note    string
	finding string
	wordy   bool // its body is sentences: it has no finding apart
	body    []ui.UI
}

func (c cell) draw() ui.UI {
	id := "cell-" + c.id
	body := []ui.UI{el("header", "", el("h3", "", say(c.title)).ID(id+"-h"), span("", say(c.note)))}
	if !c.wordy {
		body = append(body, el("p", "find", rich(c.finding)...))
	}
	return el("section", "cell "+c.class, append(body, c.body...)...).ID(id).Aria("labelledby", id+"-h")
}

// behind is a picture's figures, one press away.
func behind(l words.Lang, head []string, rows [][]string) ui.UI {
	ths := make([]ui.UI, len(head))
	for i, h := range head {
		ths[i] = el("th", numeric(i), say(h))
	}
	trs := make([]ui.UI, len(rows))
	for i, r := range rows {
		tds := make([]ui.UI, len(r))
		for j, x := range r {
			tds[j] = el("td", numeric(j), say(x))
		}
		trs[i] = el("tr", "", tds...)
	}
	return el("details", "tbl", el("summary", "", say(l.T("table"))),
		box("", el("table", "", el("thead", "", el("tr", "", ths...)), el("tbody", "", trs...))))
}

// plain is a finding without what makes it strong.
func plain(text string) string { return strings.ReplaceAll(text, "**", "") }

func numeric(column int) string {
	if column == 0 {
		return ""
	}
	return "num"
}
