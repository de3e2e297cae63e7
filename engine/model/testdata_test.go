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

// inEveryEncoding is m as a trained, a quantized, a pruned, and a pruned and quantized model.
func inEveryEncoding(m *Model) map[string]*Model {
	quantized := func(p Param) Encoding {
		if len(p.Shape) < 2 {
			return p.Enc
		}
		return Quantize(p.Values(), p.Shape[0], p.Shape[1])
	}
	pruned := m.With(func(p Param) Encoding {
		if len(p.Shape) < 2 {
			return p.Enc
		}
		v := p.Values()
		for i, x := range v {
			if -0.4 < x && x < 0.4 {
				v[i] = 0
			}
		}
		return F32(v)
	})
	sparse := func(p Param) Encoding {
		rows, cols := p.Dims()
		return Smaller(p.Enc, rows, cols)
	}
	return map[string]*Model{
		"f32":         m,
		"int8":        m.With(quantized),
		"sparse f32":  pruned.With(sparse),
		"sparse int8": pruned.With(quantized).With(sparse),
	}
}
