package export

import (
	"encoding/binary"
	"encoding/json"
	"strings"

	"github.com/clove-ml/clove/engine/model"
)

// ONNX is the model as a graph that onnxruntime and its like run, in float32:
//
//	ids [N, T] → Greater 0 → lengths [N]
//	ids → Transpose → Gather [T, N, E] → LSTM, until each text's length → Gemm → logits [N, K]
//	bag: ids → Gather [N, T, E], those beyond the length × 0 → sum / length → Gemm
//
// Texts are filled up with 0, the id of <pad>, to the longest of them; N and T are as the
// caller likes. A text has one id at least, for one without tokens that of <unk>, 1. ONNX
// has the gates in order i, o, f, c, where PyTorch and we have i, f, g, o.
//
// The metadata hold what turns a text into ids and logits into a label: clove.tokenizer,
// clove.labels (JSON), clove.vocabulary (docs/format.md), and in clove.stored how the
// weights were stored before they were decoded for this.
//
// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto has the numbers of the fields,
// https://onnx.ai/onnx/operators the operators.
func ONNX(m *model.Model) []byte {
	g := &graph{m: m}
	batch, time := g.constant("axis_batch", []int{1}, 0), g.constant("axis_time", []int{1}, 1)
	known := g.node("Greater", "known", []string{"ids", g.constant("zero", nil, 0)})
	embedding := g.parameter(model.Embedding)
	var state string
	if m.Config.Model.Kind == model.Bag {
		x := g.node("Gather", "x", []string{embedding, "ids"})
		mask := g.node("Cast", "mask", []string{known}, attribute("to", typeFloat))
		rows := g.node("Unsqueeze", "mask_of_rows", []string{mask, g.constant("axis_row", []int{1}, 2)})
		kept := g.node("Mul", "kept", []string{x, rows})
		sum := g.node("ReduceSum", "sum", []string{kept, time}, attribute("keepdims", 0))
		lengths := g.node("ReduceSum", "lengths", []string{mask, time}, attribute("keepdims", 1))
		state = g.node("Div", "mean", []string{sum, lengths})
	} else {
		ones := g.node("Cast", "ones", []string{known}, attribute("to", typeInt32))
		lengths := g.node("ReduceSum", "lengths", []string{ones, time}, attribute("keepdims", 0))
		steps := g.node("Transpose", "ids_by_time", []string{"ids"}, attribute("perm", 1, 0))
		x := g.node("Gather", "x", []string{embedding, steps})
		state = g.node("Squeeze", "state", []string{g.lstm(x, lengths), batch})
	}
	g.node("Gemm", "logits", []string{state, g.parameter(model.LinearWeight), g.parameter(model.LinearBias)}, attribute("transB", 1))
	g.text(2, "clove")
	g.bytes(11, value("ids", typeInt64, "batch", "time"))
	g.bytes(12, value("logits", typeFloat, "batch", m.Config.Outputs))

	const irVersion, opset = 8, 14
	var file, domain message
	domain.text(1, "")
	domain.number(2, opset)
	file.number(1, irVersion)
	file.text(2, "clove")
	file.bytes(7, g.message)
	file.bytes(8, domain)
	for _, p := range properties(m) {
		var entry message
		entry.text(1, p[0])
		entry.text(2, p[1])
		file.bytes(14, entry)
	}
	return file
}

// properties are the metadata, keys and values.
func properties(m *model.Model) [][2]string {
	vocabulary, err := m.Vocab.MarshalText()
	if err != nil {
		panic(err) // it has no way to fail
	}
	written := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err) // strings and numbers always marshal
		}
		return string(b)
	}
	return [][2]string{
		{"clove.labels", written(m.Config.Labels)},
		{"clove.tokenizer", written(m.Config.Tokenizer)},
		{"clove.vocabulary", string(vocabulary)},
		{"clove.stored", strings.Join(Stored(m), ", ")},
		{"clove.pipeline", m.Config.Pipeline},
	}
}

// Types of elements.
const (
	typeFloat = 1
	typeInt32 = 6
	typeInt64 = 7
)

// graph is a GraphProto in the making.
type graph struct {
	message
	m *model.Model
}

// node appends an operator and returns its output's name.
func (g *graph) node(op, output string, inputs []string, attributes ...message) string {
	return g.second(op, []string{output}, inputs, attributes...)
}

// second appends an operator and returns the name of the last of its outputs; "" is one not asked for.
func (g *graph) second(op string, outputs, inputs []string, attributes ...message) string {
	var n message
	for _, in := range inputs {
		n.text(1, in)
	}
	for _, out := range outputs {
		n.text(2, out)
	}
	n.text(4, op)
	for _, a := range attributes {
		n.bytes(5, a)
	}
	g.bytes(1, n)
	return outputs[len(outputs)-1]
}

// attribute of an operator: a whole number, or a list of them.
func attribute(name string, values ...uint64) message {
	const one, list = 2, 7
	var a message
	a.text(1, name)
	if len(values) == 1 {
		a.number(3, values[0])
		a.number(20, one)
		return a
	}
	for _, v := range values {
		a.number(8, v)
	}
	a.number(20, list)
	return a
}

// lstm reads x [T, N, E] and gives the state [1, N, H] after each text's last token.
func (g *graph) lstm(x, lengths string) string {
	h, e := g.m.Config.Model.Hidden, g.m.Config.Model.Embedding
	w, r := gates(g.m.Floats(model.LSTMInput)), gates(g.m.Floats(model.LSTMHidden))
	b := append(gates(g.m.Floats(model.LSTMBiasIn)), gates(g.m.Floats(model.LSTMBiasHid))...)
	g.tensor("lstm.W", typeFloat, model.FloatBytes(w), 1, 4*h, e)
	g.tensor("lstm.R", typeFloat, model.FloatBytes(r), 1, 4*h, h)
	g.tensor("lstm.B", typeFloat, model.FloatBytes(b), 1, 8*h)
	return g.second("LSTM", []string{"", "last"}, []string{x, "lstm.W", "lstm.R", "lstm.B", lengths}, attribute("hidden_size", uint64(h)))
}

// gates turns the quarters i, f, g, o into i, o, f, g.
func gates(w []float32) []float32 {
	n := len(w) / 4
	out := make([]float32, 0, len(w))
	for _, gate := range []int{0, 3, 1, 2} {
		out = append(out, w[gate*n:(gate+1)*n]...)
	}
	return out
}

// parameter appends one as it is, decoded.
func (g *graph) parameter(name string) string {
	p, _ := g.m.Param(name)
	g.tensor(name, typeFloat, model.FloatBytes(p.Values()), p.Shape...)
	return name
}

// constant appends a whole number, of the shape [] or [1].
func (g *graph) constant(name string, shape []int, v uint64) string {
	g.tensor(name, typeInt64, binary.LittleEndian.AppendUint64(nil, v), shape...)
	return name
}

func (g *graph) tensor(name string, dtype uint64, data []byte, shape ...int) {
	var t message
	for _, d := range shape {
		t.number(1, uint64(d))
	}
	t.number(2, dtype)
	t.text(8, name)
	t.bytes(9, data)
	g.bytes(5, t)
}

// value tells of an input or output. A dimension is an int, or by name what the caller decides.
func value(name string, dtype uint64, dims ...any) message {
	var shape, tensor, kind, v message
	for _, d := range dims {
		var dim message
		switch d := d.(type) {
		case int:
			dim.number(1, uint64(d))
		case string:
			dim.text(2, d)
		}
		shape.bytes(1, dim)
	}
	tensor.number(1, dtype)
	tensor.bytes(2, shape)
	kind.bytes(1, tensor)
	v.text(1, name)
	v.bytes(2, kind)
	return v
}
