package webgpu

import (
	"math"

	"github.com/clove-ml/clove/engine/tensor"
)

var _ tensor.Card = (*Device)(nil)

// Name implements tensor.Device.
func (d *Device) Name() string { return Name }

func f32(x float32) uint32 { return math.Float32bits(x) }

// u is a size.
func u(n int) uint32 { return uint32(n) }

// place of a tensor, which must hold n floats.
func place(b tensor.Buffer, n int) uint32 {
	x := b.(*Buffer)
	if n > x.n {
		panic("webgpu: a tensor is shorter than its kernel's sizes say")
	}
	return uint32(x.at)
}

// Operations of map.wgsl and rows.wgsl.
const (
	mapZero, mapAdd, mapMul, mapScale, mapMask   = 0, 1, 2, 3, 4
	rowsGather, rowsEmbedding, rowsMul, rowsBias = 0, 1, 2, 3
)

func (d *Device) zero(at, n int) { d.each("map", n, 256, mapZero, u(n), 0, u(at), 0) }

func (d *Device) mapped(op uint32, n int, x, y tensor.Buffer, by float32) {
	d.lock()
	defer d.mu.Unlock()
	d.each("map", n, 256, op, u(n), place(x, n), place(y, n), f32(by))
}

// Zero and all below implement tensor.Device.
func (d *Device) Zero(n int, x tensor.Buffer)              { d.mapped(mapZero, n, x, x, 0) }
func (d *Device) Add(n int, x, y tensor.Buffer)            { d.mapped(mapAdd, n, x, y, 0) }
func (d *Device) Mul(n int, x, y tensor.Buffer)            { d.mapped(mapMul, n, x, y, 0) }
func (d *Device) Scale(n int, by float32, x tensor.Buffer) { d.mapped(mapScale, n, x, x, by) }
func (d *Device) Mask(n int, keep, x tensor.Buffer)        { d.mapped(mapMask, n, keep, x, 0) }

func (d *Device) rows(op uint32, n int, rows []int32, x, out tensor.Buffer) {
	d.lock()
	defer d.mu.Unlock()
	count := len(rows)
	at := d.give(rows)
	d.each("rows", count*n, 256, op, u(count), u(n), at[0], place(x, 0), place(out, count*n))
}

func (d *Device) MulRows(n int, rows []int32, factors, x tensor.Buffer) {
	d.rows(rowsMul, n, rows, factors, x)
}
func (d *Device) Gather(n int, rows []int32, x, out tensor.Buffer) {
	d.rows(rowsGather, n, rows, x, out)
}
func (d *Device) EmbeddingGather(E int, ids []int32, weight, out tensor.Buffer) {
	d.rows(rowsEmbedding, E, ids, weight, out)
}

func (d *Device) AddBias(rows, n int, bias, x tensor.Buffer) {
	d.lock()
	defer d.mu.Unlock()
	d.each("rows", rows*n, 256, rowsBias, u(rows), u(n), 0, place(bias, n), place(x, rows*n))
}

func (d *Device) SumRows(rows, n int, x, out tensor.Buffer) {
	d.lock()
	defer d.mu.Unlock()
	d.run("sum_rows", (n+15)/16, 1, 1, u(rows), u(n), place(x, rows*n), place(out, n))
}

func (d *Device) DropoutMask(n int, rows []int32, share float32, draw tensor.Draw, out tensor.Buffer) {
	d.lock()
	defer d.mu.Unlock()
	count := len(rows)
	at := d.give(rows)
	d.each("dropout", count*((n+3)/4), 64, u(count), u(n), at[0], place(out, count*n), f32(share), f32(1/(1-share)),
		uint32(draw.Seed), uint32(draw.Seed>>32), draw.Stream, draw.Step)
}

func (d *Device) EmbeddingScatterAdd(E int, ids []int32, dout, grad tensor.Buffer) {
	d.lock()
	defer d.mu.Unlock()
	g := d.buckets.sort(ids)
	at := d.give(g.ids, g.first, g.slots)
	count := len(g.ids)
	d.each("scatter", count*E, 256, u(count), u(E), at[0], at[1], at[2], place(dout, len(ids)*E), place(grad, 0))
}

const (
	tile    = 64  // rows and columns of c that a workgroup of gemm.wgsl makes
	thin    = 8   // below, an invocation makes a number
	longest = 256 // of k in a part, where it is cut
	enough  = 128 // workgroups that keep a card busy
)

// Values of gemm.wgsl's start.
const (
	startZero, startAdd, startBias = 0, 1, 2
)

func (d *Device) Gemm(transA, transB bool, m, n, k int, a, b tensor.Buffer, accumulate bool, c tensor.Buffer) {
	d.lock()
	defer d.mu.Unlock()
	start := uint32(startZero)
	if accumulate {
		start = startAdd
	}
	d.gemm(transA, transB, m, n, k, place(a, m*k), place(b, k*n), start, place(c, m*n), 0, 0)
}

func (d *Device) gemm(transA, transB bool, m, n, k int, a, b uint32, start uint32, c, bias1, bias2 uint32) {
	ai, aq := k, 1
	if transA {
		ai, aq = 1, m
	}
	bq, bj := n, 1
	if transB {
		bq, bj = 1, k
	}
	numbers := func(depth int, c, start uint32) []uint32 {
		return []uint32{u(m), u(n), u(k), u(depth), a, u(ai), u(aq), b, u(bq), u(bj), c, start, bias1, bias2}
	}
	if m < thin || n < thin {
		d.each("gemm_thin", m*n, 64, numbers(k, c, start)...)
		return
	}
	x, y := (n+tile-1)/tile, (m+tile-1)/tile
	parts, depth := cuts(k, x*y)
	if parts == 1 || start == startBias {
		d.run("gemm", x, y, 1, numbers(k, c, start)...)
		return
	}
	s := d.space(parts * m * n)
	d.run("gemm", x, y, parts, numbers(depth, s, startZero)...)
	d.each("sums", m*n, 256, u(parts), u(m*n), s, c, start)
}

// cuts says into how many parts of which depth a sum of k is cut where there are so many tiles.
func cuts(k, tiles int) (parts, depth int) {
	parts = max(1, min((k+longest-1)/longest, (enough+tiles-1)/tiles))
	depth = ((k+parts-1)/parts + 15) / 16 * 16
	if depth == 0 {
		return 1, 16
	}
	return (k + depth - 1) / depth, depth
}

func (d *Device) BCEWithLogits(B int, scale float32, logits, targets, losses, dlogits tensor.Buffer) {
	d.lock()
	defer d.mu.Unlock()
	d.each("bce", B, 64, u(B), f32(scale), place(logits, B), place(targets, B), place(losses, B), place(dlogits, B))
}

func (d *Device) SoftmaxCrossEntropy(B, K int, scale float32, logits, targets, losses, dlogits tensor.Buffer) {
	d.lock()
	defer d.mu.Unlock()
	d.each("softmax", B, 64, u(B), u(K), f32(scale), place(logits, B*K), place(targets, B*K), place(losses, B), place(dlogits, B*K))
}

func (d *Device) FakeQuantize(rows, n int, lo, hi float32, scale, zero, x, out, pass tensor.Buffer) {
	d.lock()
	defer d.mu.Unlock()
	d.each("quantize", rows*n, 256, u(rows), u(n), f32(lo), f32(hi), place(scale, rows), place(zero, rows),
		place(x, rows*n), place(out, rows*n), place(pass, rows*n))
}

// SumSquares and Finite wait for the card: a training step asks for neither.
func (d *Device) SumSquares(n int, x tensor.Buffer) float32 {
	squares, _ := d.measure(n, x)
	return squares
}

func (d *Device) Finite(n int, x tensor.Buffer) bool {
	_, bad := d.measure(n, x)
	return bad == 0
}

// measure gives Σ x², and how many are not finite.
func (d *Device) measure(n int, x tensor.Buffer) (squares, bad float32) {
	if n == 0 {
		return 0, 0
	}
	d.lock()
	groups := (n + normed - 1) / normed
	at := d.give([]int32{int32(place(x, n)), int32(n), 0})
	s := d.space(2*groups + 2)
	gx, gy := grid(groups)
	d.run("norm", gx, gy, 1, 1, at[0], s+2)
	d.run("clip", 1, 1, 1, 1, u(groups), s+2, 0, s)
	wait := d.read(int(s), 2)
	d.mu.Unlock()
	var found [2]float32
	wait(found[:])
	return found[0], found[1]
}
