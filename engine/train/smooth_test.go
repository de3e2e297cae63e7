package train

import (
	"slices"
	"testing"
)

func TestSmoothedTargetsShareOutTheirDoubt(t *testing.T) {
	for _, c := range []struct {
		s               float64
		labels, outputs int
		classes         []int32
		want            []float32
	}{
		{0, 2, 1, []int32{0, 1}, nil},
		{0.1, 2, 1, []int32{0, 1, 1}, []float32{0.05, 0.95, 0.95}},
		{0.3, 3, 3, []int32{2, 0}, []float32{0.1, 0.1, 0.8, 0.8, 0.1, 0.1}},
	} {
		s := newSmoothing(c.s, c.labels, c.outputs)
		if got := s.targets(make([]float32, len(c.classes)*s.outputs), c.classes); !slices.Equal(got, c.want) {
			t.Errorf("s = %g of %d labels: %v, want %v", c.s, c.labels, got, c.want)
		}
	}
}
