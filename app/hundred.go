package app

import (
	"fmt"

	"github.com/clove-ml/clove/engine/run/spec"
)

// "Make it 100 times smaller" runs a recipe. It is made for a model of some megabytes;
// a hundredth of a smaller file is a narrower student, which keeps the words that move
// its answers most (of reviews: 71 % right, by the most used words 64).
const hundred = "lstm-100x"

// What a student costs, about, in bytes.
const (
	headBytes = 2600    // the file's head
	codeBytes = 0.57    // a weight in 4 bits, with its group's scale
	fewWords  = 150     // fewer would be no model
	bigModel  = 4 << 20 // a hundredth of it holds the recipe as it is
)

// hundredth is the pipeline for that; "" where a hundredth would hold no model.
func (s *State) hundredth() string {
	recipe, _ := spec.RecipeOf(hundred)
	o, f := s.original(), s.facts()
	if o == nil || f == nil || f.Vocabulary == 0 {
		return ""
	}
	if o.FileBytes >= bigModel {
		return recipe.Pipeline
	}
	m := s.Spec.Model
	if s.Run.Stage != Fresh {
		m = s.Run.Spec.Model
	}
	word := float64(f.VocabBytes) / float64(f.Vocabulary)
	for _, width := range [][2]int{{12, 16}, {8, 12}, {4, 8}, {2, 4}} {
		e, h := min(width[0], m.Embedding), min(width[1], m.Hidden)
		left := float64(o.FileBytes)/100 - headBytes - codeBytes*float64(4*h*(e+h+2))
		if n := int(left / (word + codeBytes*float64(e))); n >= 2*fewWords || width[0] == 2 && n >= fewWords {
			return fmt.Sprintf("distill=lstm/embedding%d/hidden%d/rate0.02,words=%d/effect,finetune=4,quantize=int4/group32/mse,huffman", e, h, min(n, f.Vocabulary))
		}
	}
	return ""
}

// hundredfold makes it, or selects it where it is made.
func (n *next) hundredfold() {
	plan, err := spec.ParsePipeline(n.hundredth())
	if err != nil || len(plan) == 0 {
		return
	}
	n.planned(plan, len(plan)-1)
	if v := n.made(); v != nil {
		n.choose(v.ID)
	} else {
		n.compress()
	}
}
