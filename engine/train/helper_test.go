package train

import (
	"context"
	"flag"
	"testing"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/text"
)

// Thirty random cases by default, to be quick in wasm too; -rapid.checks asks for more.
func init() {
	if err := flag.Set("rapid.checks", "30"); err != nil {
		panic(err)
	}
}

// dice is a small counter generator for made-up texts.
type dice uint64

func (d *dice) roll(n int) int {
	*d = *d*6364136223846793005 + 1442695040888963407
	return int(uint64(*d) >> 33 % uint64(n))
}

// made is a data set with a rule to learn: a text is "yes" where it says good
// and is "no" where it says "not good", among words that mean nothing.
func made(train, valid int) *data.Encoded {
	words := []string{"good", "not", "a", "film", "the", "plot", "it", "was", "we", "saw"}
	e := &data.Encoded{
		Labels:    []string{"no", "yes"},
		Vocab:     vocab(words...),
		Tokenizer: spec.Tokenizer{Kind: "words", Vocabulary: 100, MinCount: 1, MaxTokens: 12, Cut: "head"},
	}
	d := dice(7)
	part := func(n int) data.Part {
		p := data.Part{Offsets: []int32{0}}
		for range n {
			label := d.roll(2)
			length := 2 + d.roll(8)
			at := d.roll(length)
			for i := range length {
				word := words[2+d.roll(len(words)-2)]
				if i == at {
					if label == 0 {
						p.IDs = append(p.IDs, e.Vocab.ID("not"))
					}
					word = "good"
				}
				p.IDs = append(p.IDs, e.Vocab.ID(word))
			}
			p.Offsets = append(p.Offsets, int32(len(p.IDs)))
			p.Labels = append(p.Labels, int32(label))
		}
		return p
	}
	e.Train, e.Valid = part(train), part(valid)
	return e
}

// little is a Spec that takes milliseconds, with everything random turned on.
func little() spec.Spec {
	s := spec.Default()
	s.Tokenizer = spec.Tokenizer{Kind: "words", Vocabulary: 100, MinCount: 1, MaxTokens: 12, Cut: "head"}
	s.Model = spec.Model{Kind: "lstm", Embedding: 5, Hidden: 6, ForgetBias: 1, EmbeddingScale: 0.3, EmbeddingDropout: 0.1, Dropout: 0.1}
	s.Train.Batch, s.Train.Epochs, s.Train.Rate = 6, 3, 0.02
	return s
}

func trainer(t testing.TB, enc *data.Encoded, s spec.Spec, threads int) *Trainer {
	t.Helper()
	tr, err := New(tensor.Best(tensor.GenericOptions{}), enc, s, Options{Threads: threads})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// figures are what a run says that must not depend on how it was interrupted.
type figures struct {
	looks []spec.Measure
	ends  []Ended
	sha   string
	best  int
}

// advance does the next thing that is due and notes its figures.
func advance(t testing.TB, tr *Trainer, f *figures) {
	t.Helper()
	look, end := tr.Due()
	var err error
	switch {
	case look:
		var m spec.Measure
		m, err = tr.Look(context.Background(), nil)
		f.looks = append(f.looks, m)
	case end:
		var e Ended
		e, err = tr.EndEpoch(context.Background(), nil)
		e.Seconds = 0
		f.ends = append(f.ends, e)
	default:
		_, err = tr.Step()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func finish(t testing.TB, tr *Trainer, f *figures) {
	t.Helper()
	for !tr.Finished() {
		advance(t, tr, f)
	}
	f.sha, f.best = tr.Best().SHA256(), tr.BestEpoch()
}

// vocab has these tokens after <pad> and <unk>, in this order.
func vocab(tokens ...string) *text.Vocab {
	var counts []text.Count
	for i, w := range tokens {
		counts = append(counts, text.Count{Token: w, N: 100 - i})
	}
	return text.Build(counts, 100, 1)
}
