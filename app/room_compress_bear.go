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
	head := []ui.UI{el("th", "", say(l.T("bear.part"))), el("th", "num", say("KB"))}
	for _, t := range spec.Sensitive {
		head = append(head, el("th", "num", say(techniqueShort(l, t))).Title(t))
	}
	layers := []string{spec.PartEmbedding, spec.PartLSTM, spec.PartLinear, spec.PartAll}
	rows := make([]ui.UI, len(layers))
	for i, layer := range layers {
		class := ""
		if layer == spec.PartAll {
			class = "tot"
		}
		cells := []ui.UI{el("td", "", say(l.Or(layer, "layer."+layer, "bear."+layer))), el("td", "num mute", say(layerKB(l, s.original(), layer)))}
		for _, t := range spec.Sensitive {
			cells = append(cells, b.bearCell(s, found, layer, t))
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

// bearCell is one technique on one part.
func (b *Board) bearCell(s *State, found []spec.SensitiveCell, layer, technique string) ui.UI {
	l := s.Lang
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
		h, o := b.press("add-step", x.Step())
		stop := -1 // one tab stop for the picture; arrow keys move inside it
		if layer == spec.PartEmbedding && technique == spec.Sensitive[0] {
			stop = 0
		}
		title := l.T("bear.cell", x.Step(), l.Signed(-100*x.High, 2), l.Signed(-100*x.Low, 2), l.Bytes(int64(x.Bytes)))
		return el("td", class, button("link", l.Signed(points, 1), h, o).TabIndex(stop).Title(title).Aria("label", l.Signed(points, 1)+" "+title))
	}
	return el("td", "num mute", say(words.None))
}

// layerKB is what a part takes of the original's file.
func layerKB(l words.Lang, o *spec.Variant, layer string) string {
	if o == nil {
		return words.None
	}
	if layer == spec.PartAll {
		return kilobytes(l, o.FileBytes)
	}
	for _, p := range o.Parts {
		if p.Name == layer {
			return kilobytes(l, p.Bytes)
		}
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
	if name, share, ok := strings.Cut(text, "="); ok && name == "prune" {
		if x, err := strconv.ParseFloat(share, 64); err == nil {
			return l.T("short.prune") + " " + l.Fixed(100*x, 0)
		}
	}
	return text
}

// bearFinding names the part that breaks first, and what chance does.
func bearFinding(l words.Lang, cells []spec.SensitiveCell) string {
	var worst spec.SensitiveCell
	chance, n := 0.0, 0
	for _, c := range cells {
		if c.Why != "" {
			continue
		}
		if c.Chance() {
			chance += 100 * (c.High - c.Low) / 2
			n++
		} else if c.Layer != spec.PartAll && c.Lost > worst.Lost {
			worst = c
		}
	}
	if worst.Layer == "" {
		return l.T("bear.none")
	}
	text := l.T("bear.first", l.T("layer."+worst.Layer), l.Fixed(100*worst.Lost, 1), techniqueShort(l, worst.Technique))
	if n > 0 {
		text = l.Join(text, l.T("bear.chance", l.Fixed(chance/float64(n), 2)))
	}
	return text
}
