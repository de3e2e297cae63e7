package tensor

import "unsafe"

// PrepareCoded puts the codes in the order of packWhole's panels, the last filled up with 0.
func (d *vector) PrepareCoded(w *Coded) {
	size := breadth(d.k.Width, w.N) * w.K
	if size == 0 {
		return
	}
	switch w.Form {
	case FormFloat:
		all := aligned(size)
		paneled(d.k.Width, w.N, w.K, w.Floats, all)
		w.Panels = bytesOf(all)
	case FormTable:
		w.Panels = make([]byte, size)
		paneled(d.k.Width, w.N, w.K, w.Codes, w.Panels)
		if n := len(w.Table); n < few {
			w.Table = append(make([]float32, 0, few), w.Table...)[:few] // LookFew reads so many
		}
	default:
		bits := make([]uint16, size)
		paneled(d.k.Width, w.N, w.K, w.Bits, bits)
		w.Panels = bytesOf(bits)
	}
}

// few is the size of a table that is looked up in a register.
const few = 16

// bytesOf is the same memory by another name.
func bytesOf[E uint16 | float32](v []E) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), len(v)*int(unsafe.Sizeof(v[0])))
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
			from, block := p*all+j*depth, []float32(nil)
			if w.Form == FormFloat {
				block = unsafe.Slice((*float32)(unsafe.Pointer(&w.Panels[4*from])), n)
			} else {
				s.b = grown(s.b, n)
				block = s.b
				d.widened(w, n/W, from, block)
			}
			d.rows(s, m, cols, depth, x[p:], K, block, y[j:], N, y[j:], N)
		}
	}
}

func (d *vector) WidenBits(form Form, bits []uint16, out []float32) {
	vectors := len(bits) / d.k.Width
	done := vectors * d.k.Width
	if form == FormBrain {
		d.k.WidenBrain(vectors, first(bits), first(out[:done]))
	} else {
		d.k.WidenHalf(vectors, first(bits), first(out[:done]))
	}
	d.generic.WidenBits(form, bits[done:], out[done:])
}

// widened decodes so many vectors of codes, the first at from.
func (d *vector) widened(w *Coded, vectors, from int, out []float32) {
	switch {
	case w.Form == FormTable && len(w.Table) == few && d.k.LookFew != nil:
		d.k.LookFew(vectors, &w.Panels[from], &w.Table[0], &out[0])
	case w.Form == FormTable:
		d.k.Look(vectors, &w.Panels[from], &w.Table[0], &out[0])
	case w.Form == FormBrain:
		d.k.WidenBrain(vectors, (*uint16)(unsafe.Pointer(&w.Panels[2*from])), &out[0])
	default:
		d.k.WidenHalf(vectors, (*uint16)(unsafe.Pointer(&w.Panels[2*from])), &out[0])
	}
}
