// Package devicetest puts a tensor.Device through every kernel: against a
// float64 reference within a bound that is argued for, and, where the device
// obeys Strict arithmetic, against naive float32 loops in the defined order, to
// the bit. A Fast device may round and add otherwise, which the bounds allow for;
// what is NaN or infinite by the definition must be so there as well, and kernels
// of one operation an element give the same bits. Sizes are 0, 1, odd, prime, beside
// the widths of SIMD registers, and large enough to cross every block; buffers
// begin at addresses that are no multiple of a vector.
//
// A Card is held to the same references. Shading languages let a compiler take it that there
// is no NaN and no infinity, and let denormals be 0, so of these only Finite is asked.
package devicetest

import (
	"math"
	"testing"

	"github.com/clove-ml/clove/engine/tensor"
)

// Run is the whole suite, for a device that promises Strict arithmetic.
func Run(t *testing.T, dev tensor.Device) { run(t, &kit{dev: dev}) }

// RunFast is the whole suite for a device of Fast arithmetic.
func RunFast(t *testing.T, dev tensor.Device) { run(t, &kit{dev: dev, fast: true}) }

// RunCard is the suite for a tensor.Card, with Tally and Update.
func RunCard(t *testing.T, dev tensor.Card) {
	k := &kit{dev: dev, fast: true, card: dev}
	run(t, k)
	t.Run("tally", k.tally)
	t.Run("update", k.update)
	t.Run("reading later", k.later)
}

func run(t *testing.T, k *kit) {
	dev := k.dev
	each := func(name string, f func(t *testing.T)) {
		t.Run(name, func(t *testing.T) {
			k.wholes = map[tensor.Buffer]tensor.Buffer{}
			f(t)
		})
	}
	host := func(name string, f func(t *testing.T)) { // what is asked of a processor alone
		if k.card == nil {
			each(name, f)
		}
	}
	each("copying", k.copying)
	each("elementwise", k.elementwise)
	each("rows", k.rows)
	each("dropout", k.dropout)
	each("gemm", k.gemm)
	host("gemm of special numbers", k.gemmSpecial)
	each("reductions", k.reductions)
	host("reductions of special numbers", k.reductionsSpecial)
	each("embedding", k.embedding)
	each("lstm", k.lstm)
	host("lstm of special numbers", k.lstmSpecial)
	each("lstm of a NaN", k.lstmSpoiled)
	each("lstm without denormals", k.lstmTiny)
	host("denormals in time", k.inTime)
	each("bce", k.bce)
	each("softmax", k.softmax)
	host("losses of special numbers", k.lossesSpecial)
	each("fake quantize", k.fakeQuantize)
	each("adam", k.adam)
	each("adam rows", k.adamRows)
	host("adam of special numbers", k.adamSpecial)
	if d, ok := dev.(tensor.Gatherer); ok {
		each("bits", func(t *testing.T) { k.bits(t, d) })
	}
	if d, ok := dev.(rounder); ok {
		each("rounds", func(t *testing.T) { k.rounds(t, d) })
	}
	if d, ok := dev.(stepper); ok {
		each("steps", func(t *testing.T) { k.steps(t, d) })
	}
	if d, ok := dev.(tensor.Cell); ok {
		each("cell", func(t *testing.T) { k.cell(t, d) })
	}
	if d, ok := dev.(tensor.Int8); ok {
		each("int8", func(t *testing.T) { gemmInt8(t, d) })
		each("int8 codes", func(t *testing.T) { k.codes(t, d) })
		each("int8 groups", func(t *testing.T) { k.groups(t, d) })
	}
	if d, ok := dev.(tensor.Coder); ok {
		each("coded", func(t *testing.T) { k.coded(t, d) })
	}
	if d, ok := dev.(tensor.Sparse); ok {
		each("sparse", func(t *testing.T) { k.gemmSparse(t, d) })
		each("sparse int8", func(t *testing.T) { k.sparseInt8(t, d) })
	}
}

// lengths of vectors: nothing, one, tails around 4, 8 and 16 lanes, primes, blocks.
var lengths = []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 97, 1000, 20011}

// Each runs f on every host device that this machine has: what f demands must not depend on which.
func Each(t *testing.T, f func(t *testing.T, dev tensor.Device)) {
	for _, name := range tensor.Devices() {
		t.Run(name, func(t *testing.T) {
			dev, err := tensor.Named(name, tensor.GenericOptions{})
			if err != nil {
				t.Fatal(err)
			}
			f(t, dev)
		})
	}
}

type kit struct {
	dev     tensor.Device
	fast    bool        // the device's arithmetic is Fast
	card    tensor.Card // the device, where it is one
	draws   uint32
	buffers int
	wholes  map[tensor.Buffer]tensor.Buffer // what a buffer is a view of
}

// guard is how much longer a buffer is, before and behind, than its kernel's sizes say:
// that must stay untouched.
const guard = 5

var guarded = float32(math.Float32frombits(0x7fc0beef))

// buffer holds x between two guards. Of sixteen one begins at the address of a cache
// line or other vector, the others at all that lie between.
func (k *kit) buffer(x []float32) tensor.Buffer {
	k.buffers++
	front := guard + k.buffers*7%16
	whole := k.dev.Alloc(front + len(x) + guard)
	up := make([]float32, whole.Len())
	for i := range up {
		up[i] = guarded
	}
	copy(up[front:], x)
	k.dev.Upload(whole, up)
	b := whole.View(front, len(x))
	k.wholes[b] = whole
	return b
}

// read gives back what a buffer holds, and checks its guards.
func (k *kit) read(t *testing.T, b tensor.Buffer) []float32 {
	t.Helper()
	whole := k.wholes[b]
	all := make([]float32, whole.Len())
	k.dev.Download(all, whole)
	to := len(all) - guard
	from := to - b.Len()
	for i, v := range all {
		if (i < from || i >= to) && v == v {
			t.Errorf("the kernel wrote outside of its sizes: to [%d] of %d", i-from, b.Len())
		}
	}
	return all[from:to]
}

// random are n numbers in [−size, size).
func (k *kit) random(n int, size float32) []float32 {
	k.draws++
	x := make([]float32, n)
	tensor.Uniform(tensor.Draw{Seed: 20261125, Stream: 1 << 20, Step: k.draws}, -size, size, x)
	return x
}

// whole are n whole numbers in [0, below).
func (k *kit) whole(n, below int) []int32 {
	k.draws++
	d := tensor.Draw{Seed: 20261125, Stream: 2 << 20, Step: k.draws}
	x := make([]int32, n)
	for i := range x {
		x[i] = int32(d.Words(uint32(i), 0)[0] % uint32(below))
	}
	return x
}

// same demands equal bits; any NaN equals any other.
func same(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	for i := range got {
		g, w := got[i], want[i]
		if math.Float32bits(g) != math.Float32bits(w) && (g == g || w == w) {
			t.Errorf("%s: [%d] is %g (%08x), want %g (%08x)", what, i, g, math.Float32bits(g), w, math.Float32bits(w))
			return
		}
	}
}

// strictly is same for a Strict device. Of a Fast one it demands what no order of
// rounding or adding may change: where NaN and infinities stand.
func (k *kit) strictly(t *testing.T, what string, got, want []float32) {
	t.Helper()
	switch {
	case !k.fast:
		same(t, what, got, want)
		return
	case k.card != nil:
		return
	}
	for i, w := range want {
		if g := got[i]; finite(w) != finite(g) || !finite(w) && g != w && (g == g || w == w) {
			t.Errorf("%s: [%d] is %g, want %g", what, i, g, w)
			return
		}
	}
}

func finite(x float32) bool { return x-x == 0 }

// near demands |got − want| ≤ bound[i] wherever want is a float32.
func near(t *testing.T, what string, got []float32, want, bound []float64) {
	t.Helper()
	for i := range want {
		if !(math.Abs(want[i]) <= math.MaxFloat32) {
			continue
		}
		if d := math.Abs(float64(got[i]) - want[i]); !(d <= bound[i]) {
			t.Errorf("%s: [%d] is %g, %g from the float64 reference, bound %g", what, i, got[i], d, bound[i])
			return
		}
	}
}

// within is near with one bound for all.
func within(t *testing.T, what string, got []float32, want []float64, bound float64) {
	t.Helper()
	b := make([]float64, len(want))
	for i := range b {
		b[i] = bound
	}
	near(t, what, got, want, b)
}

func double(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

func clone(x []float32) []float32 { return append([]float32(nil), x...) }

var (
	nan = float32(math.NaN())
	inf = float32(math.Inf(1))
)
