package data

import (
	"fmt"
	"sort"

	"github.com/clove-ml/clove/engine/text"
)

// split puts labels in order of the alphabet and rows in order of their hash,
// and gives each row the part that it is in.
func (e *encoder) split() error {
	e.sortLabels()
	if len(e.labels) == 1 {
		return &Error{Code: CodeOneLabel, Message: fmt.Sprintf("every text has the label %q, so there is nothing to tell apart: add texts of another label, or name another column as data.label_column", e.labels[0])}
	}
	if e.matcher == nil && len(e.rows) >= 20 && 2*len(e.labels) > len(e.rows) {
		return &Error{Code: CodeLabels, Message: fmt.Sprintf("%d different labels in %d texts: which column is the label? name it, or its number, as data.label_column, and that of the text as data.text_column", len(e.labels), len(e.rows))}
	}
	rows := e.rows
	sort.Slice(rows, func(i, j int) bool { // rows equal in both are the same text with the same label
		if rows[i].hash != rows[j].hash {
			return rows[i].hash < rows[j].hash
		}
		if rows[i].label != rows[j].label {
			return rows[i].label < rows[j].label
		}
		return rows[i].split < rows[j].split
	})
	var has [dropped + 1]int
	for i := range rows {
		has[rows[i].split]++
	}
	wantTest, wantValid := has[Test] == 0, has[Valid] == 0 && e.data.Validation > 0
	for i := range rows {
		r := &rows[i]
		if r.split != Train && r.split != Whole {
			continue
		}
		switch u := share(r.hash); {
		case wantTest && u < testShare:
			r.split = Test
		case wantValid && u >= testShare && u < testShare+e.data.Validation:
			r.split = Valid
		default:
			r.split = Train
		}
	}
	if len(rows) <= smallSet {
		if wantTest {
			e.fill(Test)
		}
		if wantValid {
			e.fill(Valid)
		}
	}
	return e.checkParts()
}

func (e *encoder) sortLabels() {
	sorted := append([]string(nil), e.labels...)
	sort.Strings(sorted)
	number := make([]int32, len(sorted))
	for i, l := range sorted {
		number[e.labelIDs[l]] = int32(i)
	}
	for i := range e.rows {
		e.rows[i].label = number[e.rows[i].label]
	}
	e.sure.renumber(number)
	e.first.renumber(number)
	e.labels = sorted
}

// fill gives an empty part of a small set the training text of the least hash.
func (e *encoder) fill(part Split) {
	for i := range e.rows {
		if e.rows[i].split == part {
			return
		}
	}
	for i := range e.rows {
		if e.rows[i].split != Train {
			continue
		}
		for j := i; j < len(e.rows) && e.rows[j].hash == e.rows[i].hash; j++ {
			if e.rows[j].split == Train {
				e.rows[j].split = part
			}
		}
		return
	}
}

// checkParts applies the limit and refuses what can't be trained on.
func (e *encoder) checkParts() error {
	var texts [dropped + 1]int
	seen := make([]bool, len(e.labels))
	labels := 0
	for i := range e.rows {
		r := &e.rows[i]
		if r.split == Train && e.data.Limit > 0 && texts[Train] == e.data.Limit {
			r.split = dropped
		}
		texts[r.split]++
		if r.split == Train && !seen[r.label] {
			seen[r.label] = true
			labels++
		}
	}
	switch {
	case texts[Train] == 0, texts[Test] == 0, texts[Valid] == 0 && e.data.Validation > 0:
		return &Error{Code: CodeFew, Message: fmt.Sprintf("%d texts are too few: that leaves %d to train on, %d for validation and %d for test; add texts", len(e.rows), texts[Train], texts[Valid], texts[Test])}
	case labels < 2:
		return &Error{Code: CodeOneLabel, Message: fmt.Sprintf("the %d texts to train on all have one label, so there is nothing to tell apart: add texts of the other labels (%.200q)", texts[Train], e.labels)}
	}
	return nil
}

// finish makes the vocabulary, gives every token its id and takes the figures.
func (e *encoder) finish(w *watch) (*Encoded, error) {
	vocab, err := e.vocab, error(nil)
	if vocab == nil {
		vocab, err = e.vocabulary(w)
	}
	if err != nil {
		return nil, err
	}
	final := make([]int32, len(e.words))
	for i, word := range e.words {
		final[i] = vocab.ID(word)
	}
	e.words, e.ids = nil, nil
	out := &Encoded{Labels: e.labels, Vocab: vocab, Tokenizer: e.spec}
	for _, p := range []struct {
		split Split
		part  *Part
	}{{Train, &out.Train}, {Valid, &out.Valid}, {Test, &out.Test}} {
		if *p.part, err = e.part(w, p.split, final); err != nil {
			return nil, err
		}
	}
	e.facts(out)
	return out, nil
}

// vocabulary counts the training tokens.
func (e *encoder) vocabulary(w *watch) (*text.Vocab, error) {
	counts := make([]text.Count, len(e.words))
	for i, word := range e.words {
		counts[i].Token = word
	}
	for i := range e.rows {
		r := &e.rows[i]
		if r.split != Train {
			continue
		}
		for _, id := range e.rowIDs(r) {
			counts[id].N++
		}
		if err := w.work(4 * int(r.n)); err != nil {
			return nil, err
		}
	}
	return text.Build(counts, e.spec.Vocabulary, max(e.spec.MinCount, 1)), nil
}

func (e *encoder) rowIDs(r *row) []int32 { return e.chunks[r.chunk][r.from : r.from+r.n] }

// part is the rows of one split, with the final ids.
func (e *encoder) part(w *watch, split Split, final []int32) (Part, error) {
	var n, ids int
	for i := range e.rows {
		if r := &e.rows[i]; r.split == split {
			n++
			ids += max(int(r.n), 1)
		}
	}
	p := Part{IDs: make([]int32, 0, ids), Offsets: make([]int32, 1, n+1), Labels: make([]int32, 0, n)}
	if split == Test {
		p.Texts = make([]string, 0, n)
	}
	for i := range e.rows {
		r := &e.rows[i]
		if r.split != split {
			continue
		}
		if r.n == 0 {
			p.IDs = append(p.IDs, text.UnkID) // a model has to read something
		}
		for _, id := range e.rowIDs(r) {
			p.IDs = append(p.IDs, final[id])
		}
		p.Offsets = append(p.Offsets, int32(len(p.IDs)))
		p.Labels = append(p.Labels, r.label)
		if split == Test {
			p.Texts = append(p.Texts, r.text)
		}
		if err := w.work(4 * int(r.n)); err != nil {
			return Part{}, err
		}
	}
	return p, nil
}

// facts are the figures that a page shows; what the source itself says is added by Encode.
func (e *encoder) facts(out *Encoded) {
	f := &out.Facts
	f.Labels = out.Labels
	f.Texts.Train, f.Texts.Validation, f.Texts.Test = out.Train.Len(), out.Valid.Len(), out.Test.Len()
	perLabel := make([]int, len(out.Labels))
	var tokens, cut, texts int
	for i := range e.rows {
		r := &e.rows[i]
		if i > 0 && r.hash == e.rows[i-1].hash {
			f.Duplicates++
		}
		if r.split == dropped {
			continue
		}
		texts++
		perLabel[r.label]++
		if r.split == Train {
			tokens += int(r.total)
			if r.total > r.n {
				cut++
			}
		}
	}
	for _, n := range perLabel {
		f.LabelShare = append(f.LabelShare, float64(n)/float64(texts))
	}
	f.MeanTokens = float64(tokens) / float64(out.Train.Len())
	f.CutShare = float64(cut) / float64(out.Train.Len())
	f.Vocabulary = out.Vocab.Size()
	if b, err := out.Vocab.MarshalText(); err == nil {
		f.VocabBytes = len(b)
	}
	unknown := 0
	for _, id := range out.Valid.IDs {
		if id == text.UnkID {
			unknown++
		}
	}
	if n := len(out.Valid.IDs); n > 0 {
		f.Unknown = float64(unknown) / float64(n)
	}
	f.Samples = pick(out.Labels, func(hash uint64) bool {
		i := sort.Search(len(e.rows), func(i int) bool { return e.rows[i].hash >= hash })
		return e.rows[i].split == Train
	}, &e.sure, &e.first)
}
