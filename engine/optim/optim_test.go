package optim_test

import (
	"math"
	"testing"

	"github.com/clove-ml/clove/engine/nn"
	"github.com/clove-ml/clove/engine/optim"
	"github.com/clove-ml/clove/engine/tensor"
)

var cfg = optim.Config{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}

type fixture struct {
	dev   tensor.Device
	net   *nn.Net
	shard *nn.Shard
	parts []*nn.Partial
	batch nn.Batch
}

func newFixture() *fixture {
	dev := tensor.Best(tensor.GenericOptions{})
	f := &fixture{dev: dev, net: nn.New(dev, nn.Config{
		Vocabulary: 12, Embedding: 4, Hidden: 5, Outputs: 1, EmbeddingScale: 0.3, Seed: 3,
	})}
	f.shard, f.parts = f.net.NewShard(3, 4), []*nn.Partial{f.net.NewPartial(12)}
	f.batch = nn.Batch{
		B: 3, T: 4, IDs: []int32{5, 6, 7, 8, 1, 2, 0, 0, 9, 5, 1, 0},
		Lengths: []int32{4, 2, 3}, Targets: []int32{1, 0, 1},
	}
	f.gradients()
	return f
}

func (f *fixture) gradients() {
	f.shard.Forward(f.batch, true)
	f.shard.Loss(f.batch, 3)
	f.shard.Backward(f.batch, f.parts[0])
	f.net.Reduce(f.parts)
}

func (f *fixture) weights() (all []float32) {
	for _, p := range f.net.Params() {
		all = append(all, tensor.HostData(p.W)...)
	}
	return all
}

func equal(a, b []float32) bool {
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return false
		}
	}
	return len(a) == len(b)
}

func TestMaskedWeightsAndTheirMomentsStayZero(t *testing.T) {
	f := newFixture()
	masks := map[string][]bool{}
	for _, name := range []string{"embedding.weight", "lstm.weight_hh_l0"} {
		m := make([]bool, f.net.Param(name).Len())
		for i := range m {
			m[i] = i%3 != 0
		}
		masks[name] = m
	}
	c := cfg
	c.Masks = masks
	opt, err := optim.New("adam", f.dev, f.net, c)
	if err != nil {
		t.Fatal(err)
	}
	check := func(when string) {
		state := opt.State()
		for i, p := range f.net.Params() {
			kept := 0
			for j, keep := range masks[p.Name] {
				w, m, v := tensor.HostData(p.W)[j], state.M[i][j], state.V[i][j]
				if !keep && (w != 0 || m != 0 || v != 0) {
					t.Fatalf("%s, %s[%d] is masked, yet w = %g, m = %g, v = %g", when, p.Name, j, w, m, v)
				}
				if keep && w != 0 {
					kept++
				}
			}
			if masks[p.Name] != nil && kept == 0 {
				t.Errorf("%s, nothing is left of %s", when, p.Name)
			}
		}
	}
	check("at the start")
	for range 3 {
		f.gradients()
		opt.Step(0.01)
		check("after a step")
	}
}

func TestGoingOnFromAStateGivesTheSameBits(t *testing.T) {
	a, b := newFixture(), newFixture()
	one, _ := optim.New("adam", a.dev, a.net, cfg)
	two, _ := optim.New("adam", b.dev, b.net, cfg)
	for range 4 {
		one.Step(0.01)
		two.Step(0.01)
	}
	state := two.State()
	two, _ = optim.New("adam", b.dev, b.net, cfg)
	if err := two.SetState(state); err != nil {
		t.Fatal(err)
	}
	one.Step(0.01)
	state.M[0][0] = 99 // a copy: what is done to it changes nothing
	two.Step(0.01)
	if !equal(a.weights(), b.weights()) {
		t.Error("the weights differ")
	}
}

func TestAStateOfAnotherShapeIsRefused(t *testing.T) {
	f := newFixture()
	opt, _ := optim.New("adam", f.dev, f.net, cfg)
	good := opt.State()
	for name, bad := range map[string]optim.State{
		"nothing":       {},
		"negative step": {Step: -1, M: good.M, V: good.V},
		"short moment":  {M: append([][]float32{{1}}, good.M[1:]...), V: good.V},
		"one missing":   {M: good.M[1:], V: good.V},
	} {
		if opt.SetState(bad) == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestNamesAndMasksThatAreNoneAreRefused(t *testing.T) {
	f := newFixture()
	if _, err := optim.New("adamant", f.dev, f.net, cfg); err == nil {
		t.Error("an unknown optimizer was made")
	}
	for name, n := range map[string]int{"linear.bias": 7, "no.such": 1} {
		c := cfg
		c.Masks = map[string][]bool{name: make([]bool, n)}
		if _, err := optim.New("adam", f.dev, f.net, c); err == nil {
			t.Errorf("a mask of %d for %s was taken", n, name)
		}
	}
}

func TestClippingBoundsTheGlobalNorm(t *testing.T) {
	f := newFixture()
	norm := optim.ClipNorm(f.dev, f.net.Grads(), 0)
	var exact float64
	for _, g := range f.net.Grads() {
		for _, v := range tensor.HostData(g.G)[:g.Len] {
			exact += float64(v) * float64(v)
		}
	}
	if math.Abs(norm-math.Sqrt(exact)) > 1e-6 {
		t.Errorf("the norm is %g, want %g", norm, math.Sqrt(exact))
	}
	if again := optim.ClipNorm(f.dev, f.net.Grads(), 2*norm); again != norm {
		t.Errorf("a bound above the norm, or none, changed it from %g to %g", norm, again)
	}
	if before := optim.ClipNorm(f.dev, f.net.Grads(), norm/4); before != norm {
		t.Errorf("the norm before clipping is told as %g, want %g", before, norm)
	}
	if after := optim.ClipNorm(f.dev, f.net.Grads(), 0); math.Abs(after-norm/4) > 1e-5 {
		t.Errorf("clipped to %g, the norm is %g", norm/4, after)
	}
}

func TestTheLinearScheduleFallsToZero(t *testing.T) {
	for _, c := range []struct {
		schedule    string
		step, steps int
		want        float64
	}{
		{"constant", 7, 10, 0.5}, {"linear", 0, 10, 0.5}, {"linear", 5, 10, 0.25},
		{"linear", 10, 10, 0}, {"linear", 11, 10, 0}, {"linear", 3, 0, 0.5},
	} {
		if got := optim.Rate(c.schedule, 0.5, c.step, c.steps); got != c.want {
			t.Errorf("%s at step %d of %d: %g, want %g", c.schedule, c.step, c.steps, got, c.want)
		}
	}
}
