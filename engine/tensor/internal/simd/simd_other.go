//go:build !amd64

package simd

// Here are the kernels that this processor can run: none.
func Here() []*Kernels { return nil }
