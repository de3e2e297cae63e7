package tensor

import (
	"math"
	"testing"
)

func TestTheExponentialOfGatesIsExp32ToTheBit(t *testing.T) {
	for bits := uint32(1 << 31); bits <= math.Float32bits(float32(math.Inf(-1))); bits += 4093 {
		x := math.Float32frombits(bits)
		if got, want := expNegative(x), Exp32(x); math.Float32bits(got) != math.Float32bits(want) {
			t.Fatalf("of %g: %g, Exp32 %g", x, got, want)
		}
	}
	if x := expNegative(float32(math.NaN())); x == x {
		t.Errorf("of NaN: %g", x)
	}
}
