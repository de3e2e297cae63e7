package app

import (
	"strings"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

// FirstSentence is there before anybody types.
const FirstSentence = "Not the masterpiece they promised, but I laughed all the way home."

// examples are first sentences that fit the data.
var examples = map[string]string{
	"reviews": FirstSentence,
	"imdb":    FirstSentence,
	"names":   "Rosalind",
	"mail":    "Congratulations! You have been selected to receive a free gift, click here to claim it today.",
}

// longestExample of a person's own text, in bytes.
const longestExample = 120

// example is a first sentence for data: Clove's own, or the file's first short text.
func example(s spec.Spec, f *spec.Facts) string {
	if text, ok := examples[s.Data.Source]; ok {
		return text
	}
	if f != nil {
		for _, x := range f.Samples {
			if text := strings.Join(strings.Fields(x.Text), " "); text != "" && len(text) <= longestExample {
				return text
			}
		}
	}
	return ""
}

// suit puts a sentence that fits the data of the settings in the field, unless
// the person has typed one.
func (n *next) suit() {
	text := n.Say.Text
	if n.Say.Was != "" { // a text of the data that was there before
		text = n.Say.Was
	}
	if x := example(n.Spec, n.Facts); !n.Say.Typed && x != "" {
		text = x
	}
	if text != n.Say.Text {
		n.put(text)
	}
}

// put writes the sentence for the person; what they typed stays known as such.
func (n *next) put(text string) {
	n.Say.Text, n.Say.Was, n.Say.Lit, n.Say.First = text, "", -1, 0
	n.do("sentence", text)
	n.score()
}

// Rereading is how the original and the smaller model read the texts on which
// they disagree, asked one by one behind everything else.
type Rereading struct {
	Model   string     // the smaller one
	Shown   []Readings // beside its flips, in their order
	got     []Readings // of which the newest are not shown yet
	waiting bool       // for an answer
}

// Readings of one text; nil where a model could not read it.
type Readings struct{ Before, After *protocol.Trace }

// together is how many readings are drawn at once when all texts are listed.
const together = 24

// shownFlips is how many texts are listed.
func (s *State) shownFlips(v *spec.Variant) int {
	if s.AllFlip {
		return len(v.Flips)
	}
	return min(3, len(v.Flips))
}

// reread asks for the next text on the page that has not been read, while nothing
// else is at work.
func (n *next) reread() {
	v, o := n.selected(), n.original()
	if v == nil || o == nil || n.Worker != "ready" || n.busy() {
		return
	}
	r := &n.Read
	if r.Model != v.ID {
		*r = Rereading{Model: v.ID}
	}
	i := len(r.got)
	if r.waiting || i >= n.shownFlips(v) {
		return
	}
	r.waiting = true
	n.send(protocol.KindScore, protocol.Score{Text: v.Flips[i].Text, Models: []string{o.ID, v.ID}})
}

// readAgain takes the answer, nil for none.
func (n *next) readAgain(q protocol.Score, traces []protocol.Trace) {
	r := &n.Read
	v := n.selected()
	if len(q.Models) != 2 || q.Models[1] != r.Model || v == nil || v.ID != r.Model {
		return // of a model that is no longer chosen
	}
	r.waiting = false
	var x Readings
	for i := range traces {
		switch traces[i].Model {
		case q.Models[0]:
			x.Before = &traces[i]
		case q.Models[1]:
			x.After = &traces[i]
		}
	}
	r.got = append(r.got[:len(r.got):len(r.got)], x)
	if k := len(r.got); k >= n.shownFlips(v) || k%together == 0 {
		r.Shown = r.got
	}
}
