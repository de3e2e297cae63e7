package tensor

import (
	"math"
	"math/bits"
)

// Philox is Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy
// as 1, 2, 3", https://doi.org/10.1145/2063384.2063405): random bits as a pure
// function of a key and a counter, so that any number can be had without those
// before it, on any machine, in any order.
func Philox(key [2]uint32, counter [4]uint32) [4]uint32 {
	const (
		m0, m1 = 0xD2511F53, 0xCD9E8D57
		w0, w1 = 0x9E3779B9, 0xBB67AE85 // golden ratio, √3−1
	)
	k0, k1 := key[0], key[1]
	c0, c1, c2, c3 := counter[0], counter[1], counter[2], counter[3]
	for range 10 {
		hi0, lo0 := bits.Mul32(m0, c0)
		hi1, lo1 := bits.Mul32(m1, c2)
		c0, c1, c2, c3 = hi1^c1^k0, lo1, hi0^c3^k1, lo0
		k0 += w0
		k1 += w1
	}
	return [4]uint32{c0, c1, c2, c3}
}

// Words are the four random words at (row, block) of a draw.
func (d Draw) Words(row, block uint32) [4]uint32 {
	return Philox([2]uint32{uint32(d.Seed), uint32(d.Seed >> 32)}, [4]uint32{block, row, d.Step, d.Stream})
}

// Unit is a random word as a number in [0, 1), a multiple of 2⁻²⁴.
func Unit(word uint32) float32 { return float32(float32(word>>8) * 0x1p-24) }

// Uniform fills out with numbers in [low, high).
func Uniform(d Draw, low, high float32, out []float32) {
	var words [4]uint32
	for i := range out {
		if i&3 == 0 {
			words = d.Words(0, uint32(i>>2))
		}
		out[i] = low + float32(Unit(words[i&3])*(high-low))
	}
}

// Normal fills out with normal numbers of this standard deviation, by
// Marsaglia's polar method (1964), whose rejected pairs draw anew from the next
// row of counters.
func Normal(d Draw, deviation float32, out []float32) {
	for i := 0; i < len(out); i += 2 {
		a, b := normalPair(d, uint32(i>>1))
		out[i] = a * deviation
		if i+1 < len(out) {
			out[i+1] = b * deviation
		}
	}
}

func normalPair(d Draw, pair uint32) (float32, float32) {
	for row := uint32(0); ; row++ {
		w := d.Words(row, pair)
		for j := 0; j < 4; j += 2 {
			u, v := float32(2*Unit(w[j]))-1, float32(2*Unit(w[j+1]))-1
			s := float32(u*u) + float32(v*v)
			if s >= 1 || s == 0 {
				continue
			}
			f := float32(math.Sqrt(float64(float32(-2*Log32(s)) / s)))
			return float32(u * f), float32(v * f)
		}
	}
}
