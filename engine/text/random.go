package text

import "math/bits"

// random is Philox4x32-10 (Salmon et al., Parallel random numbers: as easy as
// 1, 2, 3, SC 2011): 64 bits that depend on nothing but the arguments.
func random(seed uint64, a, b, purpose uint32) uint64 {
	k0, k1 := uint32(seed), uint32(seed>>32)
	c := [4]uint32{a, b, purpose, 0}
	for range 10 {
		h0, l0 := bits.Mul32(0xD2511F53, c[0])
		h1, l1 := bits.Mul32(0xCD9E8D57, c[2])
		c = [4]uint32{h1 ^ c[1] ^ k0, l1, h0 ^ c[3] ^ k1, l0}
		k0 += 0x9E3779B9
		k1 += 0xBB67AE85
	}
	return uint64(c[1])<<32 | uint64(c[0])
}
