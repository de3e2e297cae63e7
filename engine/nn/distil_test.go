package nn_test

import (
	_ "embed"
	"encoding/json"
	"math"
	"testing"

	"github.com/clove-ml/clove/engine/nn"
	"github.com/clove-ml/clove/engine/tensor"
)

// distil.json was made by testdata/distil.py with PyTorch 1.13.0.
//
//go:embed testdata/distil.json
var distilled []byte

func TestTheLossOfDistillationAndItsGradientAreThoseOfPyTorch(t *testing.T) {
	var cases []struct {
		B, K     int
		T, Share float32
		Z, U     []float32
		Y        []int32
		Loss     float64
		Gradient []float32
	}
	if err := json.Unmarshal(distilled, &cases); err != nil {
		t.Fatal(err)
	}
	dev := tensor.Best(tensor.GenericOptions{})
	for _, c := range cases {
		l := nn.NewLoss(dev, c.K, c.B)
		z := dev.Alloc(c.B * c.K)
		dev.Upload(z, c.Z)
		sum, _ := l.Forward(nn.Batch{B: c.B, Targets: c.Y, Teacher: c.U, Distil: nn.Distil{Temperature: c.T, Share: c.Share}}, z, c.B)
		if got := sum / float64(c.B); math.Abs(got-c.Loss) > 2e-6*(1+c.Loss) {
			t.Errorf("K %d, T %g, share %g: a loss of %.9g, PyTorch's %.9g", c.K, c.T, c.Share, got, c.Loss)
		}
		d := make([]float32, c.B*c.K)
		dev.Download(d, l.DLogits)
		for i, want := range c.Gradient {
			if math.Abs(float64(d[i]-want)) > 1e-6 {
				t.Errorf("K %d, T %g, share %g: gradient %d is %.9g, PyTorch's %.9g", c.K, c.T, c.Share, i, d[i], want)
			}
		}
	}
}
