package app

import (
	"fmt"
	"math"

	"github.com/clove-ml/clove/engine/run/spec"
)

// "Make it 100 times smaller" runs lstm-100x, which is made for a model of some megabytes. A
// hundredth of a smaller file has no room for its words: of reviews, 450 of 3,643, with which
// the best student found on validation is right on 77 % where the model is on 95. So what
// is offered there first is lstm-small, which keeps all words and loses less than two
// points; a hundredth after that, with what it leaves out said before.
const (
	hundred = "lstm-100x"
	small20 = "lstm-small"
)

// What a student costs, about, in bytes.
const (
	headBytes = 2700    // the file's head
	codeBytes = 0.45    // a weight in 4 bits, Huffman's codes
	wordShare = 0.5     // of a word's length, written after one that is like it
	fewWords  = 150     // fewer would be no model
	bigModel  = 4 << 20 // a hundredth of it holds the recipe as it is
)

// shrink is a pipeline that makes the model on the board very much smaller.
type shrink struct {
	pipeline string
	text     string // of its button
	title    string // what it costs
}

// hundredth is what is offered for that; of a small model lstm-small first, a hundredth once
// that was made. Nothing where a hundredth would hold no model.
func (s *State) hundredth() (shrink, bool) {
	l := s.Lang
	o, f := s.original(), s.facts()
	if o == nil || f == nil || f.Vocabulary == 0 {
		return shrink{}, false
	}
	if o.FileBytes >= bigModel {
		r, _ := spec.RecipeOf(hundred)
		return shrink{r.Pipeline, l.T("make.hundred"), l.T("hundred.most")}, true
	}
	m := s.baseSpec().Model
	word := wordShare * float64(f.VocabBytes) / float64(f.Vocabulary)
	bytes := func(words, e, h int) float64 {
		return headBytes + float64(words)*(word+codeBytes*float64(e)) + codeBytes*float64(4*h*(e+h)) + 32*float64(h)
	}
	few := shrink{text: l.T("make.hundred")}
	e, h := min(4, m.Embedding), min(8, m.Hidden)
	n := min(f.Vocabulary, int((float64(o.FileBytes)/100-bytes(0, e, h))/(word+codeBytes*float64(e))))
	if n >= fewWords {
		few.pipeline = fmt.Sprintf("distill=lstm/embedding%d/hidden%d/rate0.02/epochs24,words=%d/effect,finetune=8/teacher,qat=int4/tensor/epochs3/teacher,huffman", e, h, n)
		few.title = l.T("hundred.few", l.Int(n), l.Int(f.Vocabulary))
	}
	r, _ := spec.RecipeOf(small20)
	ratio := float64(o.FileBytes) / bytes(f.Vocabulary, 6, 16)
	if s.ran(r.Pipeline) || m.Embedding < 6 || m.Hidden < 16 || ratio < 5 {
		return few, few.pipeline != ""
	}
	some := shrink{r.Pipeline, l.T("make.about", l.Int(5*int(math.Round(ratio/5)))), l.T("recipe.lstm-small")}
	if few.pipeline != "" {
		some.title = l.T("hundred.small", l.Int(n), l.Int(f.Vocabulary))
	}
	return some, true
}

// ran says whether the run on the board has a variant by that pipeline.
func (s *State) ran(pipeline string) bool {
	for _, v := range s.Run.Variants {
		if v.Pipeline == pipeline {
			return true
		}
	}
	return false
}

// hundredfold makes it, or selects it where it is made.
func (n *next) hundredfold() {
	x, ok := n.hundredth()
	plan, err := spec.ParsePipeline(x.pipeline)
	if !ok || err != nil {
		return
	}
	n.planned(plan, len(plan)-1)
	if v := n.made(); v != nil {
		n.choose(v.ID)
	} else {
		n.compress()
	}
}
