package kernels

import (
	"unsafe"

	"github.com/clove-ml/clove/engine/tensor"
)

// PrepareCoded puts the codes in panels of eight rows, for each of k theirs.
func (d *device) PrepareCoded(w *tensor.Coded) {
	size := panels(w.N) * w.K
	if size == 0 {
		return
	}
	switch w.Form {
	case tensor.FormFloat:
		w.Panels = laid(w, size, w.Floats)
	case tensor.FormTable:
		w.Panels = laid(w, size, w.Codes)
	default:
		w.Panels = laid(w, size, w.Bits)
	}
}

func laid[E any](w *tensor.Coded, size int, from []E) []byte {
	to := make([]E, size)
	paneled(w.N, w.K, from, to)
	return unsafe.Slice((*byte)(unsafe.Pointer(&to[0])), size*int(unsafe.Sizeof(to[0])))
}

func paneled[E any](n, k int, from, to []E) {
	for j := range n {
		panel := to[j/nr*nr*k:]
		for p, c := range from[j*k:][:k] {
			panel[p*nr+j%nr] = c
		}
	}
}

func (d *device) WidenBits(form tensor.Form, bits []uint16, out []float32) {
	n := len(bits)
	widenBits(int32(n), int32(form), at(bits, n), at(out, n))
}

func (d *device) AddCoded(m int, x []float32, w *tensor.Coded, y []float32) {
	s := d.spaces.Get()
	defer d.spaces.Put(s)
	N, K := w.N, w.K
	size := panels(N) * K * [...]int{tensor.FormFloat: 4, tensor.FormHalf: 2, tensor.FormBrain: 2, tensor.FormTable: 1}[w.Form]
	s.a = room(s.a, 8*K)
	for i := 0; i < m; {
		rows := least(m-i, (s.share(N*K+1)+3)/4*4)
		gemmAddCoded(int32(rows), int32(N), int32(K), at(x[i*K:], rows*K), int32(w.Form), at(w.Panels, size), at(w.Table, len(w.Table)), at(s.a, 8*K), at(y[i*N:], rows*N))
		d.spend(s, rows*N*K)
		i += rows
	}
}
