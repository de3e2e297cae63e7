package model

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/text"
)

// Names of the parts of a file that are no layer.
const (
	PartVocabulary = "vocabulary"
	PartHeader     = "header" // names, shapes, config
)

// LayerOf is the layer that a parameter belongs to: what stands before the dot.
func LayerOf(param string) string {
	layer, _, _ := strings.Cut(param, ".")
	return layer
}

// Parts are the bytes of the file, by layer as data flows, then the vocabulary and the
// rest of the header. They add up to len(Bytes()).
func (m *Model) Parts() []spec.Part {
	return parts(m.meta(), m.tensors())
}

func parts(meta map[string]string, tensors []Tensor) []spec.Part {
	head, _, _ := layout(meta, tensors)
	vocabulary := 0
	if v := meta[metaVocabulary]; v != "" {
		vocabulary = len(plainJSON(v))
	}
	list := []spec.Part{
		{Name: spec.PartEmbedding}, {Name: spec.PartLSTM}, {Name: spec.PartLinear},
		{Name: PartVocabulary, Bytes: vocabulary},
		{Name: PartHeader, Bytes: 8 + len(head) - vocabulary},
	}
	for _, t := range tensors {
		n, _ := size(t.DType, t.Shape)
		for i := range list {
			if list[i].Name == LayerOf(t.Name) {
				list[i].Bytes += int(n)
				for _, suffix := range []string{scaleSuffix, zeroSuffix, normSuffix, codebookSuffix} {
					if strings.HasSuffix(t.Name, suffix) {
						list[i].Scale += int(n)
					}
				}
				if strings.HasSuffix(t.Name, bitmapSuffix) {
					list[i].Which += int(n)
				}
			}
		}
	}
	return list
}

// FileBytes is len(Bytes()) without making them.
func (m *Model) FileBytes() int {
	n := 0
	for _, p := range m.Parts() {
		n += p.Bytes
	}
	return n
}

// Layers are the rows of the model's table, as it is stored.
func (m *Model) Layers() []spec.Layer {
	return layers(m.Config, m.Vocab.Size(), m.Parts())
}

// Plan is what the file of a model will be once trained: its table and its length, to the byte.
func Plan(c Config, v *text.Vocab) (table []spec.Layer, fileBytes int) {
	m := &Model{Config: c, Vocab: v}
	var due []Tensor
	for _, s := range c.Shapes(v.Size()) {
		due = append(due, Tensor{Name: s.Name, DType: "F32", Shape: s.Shape})
	}
	all := parts(m.meta(), due)
	for _, p := range all {
		fileBytes += p.Bytes
	}
	return layers(c, v.Size(), all), fileBytes
}

func layers(c Config, vocabulary int, parts []spec.Part) []spec.Layer {
	e, h, k := c.Model.Embedding, c.Model.Hidden, c.Outputs
	shape := map[string]string{
		spec.PartEmbedding: fmt.Sprintf("%s × %d", thousands(vocabulary), e),
		spec.PartLSTM:      fmt.Sprintf("%d → %d", e, h),
		spec.PartLinear:    fmt.Sprintf("%d → %d", h, k),
		PartVocabulary:     thousands(vocabulary),
	}
	if c.Model.Kind == Bag {
		delete(shape, spec.PartLSTM)
		shape[spec.PartLinear] = fmt.Sprintf("%d → %d", e, k)
	}
	weights := map[string]int{}
	for _, s := range c.Shapes(vocabulary) {
		rows, cols := dims(s.Shape)
		weights[LayerOf(s.Name)] += rows * cols
	}
	var rows []spec.Layer
	for _, p := range parts {
		if s, ok := shape[p.Name]; ok {
			rows = append(rows, spec.Layer{Name: p.Name, Shape: s, Weights: weights[p.Name], Bytes: p.Bytes})
		}
	}
	return rows
}

// Parameters counts the weights of a model.
func (c Config) Parameters(vocabulary int) int {
	n := 0
	for _, s := range c.Shapes(vocabulary) {
		rows, cols := dims(s.Shape)
		n += rows * cols
	}
	return n
}

// thousands writes 2412 as "2,412".
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
