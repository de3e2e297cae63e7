package kernels

import (
	"unsafe"

	"github.com/clove-ml/clove/engine/tensor"
)

func (d *device) Zero(n int, x tensor.Buffer)   { zeroF32(int32(n), at(floats(x), n)) }
func (d *device) Add(n int, x, y tensor.Buffer) { addF32(int32(n), at(floats(x), n), at(floats(y), n)) }
func (d *device) Mul(n int, x, y tensor.Buffer) { mulF32(int32(n), at(floats(x), n), at(floats(y), n)) }

func (d *device) Scale(n int, by float32, x tensor.Buffer) {
	scaleF32(int32(n), by, at(floats(x), n))
}

func (d *device) Mask(n int, keep, x tensor.Buffer) {
	maskF32(int32(n), at(floats(keep), n), at(floats(x), n))
}

func (d *device) MulRows(n int, rows []int32, factors, x tensor.Buffer) {
	f := floats(factors)
	within(n, rows, f)
	mulRowsF32(int32(n), at(rows, len(rows)), int32(len(rows)), at(f, 0), at(floats(x), len(rows)*n))
}

func (d *device) Gather(n int, rows []int32, x, out tensor.Buffer) {
	from := floats(x)
	within(n, rows, from)
	gatherF32(int32(n), at(rows, len(rows)), int32(len(rows)), at(from, 0), at(floats(out), len(rows)*n))
}

// within panics where a row named lies outside of the matrix x, n wide.
func within(n int, rows []int32, x []float32) {
	if n == 0 { // which any matrix has
		return
	}
	inside(rows, len(x)/n)
}

// inside panics where a row named is none of so many.
func inside(rows []int32, count int) {
	for _, r := range rows {
		if uint32(r) >= uint32(count) {
			panic("kernels: a row outside of its matrix")
		}
	}
}

func (d *device) DropoutMask(n int, rows []int32, share float32, draw tensor.Draw, out tensor.Buffer) {
	kept := 1 / (1 - share)
	dropoutF32(int32(n), at(rows, len(rows)), int32(len(rows)), share, kept,
		uint32(draw.Seed), uint32(draw.Seed>>32), draw.Step, draw.Stream, at(floats(out), len(rows)*n))
}

func (d *device) AddBias(rows, n int, bias, x tensor.Buffer) {
	addBiasF32(int32(rows), int32(n), at(floats(bias), n), at(floats(x), rows*n))
}

func (d *device) SumRows(rows, n int, x, out tensor.Buffer) {
	sumRowsF32(int32(rows), int32(n), at(floats(x), rows*n), at(floats(out), n))
}

func (d *device) EmbeddingGather(E int, ids []int32, weight, out tensor.Buffer) {
	from := floats(weight)
	within(E, ids, from)
	embeddingGatherF32(int32(E), at(ids, len(ids)), int32(len(ids)), at(from, 0), at(floats(out), len(ids)*E))
}

func (d *device) EmbeddingScatterAdd(E int, ids []int32, dout, grad tensor.Buffer) {
	g := floats(grad)
	for _, id := range ids {
		if int(id)*E > len(g)-E {
			panic("kernels: a row outside of its matrix")
		}
	}
	scatterAddF32(int32(E), at(ids, len(ids)), int32(len(ids)), at(floats(dout), len(ids)*E), at(g, 0))
}

func (d *device) SumSquares(n int, x tensor.Buffer) float32 {
	return sumSquaresF32(int32(n), at(floats(x), n))
}

func (d *device) Finite(n int, x tensor.Buffer) bool {
	return finiteF32(int32(n), at(floats(x), n)) != 0
}

func (d *device) BCEWithLogits(B int, scale float32, logits, targets, losses, dlogits tensor.Buffer) {
	bceF32(int32(B), scale, at(floats(logits), B), at(floats(targets), B), at(floats(losses), B), at(floats(dlogits), B))
}

func (d *device) SoftmaxCrossEntropy(B, K int, scale float32, logits, targets, losses, dlogits tensor.Buffer) {
	softmaxF32(int32(B), int32(K), scale, at(floats(logits), B*K), at(floats(targets), B*K), at(floats(losses), B), at(floats(dlogits), B*K))
}

const quantizeWork = 8

func (d *device) FakeQuantize(rows, n int, lo, hi float32, scale, zero, x, out, pass tensor.Buffer) {
	s := d.spaces.Get()
	defer d.spaces.Put(s)
	S, Z := floats(scale)[:rows], floats(zero)[:rows]
	X, O, P := floats(x)[:rows*n], floats(out)[:rows*n], floats(pass)[:rows*n]
	for from := 0; from < rows; {
		some := least(rows-from, s.share(quantizeWork*n+1))
		fakeQuantizeF32(int32(some), int32(n), lo, hi, tail(S, from), tail(Z, from), tail(X, from*n), tail(O, from*n), tail(P, from*n))
		d.spend(s, quantizeWork*n*some)
		from += some
	}
}

// What a weight costs in multiply-adds, about: it is the memory that counts.
const adamWork, restWork = 30, 15

func (d *device) Adam(s tensor.AdamStep, n int, g, w, m, v tensor.Buffer) {
	sc := d.spaces.Get()
	defer d.spaces.Put(sc)
	G, W, M, V := floats(g)[:n], floats(w)[:n], floats(m)[:n], floats(v)[:n]
	const part = 1 << 18
	for from := 0; from < n; from += part {
		size := least(part, n-from)
		adamF32(d.m, unsafe.Pointer(&s), int32(size), at(G[from:], size), at(W[from:], size), at(M[from:], size), at(V[from:], size))
		d.spend(sc, adamWork*size)
	}
}

func (d *device) AdamRows(s tensor.AdamStep, V, E int, rows []int32, g, w, m, v tensor.Buffer) {
	sc := d.spaces.Get()
	defer d.spaces.Put(sc)
	if E == 0 {
		return
	}
	part := 1<<18/E + 1 // rows a call
	next := int32(0)
	for from := 0; from < V; from += part {
		size := least(part, V-from)
		next = adamRowsF32(d.m, unsafe.Pointer(&s), int32(from), int32(from+size), int32(E), at(rows, len(rows)), int32(len(rows)), next,
			at(floats(g), len(rows)*E), at(floats(w), V*E), at(floats(m), V*E), at(floats(v), V*E))
		d.spend(sc, restWork*E*size)
	}
}
