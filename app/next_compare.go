package app

import (
	"slices"

	"github.com/clove-ml/clove/wasm/protocol"
)

// Compared is what the room Compare has asked for and been told.
type Compared struct {
	Reading *protocol.Reading // of the sentence, by Left and Right
	Left    string
	Right   string
	Problem *protocol.Problem
	Rows    []FlipReading // of Model, in the order that they came

	Counted protocol.Counted // words counted, without a net, on the texts of its Model

	Model   string
	counted string // the original that was asked about last
	seq     int
	asked   string // pair and sentence
	waiting bool   // for a row
	failed  []int  // rows that could not be read
}

// FlipReading is how the original and a variant read a text whose answer changed.
type FlipReading struct {
	Index   int // of the flip, in the test set
	Reading protocol.Reading
}

// reading is what these two made of the sentence, nil until they have read one.
func (c *Compared) reading(left, right string) *protocol.Reading {
	if c.Left != left || c.Right != right {
		return nil
	}
	return c.Reading
}

// row is the reading of a flip of a variant, nil until there is one.
func (c *Compared) row(model string, index int) *protocol.Reading {
	if c.Model != model {
		return nil
	}
	for i := range c.Rows {
		if c.Rows[i].Index == index {
			return &c.Rows[i].Reading
		}
	}
	return nil
}

// compare asks for what the open room lacks where that is in sight: the sentence read by its two, then the
// listed texts, one by one behind everything else.
func (n *next) compare() {
	if n.Place.Room != "compare" || n.Worker != "ready" {
		return
	}
	c := &n.Compared
	if o := n.original(); o != nil && n.sees("map") && o.ID != c.counted && !n.busy() && !n.Looks.Sensing && !n.Looks.Timing {
		c.counted = o.ID
		n.send(protocol.KindCounted, protocol.Model{Model: o.ID})
	}
	left, right := n.pair()
	if ask := left + "\n" + right + "\n" + n.Say.Text; n.sees("two") && left != "" && ask != c.asked {
		c.asked = ask
		c.seq++
		n.send(protocol.KindBeside, protocol.Beside{Seq: c.seq, Left: left, Right: right, Texts: []string{n.Say.Text}})
	}
	v, o := n.selected(), n.original()
	if v == nil || o == nil || n.busy() || !n.sees("flips") {
		return
	}
	if c.Model != v.ID {
		c.Model, c.Rows, c.waiting, c.failed = v.ID, nil, false, nil
	}
	if c.waiting {
		return
	}
	for _, f := range n.listed(n.flipRows(v)) {
		if c.row(v.ID, f.Index) == nil && !slices.Contains(c.failed, f.Index) {
			c.waiting = true
			n.send(protocol.KindBeside, protocol.Beside{Left: o.ID, Right: v.ID, Texts: []string{f.Text}})
			return
		}
	}
}

// besides takes the readings of the sentence, or of a row; wrong is why there are none.
func (n *next) besides(q protocol.Beside, r protocol.Besides, wrong *protocol.Problem) {
	c := &n.Compared
	if q.Seq > 0 {
		if q.Seq != c.seq {
			return // the sentence is another by now
		}
		if c.Problem = wrong; len(r.Readings) == 1 {
			c.Left, c.Right, c.Reading = q.Left, q.Right, &r.Readings[0]
		}
		return
	}
	v := n.selected()
	if v == nil || v.ID != q.Right || c.Model != q.Right {
		return
	}
	c.waiting = false
	for _, f := range v.Flips {
		if f.Text != q.Texts[0] {
			continue
		}
		if len(r.Readings) == 1 {
			c.Rows = append(slices.Clip(c.Rows), FlipReading{f.Index, r.Readings[0]})
		} else {
			c.failed = append(slices.Clip(c.failed), f.Index)
		}
	}
}
