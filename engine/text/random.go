package text

import "github.com/clove-ml/clove/engine/tensor"

// random is 64 bits that depend on nothing but the arguments.
func random(seed uint64, a, b, purpose uint32) uint64 {
	w := tensor.Philox([2]uint32{uint32(seed), uint32(seed >> 32)}, [4]uint32{a, b, purpose, 0})
	return uint64(w[1])<<32 | uint64(w[0])
}
