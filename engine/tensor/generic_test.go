package tensor_test

import (
	"errors"
	"testing"

	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/tensor/devicetest"
)

func TestThePeakCountsItsWorkAndYields(t *testing.T) {
	for _, name := range tensor.Devices() {
		yields := 0
		d, err := tensor.Named(name, tensor.GenericOptions{Yield: func() { yields++ }})
		if err != nil {
			t.Fatal(err)
		}
		m := d.(tensor.Meter)
		few, many := m.Peak(10), m.Peak(3000)
		if few <= 0 || many != 300*few || yields == 0 {
			t.Errorf("%s: 10 rounds are %d operations, 3,000 are %d; it yielded %d times", name, few, many, yields)
		}
	}
}

func TestEveryHostDeviceConforms(t *testing.T) {
	devicetest.Each(t, devicetest.Run)
}

// Strict is one of the ways in which Fast may compute.
func TestEveryFastDeviceConforms(t *testing.T) {
	devicetest.Each(t, func(t *testing.T, dev tensor.Device) {
		fast, _ := tensor.FastOf(dev)
		devicetest.RunFast(t, fast)
	})
}

func BenchmarkDenormals(b *testing.B) {
	for _, name := range tensor.Devices() {
		dev, err := tensor.Named(name, tensor.GenericOptions{})
		if err != nil {
			b.Fatal(err)
		}
		devicetest.BenchmarkDenormals(b, dev)
	}
}

func TestADeviceIsChosenByItsName(t *testing.T) {
	all := tensor.Devices()
	if last := all[len(all)-1]; last != tensor.NameGeneric {
		t.Errorf("the last resort is %s", last)
	}
	for name, want := range map[string]string{"": all[0], tensor.NameAuto: all[0], all[0]: all[0], tensor.NameGeneric: tensor.NameGeneric} {
		if d, err := tensor.Named(name, tensor.GenericOptions{}); err != nil || d.Name() != want {
			t.Errorf("%q gives %v, want %s", name, err, want)
		}
	}
	var missing *tensor.ErrNoDevice
	if _, err := tensor.Named("abacus", tensor.GenericOptions{}); !errors.As(err, &missing) || missing.Name != "abacus" {
		t.Errorf("an unknown device gives %v", err)
	}
}

func TestEveryDeviceYields(t *testing.T) {
	for _, name := range tensor.Devices() {
		yields := 0
		dev, err := tensor.Named(name, tensor.GenericOptions{Yield: func() { yields++ }})
		if err != nil {
			t.Fatal(err)
		}
		const n = 512
		a := dev.Alloc(n * n)
		dev.Gemm(false, false, n, n, n, a, a, false, dev.Alloc(n*n))
		if yields == 0 {
			t.Errorf("%s: none in %d multiply-adds", name, n*n*n)
		}
	}
}

func TestALongKernelYieldsOftenEnough(t *testing.T) {
	yields := 0
	dev := tensor.Generic(tensor.GenericOptions{Yield: func() { yields++ }})
	const m, n, k = 512, 512, 512
	a, b, c := dev.Alloc(m*k), dev.Alloc(k*n), dev.Alloc(m*n)
	dev.Gemm(false, false, m, n, k, a, b, false, c)
	// 10 ms at the 2.6 GFLOP/s of plain Go in wasm are 13e6 multiply-adds.
	if least := m * n * k / 13_000_000; yields < least {
		t.Errorf("%d yields, want at least %d", yields, least)
	}
}

func TestALongSequenceYieldsBetweenItsSteps(t *testing.T) {
	yields := 0
	dev := tensor.Generic(tensor.GenericOptions{Yield: func() { yields++ }})
	const B, T, E, H = 16, 60, 30, 100
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
	dev.LSTMForward(l)
	if least := N * 4 * H * (E + H) / 13_000_000; yields < least {
		t.Errorf("%d yields forward, want at least %d", yields, least)
	}
	yields = 0
	dev.LSTMBackward(l, g)
	if least := 2 * N * 4 * H * (E + H) / 13_000_000; yields < least {
		t.Errorf("%d yields backward, want at least %d", yields, least)
	}
}

func TestAKernelMayRunInsideAnothersYield(t *testing.T) {
	var dev tensor.Device
	inside := false
	const n = 300
	var a, b, want, got, other tensor.Buffer
	dev = tensor.Generic(tensor.GenericOptions{Yield: func() {
		if !inside {
			inside = true
			dev.Gemm(true, true, n, n, n, a, b, false, other)
			inside = false
		}
	}})
	buffer := func() tensor.Buffer { return dev.Alloc(n * n) }
	a, b, want, got, other = buffer(), buffer(), buffer(), buffer(), buffer()
	tensor.Uniform(tensor.Draw{Seed: 1}, -1, 1, tensor.HostData(a))
	tensor.Uniform(tensor.Draw{Seed: 2}, -1, 1, tensor.HostData(b))
	tensor.Generic(tensor.GenericOptions{}).Gemm(true, false, n, n, n, a, b, false, want)
	dev.Gemm(true, false, n, n, n, a, b, false, got)
	for i, v := range tensor.HostData(want) {
		if tensor.HostData(got)[i] != v {
			t.Fatalf("[%d] is %g, without a kernel inside the yield %g", i, tensor.HostData(got)[i], v)
		}
	}
}

func TestACellGivesTheBitsOfTheSequence(t *testing.T) {
	const B, H, E = 3, 7, 5
	dev := tensor.Generic(tensor.GenericOptions{})
	buffer := func(n int, seed uint64) tensor.Buffer {
		b := dev.Alloc(n)
		tensor.Uniform(tensor.Draw{Seed: seed}, -1, 1, tensor.HostData(b))
		return b
	}
	p := tensor.NewPacked(B, 1)
	p.Set([]int32{1, 1, 1})
	l := &tensor.LSTM{
		Packed: p, E: E, H: H, X: buffer(B*E, 1), WeightIH: buffer(4*H*E, 2), WeightHH: buffer(4*H*H, 3),
		BiasIH: buffer(4*H, 4), BiasHH: buffer(4*H, 5),
		Gates: dev.Alloc(B * 4 * H), C: dev.Alloc(B * H), TanhC: dev.Alloc(B * H), HPrev: dev.Alloc(B * H), Last: dev.Alloc(B * H),
	}
	dev.LSTMForward(l)
	pre := dev.Alloc(B * 4 * H)
	dev.AddBias(B, 4*H, l.BiasIH, pre)
	dev.AddBias(B, 4*H, l.BiasHH, pre)
	dev.Gemm(false, true, B, 4*H, E, l.X, l.WeightIH, true, pre)
	c, h := make([]float32, B*H), make([]float32, B*H)
	dev.(tensor.Cell).LSTMCell(B, H, tensor.HostData(pre), c, h)
	for i := range h {
		if h[i] != tensor.HostData(l.Last)[i] || c[i] != tensor.HostData(l.C)[i] {
			t.Fatalf("unit %d: h %g, c %g; by the sequence %g, %g", i, h[i], c[i], tensor.HostData(l.Last)[i], tensor.HostData(l.C)[i])
		}
	}
}

func TestPackedPutsTheLastStepFirstAndNoPaddingAnywhere(t *testing.T) {
	p := tensor.NewPacked(4, 5)
	p.Set([]int32{5, 3, 3, 1})
	seen := map[int]bool{}
	before := -1
	for step := p.Steps - 1; step >= 0; step-- {
		for r := range int(p.Active[step]) {
			if s := p.Slot(step, r); s != before+1 {
				t.Errorf("step %d, row %d has slot %d after %d", step, r, s, before)
			} else {
				before, seen[s] = s, true
			}
		}
	}
	if p.Slots != 12 || len(seen) != 12 {
		t.Errorf("%d slots, %d in use, want 12", p.Slots, len(seen))
	}
}

func TestPackedRefusesLengthsOutOfOrder(t *testing.T) {
	for _, lengths := range [][]int32{{2, 3}, {3, 1, 2}, {2, 0, 1}, {-1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("lengths %v were taken", lengths)
				}
			}()
			tensor.NewPacked(3, 3).Set(lengths)
		}()
	}
}

func TestACardOfPaperConforms(t *testing.T) {
	devicetest.RunCard(t, &devicetest.Paper{Device: tensor.Best(tensor.GenericOptions{})})
}
