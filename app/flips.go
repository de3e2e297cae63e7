package app

import (
	"math"
	"strconv"
	"unicode/utf16"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
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
	n := s.shownFlips(v)
	items := make([]ui.UI, 0, n)
	for i, f := range v.Flips[:n] {
		var r Readings
		if s.Read.Model == v.ID && i < len(s.Read.Shown) {
			r = s.Read.Shown[i]
		}
		items = append(items, b.flip(l, f, r))
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

// flip is one text, the part of it where the two models parted, tinted by the
// smaller one; pressing it makes it the sentence.
func (b *Board) flip(l words.Lang, f spec.Flip, r Readings) ui.UI {
	text := f.Text
	if r := []rune(text); len(r) > MaxSentence {
		text = string(r[:MaxSentence-1]) + "…"
	}
	way := l.T("now.wrong")
	if f.NowRight {
		way = l.T("now.right")
	}
	return el("article", "",
		el("p", "words", el("button", "link", span("", excerpt(f.Text, r)...)).Attr("type", "button").Title(l.T("flip.say")).OnClick(b.press("say", text))),
		el("p", "", say(l.T("truly")+" "+label(l, f.Truth)+" · "+l.Fixed(f.Before, 2)+" → "+l.Fixed(f.After, 2)+" · "), el("b", "", say(way))))
}

// An excerpt fills two lines of its column; what decided must stand in the first
// of them and a half. In UTF-16 units, as tokens count.
const (
	excerptLong  = 240
	excerptSeen  = 64
	excerptAhead = 36
)

// parted is the token at which the smaller model's move differed most from the
// original's.
func parted(r Readings) int {
	if r.Before == nil || r.After == nil || len(r.Before.Tokens) != len(r.After.Tokens) {
		return -1
	}
	at, most := -1, 0.0
	for i, a := range r.After.Tokens {
		if d := math.Abs(a.Moved - r.Before.Tokens[i].Moved); !a.Cut && d > most {
			at, most = i, d
		}
	}
	return at
}

// excerpt cuts a text to where the models parted, with the tint of the smaller one.
func excerpt(text string, r Readings) []ui.UI {
	units := utf16.Encode([]rune(text))
	var tokens []protocol.Token
	if r.After != nil {
		tokens = r.After.Tokens
	}
	tinted, from := tints(r.After), 0
	if at := parted(r); at >= 0 && tokens[at].End > excerptSeen && len(units) > 2*excerptSeen {
		for from < len(tokens) && tokens[from].Start < tokens[at].Start-excerptAhead {
			from++
		}
		tokens, tinted, from = tokens[from:], tinted[from:], tokens[from].Start
	}
	to := min(len(units), from+excerptLong)
	shifted := make([]protocol.Token, 0, len(tokens))
	for _, t := range tokens {
		if t.End > to {
			break
		}
		t.Start, t.End = t.Start-from, t.End-from
		shifted = append(shifted, t)
	}
	var out []ui.UI
	if from > 0 {
		out = append(out, say("… "))
	}
	cut := string(utf16.Decode(units[from:to]))
	return append(out, marks(cut, cut, shifted, tinted, -1)...)
}
