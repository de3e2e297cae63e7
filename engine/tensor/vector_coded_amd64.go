package tensor

import "unsafe"

// PrepareCoded puts the codes in the order of packWhole's panels, the last filled up with 0.
func (d *vector) PrepareCoded(w *Coded) {
	size := breadth(d.k.Width, w.N) * w.K
	if size == 0 {
		return
	}
	if w.Bits == nil {
		w.Panels = make([]byte, size)
		paneled(d.k.Width, w.N, w.K, w.Codes, w.Panels)
		return
	}
	bits := make([]uint16, size)
	paneled(d.k.Width, w.N, w.K, w.Bits, bits)
	w.Panels = unsafe.Slice((*byte)(unsafe.Pointer(&bits[0])), 2*size)
}

func paneled[E any](width, n, k int, from, to []E) {
	at := 0
	for p := 0; p < k; p += deep {
		depth := least(deep, k-p)
		for j := 0; j < n; j += 2 * width {
			wide := least(2*width, breadth(width, n-j))
			for q := p; q < p+depth; q++ {
				for c := j; c < j+wide; c++ {
					if c < n {
						to[at] = from[c*k+q]
					}
					at++
				}
			}
		}
	}
}

// AddCoded decodes a block of a Gemm's size at a time.
func (d *vector) AddCoded(m int, x []float32, w *Coded, y []float32) {
	if m == 0 || w.Panels == nil {
		d.generic.AddCoded(m, x, w, y)
		return
	}
	s := d.scratches.Get()
	defer d.scratches.Put(s)
	N, K, W := w.N, w.K, d.k.Width
	all := breadth(W, N)
	for p := 0; p < K; p += deep {
		depth := least(deep, K-p)
		for j := 0; j < N; j += wide {
			cols := least(wide, N-j)
			n := breadth(W, cols) * depth
			s.b = grown(s.b, n)
			from := p*all + j*depth
			switch {
			case w.Table != nil:
				d.k.Look(n/W, &w.Panels[from], &w.Table[0], &s.b[0])
			case w.Brain:
				d.k.WidenBrain(n/W, (*uint16)(unsafe.Pointer(&w.Panels[2*from])), &s.b[0])
			default:
				d.k.WidenHalf(n/W, (*uint16)(unsafe.Pointer(&w.Panels[2*from])), &s.b[0])
			}
			d.rows(s, m, cols, depth, x[p:], K, s.b, y[j:], N, y[j:], N)
		}
	}
}
