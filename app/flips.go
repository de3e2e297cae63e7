package app

import (
	"strconv"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// drawFlips are other people's sentences: test texts on which the selected model
// and the original disagree.
func drawFlips(b *Board, s *State) ui.UI {
	l := s.Lang
	v := s.selected()
	if v == nil || len(v.Flips) == 0 && v.Changed > 0 {
		note, sub := l.T("flips.later"), l.T("after.compressing")
		if v != nil {
			note, sub = l.T("flips.none.kept"), l.N("flips.count", v.Changed)
		}
		return flipsFrame(l, box("", el("h3", "", say(l.T("flips"))).ID("hf"), el("p", "small mute", say(sub))),
			el("article", "", el("p", "words mute", say(note)), el("p", "", say(""))))
	}
	if v.Changed == 0 {
		return flipsFrame(l, box("", el("h3", "", say(l.T("flips"))).ID("hf"), el("p", "small mute", say(l.N("flips.count", 0)))),
			el("article", "", el("p", "words mute", say(l.T("flips.none"))), el("p", "", say(""))))
	}
	more := l.N("flips.all", len(v.Flips))
	if s.AllFlip {
		more = l.T("flips.few")
	}
	h, o := b.press("all-flips")
	head := box("", el("h3", "", say(l.T("flips"))).ID("hf"),
		el("p", "small mute", el("b", "", say(l.Int(v.NowWrong))), say(" "+l.T("now.wrong")+l.T("comma")), el("b", "", say(l.Int(v.NowRight))), say(" "+l.T("now.right"))),
		button("link small", more, h, o).Aria("expanded", strconv.FormatBool(s.AllFlip)))
	n := min(3, len(v.Flips))
	if s.AllFlip {
		n = len(v.Flips)
	}
	items := make([]ui.UI, 0, n)
	for _, f := range v.Flips[:n] {
		items = append(items, b.flip(l, f))
	}
	out := flipsFrame(l, head, items...)
	if s.AllFlip {
		out.Class("all")
	}
	return out
}

func flipsFrame(_ words.Lang, head ui.UI, items ...ui.UI) ui.HTMLElem {
	return el("section", "flips", append([]ui.UI{head}, items...)...).Aria("labelledby", "hf")
}

// flip is one text; pressing it makes it the sentence.
func (b *Board) flip(l words.Lang, f spec.Flip) ui.UI {
	text := f.Text
	if r := []rune(text); len(r) > MaxSentence {
		text = string(r[:MaxSentence-1]) + "…"
	}
	way := l.T("now.wrong")
	if f.NowRight {
		way = l.T("now.right")
	}
	return el("article", "",
		el("p", "words", el("button", "link", say(text)).Attr("type", "button").Title(l.T("flip.say")).OnClick(b.press("say", text))),
		el("p", "", say(l.T("truly")+" "+label(l, f.Truth)+" · "+l.Fixed(f.Before, 2)+" → "+l.Fixed(f.After, 2)+" · "), el("b", "", say(way))))
}
