// Package export writes a model in forms that other programs run: ONNX, decoded
// safetensors, and one HTML file with everything inside.
//
// Start at Formats; onnx.go is the graph, protobuf.go its bytes; page.go puts the HTML
// file together of the parts in page/.
package export

import (
	"fmt"
	"slices"
	"strings"

	"github.com/clove-ml/clove/engine/model"
)

// Format is a form that a model can be taken away in.
type Format struct {
	Name   string // in commands and messages
	Suffix string // of a file's name
	// Decoded: the weights are written as float32, however the model stores them.
	Decoded bool
	Bytes   func(m *model.Model) []byte
}

// Formats in the order that they are offered.
var Formats = []Format{
	{"clove", ".safetensors", false, (*model.Model).Bytes},
	{"onnx", ".onnx", true, ONNX},
	{"html", ".html", false, Page},
	{"safetensors", "-f32.safetensors", true, func(m *model.Model) []byte { return Decoded(m).Bytes() }},
}

// Of is the format of that name.
func Of(name string) (Format, error) {
	i := slices.IndexFunc(Formats, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}, fmt.Errorf("%q is no format; known are %s", name, strings.Join(Names(), ", "))
	}
	return Formats[i], nil
}

// Names of the formats.
func Names() []string {
	var list []string
	for _, f := range Formats {
		list = append(list, f.Name)
	}
	return list
}

// Decoded is m with every weight as float32 and the vocabulary plain: its file is a
// model of Clove that any reader of safetensors can use (docs/read_weights.py).
func Decoded(m *model.Model) *model.Model {
	d := m.With(func(p model.Param) model.Encoding { return model.F32(p.Values()) })
	d.Compact = false
	return d
}

// Stored are the kinds of encoding that m's parameters are in, each once, most weights
// first; f32 alone where nothing is encoded.
func Stored(m *model.Model) []string {
	weights := map[string]int{}
	var kinds []string
	for _, p := range m.Params {
		kind := p.Enc.Kind()
		rows, cols := p.Dims()
		if weights[kind] == 0 {
			kinds = append(kinds, kind)
		}
		weights[kind] += rows * cols
	}
	slices.SortStableFunc(kinds, func(a, b string) int { return weights[b] - weights[a] })
	return kinds
}
