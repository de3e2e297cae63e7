package spec

import (
	"math"
	"testing"
)

func TestIntervalIsWilsons(t *testing.T) {
	for _, c := range []struct {
		right, texts int
		low, high    float64
	}{
		{5, 10, 0.2366, 0.7634}, // Newcombe (1998) and any table
		{0, 10, 0, 0.2775},
		{10, 10, 0.7225, 1},
		{81, 263, 0.2553, 0.3662},
		{15, 148, 0.0624, 0.1605},
	} {
		m := NewMeasure(c.right, c.texts, 3)
		if math.Abs(m.Low-c.low) > 5e-5 || math.Abs(m.High-c.high) > 5e-5 {
			t.Errorf("%d of %d: %.4f to %.4f, want %.4f to %.4f", c.right, c.texts, m.Low, m.High, c.low, c.high)
		}
		if m.Loss != 3/float64(c.texts) || m.Texts != c.texts {
			t.Errorf("%d of %d: mean loss %g of %d texts", c.right, c.texts, m.Loss, m.Texts)
		}
	}
	if m := NewMeasure(0, 0, 0); m != (Measure{}) {
		t.Errorf("no texts give %+v", m)
	}
}
