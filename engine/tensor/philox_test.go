package tensor_test

import (
	"math"
	"testing"

	"github.com/clove-ml/clove/engine/tensor"
)

// The known answers of philox4x32-10 that come with Random123 (kat_vectors).
func TestPhiloxGivesThePublishedVectors(t *testing.T) {
	const ones = 0xffffffff
	for _, c := range []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{ones, ones, ones, ones}, [2]uint32{ones, ones}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{
			[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
		},
	} {
		if got := tensor.Philox(c.key, c.counter); got != c.want {
			t.Errorf("Philox(%x, %x) = %x, want %x", c.key, c.counter, got, c.want)
		}
	}
}

func TestDrawsHaveTheirMoments(t *testing.T) {
	const n = 100_000
	x := make([]float32, n)
	moments := func() (m, v, fourth float64) {
		for _, a := range x {
			m += float64(a) / n
		}
		for _, a := range x {
			d := float64(a) - m
			v += d * d / n
			fourth += d * d * d * d / n
		}
		return m, v, fourth / (v * v)
	}
	tensor.Uniform(tensor.Draw{Seed: 4}, -2, 4, x)
	// Standard deviations of the estimates are 0.0055, 0.0085 and 0.003.
	if m, v, k := moments(); math.Abs(m-1) > 0.02 || math.Abs(v-3) > 0.03 || math.Abs(k-1.8) > 0.01 {
		t.Errorf("uniform in [-2, 4): mean %.3f, variance %.3f, kurtosis %.3f; want 1, 3, 1.8", m, v, k)
	}
	for _, a := range x {
		if a < -2 || a >= 4 {
			t.Fatalf("%g is outside [-2, 4)", a)
		}
	}
	tensor.Normal(tensor.Draw{Seed: 4, Stream: 1}, 0.5, x)
	if m, v, k := moments(); math.Abs(m) > 0.006 || math.Abs(v-0.25) > 0.005 || math.Abs(k-3) > 0.08 {
		t.Errorf("normal: mean %.4f, variance %.4f, kurtosis %.3f; want 0, 0.25, 3", m, v, k)
	}
}
