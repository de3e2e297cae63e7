// Package tensor is where arithmetic lives: a Device is a small set of kernels
// over opaque Buffers, coarse enough for a GPU and for SIMD. Layers are written
// once, against Device. The generic device in this package is plain Go and the
// definition of every kernel; package devicetest puts any other through it.
//
// Strict arithmetic, which every host device obeys, so that the same run gives
// the same bits everywhere:
//   - Gemm adds along k in ascending order, multiply then add, each rounded to float32;
//   - reductions use 16 interleaved lanes, then a pairwise tree;
//   - exp, tanh and sigmoid are our own float32 polynomials;
//   - min and max are b < a ? b : a and its twin, never Go's;
//   - rounding is to nearest even; values are clamped and NaN made 0 before any float-to-int;
//   - x*y+z is written float32(x*y)+z, which forbids the compiler to fuse it;
//   - +0 is stored for |x| < 2⁻¹⁰⁰ in gate gradients, dh and dc (no denormal slows a loop).
package tensor

import "fmt"

// Buffer is a device's memory of float32.
type Buffer interface {
	Len() int
	// View is the part [from, from+n), sharing memory.
	View(from, n int) Buffer
}

// ErrUnsupported says that a device lacks a kernel.
type ErrUnsupported struct{ Op, Device string }

func (e *ErrUnsupported) Error() string {
	return fmt.Sprintf("tensor: device %s has no kernel %s", e.Device, e.Op)
}
