package bench

import (
	"fmt"
	"strings"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/text"
)

// Workload W.
const (
	vocabulary = 10_000
	tokens     = 128
	batch      = 32
)

// size is one of its two models.
type size struct {
	name string
	e, h int
}

var sizes = []size{{"small", 64, 64}, {"medium", 100, 128}}

// spec of the run that is measured.
func (z size) spec() spec.Spec {
	s := spec.Default()
	s.Tokenizer = spec.Tokenizer{Kind: "words", Vocabulary: vocabulary, MinCount: 1, MaxTokens: tokens, Cut: "head"}
	s.Model = spec.Model{Kind: "lstm", Embedding: z.e, Hidden: z.h, ForgetBias: 1, EmbeddingScale: 0.1}
	s.Train.Schedule, s.Train.Batch, s.Train.Epochs = "constant", batch, spec.MaxEpochs
	return s
}

// Workload is the texts of W, and the run of its smaller model.
func Workload() (*data.Encoded, spec.Spec) { return texts(), sizes[0].spec() }

// flop is the multiplications and additions of the matrix products that one text takes,
// forward: [T, E]·[E, 4H] and T times [1, H]·[H, 4H].
func (z size) flop() float64 { return 2 * tokens * 4 * float64(z.h) * float64(z.e+z.h) }

// texts are made of words drawn evenly from the vocabulary; the label is whether the
// first word's number is odd. How long a step takes depends on neither.
func texts() *data.Encoded {
	counts := make([]text.Count, vocabulary-2)
	for i := range counts {
		counts[i] = text.Count{Token: fmt.Sprint("w", i), N: vocabulary - i}
	}
	enc := &data.Encoded{Vocab: text.Build(counts, vocabulary, 1), Tokenizer: sizes[0].spec().Tokenizer, Labels: []string{"even", "odd"}}
	part := func(n int, seed uint64) data.Part {
		p := data.Part{IDs: make([]int32, n*tokens), Labels: make([]int32, n), Offsets: make([]int32, n+1)}
		d := tensor.Draw{Seed: seed}
		for i := 0; i < len(p.IDs); i += 4 {
			for j, w := range d.Words(uint32(i), 0) {
				p.IDs[i+j] = 1 + int32(w%(vocabulary-1))
			}
		}
		for i := range n {
			p.Labels[i] = p.IDs[i*tokens] % 2
			p.Offsets[i+1] = int32((i + 1) * tokens)
		}
		return p
	}
	enc.Train, enc.Valid = part(32*batch, 1), part(batch, 2)
	return enc
}

// sentence is a text as a person would type it.
func sentence(enc *data.Encoded) string {
	var b strings.Builder
	for _, id := range enc.Valid.Text(0) {
		fmt.Fprintf(&b, "%s ", enc.Vocab.Token(id))
	}
	return b.String()
}

// shape is a matrix product of a training step: a shard of eight texts of 128 tokens.
type shape struct {
	name           string
	transA, transB bool
	m, n, k        int
}

// shapes of W: the projection of the input, its gradient, and those of the weights.
var shapes = []shape{
	{"small projection", false, true, 1024, 256, 64},
	{"small dX", false, false, 1024, 64, 256},
	{"small dW", true, false, 256, 64, 1024},
	{"medium projection", false, true, 1024, 512, 100},
	{"medium dX", false, false, 1024, 100, 512},
	{"medium dW_ih", true, false, 512, 100, 1024},
	{"medium dW_hh", true, false, 512, 128, 1016},
}

// mostFloats is enough for any matrix of them.
const mostFloats = 1024 * 512

func (s shape) flop() float64 { return 2 * float64(s.m) * float64(s.n) * float64(s.k) }
