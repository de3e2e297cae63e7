package bench

import (
	"context"
	"testing"
	"time"

	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/tensor/devicetest"
)

// clocked is a card that tells where its time went.
type clocked struct{ *devicetest.Fragile }

func (clocked) Timed(f func() error) ([]tensor.KernelTime, error) {
	return []tensor.KernelTime{{Kernel: "gemm", Calls: 30, Time: 3 * time.Millisecond}, {Kernel: "adam", Calls: 10, Time: time.Millisecond}}, f()
}

func TestACardIsMeasuredByItsStepsAndOneThatFailsSaysWhy(t *testing.T) {
	at := time.Unix(0, 0)
	o := Options{For: 40 * time.Millisecond, Now: func() time.Time { at = at.Add(time.Millisecond); return at }}
	card := &devicetest.Fragile{Device: tensor.Best(tensor.GenericOptions{}), Kernels: -1}
	open := func(context.Context) (tensor.Device, string, error) { return clocked{card}, "a card", nil }
	reads := func(_ context.Context, dev tensor.Device, m *model.Model) (func([][]int32) ([]float32, error), error) {
		p, err := infer.New(m, tensor.Best(tensor.GenericOptions{}))
		return func(texts [][]int32) ([]float32, error) { return p.Logits(texts) }, err
	}
	c, err := Card(context.Background(), open, reads, o)
	if err != nil || !card.Closed || c.Name != "a card" || c.Why != "" || len(c.Work) != 2 || len(c.Kernels) != 4 {
		t.Fatalf("%+v, %v", c, err)
	}
	for _, w := range c.Work {
		if w.TrainSeqS <= 0 || w.StepMS <= 0 || w.Steps == 0 || w.TrainQuartiles[0] > w.TrainSeqS || len(w.Answers) != 3 || w.Answers[1].Encoding != "int8" || w.Answers[1].InferSeqS <= 0 {
			t.Errorf("%+v", w)
		}
	}
	if k := c.Kernels[0]; k.Kernel != "gemm" || k.Share != 0.75 {
		t.Errorf("%+v", k)
	}
	card.Closed, card.Kernels = false, 100
	if c, err = Card(context.Background(), open, reads, o); err != nil || c.Why == "" || len(c.Work) != 0 {
		t.Errorf("lost in mid-measurement: %+v, %v", c, err)
	}
	none := func(context.Context) (tensor.Device, string, error) {
		return nil, "", &tensor.Lost{Code: tensor.LostNone, Message: "no adapter"}
	}
	if c, err = Card(context.Background(), none, reads, o); err != nil || c.Why != "no adapter" {
		t.Errorf("%+v, %v", c, err)
	}
}
