package tensor

import (
	"slices"
	"unsafe"

	"github.com/clove-ml/clove/engine/tensor/internal/simd"
)

func (d *vector) GemmInt8(m, n, k int, a, b []int8, c []int32) {
	s := d.scratches.Get()
	defer d.scratches.Put(s)
	a, b, c = a[:m*k], b[:n*k], c[:m*n]
	if k < 2*d.k.Width {
		d.generic.GemmInt8(m, n, k, a, b, c)
		return
	}
	// Four rows of weights stay in the first cache while all of a goes by.
	j := 0
	for ; j+4 <= n; j += 4 {
		for i := 0; i < m; {
			h := 1
			for 2*h <= m-i && 2*h < len(d.k.Dots) && d.k.Dots[2*h] != nil {
				h *= 2
			}
			d.k.Dots[h](k, &a[i*k], k, &b[j*k], k, &c[i*n+j], 4*n)
			i += h
		}
		d.done(s, m*k)
	}
	for ; j < n; j++ {
		w := b[j*k:][:k]
		for i := range m {
			c[i*n+j], _ = dotInt8(a[i*k:][:k], w, w)
		}
	}
}

// AddInt8 is the product in whole numbers, then the scales, a row at a time: all at
// once of weights as they are, tile by tile of prepared ones.
func (d *vector) AddInt8(m int, x []int8, by []Int8Row, w *Int8Matrix, y []float32) {
	if m == 0 || w.N == 0 {
		return
	}
	s := d.scratches.Get()
	defer d.scratches.Put(s)
	if w.Panels != nil {
		d.addPrepared(s, m, x, by, w, y)
		return
	}
	if w.Group > 0 {
		d.generic.AddInt8(m, x, by, w, y)
		return
	}
	s.sums = slices.Grow(s.sums[:0], (m+1)*w.N)[:(m+1)*w.N]
	acc, zero := s.sums[:m*w.N], s.sums[m*w.N:][:w.N]
	for i, z := range w.Zero[:w.N] {
		zero[i] = int32(z)
	}
	d.GemmInt8(m, w.N, w.K, x, w.Codes, acc)
	d.k.Rescale(m, w.N, &acc[0], wordsOf(by[:m]), rowBytes, 1, &zero[0], &w.Sum[0], &w.Scale[0], &y[:m*w.N][0])
}

// Forms of prepared weights, in the panels of a Gemm, group by group. Pairs are the
// differences q − zero as int16, two of k in the place of a float32. Of quads, where the
// processor multiplies four bytes at once, one side has no sign: that is x, 128 more than it is,
//
//	Σ x·w = Σ (x + 128)·w − 128·Σ w
//
// Their weights are the differences where these are bytes (quadsOfDiffs), else the codes.
const (
	formPairs uint8 = iota
	formQuadsOfDiffs
	formQuads
)

// formOf is the best one here. A sum over q − zero by way of q needs Σ x, which groups don't have.
func (d *vector) formOf(w *Int8Matrix) uint8 {
	if d.k.Quads == nil {
		return formPairs
	}
	for i, q := range w.Codes[:w.N*w.K] {
		at := i / w.K
		if w.Group > 0 {
			at += i % w.K / w.Group * w.N
		}
		if diff := int(q) - int(w.Zero[at]); diff != int(int8(diff)) {
			if w.Group > 0 {
				return formPairs
			}
			return formQuads
		}
	}
	return formQuadsOfDiffs
}

// abreast is how many of k lie in the place of a float32.
func abreast(form uint8) int {
	if form == formPairs {
		return 2
	}
	return 4
}

// prepared is how much memory the panels take, in float32, and with what follows them:
// of quads −128·Σ w, [Groups, N], and for formQuads the zero points as int32.
func (d *vector) prepared(w *Int8Matrix, form uint8) (panels, all int) {
	size, per := w.GroupSize(), abreast(form)
	for from := 0; from < w.K; from += size {
		panels += breadth(d.k.Width, w.N) * ((least(size, w.K-from) + per - 1) / per)
	}
	switch form {
	case formQuads:
		return panels, panels + 2*w.N
	case formQuadsOfDiffs:
		return panels, panels + w.Groups()*w.N
	}
	return panels, panels
}

// addPrepared takes x a tile's rows at a time.
func (d *vector) addPrepared(s *vectorScratch, m int, x []int8, by []Int8Row, w *Int8Matrix, y []float32) {
	N, K, groups, size := w.N, w.K, w.Groups(), w.GroupSize()
	tiles, per, lay := &d.k.Pairs, abreast(w.Form), d.widen
	if w.Form != formPairs {
		tiles, lay = d.k.Quads, shift
	}
	apart := (size+per-1)/per + 16 // a line more, as in rows
	s.a = grown(s.a, simd.Highest*apart)
	s.t = grown(s.t, simd.Highest*N)
	acc, none := ints(s.t), s.zeros(N)
	all := unsafe.Slice((*float32)(unsafe.Pointer(&w.Panels[0])), len(w.Panels)/4)
	behind, _ := d.prepared(w, w.Form)
	zero, zeros := ints(none), 0
	if w.Form == formQuads {
		zero, zeros = ints(all[behind+N:]), 1
	}
	for i := 0; i < m; {
		h := d.height(m - i)
		panels, start := all, none
		for g := range groups {
			from := g * size
			k := least(size, K-from)
			depth := (k + per - 1) / per
			for r := range h {
				lay(s.a[r*apart:][:depth], x[(i+r)*K+from:][:k])
			}
			if w.Form != formPairs {
				start = all[behind+g*N:]
			}
			d.across(&tiles[h], N, depth, &s.a[0], apart, panels, start, 0, s.t, N)
			panels = panels[breadth(d.k.Width, N)*depth:]
			d.k.Rescale(h, N, &acc[0], wordsOf(by[i*groups+g:(i+h-1)*groups+g+1]), groups*rowBytes, zeros, &zero[0], &w.Sum[g*N], &w.Scale[g*N], &y[i*N:][:h*N][0])
			d.done(s, h*N*depth)
		}
		i += h
	}
}

// rowBytes is the size of an Int8Row, which assembly reads as three words.
const rowBytes = int(unsafe.Sizeof(Int8Row{}))

func wordsOf(by []Int8Row) *int32 { return (*int32)(unsafe.Pointer(&by[0])) }

// shift makes bytes of codes, 128 more than they are; what fills the last four up is any.
func shift(out []float32, codes []int8) {
	to := unsafe.Slice((*byte)(unsafe.Pointer(first(out))), 4*len(out))
	i := 0
	for ; i+8 <= len(codes); i += 8 {
		*(*uint64)(unsafe.Pointer(&to[i])) = *(*uint64)(unsafe.Pointer(&codes[i])) ^ 0x8080808080808080
	}
	for ; i < len(codes); i++ {
		to[i] = byte(codes[i]) ^ 0x80
	}
}

// widen makes int16 of codes, two in the place of a float32, the last with 0 where it is alone.
func (d *vector) widen(out []float32, codes []int8) {
	to := shorts(out)
	done := len(codes) / (2 * d.k.Width)
	d.k.Widen(done, first(codes), first(to))
	for i := done * 2 * d.k.Width; i < len(codes); i++ {
		to[i] = int16(codes[i])
	}
	if len(codes) < len(to) {
		to[len(codes)] = 0
	}
}

// PrepareInt8 is Preparer's; it takes as much memory as the codes, or twice that for pairs,
// and a little.
func (d *vector) PrepareInt8(w *Int8Matrix) {
	N, K, W, size := w.N, w.K, d.k.Width, w.GroupSize()
	w.Form = d.formOf(w)
	per := abreast(w.Form)
	behind, total := d.prepared(w, w.Form)
	all := aligned(total)
	if len(all) == 0 {
		return
	}
	words := shorts(all)
	bytes := unsafe.Slice((*int8)(unsafe.Pointer(&all[0])), 4*len(all))
	at, sums := 0, ints(all[behind:])
	for from := 0; from < K; from += size {
		end, zero := least(from+size, K), w.Zero[from/size*N:][:N]
		for j := 0; j < N; j += 2 * W {
			wide := least(2*W, breadth(W, N-j))
			for p := from; p < end; p += per {
				for c := j; c < j+wide; c++ {
					for k := p; k < p+per; k, at = k+1, at+1 {
						if c >= N || k >= end {
							continue
						}
						q := int16(w.Codes[c*K+k])
						if w.Form != formQuads {
							q -= int16(zero[c])
						}
						if w.Form == formPairs {
							words[at] = q
							continue
						}
						bytes[at] = int8(q)
						sums[from/size*N+c] -= 128 * int32(q)
					}
				}
			}
		}
	}
	if w.Form == formQuads {
		for c, z := range w.Zero[:N] {
			sums[N+c] = int32(z)
		}
	}
	w.Panels = bytes
}

func (d *vector) RoundInt8(n int, x []float32, codes []int8, by []Int8Row) {
	done := n / d.k.Width
	for i := range by {
		from, to := x[i*n:][:n], codes[i*n:][:n]
		o := Int8Row{Scale: 1.0 / 127, Sum: d.k.Round(done, first(from), first(to))}
		for j := done * d.k.Width; j < n; j++ {
			to[j] = code(from[j])
			o.Sum += int32(to[j])
		}
		by[i] = o
	}
}

// RoundRows scales a row and rounds it as a state.
func (d *vector) RoundRows(n int, x []float32, codes []int8, by []Int8Row) {
	s := d.scratches.Get()
	defer d.scratches.Put(s)
	s.a = grown(s.a, n)
	row := s.a[:n]
	for i := range by {
		a, inverse := reach(x[i*n:][:n])
		for j, v := range x[i*n:][:n] {
			row[j] = v * inverse
		}
		d.RoundInt8(n, row, codes[i*n:][:n], by[i:i+1])
		by[i].Scale = a / 127
		if inverse == 0 {
			by[i].Scale = 1
		}
	}
}

// shorts is the same memory by another name.
func shorts(x []float32) []int16 { return unsafe.Slice((*int16)(unsafe.Pointer(first(x))), 2*len(x)) }
