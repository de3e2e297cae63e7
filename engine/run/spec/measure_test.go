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

func TestMcNemarsTestIsExact(t *testing.T) {
	for _, c := range []struct {
		worse, better int
		want          float64
	}{{0, 0, 1}, {5, 5, 1}, {1, 0, 1}, {5, 0, 0.0625}, {0, 5, 0.0625}, {1, 8, 0.0390625}, {10, 3, 0.09228515625}, {6, 16, 0.052478790283203125}} {
		if got := NewVersus(100, c.worse+c.better, c.worse, c.better).McNemar; math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%d and %d: p = %.12g, want %.12g", c.worse, c.better, got, c.want)
		}
	}
	if p := NewVersus(25000, 9000, 5000, 4000).McNemar; !(p >= 0 && p < 1e-20) {
		t.Errorf("of thousands p = %g", p)
	}
}

func TestTheIntervalOfADifferenceHoldsIt(t *testing.T) {
	for _, c := range [][2]int{{0, 0}, {30, 10}, {10, 30}, {500, 480}} {
		v := NewVersus(1000, c[0]+c[1], c[0], c[1])
		if want := float64(c[0]-c[1]) / 1000; v.Lost != want || v.Low > want || v.High < want || v.High-v.Low > 0.15 {
			t.Errorf("%v: %+v", c, v)
		}
	}
	if v := NewVersus(1000, 40, 30, 10); v.Low < 0.005 || v.High > 0.035 || v.Agreement != 0.96 {
		t.Errorf("30 worse, 10 better of 1,000: %+v", v) // 0.02 ± 1.96·√(40 − 0.4)/1000 = 0.0077 to 0.0323
	}
}
