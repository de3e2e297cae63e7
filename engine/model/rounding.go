package model

import (
	"math"
	"slices"
)

// Rounding is how Ints are chosen. Its zero with Bits 8 is affine, a scale for each row,
// over the whole range.
//
//	whole range   low and high are the least and the greatest value
//	Keep p        the quantiles 1 − p and p, what lies beyond is clamped; symmetric: the
//	              quantile p of |w|. It helps where few outliers stretch the range
//	Search        of 41 ranges, the whole one shrunk to (64 − k)/64 of it, the one whose
//	              Σ (ŵ − w)² is least, the wider on a tie (as in Choukroun et al. 2019,
//	              arXiv:1902.06822). At 4 bits it is nearly always worth its time
type Rounding struct {
	Bits      int // 8 or 4
	Per       Per
	Symmetric bool
	Keep      float64 // 0: all; else the share of values that lies in range, above ½
	Search    bool
}

// Round rounds w [rows, cols]. PerGate wants rows in four gates.
func (o Rounding) Round(w []float32, rows, cols int) *Ints {
	scale, zero := o.Scales(w, rows, cols)
	return o.With(w, rows, cols, scale, zero)
}

// Scales are those that Round uses, and the zero points where affine.
func (o Rounding) Scales(w []float32, rows, cols int) (scale []float32, zero []int8) {
	n := o.Per.scales(rows, cols)
	scale = make([]float32, n)
	if !o.Symmetric {
		zero = make([]int8, n)
	}
	for i := range scale {
		from, to := o.Per.Span(i, rows, cols)
		s, z := o.Scale(w[from:to])
		scale[i] = s
		if zero != nil {
			zero[i] = z
		}
	}
	return scale, zero
}

// With rounds w [rows, cols] by scales and zero points that were found elsewhere, as
// training finds them. Those of groups must be float16's; zero is nil where symmetric.
func (o Rounding) With(w []float32, rows, cols int, scale []float32, zero []int8) *Ints {
	e := &Ints{Rows: rows, Cols: cols, Bits: o.Bits, Per: o.Per, Scale: scale, Zero: zero}
	codes := make([]int8, rows*cols)
	for i, s := range scale {
		var z int8
		if zero != nil {
			z = zero[i]
		}
		from, to := o.Per.Span(i, rows, cols)
		for c := from; c < to; c++ {
			codes[c] = Code(w[c], s, z, o.Bits)
		}
	}
	if o.Bits == 8 {
		e.Codes = codes
	} else {
		e.Packed = Pack(offset8(codes), rows, cols, 4)
	}
	return e
}

// Storable is the nearest scale that the file can hold.
func (o Rounding) Storable(scale float32) float32 {
	if o.Per > 0 {
		scale = fromHalf(toHalf(scale))
		if scale < minHalf {
			return minHalf
		}
	}
	if scale < 0x1p-126 {
		return 0x1p-126 // of denormal weights; a denormal scale would slow every product
	}
	return scale
}

// Scale is the scale and zero point of values that share them.
func (o Rounding) Scale(w []float32) (float32, int8) {
	low, high := o.ends(w)
	scale, zero := o.between(low, high)
	if !o.Search {
		return scale, zero
	}
	least := squares(w, scale, zero, o.Bits)
	for k := 1; k <= 40; k++ {
		share := float32(64-k) / 64
		s, z := o.between(low*share, high*share)
		if e := squares(w, s, z, o.Bits); e < least {
			scale, zero, least = s, z, e
		}
	}
	return scale, zero
}

// ends are the range of w with 0 in it.
func (o Rounding) ends(w []float32) (low, high float32) {
	if o.Keep == 0 {
		for _, x := range w {
			if x < low {
				low = x
			}
			if x > high {
				high = x
			}
		}
		return o.clamp(low), o.clamp(high)
	}
	sorted := slices.Clone(w)
	for i, x := range sorted {
		if x != x {
			sorted[i] = 0
		} else if o.Symmetric && x < 0 {
			sorted[i] = -x
		}
	}
	slices.Sort(sorted)
	last := int(math.Ceil(o.Keep*float64(len(w)))) - 1
	if x := sorted[len(w)-1-last]; x < 0 {
		low = x
	}
	if x := sorted[last]; x > 0 {
		high = x
	}
	return o.clamp(low), o.clamp(high)
}

// between is the scale and zero point for a range with 0 in it.
func (o Rounding) between(low, high float32) (scale float32, zero int8) {
	if low == 0 && high == 0 {
		return 1, 0
	}
	levels := float32(int(1)<<o.Bits - 1)
	if o.Symmetric {
		if -low > high {
			high = -low
		}
		scale = high / (levels / 2)
	} else {
		scale = (high - low) / levels
	}
	scale = o.Storable(scale)
	if o.Symmetric {
		return scale, 0
	}
	lowest := -float64(int(1) << (o.Bits - 1))
	return scale, toCode(math.RoundToEven(lowest-float64(low)/float64(scale)), o.Bits)
}

// squares is Σ (ŵ − w)², added in order in float64.
func squares(w []float32, scale float32, zero int8, bits int) float64 {
	sum, s := 0.0, float64(scale)
	for _, x := range w {
		d := float64(s*float64(int(Code(x, scale, zero, bits))-int(zero))) - float64(x)
		sum += float64(d * d)
	}
	return sum
}

// clamp keeps the ends of a range where its width is still finite, and a scale float16.
func (o Rounding) clamp(x float32) float32 {
	end := float32(maxEnd)
	if o.Per > 0 {
		end = maxHalf * float32(int(1)<<o.Bits-1) / 2
	}
	if x > end {
		return end
	}
	if x < -end {
		return -end
	}
	return x
}

const maxEnd = 0x1p126
