package model

import (
	"encoding/json"
	"strings"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/text"
)

// What a file of ours has in __metadata__.
const (
	metaFormat     = "format"           // "clove"
	metaConfig     = "clove.config"     // Config as JSON
	metaVocabulary = "clove.vocabulary" // the tokens as text.Vocab writes them, in order of their ids; in small files absent
	metaEncodings  = "clove.encodings"  // JSON: parameter → kind, of those whose tensors alone don't tell; absent where all do
)

// The vocabulary of a small file: three tensors, as text.Vocab's Fronts are, or each with
// .huffman behind its name, as Huffman codes.
var vocabularyNames = [3]string{PartVocabulary + ".shared", PartVocabulary + ".lengths", PartVocabulary + ".letters"}

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
	meta := map[string]string{metaFormat: "clove", metaConfig: string(plainJSON(c))}
	if !m.Compact {
		vocabulary, err := m.Vocab.MarshalText()
		if err != nil {
			panic(err) // it has no way to fail
		}
		meta[metaVocabulary] = string(vocabulary)
	}
	if k := m.kinds(); k != nil {
		meta[metaEncodings] = string(plainJSON(k))
	}
	return meta
}

func (m *Model) tensors() []Tensor {
	var all []Tensor
	for _, p := range m.Params {
		all = append(all, p.Enc.Tensors(p.Name, p.Shape)...)
	}
	if m.Compact {
		all = append(all, compactVocabulary(m.Vocab)...)
	}
	return all
}

func compactVocabulary(v *text.Vocab) []Tensor {
	shared, lengths, letters := v.Fronts()
	var list []Tensor
	for i, b := range [][]byte{shared, lengths, letters} {
		t := Tensor{vocabularyNames[i], "U8", []int{len(b)}, b}
		if s := squeeze(t, packing{8, len(b)}); len(s) < len(b) {
			t = Tensor{t.Name + huffmanSuffix, "U8", []int{len(s)}, s}
		}
		list = append(list, t)
	}
	return list
}

// readVocabulary reads either form, and says whether it was the compact one.
func readVocabulary(meta map[string]string, found map[string]Tensor) (v *text.Vocab, compact bool, err error) {
	v = &text.Vocab{}
	if written := meta[metaVocabulary]; written != "" {
		if err := v.UnmarshalText([]byte(written)); err != nil {
			return nil, false, corrupt("its vocabulary is unreadable: %v", err)
		}
		return v, false, nil
	}
	var fronts [3][]byte
	for i, name := range vocabularyNames {
		if t, coded := found[name+huffmanSuffix]; coded {
			x, ok := inflate(name, t.Data)
			if !ok || t.DType != "U8" || len(t.Shape) != 1 {
				return nil, false, corrupt("%s is not what entropy coding writes", t.Name)
			}
			delete(found, t.Name)
			found[name] = x
		}
		r := &reader{found: found, param: PartVocabulary}
		if fronts[i], err = r.take(name, "U8", r.length(name)); err != nil {
			return nil, false, err
		}
	}
	if v, err = text.FromFronts(fronts[0], fronts[1], fronts[2]); err != nil {
		return nil, false, corrupt("its vocabulary is unreadable: %v", err)
	}
	return v, true, nil
}

// Read reads a model's file. It copies what it keeps of b. Failures are *Error.
func Read(b []byte) (*Model, error) { return read(b, 2*spec.MaxWeights) }

// MostOfGuest bounds the weights of a model that nobody asked for: a link's 64 KB can
// claim two hundred million, all of them zero, and a device lays some out as floats.
const MostOfGuest = 4 << 20

// longestLabel of a guest, in bytes.
const longestLabel = 100

// ReadGuest reads a model that came in a link. It refuses what takes much memory, and
// labels that are no names.
func ReadGuest(b []byte) (*Model, error) {
	m, err := read(b, MostOfGuest)
	if err != nil {
		return nil, err
	}
	for _, l := range m.Config.Labels {
		if len(l) > longestLabel || strings.ContainsFunc(l, func(r rune) bool { return r < ' ' || r == '<' || r == '>' }) {
			return nil, misshapen("its label %.40q is no name of at most %d bytes without < and >", l, longestLabel)
		}
	}
	return m, nil
}

func read(b []byte, most int) (*Model, error) {
	meta, tensors, err := ReadTensors(b)
	if err != nil {
		return nil, err
	}
	found := make(map[string]Tensor, len(tensors))
	for _, t := range tensors {
		found[t.Name] = t
	}
	_, plain := found[vocabularyNames[0]]
	_, coded := found[vocabularyNames[0]+huffmanSuffix]
	if meta[metaConfig] == "" || meta[metaVocabulary] == "" && !plain && !coded {
		return nil, misshapen("it is a safetensors file without %s or %s in its metadata; only files that Clove wrote have them", metaConfig, metaVocabulary)
	}
	m := &Model{}
	if m.Config, err = readConfig(meta[metaConfig]); err != nil {
		return nil, err
	}
	if m.Vocab, m.Compact, err = readVocabulary(meta, found); err != nil {
		return nil, err
	}
	if n := m.Vocab.Size(); n > spec.MaxVocabulary {
		return nil, misshapen("its vocabulary has %d entries, more than %d", n, spec.MaxVocabulary)
	}
	if n := m.Config.Parameters(m.Vocab.Size()); n > most {
		return nil, misshapen("it has %d weights, more than the %d that are read", n, most)
	}
	kinds := map[string]string{}
	if k := meta[metaEncodings]; k != "" {
		if err := json.Unmarshal([]byte(k), &kinds); err != nil {
			return nil, corrupt("its encodings are unreadable: %v", err)
		}
	}
	for _, s := range m.Config.Shapes(m.Vocab.Size()) {
		e, err := decode(found, s, kinds[s.Name])
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

// MinState is the least that a state may be clamped at: its inverse is far from infinite.
const MinState = 1.0 / (1 << 20)

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
	if c.State != Dynamic && c.State != 0 && !(c.State >= MinState && c.State <= 1) {
		return Config{}, misshapen("it rounds the state within ±%g, which must be from %g to 1", c.State, float32(MinState))
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
