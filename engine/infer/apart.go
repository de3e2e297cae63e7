package infer

import "math"

// Parted is how far apart two states are where two readings are said to part.
const Parted = 0.05

// Apart is how far the states of two readings of the same tokens are after each,
//
//	d_t = ‖ĥ_t − h_t‖ / ‖h_t‖
//
// and the first t where that is above Parted, −1 where it never is. Of states of different
// widths there is nothing to tell: nil, −1.
func Apart(a, b Trace) (d []float64, parted int) {
	if len(a.Hidden) != len(b.Hidden) || len(a.Hidden) == 0 || len(a.Hidden[0]) != len(b.Hidden[0]) {
		return nil, -1
	}
	parted = -1
	for t, h := range a.Hidden {
		size, far := 0.0, 0.0
		for i, x := range h {
			gap := float64(b.Hidden[t][i]) - float64(x)
			size += float64(x) * float64(x)
			far += gap * gap
		}
		x := 0.0
		if far > 0 {
			x = math.Sqrt(far / math.Max(size, math.SmallestNonzeroFloat32))
		}
		if d = append(d, x); parted < 0 && x > Parted {
			parted = t
		}
	}
	return d, parted
}
