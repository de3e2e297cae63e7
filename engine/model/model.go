// Package model is a trained classifier as data: what it is (Config), the words it
// knows, and its parameters, each in an Encoding that decides its bytes in the file.
//
// Start at Model, then file.go (how it is written and read), kind.go and the encodings,
// one a file (ints, half, sparse, binary, ternary, clustered, product, lowrank, huffman),
// pack.go (how codes lie in bytes), safetensors.go (the container). docs/format.md tells
// other programs how to read a file. Package infer runs a Model as it is stored, package
// compress makes smaller ones.
//
// To add an encoding: a file with its formula and bytes, a line in kind.go's readers and
// in the conformance suite of encoding_test.go, and its kernel in package infer; docs/format.md
// and docs/read_clove.py tell of it.
package model

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/text"
)

// Config says what the parameters mean. It is in the file as JSON.
type Config struct {
	Tokenizer spec.Tokenizer `json:"tokenizer"`
	Labels    []string       `json:"labels"` // sorted
	Model     spec.Model     `json:"model"`
	Outputs   int            `json:"outputs"`            // K: 1 for two labels (the logit of the last), else one a label
	Spec      spec.Spec      `json:"spec"`               // as trained, without the path
	Pipeline  string         `json:"pipeline,omitempty"` // that made it smaller
	// State is where the LSTM's state h, |h| < 1, is clamped before it is rounded to 8 bits,
	// for a product with whole numbers: 0 nowhere, Dynamic at the greatest of each step.
	State float32 `json:"state,omitempty"`
}

// Dynamic is a Config.State.
const Dynamic = -1

// StateReach is State as package infer rounds: 1 nowhere, 0 at the greatest of each step.
func (c Config) StateReach() float32 {
	switch c.State {
	case 0:
		return 1
	case Dynamic:
		return 0
	}
	return c.State
}

// NewConfig is the Config of the model that s trains on data with these labels.
func NewConfig(s spec.Spec, labels []string) Config {
	k := len(labels)
	if k == 2 {
		k = 1
	}
	s.Data.Path = ""
	return Config{Tokenizer: s.Tokenizer, Labels: labels, Model: s.Model, Outputs: k, Spec: s}
}

// Width of what stands for a text: the LSTM's state, or a bag's mean.
func (c Config) Width() int {
	if c.Model.Kind == Bag {
		return c.Model.Embedding
	}
	return c.Model.Hidden
}

// Param is a named parameter, PyTorch's name and shape. A vector has one dimension.
type Param struct {
	Name  string
	Shape []int
	Enc   Encoding
}

// Dims are the rows and columns that the encoding sees; a vector is one row.
func (p Param) Dims() (rows, cols int) { return dims(p.Shape) }

func dims(shape []int) (rows, cols int) {
	if len(shape) == 1 {
		return 1, shape[0]
	}
	return shape[0], shape[1]
}

// Values are p's decoded.
func (p Param) Values() []float32 {
	rows, cols := p.Dims()
	v := make([]float32, rows*cols)
	p.Enc.Floats(v)
	return v
}

// Model is a classifier. Nobody changes one once it is made: those who shrink it make another.
type Model struct {
	Config Config
	Vocab  *text.Vocab
	Params []Param // in name order
	// Compact: the file has the vocabulary front-coded and entropy coded, about half as
	// long as plain, a quarter where the tokens are sorted (text.Vocab's Sorted).
	Compact bool
}

// NamedShape is a parameter that is due.
type NamedShape struct {
	Name  string
	Shape []int
}

// Bag is the kind of model whose text is the mean of its words; it has no LSTM.
const Bag = "bag"

// Names of the parameters, as PyTorch's nn.Embedding, nn.LSTM and nn.Linear call them.
// Gates are in the order i, f, g, o.
const (
	Embedding    = "embedding.weight"  // [V, E], row 0 is padding's
	LSTMInput    = "lstm.weight_ih_l0" // [4H, E]
	LSTMHidden   = "lstm.weight_hh_l0" // [4H, H]
	LSTMBiasIn   = "lstm.bias_ih_l0"   // [4H]
	LSTMBiasHid  = "lstm.bias_hh_l0"   // [4H]
	LinearWeight = "linear.weight"     // [K, H]
	LinearBias   = "linear.bias"       // [K]
)

// Shapes are the parameters that a model of this config has, in name order.
func (c Config) Shapes(vocabulary int) []NamedShape {
	e, h := c.Model.Embedding, c.Model.Hidden
	if c.Model.Kind == Bag {
		return []NamedShape{
			{Embedding, []int{vocabulary, e}},
			{LinearBias, []int{c.Outputs}},
			{LinearWeight, []int{c.Outputs, e}},
		}
	}
	return []NamedShape{
		{Embedding, []int{vocabulary, e}},
		{LinearBias, []int{c.Outputs}},
		{LinearWeight, []int{c.Outputs, h}},
		{LSTMBiasHid, []int{4 * h}},
		{LSTMBiasIn, []int{4 * h}},
		{LSTMHidden, []int{4 * h, h}},
		{LSTMInput, []int{4 * h, e}},
	}
}

// FromFloats is an uncompressed model with copies of the values that get gives by name.
func FromFloats(c Config, v *text.Vocab, get func(name string) []float32) (*Model, error) {
	c.Spec.Data.Path = ""
	m := &Model{Config: c, Vocab: v}
	for _, s := range c.Shapes(v.Size()) {
		rows, cols := dims(s.Shape)
		w := get(s.Name)
		if len(w) != rows*cols {
			return nil, misshapen("%s has %d values, where its config wants %v", s.Name, len(w), s.Shape)
		}
		m.Params = append(m.Params, Param{s.Name, s.Shape, F32(append([]float32(nil), w...))})
	}
	return m, nil
}

// Param of that name; false when there is none.
func (m *Model) Param(name string) (Param, bool) {
	for _, p := range m.Params {
		if p.Name == name {
			return p, true
		}
	}
	return Param{}, false
}

// Floats are the decoded values of a parameter, nil when there is none of that name.
func (m *Model) Floats(name string) []float32 {
	p, ok := m.Param(name)
	if !ok {
		return nil
	}
	return p.Values()
}

// With is m with some parameters encoded anew.
func (m *Model) With(encode func(p Param) Encoding) *Model {
	n := *m
	n.Params = make([]Param, len(m.Params))
	for i, p := range m.Params {
		n.Params[i] = Param{p.Name, p.Shape, encode(p)}
	}
	return &n
}

// Compacted is m with its vocabulary in the compact form.
func (m *Model) Compacted() *Model {
	n := *m
	n.Compact = true
	return &n
}

// Named is m with the pipeline that made it.
func (m *Model) Named(pipeline string) *Model {
	n := *m
	n.Config.Pipeline = pipeline
	return &n
}

// SHA256 is the identity of the weights, hex: over the parameters in name order of the
// name, a zero byte and the stored little-endian bytes (of a parameter that is stored
// as several tensors, theirs in name order); before these, where they alone don't tell
// it, the kind and a zero byte.
func (m *Model) SHA256() string {
	h := sha256.New()
	for _, p := range m.Params {
		fmt.Fprintf(h, "%s\x00", p.Name)
		if kind := p.Enc.Kind(); !tells(kind) {
			fmt.Fprintf(h, "%s\x00", kind)
		}
		for _, t := range p.Enc.Tensors(p.Name, p.Shape) {
			h.Write(t.Data)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
