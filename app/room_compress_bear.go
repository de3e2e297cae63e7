package app

import (
	"math"
	"strconv"
	"strings"

	"github.com/clove-ml/clove/app/chart"
	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// lostCuts are the points lost from which a cell has the next tint.
var lostCuts = [4]float64{0.25, 0.6, 1.5, 4}

// drawBear is what each technique costs each part alone, on validation: press a cell,
// and that step is in the plan for that part.
func drawBear(b *Board, s *State) ui.UI {
	l := s.Lang
	k := &s.Looks
	c := cell{class: "s8", id: "bear", title: l.T("bear.title"), note: l.T("bear.note.empty"), finding: l.T("bear.later")}
	var found []spec.SensitiveCell
	if f := k.Sense.Found; f != nil && k.Sense.Run == s.baseRun() {
		found = f.Cells
		c.note = l.T("bear.note", l.Int(f.Base.Texts))
		if k.Sensing {
			c.note = l.T("bear.measuring", l.Int(len(f.Cells)), l.Int(f.Of))
		}
		if len(found) > 0 {
			c.finding = bearFinding(l, found)
		}
	}
	if k.Problem != nil && !k.Sensing {
		c.finding = problem(l, k.Problem)
	}
	steps, model := s.sensitive()
	head := []ui.UI{el("th", "", say(l.T("bear.part"))), el("th", "num", say("KB"))}
	for _, t := range steps {
		head = append(head, el("th", "num", say(techniqueShort(l, t))).Title(t))
	}
	layers := spec.SensitiveLayers(model.Kind == "bag")
	rows := make([]ui.UI, len(layers))
	for i, layer := range layers {
		class := ""
		if layer == spec.PartAll {
			class = "tot"
		}
		cells := []ui.UI{el("td", "", say(bearLayer(l, layer))), el("td", "num mute", say(layerKB(l, s.original(), model, layer)))}
		for _, t := range steps {
			cells = append(cells, b.bearCell(l, found, layer, t, layer == layers[0] && t == steps[0]))
		}
		rows[i] = el("tr", class, cells...)
	}
	do, text := "sense", l.T("bear.measure")
	if k.Sense.Seconds > 0 {
		text = l.T("bear.about", l.Took(math.Max(1, k.Sense.Seconds)))
	}
	if k.Sensing {
		do, text = "sense-stop", l.T("cancel")
	}
	h, o := b.press(do)
	press := button("btn", text, h, o).ID("bear-go")
	if s.busy() || k.Timing || k.asking || s.baseRun() == "" || !k.Sensing && k.Sense.Over && k.Sense.Found != nil && len(found) == k.Sense.Found.Of {
		press.Attr("disabled", true)
	}
	c.body = []ui.UI{
		box("slide", el("table", "heat",
			el("thead", "", el("tr", "", head...)),
			el("tbody", "", rows...)).DataSet("keys", "grid")),
		box("acts mt8", press, el("p", "small mute", say(l.T("bear.press")))),
	}
	return c.draw()
}

// sensitive are the techniques of the picture, and the model that it is of.
func (s *State) sensitive() ([]string, spec.Model) {
	m := s.baseSpec().Model
	return spec.Sensitive(m), m
}

// baseSpec is what the original on the board was made by.
func (s *State) baseSpec() spec.Spec {
	switch {
	case s.Run.Stage != Fresh:
		return s.Run.Spec
	case s.Builtin != nil:
		return s.Builtin.Spec
	}
	return s.Spec
}

// bearLayer is what a row of the picture is called: "LSTM", "recurrent g".
func bearLayer(l words.Lang, layer string) string {
	if kind, gate, ok := (spec.SensitiveCell{Layer: layer}).Gate(); ok {
		return l.T("word."+kind) + " " + gate
	}
	return l.Or(layer, "layer."+layer, "bear."+layer)
}

// bearCell is one technique on one part. First is the picture's tab stop; arrow keys move inside it.
func (b *Board) bearCell(l words.Lang, found []spec.SensitiveCell, layer, technique string, first bool) ui.UI {
	for _, x := range found {
		if x.Layer != layer || x.Technique != technique {
			continue
		}
		if x.Why != "" {
			return el("td", "num mute", say(words.None)).Title(x.Why)
		}
		points := -100 * x.Lost
		class := "num mute"
		if step := chart.Step(points, lostCuts); !x.Chance() && step != 0 {
			class = "num " + chart.TintClass(step)
		}
		between := []string{l.Signed(-100*x.High, 2), l.Signed(-100*x.Low, 2)}
		if x.Bytes == 0 {
			title := l.T("bear.gate", techniqueShort(l, technique), bearLayer(l, layer), between[0], between[1])
			return el("td", class, say(l.Signed(points, 1))).Title(title)
		}
		h, o := b.press("add-step", x.Step())
		stop := -1
		if first {
			stop = 0
		}
		title := l.T("bear.cell", x.Step(), between[0], between[1], l.Bytes(int64(x.Bytes)))
		return el("td", class, button("link", l.Signed(points, 1), h, o).TabIndex(stop).Title(title).Aria("label", l.Signed(points, 1)+" "+title))
	}
	return el("td", "num mute", say(words.None))
}

// layerKB is what a part takes of the original's file.
func layerKB(l words.Lang, o *spec.Variant, m spec.Model, layer string) string {
	if o == nil {
		return words.None
	}
	if layer == spec.PartAll {
		return kilobytes(l, o.FileBytes)
	}
	layer, of, _ := strings.Cut(layer, "/")
	for _, p := range o.Parts {
		if p.Name != layer {
			continue
		}
		if of == "" {
			return kilobytes(l, p.Bytes)
		}
		cols := m.Embedding // of both matrices, beside which there are two biases
		if strings.HasPrefix(of, spec.MatrixRecurrent) {
			cols = m.Hidden
		}
		return kilobytes(l, p.Bytes*cols/(4*(m.Embedding+m.Hidden+2)))
	}
	return words.None
}

func kilobytes(l words.Lang, n int) string {
	if n < 10_000 {
		return l.Fixed(float64(n)/1000, 1)
	}
	return l.Fixed(float64(n)/1000, 0)
}

// techniqueShort heads a column: "8 bits", "prune 80".
func techniqueShort(l words.Lang, text string) string {
	if key := "bear." + text; words.Has(key) {
		return l.T(key)
	}
	if name, share, ok := strings.Cut(text, "="); name == "rank" {
		return l.T("bear.rank")
	} else if ok && name == "prune" {
		if x, err := strconv.ParseFloat(share, 64); err == nil {
			return l.T("short.prune") + " " + l.Fixed(100*x, 0)
		}
	}
	return text
}

// bearFinding names the layer that breaks first, the gate too, and what chance does.
func bearFinding(l words.Lang, cells []spec.SensitiveCell) string {
	var worst, gate spec.SensitiveCell
	chance, n := 0.0, 0
	for _, c := range cells {
		_, _, ofGate := c.Gate()
		switch {
		case c.Why != "":
		case c.Chance():
			chance += 100 * (c.High - c.Low) / 2
			n++
		case ofGate && c.Lost > gate.Lost:
			gate = c
		case !ofGate && c.Layer != spec.PartAll && c.Lost > worst.Lost:
			worst = c
		}
	}
	first := func(key string, c spec.SensitiveCell) string {
		return l.T(key, bearLayer(l, c.Layer), l.Fixed(100*c.Lost, 1), techniqueShort(l, c.Technique))
	}
	var said []string
	if worst.Layer != "" {
		said = append(said, first("bear.first", worst))
	}
	if gate.Layer != "" {
		said = append(said, first("bear.first.gate", gate))
	}
	if len(said) == 0 {
		return l.T("bear.none")
	}
	if n > 0 {
		said = append(said, l.T("bear.chance", l.Fixed(chance/float64(n), 2)))
	}
	return l.Join(said...)
}
