package infer

import (
	"math"
	"testing"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/tensor/devicetest"
)

// encode stores a matrix.
type encode func(name string, w []float32, rows, cols int) model.Encoding

// The most that a logit of width 3 may differ from the one on decoded weights: nothing
// where no activation is rounded and sums run in the same order; float32's rounding in
// another order; half a code of h, and of x, in every product, fed back over a text of up
// to 21 tokens.
const (
	exact    = 0
	reorders = 2e-4
	rounds   = 0.1
)

func integral(o model.Rounding) encode {
	return func(_ string, w []float32, rows, cols int) model.Encoding { return o.Round(w, rows, cols) }
}

func halved(_ string, w []float32, rows, cols int) model.Encoding {
	return model.ToHalf(w, rows, cols, false)
}

func clustered(_ string, w []float32, rows, cols int) model.Encoding {
	return model.Cluster(w, rows, cols, 3, []float32{-0.6, -0.4, -0.2, 0, 0.15, 0.3, 0.45, 0.6})
}

func signs(_ string, w []float32, rows, cols int) model.Encoding {
	return model.Binarize(w, rows, cols, true)
}

func halfKept(_ string, w []float32, rows, cols int) model.Encoding {
	for i := range w {
		if i%3 == 0 {
			w[i] = 0
		}
	}
	return model.SparseOf(w, rows, cols, func(kept []float32) model.Encoding { return model.ToHalf(kept, 1, len(kept), false) })
}

func narrowed(inner encode) encode {
	return func(name string, w []float32, rows, cols int) model.Encoding {
		k := min(3, rows, cols)
		return &model.LowRank{
			Rows: rows, Cols: cols, Rank: k,
			U: inner(name, w[:rows*k], rows, k), V: inner(name, w[:k*cols], k, cols),
		}
	}
}

// cut is product quantization with a codebook made of the first rows.
func cut(_ string, w []float32, rows, cols int) model.Encoding {
	const sub, b = 3, 2
	m := (cols + sub - 1) / sub
	codes, book, norms := make([]byte, rows*m), make([]float32, cols<<b), make([]float32, rows)
	copy(book, w)
	for i := range codes {
		codes[i] = byte(i*7) >> 1 & 3
	}
	for i := range norms {
		norms[i] = 0.5 + float32(i%4)/8
	}
	return &model.Product{
		Rows: rows, Cols: cols, Sub: sub, Bits: b, Packed: model.Pack(codes, rows, m, b),
		Codebook: model.ToHalf(book, 1<<b, cols, false), Norms: model.F32(norms),
	}
}

func squeezed(inner encode) encode {
	return func(name string, w []float32, rows, cols int) model.Encoding {
		return &model.Huffman{Of: inner(name, w, rows, cols)}
	}
}

// only stores the named matrix so and the others as they are.
func only(name string, inner encode) encode {
	return func(n string, w []float32, rows, cols int) model.Encoding {
		if n == name {
			return inner(n, w, rows, cols)
		}
		return model.F32(w)
	}
}

// kinds are the encodings and mixes of them, and how near inference on the stored form
// stays to inference on the decoded weights.
var kinds = map[string]struct {
	encode
	bound float64
}{
	"int8/sym":     {integral(model.Rounding{Bits: 8, Symmetric: true}), rounds},
	"int8/tensor":  {integral(model.Rounding{Bits: 8, Per: model.PerTensor}), rounds},
	"int8/group32": {integral(model.Rounding{Bits: 8, Per: 32}), rounds},
	"int8/gate": {func(n string, w []float32, rows, cols int) model.Encoding {
		if rows%4 != 0 {
			return model.Quantize(w, rows, cols)
		}
		return model.Rounding{Bits: 8, Per: model.PerGate}.Round(w, rows, cols)
	}, rounds},
	"int4":             {integral(model.Rounding{Bits: 4}), rounds},
	"int4/sym":         {integral(model.Rounding{Bits: 4, Symmetric: true}), rounds},
	"int4/tensor":      {integral(model.Rounding{Bits: 4, Per: model.PerTensor}), rounds},
	"int4/group32":     {integral(model.Rounding{Bits: 4, Per: 32}), rounds},
	"int4/group32/sym": {integral(model.Rounding{Bits: 4, Per: 32, Symmetric: true}), rounds},
	"f16":              {halved, exact},
	"bf16": {func(_ string, w []float32, rows, cols int) model.Encoding {
		return model.ToHalf(w, rows, cols, true)
	}, exact},
	"binary": {signs, rounds},
	"sign": {func(_ string, w []float32, rows, cols int) model.Encoding {
		return model.Binarize(w, rows, cols, false)
	}, 4 * rounds}, // weights of 1 feed h back more
	"ternary": {func(_ string, w []float32, rows, cols int) model.Encoding {
		return model.Ternarize(w, rows, cols)
	}, rounds},
	"cluster3":             {clustered, exact},
	"sparse f16":           {halfKept, exact},
	"lowrank3 f32":         {narrowed(func(_ string, w []float32, _, _ int) model.Encoding { return model.F32(w) }), reorders},
	"lowrank3 int8":        {narrowed(integral(model.Rounding{Bits: 8})), rounds},
	"pq2/sub3/norm":        {cut, exact},
	"huffman cluster3":     {squeezed(clustered), exact},
	"huffman int4":         {squeezed(integral(model.Rounding{Bits: 4, Per: 32})), rounds},
	"int8 W_hh alone":      {only(model.LSTMHidden, integral(model.Rounding{Bits: 8})), rounds},
	"int4 embedding alone": {only(model.Embedding, integral(model.Rounding{Bits: 4, Per: 32})), exact},
	"pq embedding, signs": {func(n string, w []float32, rows, cols int) model.Encoding {
		switch n {
		case model.Embedding:
			return cut(n, w, rows, cols)
		case model.LinearWeight:
			return halved(n, w, rows, cols)
		}
		return signs(n, w, rows, cols)
	}, rounds},
}

func encoded(m *model.Model, e encode) *model.Model {
	return m.With(func(p model.Param) model.Encoding {
		if len(p.Shape) < 2 {
			return p.Enc
		}
		return e(p.Name, p.Values(), p.Shape[0], p.Shape[1])
	})
}

// One suite for all: near the decoded weights, and the same bits on every device, by a
// table, together or alone (predictor_test.go and speed_test.go ask the rest of all kinds).
func TestEveryKindStaysNearItsDecodedWeights(t *testing.T) {
	all := texts(15, 21, 40)
	for name, k := range kinds {
		for _, size := range [][2]int{{10, 7}, {45, 38}, {64, 64}} {
			m := encoded(trained(t, 40, size[0], size[1], 3), k.encode)
			pretend, err := New(m, generic, Decoded)
			if err != nil {
				t.Fatal(err)
			}
			want, got := logits(t, pretend, all), logits(t, predictor(t, m), all)
			worst := 0.0
			for i := range got {
				if d := math.Abs(float64(got[i]) - float64(want[i])); !(d <= worst) {
					worst = d
				}
			}
			t.Logf("%s, %v: at most %.2g off", name, size, worst)
			if !(worst <= k.bound) {
				t.Errorf("%s, %v: %.3g off the decoded weights, want at most %g", name, size, worst, k.bound)
			}
		}
	}
}

func TestABagInEveryKindIsTheMeanOfItsDecodedRows(t *testing.T) {
	all := texts(15, 21, 40)
	for name, k := range kinds {
		m := encoded(bagOf(t, 40, 45, 3), k.encode)
		pretend, err := New(m, generic, Decoded)
		if err != nil {
			t.Fatal(err)
		}
		want := logits(t, pretend, all)
		devicetest.Each(t, func(t *testing.T, dev tensor.Device) {
			p, err := New(m, dev)
			if err != nil {
				t.Fatal(err)
			}
			if got := logits(t, p, all); !same(got, want) {
				t.Errorf("%s on %s: %v, decoded %v", name, dev.Name(), got, want)
			}
		})
	}
}

// bagOf is a bag of embeddings with weights as trained's.
func bagOf(t testing.TB, vocab, e, classes int) *model.Model {
	t.Helper()
	lstm := trained(t, vocab, e, e, classes)
	c := lstm.Config
	c.Model.Kind = model.Bag
	m, err := model.FromFloats(c, lstm.Vocab, lstm.Floats)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
