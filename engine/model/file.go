package model

import (
	"encoding/json"
	"slices"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/text"
)

// What a file of ours has in __metadata__.
const (
	metaFormat     = "format"           // "clove"
	metaConfig     = "clove.config"     // Config as JSON
	metaVocabulary = "clove.vocabulary" // the tokens as text.Vocab writes them, in order of their ids
)

// Suffixes of the tensors beside a parameter's own.
const (
	bitmapSuffix   = ".bitmap"
	scaleSuffix    = ".scale"
	zeroSuffix     = ".zero"
	codesSuffix    = ".codes"
	codebookSuffix = ".codebook"
	normSuffix     = ".norm"
	huffmanSuffix  = ".huffman"
)

// Bytes is the model's file, whose length is the size that people are shown.
func (m *Model) Bytes() []byte {
	return WriteTensors(m.meta(), m.tensors())
}

func (m *Model) meta() map[string]string {
	c := m.Config
	c.Spec.Data.Path = "" // a path tells of the machine, and would change the file
	vocabulary, err := m.Vocab.MarshalText()
	if err != nil {
		panic(err) // it has no way to fail
	}
	return map[string]string{metaFormat: "clove", metaConfig: string(plainJSON(c)), metaVocabulary: string(vocabulary)}
}

func (m *Model) tensors() []Tensor {
	var all []Tensor
	for _, p := range m.Params {
		all = append(all, p.Enc.Tensors(p.Name, p.Shape)...)
	}
	return all
}

// Read reads a model's file. It copies what it keeps of b. Failures are *Error.
func Read(b []byte) (*Model, error) {
	meta, tensors, err := ReadTensors(b)
	if err != nil {
		return nil, err
	}
	if meta[metaConfig] == "" || meta[metaVocabulary] == "" {
		return nil, misshapen("it is a safetensors file without %s or %s in its metadata; only files that Clove wrote have them", metaConfig, metaVocabulary)
	}
	m := &Model{Vocab: &text.Vocab{}}
	if m.Config, err = readConfig(meta[metaConfig]); err != nil {
		return nil, err
	}
	if err := m.Vocab.UnmarshalText([]byte(meta[metaVocabulary])); err != nil {
		return nil, corrupt("its vocabulary is unreadable: %v", err)
	}
	if n := m.Vocab.Size(); n > spec.MaxVocabulary {
		return nil, misshapen("its vocabulary has %d entries, more than %d", n, spec.MaxVocabulary)
	}
	found := make(map[string]Tensor, len(tensors))
	for _, t := range tensors {
		found[t.Name] = t
	}
	for _, s := range m.Config.Shapes(m.Vocab.Size()) {
		e, err := decode(found, s)
		if err != nil {
			return nil, err
		}
		m.Params = append(m.Params, Param{s.Name, s.Shape, e})
	}
	for _, t := range tensors {
		if _, left := found[t.Name]; left {
			return nil, misshapen("it holds a tensor %q that a model of its config does not have", t.Name)
		}
	}
	return m, nil
}

func readConfig(text string) (Config, error) {
	c := Config{Spec: spec.Default()}
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return Config{}, corrupt("its config is unreadable: %v", err)
	}
	// The tokenizer and the model's sizes are held to the bounds of a Spec.
	s := spec.Default()
	s.Tokenizer, s.Model, s.Train.Batch = c.Tokenizer, c.Model, 1
	if err := s.Validate(); err != nil {
		return Config{}, misshapen("its config is out of bounds: %v", err)
	}
	if err := c.Spec.Validate(); err != nil {
		return Config{}, misshapen("the spec in it is out of bounds: %v", err)
	}
	want := len(c.Labels)
	if want == 2 {
		want = 1
	}
	if len(c.Labels) < 2 || c.Outputs != want {
		return Config{}, misshapen("it has %d outputs for the %d labels %.80q", c.Outputs, len(c.Labels), c.Labels)
	}
	for i := 1; i < len(c.Labels); i++ {
		if c.Labels[i-1] >= c.Labels[i] {
			return Config{}, misshapen("its labels %.80q are not sorted, or one stands twice", c.Labels)
		}
	}
	return c, nil
}
