package tensor

import (
	"unsafe"

	"github.com/clove-ml/clove/engine/tensor/internal/simd"
)

// vector is the device of amd64: the assembly of package simd, and plain Go for
// what takes no time. Strict as generic is, and checked against it bit by bit; with
// the kernels of simd's Fast it is the device of Fast arithmetic instead.
type vector struct {
	*generic
	k *simd.Kernels

	scratches Pool[vectorScratch]
}

var (
	_ Device = (*vector)(nil)
	_ Int8   = (*vector)(nil)
	_ Sparse = (*vector)(nil)

	_ Cell   = (*vector)(nil)
	_ Coder  = (*vector)(nil)
	_ Reader = (*vector)(nil)

	_ Preparer = (*vector)(nil)
	_ Meter    = (*vector)(nil)
	_ Faster   = (*vector)(nil)
)

func vectorNames() []string {
	var names []string
	for _, k := range simd.Here() {
		names = append(names, k.Name)
	}
	return names
}

// vectorDevice is nil where this machine has none of that name.
func vectorDevice(name string, o GenericOptions) Device {
	for _, k := range simd.Here() {
		if k.Name == name {
			return &vector{generic: &generic{yield: o.Yield}, k: k}
		}
	}
	return nil
}

func (d *vector) Name() string { return d.k.Name }

// Fast is Faster's.
func (d *vector) Fast() Device {
	if d.k.Fast == nil {
		return nil
	}
	return &vector{generic: &generic{yield: d.yield}, k: d.k.Fast}
}

// Peak is Meter's.
func (d *vector) Peak(rounds int) (flop int) {
	const n = 1000
	s := d.scratches.Get()
	defer d.scratches.Put(s)
	for range rounds {
		d.k.Peak(n)
		d.done(s, n*d.k.Chains*d.k.Width)
	}
	return 2 * n * d.k.Chains * d.k.Width * rounds
}

// vectorScratch is a kernel's private working space, and the account of its work.
type vectorScratch struct {
	a []float32 // a panel of A's columns
	b []float32 // panels of B

	weights layout // of an LSTM, packed for a sequence

	t    []float32 // gradients of weights, turned; gates of a step
	c    []float32 // states of a step
	none []float32 // zeros
	sums []int32   // products of int8 codes, and zero points
	col  []int32   // places and differences of kept weights
	step AdamStep  // here, since what assembly reads must not lie on the stack
	work int       // multiply-adds, about, since the last yield
}

// faster is by how much, at least, these kernels outrun plain Go: yields lie as far apart in time.
const faster = 4

func (d *vector) done(s *vectorScratch, work int) {
	if s.work += work; s.work >= faster*between {
		s.work = 0
		if d.yield != nil {
			d.yield()
		}
	}
}

// zeros are n of them, never written.
func (s *vectorScratch) zeros(n int) []float32 {
	if len(s.none) < n {
		s.none = aligned(n)
	}
	return s.none[:n]
}

// grown is buf with length n, its first element at the start of a cache line.
func grown(buf []float32, n int) []float32 {
	if cap(buf) < n {
		return aligned(n)
	}
	return buf[:n]
}

// aligned are n zeros that begin a cache line: a vector that crosses two costs twice.
func aligned(n int) []float32 {
	const line = 64 / 4
	x := make([]float32, n+line-1)
	off := 0
	if n > 0 {
		off = int(-uintptr(unsafe.Pointer(&x[0]))%64) / 4
	}
	return x[off : off+n : off+n]
}

// first is the address of a slice's first element, nil for none.
func first[T any](x []T) *T { return unsafe.SliceData(x) }

func (d *vector) Alloc(n int) Buffer { return &Host{Data: aligned(n)} }

func (d *vector) Add(n int, x, y Buffer) { d.k.Add(n, first(data(x)[:n]), first(data(y)[:n])) }
func (d *vector) Mul(n int, x, y Buffer) { d.k.Mul(n, first(data(x)[:n]), first(data(y)[:n])) }
func (d *vector) Scale(n int, by float32, x Buffer) {
	d.k.Scale(n, by, first(data(x)[:n]))
}

func (d *vector) Mask(n int, keep, x Buffer) {
	d.k.Mask(n, first(data(keep)[:n]), first(data(x)[:n]))
}

func (d *vector) SumSquares(n int, x Buffer) float32 { return d.k.SumSquares(n, first(data(x)[:n])) }

// inside panics where a row's number lies outside a table of so many floats: assembly checks nothing.
func inside(rows []int32, n, floats int) {
	for _, r := range rows {
		if r >= 0 && (int(r)+1)*n > floats {
			panic("tensor: a row beyond the table")
		}
	}
}

func (d *vector) MulRows(n int, rows []int32, factors, x Buffer) {
	f, a := data(factors), data(x)[:len(rows)*n]
	inside(rows, n, len(f))
	d.k.MulRows(len(rows), first(rows), n, first(f), first(a))
}

func (d *vector) Gather(n int, rows []int32, x, out Buffer) {
	from, to := data(x), data(out)[:len(rows)*n]
	inside(rows, n, len(from))
	d.k.Gather(len(rows), first(rows), n, first(from), first(to))
}

func (d *vector) EmbeddingGather(E int, ids []int32, weight, out Buffer) {
	d.Gather(E, ids, weight, out)
	d.k.Flush(len(ids)*E, first(data(out)))
}

func (d *vector) EmbeddingScatterAdd(E int, ids []int32, dout, grad Buffer) {
	from, to := data(dout)[:len(ids)*E], data(grad)
	inside(ids, E, len(to))
	d.k.ScatterAdd(len(ids), first(ids), E, first(to), first(from))
}

func (d *vector) AddBias(rows, n int, bias, x Buffer) {
	d.k.AddBias(rows, n, first(data(bias)[:n]), first(data(x)[:rows*n]))
}

func (d *vector) SumRows(rows, n int, x, out Buffer) {
	clear(data(out)[:n])
	d.k.SumRows(rows, n, first(data(x)[:rows*n]), first(data(out)[:n]))
}

func (d *vector) Adam(s AdamStep, n int, g, w, m, v Buffer) {
	sc := d.scratches.Get()
	defer d.scratches.Put(sc)
	sc.step = s
	G, W, M, V := data(g)[:n], data(w)[:n], data(m)[:n], data(v)[:n]
	const part = 1 << 14
	for from := 0; from < n; from += part {
		k := least(part, n-from)
		d.k.Adam(&sc.step.Beta1, k, &G[from], &W[from], &M[from], &V[from])
		d.done(sc, adamWork*k)
	}
}

func (d *vector) AdamRows(s AdamStep, V, E int, rows []int32, g, w, m, v Buffer) {
	sc := d.scratches.Get()
	defer d.scratches.Put(sc)
	sc.step = s
	G, W, M, S := data(g)[:len(rows)*E], data(w)[:V*E], data(m)[:V*E], data(v)[:V*E]
	rest := func(from, to int) { // rows without a gradient, a few thousand weights at a time
		const part = 1 << 14
		for from, to = from*E, to*E; from < to; from += part {
			k := least(part, to-from)
			d.k.AdamRest(&sc.step.Beta1, k, &W[from], &M[from], &S[from])
			d.done(sc, restWork*k)
		}
	}
	before := 0
	for i, r := range rows {
		rest(before, int(r))
		at := int(r) * E
		d.k.Adam(&sc.step.Beta1, E, first(G[i*E:][:E]), first(W[at:][:E]), first(M[at:][:E]), first(S[at:][:E]))
		d.done(sc, adamWork*E)
		before = int(r) + 1
	}
	rest(before, V)
}
