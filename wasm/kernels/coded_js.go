package kernels

import (
	"unsafe"

	"github.com/clove-ml/clove/engine/tensor"
)

// The kinds of code that gemm_add_coded reads.
const (
	codedHalf int32 = iota
	codedBrain
	codedTable
)

// PrepareCoded puts the codes in panels of eight rows, for each of k theirs.
func (d *device) PrepareCoded(w *tensor.Coded) {
	size := panels(w.N) * w.K
	if size == 0 {
		return
	}
	if w.Bits == nil {
		w.Panels = make([]byte, size)
		paneled(w.N, w.K, w.Codes, w.Panels)
		return
	}
	bits := make([]uint16, size)
	paneled(w.N, w.K, w.Bits, bits)
	w.Panels = unsafe.Slice((*byte)(unsafe.Pointer(&bits[0])), 2*size)
}

func paneled[E any](n, k int, from, to []E) {
	for j := range n {
		panel := to[j/nr*nr*k:]
		for p, c := range from[j*k:][:k] {
			panel[p*nr+j%nr] = c
		}
	}
}

func (d *device) AddCoded(m int, x []float32, w *tensor.Coded, y []float32) {
	s := d.spaces.Get()
	defer d.spaces.Put(s)
	N, K := w.N, w.K
	kind, size, table := codedTable, panels(N)*K, at(w.Table, len(w.Table))
	if w.Table == nil {
		kind, size = codedHalf, 2*size
		if w.Brain {
			kind = codedBrain
		}
	}
	s.a = room(s.a, 8*K)
	for i := 0; i < m; {
		rows := least(m-i, (s.share(N*K+1)+3)/4*4)
		gemmAddCoded(int32(rows), int32(N), int32(K), at(x[i*K:], rows*K), kind, at(w.Panels, size), table, at(s.a, 8*K), at(y[i*N:], rows*N))
		d.spend(s, rows*N*K)
		i += rows
	}
}
