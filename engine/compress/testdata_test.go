package compress

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/text"
	"github.com/clove-ml/clove/engine/train"
)

const vocabSize = 60

// clock advances by a millisecond each time it is looked at.
func clock() func() time.Time {
	t := time.Unix(0, 0)
	return func() time.Time {
		t = t.Add(time.Millisecond)
		return t
	}
}

// set is n random test texts and as many for training, whose labels are what m answers,
// but every fifth.
func set(t testing.TB, m *model.Model, n int) *data.Encoded {
	t.Helper()
	r := rand.New(rand.NewPCG(5, 6))
	part := data.Part{Offsets: []int32{0}}
	for i := range n {
		for range 1 + r.IntN(20) {
			part.IDs = append(part.IDs, int32(1+r.IntN(vocabSize-1)))
		}
		part.Offsets = append(part.Offsets, int32(len(part.IDs)))
		part.Labels = append(part.Labels, 0)
		part.Texts = append(part.Texts, fmt.Sprintf("text %d", i))
	}
	enc := &data.Encoded{Labels: m.Config.Labels, Vocab: m.Vocab, Tokenizer: m.Config.Tokenizer, Train: part, Test: part}
	a, err := answers(context.Background(), m, enc, Env{Device: generic, Data: enc}, func(float64) {})
	if err != nil {
		t.Fatal(err)
	}
	truth := make([]int32, n)
	for i, class := range a.Class {
		truth[i] = class
		if i%5 == 0 {
			truth[i] = (class + 1) % int32(len(m.Config.Labels))
		}
	}
	enc.Train.Labels, enc.Test.Labels = truth, truth
	return enc
}

var generic = tensor.Generic(tensor.GenericOptions{})

// trained is a model of random values; labels of two or more classes.
func trained(t testing.TB, classes int) *model.Model {
	t.Helper()
	var counts []text.Count
	for i := range vocabSize - 2 {
		counts = append(counts, text.Count{Token: fmt.Sprintf("w%d", i), N: 1})
	}
	labels := make([]string, classes)
	for i := range labels {
		labels[i] = fmt.Sprintf("label%d", i)
	}
	s := spec.Default()
	s.Model.Embedding, s.Model.Hidden = 16, 12
	c := model.NewConfig(s, labels)
	r := rand.New(rand.NewPCG(1, uint64(classes)))
	values := map[string][]float32{}
	for _, p := range c.Shapes(vocabSize) {
		n := 1
		for _, d := range p.Shape {
			n *= d
		}
		w := make([]float32, n)
		for i := range w {
			w[i] = float32(r.NormFloat64()) * 0.5
		}
		if p.Name == model.Embedding {
			clear(w[:16])
		}
		values[p.Name] = w
	}
	m, err := model.FromFloats(c, text.Build(counts, vocabSize, 1), func(name string) []float32 { return values[name] })
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// nudge stands in for training: it moves every weight that no mask holds.
func nudge(ctx context.Context, _ spec.Spec, _ *data.Encoded, o train.Options, progress func(float64)) (*model.Model, error) {
	progress(0.5)
	return o.Initial.With(func(p model.Param) model.Encoding {
		v, mask := p.Values(), o.Masks[p.Name]
		for i := range v {
			if mask == nil || mask[i] {
				v[i] += 0.01
			}
		}
		if p.Name == model.Embedding {
			clear(v[:p.Shape[1]])
		}
		return model.F32(v)
	}), ctx.Err()
}

func pipeline(t testing.TB, s string) []spec.PipelineStep {
	t.Helper()
	steps, err := spec.ParsePipeline(s)
	if err != nil {
		t.Fatal(err)
	}
	return steps
}
