package kernels

import (
	"context"
	"fmt"
	"testing"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/text"
	"github.com/clove-ml/clove/engine/train"
)

// texts are random ones, n of up to length tokens out of V; the label is whether
// the first token's number is even, or of more labels that number's remainder.
func texts(V, n, length, labels int, fixed bool) *data.Encoded {
	var counts []text.Count
	for i := range V - 2 {
		counts = append(counts, text.Count{Token: fmt.Sprint("w", i), N: V - i})
	}
	e := &data.Encoded{
		Vocab:     text.Build(counts, V, 1),
		Tokenizer: spec.Tokenizer{Kind: "words", Vocabulary: V, MinCount: 1, MaxTokens: length, Cut: "head"},
	}
	for i := range labels {
		e.Labels = append(e.Labels, fmt.Sprint("l", i))
	}
	part := func(n int, seed uint64) data.Part {
		p := data.Part{Offsets: []int32{0}}
		d := tensor.Draw{Seed: seed}
		for i := range n {
			size := length
			if !fixed {
				size = 1 + int(d.Words(uint32(i), 1<<20)[0]%uint32(length))
			}
			for j := range size {
				p.IDs = append(p.IDs, 1+int32(d.Words(uint32(i), uint32(j))[0]%uint32(V-1)))
			}
			p.Labels = append(p.Labels, p.IDs[p.Offsets[i]]%int32(labels))
			p.Offsets = append(p.Offsets, int32(len(p.IDs)))
		}
		p.Texts = make([]string, n)
		return p
	}
	e.Train, e.Valid, e.Test = part(n, 1), part(n/4, 2), part(n/4, 3)
	return e
}

func settings(e *data.Encoded, E, H int) spec.Spec {
	s := spec.Default()
	s.Tokenizer = e.Tokenizer
	s.Model = spec.Model{Kind: "lstm", Embedding: E, Hidden: H, ForgetBias: 1, EmbeddingScale: 0.3, EmbeddingDropout: 0.2, Dropout: 0.3}
	s.Train.Rate = 0.02
	return s
}

// A whole run, pruned, trained on and rounded: the same weights as the generic
// device's, whose hashes are golden, and the same answers.
func TestARunGivesTheBitsOfTheGenericDevice(t *testing.T) {
	for _, c := range []struct{ labels, E, H int }{{2, 13, 11}, {3, 16, 24}} {
		e := texts(300, 200, 23, c.labels, false)
		s := settings(e, c.E, c.H)
		s.Train.Epochs, s.Train.Batch = 3, 10
		s.Compress = "prune=0.6,finetune=1,quantize=int8"
		type outcome struct {
			trained, compressed string
			accuracy, loss      float64
		}
		var got []outcome
		for _, d := range []tensor.Device{open(t, nil), tensor.Generic(tensor.GenericOptions{})} {
			r, err := run.Run(context.Background(), s, run.Env{Encoded: e, Device: d}, func(spec.Event) {})
			if err != nil {
				t.Fatal(err)
			}
			last := r.Variants[len(r.Variants)-1].Test
			got = append(got, outcome{r.Model.SHA256(), r.Compressed.SHA256(), last.Accuracy, last.Loss})
		}
		if got[0] != got[1] {
			t.Errorf("%d labels: %+v, by the generic device %+v", c.labels, got[0], got[1])
		}
	}
}

func TestATrainingStepAllocatesNothing(t *testing.T) {
	e := texts(500, 200, 12, 2, false)
	tr, err := train.New(open(t, nil), e, settings(e, 16, 24), train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	step := func() {
		if _, err := tr.Step(); err != nil {
			t.Fatal(err)
		}
	}
	step()
	if n := testing.AllocsPerRun(3, step); n != 0 {
		t.Errorf("a step allocates %g times", n)
	}
}

// Workload W: vocabulary 10,000, batches of 32 texts of 128 tokens.
func BenchmarkStepOfWorkloadW(b *testing.B) {
	e := texts(10000, 3200, 128, 2, true)
	for _, c := range []struct {
		name string
		E, H int
	}{{"small", 64, 64}, {"medium", 100, 128}} {
		for _, d := range devices(b) {
			b.Run(c.name+"/"+d.Name(), func(b *testing.B) {
				s := settings(e, c.E, c.H)
				s.Train.Batch, s.Train.Epochs = 32, 1000
				tr, err := train.New(d, e, s, train.Options{})
				if err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					if _, err := tr.Step(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(32*float64(b.N)/b.Elapsed().Seconds(), "sequences/s")
			})
		}
	}
}
