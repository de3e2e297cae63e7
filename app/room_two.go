package app

import (
	"slices"
	"strconv"
	"strings"

	"github.com/clove-ml/clove/app/chart"
	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/wasm/protocol"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// pair are the two that read the same sentence: as the address says, else the original
// and the variant that is selected, or the newest.
func (s *State) pair() (left, right string) {
	list := s.base()
	if len(list) == 0 {
		return "", ""
	}
	left, right = list[0].ID, list[len(list)-1].ID
	if v := s.selected(); v != nil {
		right = v.ID
	}
	first, second := s.Place.Get("left"), s.Place.Get("right")
	for _, v := range list {
		name := variantOf(v.ID)
		if name == first {
			left = v.ID
		}
		if name == second {
			right = v.ID
		}
	}
	return left, right
}

// variantOf is what names a variant within its run.
func variantOf(id string) string {
	_, name, _ := strings.Cut(id, "/")
	return name
}

// mostWords is how many words are written below the curves; of more, every second or so.
const mostWords = 12

func drawCompareTwo(b *Board, s *State) ui.UI {
	l := s.Lang
	left, right := s.pair()
	list := s.base()
	names := s.mapNames()
	var options []option
	name := map[string]string{}
	for i, v := range list {
		options = append(options, option{variantOf(v.ID), names[i]})
		name[v.ID] = names[i]
	}
	r := s.Compared.reading(left, right)
	note := l.T("two.live")
	if p := s.Compared.Problem; p != nil {
		note = problem(l, p)
	}
	var vs, body, xw []ui.UI
	rows := [][]string{}
	if r == nil || len(r.Left.Tokens) == 0 {
		vs = []ui.UI{el("p", "words big mute", say(l.T("two.nothing"))), none()}
		body = halves(l)
	} else {
		lit := -1 // the word under the pointer or caret, as everywhere
		if r.Text == s.Say.Text {
			lit = s.Say.Lit
		}
		vs = []ui.UI{
			el("p", "words big", marks(r.Text, r.Text, r.Left.Tokens, tints(&r.Left), lit)...), el("b", "", say(l.Fixed(r.Left.Probability, 2))),
			el("p", "words big", marks(r.Text, r.Text, r.Right.Tokens, tints(&r.Right), lit)...), el("b", "small-n", say(l.Fixed(r.Right.Probability, 2))),
		}
		body = twoCurves(l, r, name[left], name[right])
		if lit >= 0 && lit < len(r.Left.Tokens) {
			at := chart.Percent(wordAt(lit, len(r.Left.Tokens)))
			body = append([]ui.UI{chart.El("line", "class", "pickcol", "x1", at, "x2", at, "y1", "0", "y2", "100%")}, body...)
		}
		rows, xw = twoRows(l, r), under(r)
	}
	find := twoFinding(l, r)
	return cell{class: "s6", id: "two", title: l.T("two"), note: note, finding: find, body: []ui.UI{
		box("trio two2", b.choice(s, "left", l.T("two.left"), variantOf(left), options...), b.choice(s, "right", l.T("two.right"), variantOf(right), options...)),
		box("vs", vs...),
		el("figure", "chart",
			el("figcaption", "", span("", say(l.T("two.sofar"))),
				behind(l, []string{l.T("word"), l.T("two.left"), l.T("two.right"), l.T("two.apart")}, rows)),
			chart.Plot(150, plain(find), body...)),
		box("xw", xw...).Aria("hidden", "true"),
	}}.draw()
}

// halves are the grid of a score.
func halves(l words.Lang) (body []ui.UI) {
	for _, y := range []float64{0, 0.5, 1} {
		body = append(body, chart.GridY(y, words.Plain(y))...)
	}
	return body
}

// twoCurves are the scores after each word, and where the two part.
func twoCurves(l words.Lang, r *protocol.Reading, left, right string) []ui.UI {
	body := halves(l)
	a, b := curve(r.Left), curve(r.Right)
	if r.Parts >= 0 && r.Parts < len(r.Left.Tokens) {
		at := chart.Percent(wordAt(r.Parts, len(r.Left.Tokens)))
		anchor, dx := "end", "-6"
		if r.Parts*2 < len(r.Left.Tokens) {
			anchor, dx = "start", "6"
		}
		body = append(body, chart.El("line", "class", "cut", "x1", at, "x2", at, "y1", "0", "y2", "100%"),
			chart.Text(l.T("two.part", l.Fixed(r.Left.Tokens[r.Parts].Score, 2), l.Fixed(r.Right.Tokens[min(r.Parts, len(r.Right.Tokens)-1)].Score, 2)), at, "8%", "class", "on", "text-anchor", anchor, "dx", dx, "dy", "4"))
	}
	body = append(body, chart.Stretched(chart.Line("l-small", b), chart.Line("l-val", a)))
	// The names stand at the ends, the higher one above and the lower one below; where there
	// is no room above, both below the lowest that runs there.
	ya, yb := a[len(a)-1].Y, b[len(b)-1].Y
	swap, over, below := ya < yb, -8, 18
	if max(ya, yb) > 0.88 {
		over = 14
		low := 1.0
		for _, p := range slices.Concat(a, b) {
			if p.X > 0.6 {
				low = min(low, p.Y)
			}
		}
		if low > 0.4 {
			ya, yb, over, below = low, low, 16, 30
		}
	}
	if swap {
		over, below = below, over
	}
	return append(body,
		chart.Text(left+" "+l.Fixed(r.Left.Probability, 2), "100%", chart.Percent(1-chart.Hold(ya)), "class", "on", "text-anchor", "end", "dy", strconv.Itoa(over)),
		chart.Text(right+" "+l.Fixed(r.Right.Probability, 2), "100%", chart.Percent(1-chart.Hold(yb)), "class", "sel", "text-anchor", "end", "dy", strconv.Itoa(below)))
}

// wordAt is where token i of n stands.
func wordAt(i, n int) float64 { return float64(i) / float64(max(1, n-1)) }

// curve is a trace's score after each word that was read.
func curve(t protocol.Trace) (points []chart.Point) {
	for i, k := range t.Tokens {
		if !k.Cut {
			points = append(points, chart.Point{X: wordAt(i, len(t.Tokens)), Y: k.Score})
		}
	}
	if len(points) == 0 {
		points = []chart.Point{{X: 0, Y: t.Probability}}
	}
	return points
}

func twoRows(l words.Lang, r *protocol.Reading) (rows [][]string) {
	for i, k := range r.Left.Tokens {
		if k.Cut {
			continue
		}
		other, apart := words.None, words.None
		if i < len(r.Right.Tokens) {
			other = l.Fixed(r.Right.Tokens[i].Score, 2)
		}
		if i < len(r.Apart) {
			apart = l.Percent(r.Apart[i], 1)
		}
		rows = append(rows, []string{k.Text, l.Fixed(k.Score, 2), other, apart})
	}
	return rows
}

// under are the words below the curves.
func under(r *protocol.Reading) (out []ui.UI) {
	n := len(r.Left.Tokens)
	every := (n + mostWords - 1) / mostWords
	for i := 0; i < n; i += every {
		out = append(out, span("", say(short(r.Left.Tokens[i].Text, 12))))
	}
	return out
}

// twoFinding says where the two part, how far, and whether they meet again.
func twoFinding(l words.Lang, r *protocol.Reading) string {
	switch {
	case r == nil || len(r.Left.Tokens) == 0:
		return l.T("two.wait")
	case r.Parts < 0 && r.Apart != nil:
		return l.T("two.never", l.Percent(slices.Max(r.Apart), 1))
	case r.Parts < 0:
		return l.T("two.never.score")
	case r.Parts >= len(r.Right.Tokens):
		return l.T("two.never.score")
	}
	a, b := r.Left.Tokens[r.Parts], r.Right.Tokens[r.Parts]
	key := "two.less"
	if b.Moved*b.Moved > a.Moved*a.Moved {
		key = "two.more"
	}
	say := l.T(key, a.Text)
	if r.Apart == nil { // of other widths
		return say + l.T("two.scores.part", l.Fixed(a.Score, 2), l.Fixed(b.Score, 2))
	}
	say += l.T("two.states.part", l.Percent(r.Apart[r.Parts], 1))
	for i := r.Parts + 1; i < len(r.Apart); i++ {
		if !r.Left.Tokens[i].Cut && r.Apart[i] <= parted5 {
			return say + l.T("two.meet", r.Left.Tokens[i].Text)
		}
	}
	return say + l.T("two.apart.for.good")
}

// parted5 is how far apart states are said to part, as the worker has it.
const parted5 = 0.05
