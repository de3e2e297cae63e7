package webgpu

import (
	"fmt"
	"math"
	"testing"

	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/text"
)

// stored is a model of random weights whose matrices are stored by encode.
func stored(vocab, e, h int, labels []string, encode func(name string, w []float32, rows, cols int) model.Encoding) *model.Model {
	s := spec.Default()
	s.Model.Embedding, s.Model.Hidden = e, h
	counts := make([]text.Count, vocab-2)
	for i := range counts {
		counts[i] = text.Count{Token: fmt.Sprint("w", i), N: vocab - i}
	}
	m := &model.Model{Config: model.NewConfig(s, labels), Vocab: text.Build(counts, vocab, 1)}
	k := m.Config.Outputs
	for i, p := range []struct {
		name       string
		rows, cols int
	}{{model.Embedding, vocab, e}, {model.LSTMInput, 4 * h, e}, {model.LSTMHidden, 4 * h, h}, {model.LSTMBiasIn, 4 * h, 0}, {model.LSTMBiasHid, 4 * h, 0}, {model.LinearWeight, k, h}, {model.LinearBias, k, 0}} {
		w := make([]float32, p.rows*max(1, p.cols))
		tensor.Uniform(tensor.Draw{Seed: uint64(i + 1)}, -0.4, 0.6, w)
		shape, enc := []int{p.rows}, model.Encoding(model.F32(w))
		if p.cols > 0 {
			shape, enc = []int{p.rows, p.cols}, encode(p.name, w, p.rows, p.cols)
		}
		m.Params = append(m.Params, model.Param{Name: p.name, Shape: shape, Enc: enc})
	}
	return m
}

func TestWeightsMultipliedAsTheyArePackedAnswerAsTheDecodedOnes(t *testing.T) {
	d := open(t)
	for _, c := range []struct {
		name   string
		round  model.Rounding
		e, h   int
		labels []string
	}{
		{"int8, a scale a row", model.Rounding{Bits: 8}, 33, 21, []string{"a", "b"}},
		{"int8, symmetric, one scale", model.Rounding{Bits: 8, Per: model.PerTensor, Symmetric: true}, 64, 64, []string{"a", "b", "c"}},
		{"4 bits, groups of 32", model.Rounding{Bits: 4, Per: 32}, 70, 100, []string{"a", "b"}},
		{"4 bits, a scale a gate", model.Rounding{Bits: 4, Per: model.PerGate}, 8, 130, []string{"a", "b"}},
	} {
		m := stored(50, c.e, c.h, c.labels, func(name string, w []float32, rows, cols int) model.Encoding {
			if r := c.round; name == model.Embedding && r.Per == model.PerGate {
				r.Per = model.PerRow
				return r.Round(w, rows, cols)
			} else if name == model.LinearWeight {
				return model.F32(w)
			}
			return c.round.Round(w, rows, cols)
		})
		agree(t, d, c.name, m, 3)
	}
	m := stored(50, 12, 20, []string{"a", "b"}, func(name string, w []float32, rows, cols int) model.Encoding {
		if name == model.LSTMHidden {
			return model.ToHalf(w, rows, cols, false)
		}
		return model.Quantize(w, rows, cols)
	})
	agree(t, d, "int8 but for the recurrent weights", m, 2)
}

// agree holds the card to decoded weights on the host, within what Reader states.
func agree(t *testing.T, d *Device, name string, m *model.Model, packed int) {
	t.Helper()
	r, err := NewReader(t.Context(), d, m)
	if err != nil {
		t.Fatal(name, err)
	}
	if r.Packed() != packed {
		t.Errorf("%s: %d matrices are multiplied packed", name, r.Packed())
	}
	host, err := infer.New(m, tensor.Generic(tensor.GenericOptions{}), infer.Decoded)
	if err != nil {
		t.Fatal(name, err)
	}
	var texts [][]int32
	for i := range 37 {
		ids := make([]int32, 1+i*7%23)
		for j := range ids {
			ids[j] = int32(1 + (i*31+j*17)%49)
		}
		texts = append(texts, ids)
	}
	want, err := host.Logits(texts)
	if err != nil {
		t.Fatal(err)
	}
	most := 0.0
	for range 2 { // in the same room
		got, err := r.Logits(texts)
		if err != nil {
			t.Fatal(err)
		}
		for i, z := range want {
			most = max(most, math.Abs(float64(got[i]-z))/(1+math.Abs(float64(z))))
		}
	}
	t.Logf("%s: logits differ by %.1e at most", name, most)
	if !(most <= 1e-5) {
		t.Errorf("%s: logits differ by %g", name, most)
	}
}

func TestAReaderRefusesWhatItCannotRead(t *testing.T) {
	d := open(t)
	m := stored(10, 4, 4, []string{"a", "b"}, func(_ string, w []float32, rows, cols int) model.Encoding { return model.Quantize(w, rows, cols) })
	r, err := NewReader(t.Context(), d, m)
	if err != nil {
		t.Fatal(err)
	}
	for _, texts := range [][][]int32{{{}}, {{3}, {10}}, {{-1}}} {
		if _, err := r.Logits(texts); err == nil {
			t.Errorf("%v were read", texts)
		}
	}
}
