package tensor_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/tensor/devicetest"
)

// testdata/fakequantize.py made the file with PyTorch 1.13.0. The same operations in
// the same order: the same bits.
func TestFakeQuantizeIsPyTorchs(t *testing.T) {
	b, err := os.ReadFile("testdata/fakequantize.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Rows, N             int
		Lo, Hi              float32
		Scale, Zero, X, Out []float32
		Pass                []float32
	}
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	devicetest.Each(t, func(t *testing.T, dev tensor.Device) {
		for _, c := range cases {
			up := func(v []float32) tensor.Buffer {
				b := dev.Alloc(len(v))
				dev.Upload(b, v)
				return b
			}
			x, out, pass := up(c.X), dev.Alloc(len(c.X)), dev.Alloc(len(c.X))
			dev.FakeQuantize(c.Rows, c.N, c.Lo, c.Hi, up(c.Scale), up(c.Zero), x, out, pass)
			gotOut, gotPass := make([]float32, len(c.X)), make([]float32, len(c.X))
			dev.Download(gotOut, out)
			dev.Download(gotPass, pass)
			for i := range c.X {
				if gotOut[i] != c.Out[i] || gotPass[i] != c.Pass[i] {
					t.Errorf("codes %g to %g: %g becomes %g and lets %g through, in PyTorch %g and %g",
						c.Lo, c.Hi, c.X[i], gotOut[i], gotPass[i], c.Out[i], c.Pass[i])
				}
			}
		}
	})
}
