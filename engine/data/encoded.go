package data

import (
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/text"
)

// Part is some texts as token ids.
type Part struct {
	IDs     []int32  // of all texts, one after the other; each text has at least one
	Offsets []int32  // n+1: text i is IDs[Offsets[i]:Offsets[i+1]]
	Labels  []int32  // n, indices into Encoded.Labels
	Texts   []string // n raw texts; nil where not kept (all but test)
}

// Len counts the texts.
func (p *Part) Len() int { return len(p.Labels) }

// Text is the ids of text i.
func (p *Part) Text(i int) []int32 { return p.IDs[p.Offsets[i]:p.Offsets[i+1]] }

// Lengths are the counts of ids of each text.
func (p *Part) Lengths() []int32 {
	n := make([]int32, p.Len())
	for i := range n {
		n[i] = p.Offsets[i+1] - p.Offsets[i]
	}
	return n
}

// Encoded is a data set ready to train on. Its texts are in order of their
// content hash, so neither the container nor the order of rows in it decides
// anything.
type Encoded struct {
	Labels             []string // sorted
	Vocab              *text.Vocab
	Tokenizer          spec.Tokenizer
	Train, Valid, Test Part
	Facts              spec.Facts // without Layers and FileBytes, which the model knows
	SHA256             string     // of the file that it was read from, hex; "" for anything else
}
