package nn_test

import (
	_ "embed"
	"encoding/json"
	"math"
	"testing"

	"github.com/clove-ml/clove/engine/nn"
	"github.com/clove-ml/clove/engine/optim"
	"github.com/clove-ml/clove/engine/tensor"
)

// golden.json was made by testdata/golden.py with PyTorch 1.13.0.
//
//go:embed testdata/golden.json
var golden []byte

type goldenStep struct {
	IDs, Lengths, Targets []int32
	Loss, Norm            float64
	Logits                []float32
	Grads                 map[string][]float32
}

type goldenCase struct {
	V, E, H, K, B, T int
	Rate, Clip       float64
	Initial, Final   map[string][]float32
	Steps            []goldenStep
}

// Both sides round to float32 in their own order: sums of some ten terms below 1
// then differ by a few times 6e-8. Adam divides by the root of small second
// moments, which amplifies that; the weights have moved by up to 0.2.
const (
	forwardTolerance = 5e-7
	weightTolerance  = 2e-6
)

func TestForwardGradientsAndTwentyAdamStepsAreThoseOfPyTorch(t *testing.T) {
	var file struct{ Cases []goldenCase }
	if err := json.Unmarshal(golden, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) != 2 {
		t.Fatalf("%d cases, want one of two labels and one of more", len(file.Cases))
	}
	dev := tensor.Best(tensor.GenericOptions{})
	for _, c := range file.Cases {
		if len(c.Steps) != 20 {
			t.Fatalf("%d steps", len(c.Steps))
		}
		net := nn.New(dev, nn.Config{Vocabulary: c.V, Embedding: c.E, Hidden: c.H, Outputs: c.K})
		for _, p := range net.Params() {
			dev.Upload(p.W, c.Initial[p.Name])
		}
		adam, err := optim.New("adam", dev, net, optim.Config{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8})
		if err != nil {
			t.Fatal(err)
		}
		on := newBench(net, c.B, c.T)
		for i, s := range c.Steps {
			b := nn.Batch{B: c.B, T: c.T, IDs: s.IDs, Lengths: s.Lengths, Targets: s.Targets, Step: uint64(i)}
			loss, logits := step(net, on, b, true)
			near(t, "loss", []float32{float32(loss / float64(c.B))}, []float32{float32(s.Loss)}, forwardTolerance)
			if i == 0 {
				near(t, "logits", logits, s.Logits, forwardTolerance)
				for _, g := range net.Grads() {
					near(t, "gradient of "+g.Name, dense(g, c.V), s.Grads[g.Name], forwardTolerance)
				}
			}
			norm := optim.ClipNorm(dev, net.Grads(), c.Clip)
			near(t, "norm", []float32{float32(norm)}, []float32{float32(s.Norm)}, forwardTolerance)
			adam.Step(optim.Rate("linear", c.Rate, i, len(c.Steps)))
		}
		for _, p := range net.Params() {
			near(t, "final "+p.Name, tensor.HostData(p.W), c.Final[p.Name], weightTolerance)
		}
	}
}

func near(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d numbers, PyTorch %d", what, len(got), len(want))
	}
	worst := 0.0
	for i := range got {
		worst = math.Max(worst, math.Abs(float64(got[i])-float64(want[i])))
	}
	if !(worst <= tolerance) {
		t.Errorf("%s is %.3g off, tolerance %.3g", what, worst, tolerance)
	}
}
