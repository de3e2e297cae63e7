package kernels

import (
	"testing"

	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/tensor/devicetest"
)

func open(t testing.TB, yield func()) tensor.Device {
	t.Helper()
	d, err := New(yield)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheDeviceConforms(t *testing.T) { devicetest.Run(t, open(t, nil)) }

func TestTheTwinOfFastArithmeticConforms(t *testing.T) {
	d, ok := tensor.FastOf(open(t, nil))
	if !ok {
		t.Skip("this machine has no relaxed SIMD")
	}
	devicetest.RunFast(t, d)
	if again, ok := tensor.FastOf(d); !ok || again != d {
		t.Error("the fast device is not its own twin")
	}
}

// A ceiling that a Gemm can pass is none. No time is asserted: that the work is done is.
func TestThePeakYieldsAndCountsItsWork(t *testing.T) {
	yields := 0
	m := open(t, func() { yields++ }).(tensor.Meter)
	if few, many := m.Peak(100), m.Peak(10000); many != 100*few || few == 0 {
		t.Errorf("100 rounds are %d operations, 10,000 are %d", few, many)
	}
	if yields == 0 {
		t.Error("it never yielded")
	}
}

// A call of a kernel lasts no longer than the work between two yields, about 10 ms
// on a slow machine.
func TestALongKernelYieldsOftenEnough(t *testing.T) {
	yields := 0
	dev := open(t, func() { yields++ })
	const m, n, k = 512, 512, 512
	a, b, c := dev.Alloc(m*k), dev.Alloc(k*n), dev.Alloc(m*n)
	dev.Gemm(false, false, m, n, k, a, b, false, c)
	if least := m * n * k / (2 * between); yields < least {
		t.Errorf("%d yields of a Gemm, want at least %d", yields, least)
	}

	const B, T, E, H = 16, 60, 90, 200
	p := tensor.NewPacked(B, T)
	lengths := make([]int32, B)
	for i := range lengths {
		lengths[i] = T
	}
	p.Set(lengths)
	const N = B * T
	buffer := dev.Alloc
	l := &tensor.LSTM{
		Packed: p, E: E, H: H, X: buffer(N * E), WeightIH: buffer(4 * H * E), WeightHH: buffer(4 * H * H),
		BiasIH: buffer(4 * H), BiasHH: buffer(4 * H),
		Gates: buffer(N * 4 * H), C: buffer(N * H), TanhC: buffer(N * H), HPrev: buffer(N * H), Last: buffer(B * H),
	}
	g := &tensor.LSTMGrad{
		Last: buffer(B * H), X: buffer(N * E), WeightIH: buffer(4 * H * E), WeightHH: buffer(4 * H * H),
		Bias: buffer(4 * H), H: buffer(B * H), C: buffer(B * H),
	}
	yields = 0
	dev.LSTMForward(l)
	if least := N * 4 * H * (E + H) / (2 * between); yields < least {
		t.Errorf("%d yields forward, want at least %d", yields, least)
	}
	yields = 0
	dev.LSTMBackward(l, g)
	if least := 2 * N * 4 * H * (E + H) / (2 * between); yields < least {
		t.Errorf("%d yields backward, want at least %d", yields, least)
	}
}

func TestAKernelMayRunInsideAnothersYield(t *testing.T) {
	const n = 400
	var dev tensor.Device
	var a, b, want, got, other tensor.Buffer
	inside := 0
	dev = open(t, func() {
		if inside == 0 {
			inside++
			dev.Gemm(true, true, n, n, n, a, b, false, other)
		}
	})
	buffer := func() tensor.Buffer { return dev.Alloc(n * n) }
	a, b, want, got, other = buffer(), buffer(), buffer(), buffer(), buffer()
	tensor.Uniform(tensor.Draw{Seed: 1}, -1, 1, tensor.HostData(a))
	tensor.Uniform(tensor.Draw{Seed: 2}, -1, 1, tensor.HostData(b))
	tensor.Generic(tensor.GenericOptions{}).Gemm(true, false, n, n, n, a, b, false, want)
	dev.Gemm(true, false, n, n, n, a, b, false, got)
	if inside == 0 {
		t.Fatal("the kernel never yielded")
	}
	for i, v := range tensor.HostData(want) {
		if tensor.HostData(got)[i] != v {
			t.Fatalf("[%d] is %g, without a kernel inside the yield %g", i, tensor.HostData(got)[i], v)
		}
	}
}

// Go's memory grows while the module works in it.
func TestTheModuleGoesOnWhenMemoryGrows(t *testing.T) {
	dev := open(t, nil)
	x := dev.Alloc(1000)
	tensor.Uniform(tensor.Draw{Seed: 1}, -1, 1, tensor.HostData(x))
	before := dev.SumSquares(1000, x)
	far := dev.Alloc(20 << 20) // 80 MB
	tensor.HostData(far)[20<<20-1] = 3
	if got := dev.SumSquares(20<<20, far); got != 9 {
		t.Errorf("the sum of squares in new memory is %g, want 9", got)
	}
	if after := dev.SumSquares(1000, x); after != before {
		t.Errorf("in old memory it went from %g to %g", before, after)
	}
}
