package app

import (
	"strconv"
	"strings"

	"github.com/clove-ml/clove/app/chart"
	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// The picture's measures: rows as high as those of Tokens beside it, three
// columns in percent of the width.
const (
	rowTop    = 26.0 // of the first row's cells
	rowHeight = 22.0
	cellTall  = 13.0
	cellStep  = 37.0 // of 1000
	cellWide  = 32.5
	stateAt   = 350.0
	scoreAt   = 700.0
	scoreWide = 266.0
	picture   = 286
)

// drawModel is the third column: each word's embedding, the state after it, and
// the score so far, one row a word beside the rows of Tokens.
func drawModel(b *Board, s *State) ui.UI {
	l := s.Lang
	m := s.Spec.Model
	_, tokens, _ := s.rows()
	drawn := 8
	if len(tokens) > 0 && len(tokens[0].Hidden) > 0 {
		drawn = len(tokens[0].Hidden)
	}
	hidden := m.Hidden
	if s.Run.Stage != Fresh {
		hidden = s.Run.Spec.Model.Hidden
	}
	return card("model", "h3", false,
		head(s, "model", modelTable(l, tokens)),
		box("pic", modelPic(s)),
		box("info", append(layerTable(l, s.facts()),
			el("p", "small mute", say(l.T("units.drawn", l.Int(min(drawn, hidden)), l.Int(hidden)))))...),
		settings(l, "LSTM "+strconv.Itoa(m.Embedding)+" → "+strconv.Itoa(m.Hidden),
			b.field(s, field{path: "model.embedding", name: "embedding.size", value: strconv.Itoa(m.Embedding)}),
			b.field(s, field{path: "model.hidden", name: "hidden.size", value: strconv.Itoa(m.Hidden)}),
			b.field(s, field{path: "model.dropout", name: "dropout", value: words.Plain(m.Dropout)}),
			b.field(s, field{path: "model.embedding_dropout", name: "embedding.dropout", value: words.Plain(m.EmbeddingDropout)}),
			b.field(s, field{path: "model.forget_bias", name: "forget.bias", value: words.Plain(m.ForgetBias)}),
			b.field(s, field{path: "model.embedding_scale", name: "embedding.scale", value: words.Plain(m.EmbeddingScale)}),
		),
	)
}

// modelPic is the picture.
func modelPic(s *State) ui.UI {
	l := s.Lang
	first, tokens, _ := s.rows()
	var cells []chart.Cell
	n := 0
	for i, t := range tokens {
		if t.Cut {
			continue
		}
		n++
		y := rowTop + rowHeight*float64(i)
		for j, v := range t.Embed {
			cells = append(cells, chart.Cell{X: cellStep * float64(j), Y: y, W: cellWide, H: cellTall, Value: float64(v)})
		}
		for j, v := range t.Hidden {
			cells = append(cells, chart.Cell{X: stateAt + cellStep*float64(j), Y: y, W: cellWide, H: cellTall, Value: float64(v)})
		}
	}
	finding := l.T("model.pic.empty")
	if t := s.trace(); t != nil && n > 0 {
		finding = l.T("model.pic", l.Int(len(t.Tokens)), l.Fixed(t.Probability, 2))
	}
	lit := chart.El("rect", "class", "litrow", "height", "0")
	if i := s.Say.Lit - first; s.Say.Lit >= 0 && i >= 0 && i < len(tokens) {
		lit = chart.El("rect", "class", "litrow", "x", "-4", "y", chart.Px(rowTop+rowHeight*float64(i)-4.5), "width", "102%", "height", "22")
	}
	middle := chart.Percent((scoreAt + scoreWide/2) / 1000)
	body := []ui.UI{
		lit,
		chart.Text(l.T("embedding"), "0", "14"),
		chart.Text(l.T("state"), "35%", "14"),
		chart.Text(l.T("score.so.far"), "100%", "14", "text-anchor", "end"),
		chart.El("line", "class", "grid", "x1", middle, "x2", middle, "y1", "22", "y2", "284"),
		chart.El("svg", "viewBox", "0 0 1000 286", "preserveAspectRatio", "none", "width", "100%", "height", strconv.Itoa(picture)).Body(chart.Heat(cells)...),
		links(tokens),
	}
	small := s.second()
	if s.Say.By == "small" {
		small = s.first()
	}
	if s.selected() != nil && small != nil {
		body = append(body, scoreLine("l-small", window(small, first)))
	} else {
		body = append(body, scoreLine("l-small", nil))
	}
	body = append(body, scoreLine("l-val", tokens))
	body = append(body, dots(tokens)...)
	return chart.Plot(picture, finding, body...)
}

func window(t *protocol.Trace, first int) []protocol.Token {
	if first >= len(t.Tokens) {
		return nil
	}
	return t.Tokens[first:min(len(t.Tokens), first+Window)]
}

// links are the hairlines that lead the eye along a row and from state to state.
func links(tokens []protocol.Token) ui.UI {
	var d []byte
	for i, t := range tokens {
		if t.Cut {
			continue
		}
		y := rowTop + rowHeight*float64(i) + cellTall/2
		d = line(d, 304, y, 342, y)
		d = line(d, 652, y, scoreX(t.Score), y)
		if i+1 < len(tokens) && !tokens[i+1].Cut {
			d = line(d, 496, y+7.5, 496, y+14.5)
		}
	}
	if d == nil {
		d = []byte("M0 0")
	}
	return chart.El("svg", "viewBox", "0 0 1000 286", "preserveAspectRatio", "none", "width", "100%", "height", strconv.Itoa(picture)).Body(
		chart.El("path", "class", "links", "d", string(d)))
}

func line(d []byte, x1, y1, x2, y2 float64) []byte {
	for i, v := range []float64{x1, y1, x2, y2} {
		d = append(d, "M L "[i])
		d = strconv.AppendFloat(d, v, 'f', -1, 64)
	}
	return d
}

func scoreX(p float64) float64 { return scoreAt + scoreWide*chart.Hold(p) }

func scoreLine(class string, tokens []protocol.Token) ui.UI {
	var points []byte
	for i, t := range tokens {
		if t.Cut {
			continue
		}
		if points != nil {
			points = append(points, ' ')
		}
		points = strconv.AppendFloat(points, scoreX(t.Score), 'f', 1, 64)
		points = append(points, ',')
		points = strconv.AppendFloat(points, rowTop+rowHeight*float64(i)+cellTall/2, 'f', 1, 64)
	}
	if points == nil {
		points = []byte("0,0")
	}
	return chart.El("svg", "viewBox", "0 0 1000 286", "preserveAspectRatio", "none", "width", "100%", "height", strconv.Itoa(picture), "overflow", "visible").Body(
		chart.El("polyline", "class", class, "points", string(points)))
}

func dots(tokens []protocol.Token) []ui.UI {
	out := make([]ui.UI, Window)
	last := -1
	for i, t := range tokens {
		if !t.Cut {
			last = i
		}
	}
	for i := range out {
		out[i] = chart.El("circle", "class", "d-val", "r", "0")
		if i < len(tokens) && !tokens[i].Cut {
			r := "2"
			if i == last {
				r = "3.5"
			}
			out[i] = chart.El("circle", "class", "d-val", "cx", chart.Percent(scoreX(tokens[i].Score)/1000),
				"cy", chart.Px(rowTop+rowHeight*float64(i)+cellTall/2), "r", r)
		}
	}
	return out
}

// modelTable is the picture in figures.
func modelTable(l words.Lang, tokens []protocol.Token) ui.UI {
	rows := make([]ui.UI, len(tokens))
	for i, t := range tokens {
		rows[i] = el("tr", "",
			el("td", "", say(t.Text)),
			el("td", "num", say(l.Signed(t.Moved, 2))),
			el("td", "num", say(l.Fixed(t.Score, 2))))
	}
	return el("details", "tbl mt", el("summary", "", say(l.T("table"))),
		box("", el("table", "",
			el("thead", "", el("tr", "", el("th", "", say(l.T("word"))), el("th", "num", say(l.T("moved"))), el("th", "num", say(l.T("score"))))),
			el("tbody", "", rows...))))
}

// layerTable shows what the file is made of.
func layerTable(l words.Lang, f *spec.Facts) []ui.UI {
	names := []string{"embedding", "lstm", "linear", "vocabulary"}
	rows := make([]ui.UI, len(names))
	shares := map[string]float64{}
	for i, n := range names {
		shape, weights, bytes := none(), none(), none()
		if f != nil {
			for _, x := range f.Layers {
				if x.Name != n {
					continue
				}
				shape, bytes = span("", say(strings.ReplaceAll(x.Shape, " × ", "×"))), span("", say(l.Bytes(int64(x.Bytes))))
				weights = span("", say(""))
				if x.Weights > 0 {
					weights = span("", say(l.Int(x.Weights)))
				}
				if f.FileBytes > 0 {
					shares[n] = float64(x.Bytes) / float64(f.FileBytes)
				}
			}
		}
		rows[i] = el("tr", "", el("td", "", say(l.T("layer."+n))), el("td", "num", shape), el("td", "num", weights), el("td", "num", bytes))
	}
	table := el("table", "",
		el("thead", "", el("tr", "", el("th", "", say(l.T("layer"))), el("th", "num", say(l.T("shape"))), el("th", "num", say(l.T("weights.head"))), el("th", "num", say(l.T("bytes"))))),
		el("tbody", "", rows...))
	emb, lstm := shares["embedding"], shares["lstm"]
	first, second := l.T("layer.embedding")+" "+words.None, "LSTM "+words.None
	finding := l.T("layers.empty")
	if emb > 0 {
		first, second = l.T("embedding")+" "+l.Percent(emb, 0), "LSTM "+l.Percent(lstm, 0)
		finding = l.T("layers.finding", l.Percent(emb, 0), l.Percent(lstm, 0))
	}
	bar := func(class string, from, to float64) ui.UI {
		return chart.El("rect", "class", class, "x", chart.Percent(from), "y", "10", "width", chart.Percent(max(0, to-from-0.004)), "height", "8")
	}
	return []ui.UI{table, chart.Plot(34, finding,
		bar("b1", 0, emb), bar("b3", emb, emb+lstm), bar("b4", emb+lstm, 1),
		chart.Text(first, "0", "32"), chart.Text(second, "100%", "32", "text-anchor", "end"))}
}
