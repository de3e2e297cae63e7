package app

import (
	"strconv"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/wasm/protocol"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// Window is how many tokens Tokens and Model show at once, the same ones.
const Window = 12

// rows are the tokens in the window.
func (s *State) rows() (first int, tokens []protocol.Token, all int) {
	t := s.trace()
	if t == nil {
		return 0, nil, 0
	}
	all = len(t.Tokens)
	first = max(0, min(s.Say.First, all-Window))
	return first, t.Tokens[first:min(all, first+Window)], all
}

// drawTokens is the second column: how the sentence is cut.
func drawTokens(b *Board, s *State) ui.UI {
	l := s.Lang
	first, tokens, all := s.rows()
	tinted := tints(s.trace())
	rows := make([]ui.UI, Window)
	for i := range rows {
		if i >= len(tokens) {
			rows[i] = el("tr", "", el("td", "", el("mark", "", say(""))), el("td", "num mute", say("")))
			continue
		}
		t := tokens[i]
		class, id, idClass := "", strconv.Itoa(t.ID), "num mute"
		switch {
		case t.Cut:
			class, id = "gone", l.T("cut.off")
		case t.ID == 1:
			class, id = tint(tinted[first+i])+" unk", l.T("unknown.word")
		default:
			class = tint(tinted[first+i])
		}
		row := ""
		if first+i == s.Say.Lit {
			row = "lit"
		}
		text := t.Text
		if text == " " {
			text = "␣"
		}
		in, o := b.hover(first + i)
		rows[i] = el("tr", row,
			el("td", "", el("mark", class, say(text)).Title(text)),
			el("td", idClass, say(id))).OnMouseEnter(in, o)
	}
	out, o := b.hover(-1)
	count := words.None
	if all > 0 {
		count = l.Int(all)
		if all > Window {
			count = l.T("rows.of", l.Int(first+1), l.Int(first+len(tokens)), l.Int(all))
		}
	}
	f := s.facts()
	var vocabulary, unknown, bytes ui.UI = none(), none(), none()
	if f != nil {
		vocabulary = span("", say(l.Int(f.Vocabulary)))
		unknown = span("", say(l.Percent(f.Unknown, 1)))
		bytes = span("", say(l.Bytes(int64(f.VocabBytes))))
	}
	return card("tokens", "h2", false,
		head(s, "tokens", span("", say(count))),
		box("pic",
			el("table", "tok",
				el("thead", "", el("tr", "", el("th", "", say(l.T("word"))), el("th", "num", say(l.T("id"))))),
				el("tbody", "", rows...),
			).TabIndex(0).Aria("label", l.T("rows.label")).DataSet("keys", "rows").OnMouseLeave(out, o)),
		box("info",
			facts(
				fact(l.T("vocabulary"), vocabulary),
				fact(l.T("unknown"), unknown),
				fact(l.T("cut.at"), span("", say(l.Int(s.Spec.Tokenizer.MaxTokens)))),
				fact(l.T("stored.as"), bytes),
			),
			el("p", "small mute", say(l.T("tint.means")))),
		b.tokenSettings(s),
	)
}

func (b *Board) tokenSettings(s *State) ui.UI {
	l := s.Lang
	t := s.Spec.Tokenizer
	return settings(l, l.T("kind.short."+t.Kind),
		b.field(s, field{path: "tokenizer.kind", name: "cut.by", value: t.Kind, options: []option{{"words", l.T("kind.words")}, {"characters", l.T("kind.characters")}}}),
		b.field(s, field{path: "tokenizer.vocabulary", name: "entries", value: strconv.Itoa(t.Vocabulary)}),
		b.field(s, field{path: "tokenizer.min_count", name: "min.count", value: strconv.Itoa(t.MinCount)}),
		b.field(s, field{path: "tokenizer.max_tokens", name: "cut.at.field", value: strconv.Itoa(t.MaxTokens)}),
		b.field(s, field{path: "tokenizer.cut", name: "keep", value: t.Cut, options: []option{{"head", l.T("keep.head")}, {"tail", l.T("keep.tail")}, {"both", l.T("keep.both")}}}),
	)
}
