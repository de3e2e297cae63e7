package model

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/text"
)

// vocabulary has n entries of invented words.
func vocabulary(n int) *text.Vocab {
	var counts []text.Count
	for i := range n - 2 {
		counts = append(counts, text.Count{Token: fmt.Sprintf("word%d", i), N: 1 + i%7})
	}
	return text.Build(counts, n, 1)
}

// small is a model of random values with its padding row 0.
func small(t testing.TB, vocab, e, h int, labels ...string) *Model {
	t.Helper()
	if labels == nil {
		labels = []string{"negative", "positive"}
	}
	s := spec.Default()
	s.Model.Embedding, s.Model.Hidden = e, h
	r := rand.New(rand.NewPCG(1, 2))
	v := vocabulary(vocab)
	c := NewConfig(s, labels)
	values := map[string][]float32{}
	for _, p := range c.Shapes(v.Size()) {
		rows, cols := dims(p.Shape)
		w := make([]float32, rows*cols)
		for i := range w {
			// Four uniform draws, about normal with deviation 0.3, the same on every platform.
			w[i] = float32(r.IntN(1024)+r.IntN(1024)+r.IntN(1024)+r.IntN(1024)-2046) / 2048
		}
		if p.Name == Embedding {
			clear(w[:cols])
		}
		values[p.Name] = w
	}
	m, err := FromFloats(c, v, func(name string) []float32 { return values[name] })
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// matrices is m with its matrices encoded anew.
func matrices(m *Model, encode func(w []float32, rows, cols int) Encoding) *Model {
	return m.With(func(p Param) Encoding {
		if len(p.Shape) < 2 {
			return p.Enc
		}
		return encode(p.Values(), p.Shape[0], p.Shape[1])
	})
}

// inEveryEncoding is m as a trained, a quantized, a pruned, and a pruned and quantized
// model, and with its matrices in each of the other encodings, the vocabulary compact.
func inEveryEncoding(m *Model) map[string]*Model {
	quantized := func(m *Model) *Model {
		return matrices(m, func(w []float32, rows, cols int) Encoding { return Quantize(w, rows, cols) })
	}
	pruned := matrices(m, func(w []float32, rows, cols int) Encoding {
		for i, x := range w {
			if -0.4 < x && x < 0.4 {
				w[i] = 0
			}
		}
		return F32(w)
	})
	sparse := func(m *Model) *Model {
		return m.With(func(p Param) Encoding {
			rows, cols := p.Dims()
			return Smaller(p.Enc, rows, cols)
		})
	}
	all := map[string]*Model{
		"f32":         m,
		"int8":        quantized(m),
		"sparse f32":  sparse(pruned),
		"sparse int8": sparse(quantized(pruned)),
	}
	for name, encode := range map[string]func(w []float32, rows, cols int) Encoding{
		"f16":              func(w []float32, rows, cols int) Encoding { return ToHalf(w, rows, cols, false) },
		"bf16":             func(w []float32, rows, cols int) Encoding { return ToHalf(w, rows, cols, true) },
		"int8/tensor/sym":  rounded(Rounding{Bits: 8, Per: PerTensor, Symmetric: true}),
		"int4/group32":     rounded(Rounding{Bits: 4, Per: 32}),
		"int4/group64/sym": rounded(Rounding{Bits: 4, Per: 64, Symmetric: true, Search: true}),
		"int8/gate": func(w []float32, rows, cols int) Encoding {
			if rows%4 != 0 {
				return Rounding{Bits: 4, Keep: 0.9}.Round(w, rows, cols)
			}
			return Rounding{Bits: 8, Per: PerGate}.Round(w, rows, cols)
		},
		"binary":   func(w []float32, rows, cols int) Encoding { return Binarize(w, rows, cols, true) },
		"sign":     func(w []float32, rows, cols int) Encoding { return Binarize(w, rows, cols, false) },
		"ternary":  func(w []float32, rows, cols int) Encoding { return &Huffman{Ternarize(w, rows, cols)} },
		"cluster5": clustered(5),
		"deep": func(w []float32, rows, cols int) Encoding {
			return &Huffman{SparseOf(w, rows, cols, func(kept []float32) Encoding { return clustered(3)(kept, 1, len(kept)) })}
		},
		"pq": func(w []float32, rows, cols int) Encoding {
			n := min(rows, 16)
			e := split(w[:n*cols], n, cols, 3, true).(*Product)
			codes := make([]byte, rows*e.Parts())
			for i := range codes {
				codes[i] = byte(i % n)
			}
			e.Rows, e.Packed, e.Norms = rows, Pack(codes, rows, e.Parts(), 4), ToHalf(w[:rows], 1, rows, false)
			return e
		},
		"lowrank": func(w []float32, rows, cols int) Encoding { return factored(w, rows, cols, rounded(Rounding{Bits: 8})) },
	} {
		from := m
		if name == "deep" {
			from = pruned
		}
		all[name] = matrices(from, encode).Compacted()
	}
	return all
}
