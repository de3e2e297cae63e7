package app

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/clove-ml/clove/app/chart"
	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// MaxSentence is as long as a sentence on the page may be, in UTF-16 units.
const MaxSentence = 400

// longSentence is written smaller, so that the board stays in sight.
const longSentence = 150

// say is the field for the sentence. Its text is the browser's once it is
// there: rewriting it while somebody types moves the caret and breaks input
// methods, so nothing but the tint below it depends on the sentence.
func (b *Board) say(s *State) ui.UI {
	l := s.Lang
	scale := make([]ui.UI, 9)
	for i := range scale {
		scale[i] = chart.El("rect", "class", chart.TintClass(i-4), "x", strconv.Itoa(10*i), "width", "10", "height", "8")
	}
	down, up := l.T("pulls.away"), l.T("pulls.to")
	if labels := s.answers(); len(labels) == 2 {
		down, up = l.T("pulls", short(label(l, labels[0]), 16)), l.T("pulls", short(label(l, labels[1]), 16))
	}
	h, o := b.press("say-back")
	undo := button("link", l.T("say.back"), h, o).ID("say-back").Title(s.Say.Was)
	if s.Say.Was == "" {
		undo.Attr("hidden", true)
	}
	class := "say"
	if utf8.RuneCountInString(s.Say.Text) > longSentence {
		class += " long"
	}
	return box("",
		box("bench-top",
			span("say-head", el("label", "", say(l.T("say.label"))).Attr("for", "say"), undo),
			span("scale", span("", say(down)),
				chart.El("svg", "viewBox", "0 0 90 8", "aria-hidden", "true").Body(scale...),
				span("", say(up)))),
		box(class,
			b.part("tint", s.Say, s.models(), s.Selected),
			el("textarea", "", say(FirstSentence)).ID("say").Attr("rows", 1).Attr("placeholder", l.T("say.placeholder")).Spellcheck(false).Attr("maxlength", MaxSentence).Attr("autocomplete", "off")),
	)
}

// drawTint lies below the field, the same text with a mark on each token.
func drawTint(_ *Board, s *State) ui.UI {
	t := s.trace()
	if t == nil {
		return box("say-tint", say(s.Say.Text)).Aria("hidden", "true")
	}
	return box("say-tint", marks(s.Say.Text, s.Say.Of, t.Tokens, tints(t), s.Say.Lit)...).Aria("hidden", "true")
}

// marks cuts a text at its tokens. Where the text has changed since the model
// read it, the tokens before and after the change keep their tint.
func marks(text, read string, tokens []protocol.Token, tinted []float64, lit int) []ui.UI {
	units := utf16.Encode([]rune(text))
	head, tail, shift := 0, 0, 0
	if text != read {
		old := utf16.Encode([]rune(read))
		for head < len(units) && head < len(old) && units[head] == old[head] {
			head++
		}
		for tail < len(units)-head && tail < len(old)-head && units[len(units)-1-tail] == old[len(old)-1-tail] {
			tail++
		}
		shift = len(units) - len(old)
		tail = len(old) - tail
	}
	var out []ui.UI
	at := 0
	for i, t := range tokens {
		from, to := t.Start, t.End
		if text != read && to > head {
			if from < tail {
				continue
			}
			from, to = from+shift, to+shift
		}
		if from < at || to > len(units) || from >= to {
			continue
		}
		out = append(out, say(string(utf16.Decode(units[at:from]))))
		class := ""
		if !t.Cut {
			class = tint(tinted[i])
		}
		if from == at && i > 0 { // no space before it: its tint must not lie over the letter there
			class += " near"
		}
		if i == lit {
			class += " lit"
		}
		out = append(out, el("mark", class, say(string(utf16.Decode(units[from:to])))).DataSet("token", i))
		at = to
	}
	return append(out, say(string(utf16.Decode(units[at:]))))
}

// sure is the log-odds of 0.95. Beyond it a model goes on counting, but has made
// up its mind: a word that takes 0.99 to 0.97 has moved its log-odds by a whole
// unit and nobody's opinion.
const sure = 2.944

// tints are how strong each token's tint is: its move of the log-odds, held
// within sure, against those of its sentence.
func tints(t *protocol.Trace) []float64 {
	if t == nil {
		return nil
	}
	odds := func(p float64) float64 { return max(-sure, min(math.Log(p/(1-p)), sure)) }
	out := make([]float64, len(t.Tokens))
	moves := make([]float64, 0, len(t.Tokens))
	before := 0.0
	for i, k := range t.Tokens {
		if k.Cut {
			continue
		}
		after := odds(k.Score)
		if len(moves) == 0 { // what the model says before any word
			before = max(-sure, min(after-k.Moved, sure))
		}
		out[i] = after - before
		moves = append(moves, out[i])
		before = after
	}
	scale := chart.Scale(moves)
	for i := range out {
		out[i] /= scale
	}
	return out
}

// tint is the class of a mark: none where the word hardly moved the score.
func tint(strength float64) string {
	if step := chart.Tint(strength); step != 0 {
		return chart.TintClass(step)
	}
	return ""
}

// drawScores are the judgements of the two models.
func drawScores(b *Board, s *State) ui.UI {
	l := s.Lang
	name, size := l.T("original"), int64(0)
	if s.Run.Stage == Fresh || s.Run.ID == Builtin {
		name = l.T("builtin")
	}
	if o := s.original(); o != nil {
		size = int64(o.FileBytes)
	} else if f := s.facts(); f != nil {
		size = int64(f.FileBytes)
	}
	first := b.score(s, "score", name, size, s.first(), l.T("score.waiting"), "")
	second := b.score(s, "score small-one", l.T("smaller.one"), 0, nil, l.T("not.made"), "small")
	if v := s.selected(); v != nil {
		second = b.score(s, "score small-one", s.smallName(v), int64(v.FileBytes), s.second(), l.T("score.waiting"), "small")
	}
	return box("scores", first, second)
}

// nameOf is a variant's name among those on the board.
func (s *State) nameOf(v *spec.Variant) string {
	list := s.base()
	for i, name := range shortNames(s.Lang, list) {
		if list[i].ID == v.ID {
			return name
		}
	}
	return variantName(s.Lang, v.Name)
}

// score is one judgement. Pressing or entering it tints the sentence by its model.
func (b *Board) score(s *State, class, name string, size int64, t *protocol.Trace, waiting, by string) ui.UI {
	l := s.Lang
	made := size > 0 || by == ""
	if t != nil && len(t.Tokens) == 0 { // the model has an opinion of nothing, which is nobody's concern
		t, waiting = nil, l.T("say.nothing")
	}
	var title ui.UI = el("b", "", span("", say(name)).Title(name))
	if !made {
		title = el("b", "none", say(name))
	}
	bytes := ""
	if size > 0 {
		bytes = l.Bytes(size)
	}
	figure, word, wordClass := words.None, waiting, "mute"
	var p float64
	if t != nil {
		p = t.Probability
		figure = l.Fixed(p, 2)
		word, wordClass = label(l, t.Label), side(s, t)
		if t.Unknown > 1.0/3 {
			word, wordClass = l.T("unseen"), "mute"
		}
	}
	num := el("output", "score-num", orNone(t != nil, figure)).Attr("for", "say").
		Aria("busy", strconv.FormatBool(s.first() != nil && s.Say.Of != s.Say.Text)) // an answer to the words that are there is on its way
	return box(class,
		span("score-name", title, el("i", "mute", say(bytes))),
		num, span("verdict "+wordClass, say(word)).Title(word),
		gauge(t != nil, len(s.answers()) == 2, p),
	).TabIndex(0).Role("group").Aria("label", l.T("score.tint", name)).OnMouseEnter(b.press("tint", by)).OnFocus(b.press("tint", by))
}

// answers are the labels among which the model beside the sentence chooses.
func (s *State) answers() []string {
	f := s.Run.Facts
	if s.Run.Stage == Fresh || f == nil {
		if s.Builtin == nil || s.Run.Stage != Fresh {
			return []string{"negative", "positive"}
		}
		f = &s.Builtin.Facts
	}
	return f.Labels
}

// side is the colour of an answer: that of the first or the last of two labels.
func side(s *State, t *protocol.Trace) string {
	labels := s.answers()
	if len(labels) != 2 {
		return ""
	}
	if t.Label == labels[1] {
		return "up"
	}
	return "down"
}

// short cuts a long name.
func short(name string, most int) string {
	if r := []rune(name); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return name
}

// gauge shows a score: of two labels from the middle to its side, of more, where
// the score is that of the answer, from nothing.
func gauge(there, two bool, p float64) ui.UI {
	p = chart.Hold(p)
	base := chart.El("line", "class", "base", "x1", "0", "x2", "100%", "y1", "6", "y2", "6")
	middle := chart.El("line", "class", "mid", "x1", "50%", "x2", "50%", "y1", "0", "y2", "12")
	from, wide, class := min(0.5, p), max(p, 1-p)-0.5, "pos"
	if p < 0.5 {
		class = "neg"
	}
	if !two {
		from, wide, class = 0, p, "any"
	}
	at := chart.Percent(p)
	if !there {
		base.Attr("stroke-dasharray", "2 3")
		from, wide, class, at = 0.5, 0, "off", "50%"
	}
	if !two {
		middle = chart.El("line", "class", "off", "x1", "50%", "x2", "50%", "y1", "0", "y2", "12")
	}
	needle := "needle"
	if !there {
		needle = "off"
	}
	return chart.El("svg", "class", "gauge", "aria-hidden", "true").Body(base,
		chart.El("rect", "class", class, "x", chart.Percent(from), "y", "3", "width", chart.Percent(wide), "height", "6"),
		middle,
		chart.El("line", "class", needle, "x1", at, "x2", at, "y1", "0", "y2", "12"))
}

// label words a label that Clove knows, and leaves others as they are.
func label(l words.Lang, name string) string { return l.Or(name, "label."+name) }

// shortNames words the variants' names. What was fine-tuned is left out where no
// other variant is called the same then: the title has it.
func shortNames(l words.Lang, list []spec.Variant) []string {
	out := make([]string, len(list))
	count := map[string]int{}
	for i, v := range list {
		out[i] = shortName(v)
		count[out[i]]++
	}
	for i, v := range list {
		if count[out[i]] > 1 || out[i] == "" {
			out[i] = v.Name
		}
		out[i] = variantName(l, out[i])
	}
	return out
}

// shortName is a recipe's name, or that of each step that stays in the file, without options.
func shortName(v spec.Variant) string {
	for _, r := range spec.Recipes {
		if r.Pipeline == v.Pipeline {
			return r.Name
		}
	}
	var kept []string
	parts := strings.Split(v.Name, " · ")
	steps, err := spec.ParsePipeline(v.Pipeline)
	for i, p := range parts {
		if err == nil && len(steps) == len(parts) {
			s := steps[i]
			p = strings.TrimSuffix(p, " "+strings.Join(s.Options, " "))
			if hidden := s.Word("hidden"); s.Name == "distill" && hidden != "" {
				p = "distill " + hidden
			}
		}
		if !strings.HasPrefix(p, "tune ") && p != "huffman" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, " · ")
}

// variantName words a variant's name, "prune 80 · int8", part by part.
func variantName(l words.Lang, name string) string {
	parts := strings.Split(name, " · ")
	for i, p := range parts {
		word, rest, _ := strings.Cut(p, " ")
		parts[i] = l.Or(p, "variant."+p)
		if rest != "" && words.Has("variant."+word) {
			parts[i] = l.T("variant."+word) + " " + rest
		}
	}
	return strings.Join(parts, " · ")
}
