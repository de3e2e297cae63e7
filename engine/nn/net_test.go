package nn_test

import (
	"math"
	"testing"

	"github.com/clove-ml/clove/engine/nn"
	"github.com/clove-ml/clove/engine/tensor"
)

var tinyConfig = nn.Config{
	Vocabulary: 40, Embedding: 6, Hidden: 5, Outputs: 3,
	ForgetBias: 1, EmbeddingScale: 0.5, EmbeddingDropout: 0.3, Dropout: 0.4, Seed: 2,
}

func sameBits(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	for i := range got {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s: [%d] is %g, want %g", what, i, got[i], want[i])
		}
	}
}

// logits of a batch in one shard.
func logits(net *nn.Net, b nn.Batch, train bool) []float32 {
	z := net.NewShard(b.B, b.T).Forward(b, train)
	return append([]float32(nil), tensor.HostData(z)[:b.B*net.Config().Outputs]...)
}

func TestLogitsDoNotDependOnTheCutIntoShards(t *testing.T) {
	run := newTraining(tinyConfig, 11, 9, false)
	for _, train := range []bool{false, true} {
		want := logits(run.net, run.batch, train)
		_, got := step(run.net, run.on, run.batch, train)
		sameBits(t, "logits", got, want)
		one := cut(run.batch, 3, 2)
		sameBits(t, "a shard's", logits(run.net, one, train), want[2*3*3:][:one.B*3])
	}
}

func TestShardsSideBySideGiveTheSameBits(t *testing.T) {
	a, b := newTraining(tinyConfig, 8, 7, false), newTraining(tinyConfig, 8, 7, false)
	for range 5 {
		a.step()
		b.stepThreads()
	}
	if a.hash() != b.hash() {
		t.Error("threads change the weights")
	}
}

func TestPaddingChangesNothing(t *testing.T) {
	run := newTraining(tinyConfig, 6, 8, false)
	b := run.batch
	wide := b
	wide.T = b.T + 5
	wide.IDs = make([]int32, wide.B*wide.T)
	for r := range b.B {
		copy(wide.IDs[r*wide.T:], b.IDs[r*b.T:][:b.T])
	}
	sameBits(t, "logits", logits(run.net, wide, true), logits(run.net, b, true))
}

func TestATextsLogitsAreItsOwn(t *testing.T) {
	run := newTraining(tinyConfig, 7, 8, false)
	b := run.batch
	all := logits(run.net, b, false)
	for r := range b.B {
		one := nn.Batch{B: 1, T: b.T, IDs: b.IDs[r*b.T:][:b.T], Lengths: b.Lengths[r : r+1]}
		sameBits(t, "a text alone", logits(run.net, one, false), all[r*3:][:3])
	}
}

// A text of no tokens says nothing: its logits are the bias, and only the bias learns of it.
func TestATextOfNoTokensHasTheBiasAlone(t *testing.T) {
	run := newTraining(tinyConfig, 6, 8, false)
	b := run.batch
	b.Lengths = append([]int32(nil), b.Lengths...)
	b.Lengths[1], b.Lengths[4], b.Lengths[3] = 0, 0, int32(b.T)
	K := run.net.Config().Outputs
	bias := tensor.HostData(run.net.Param("linear.bias").W)
	got := logits(run.net, b, true)
	sameBits(t, "logits of no tokens", got[K:2*K], bias)
	sameBits(t, "logits of no tokens", got[4*K:5*K], bias)

	clear(b.Lengths)
	step(run.net, newBench(run.net, b.B, b.T), b, true)
	for _, g := range run.net.Grads() {
		learned := false
		for _, x := range dense(g, tinyConfig.Vocabulary) {
			learned = learned || x != 0
		}
		if learned != (g.Name == "linear.bias") {
			t.Errorf("%s learns: %v", g.Name, learned)
		}
	}
}

func TestTheInitialValuesAreThoseOfPyTorch(t *testing.T) {
	cfg := tinyConfig
	cfg.Vocabulary, cfg.Embedding, cfg.Hidden = 500, 20, 30
	net := nn.New(tensor.Best(tensor.GenericOptions{}), cfg)
	bound := 1 / math.Sqrt(30)
	last := ""
	for _, p := range net.Params() {
		if p.Name <= last {
			t.Errorf("%s comes after %s", p.Name, last)
		}
		last = p.Name
		w := tensor.HostData(p.W)
		switch p.Name {
		case "embedding.weight":
			var sum float64
			for i, v := range w {
				if i < 20 && v != 0 {
					t.Errorf("padding has %g", v)
				}
				sum += float64(v) * float64(v) / float64(len(w)-20)
			}
			if math.Abs(math.Sqrt(sum)-0.5) > 0.02 {
				t.Errorf("the embedding's standard deviation is %.4f, want 0.5", math.Sqrt(sum))
			}
		default:
			most := 0.0
			for i, v := range w {
				if p.Name == "lstm.bias_ih_l0" && i >= 30 && i < 60 {
					v--
				}
				most = math.Max(most, math.Abs(float64(v)))
			}
			if most > bound+1e-6 || len(w) > 50 && most < 0.9*bound {
				t.Errorf("%s reaches %.4f, the bound is %.4f", p.Name, most, bound)
			}
		}
	}
	other := cfg
	other.Seed++
	if again := nn.New(net.Device(), other); tensor.HostData(again.Params()[0].W)[25] == tensor.HostData(net.Params()[0].W)[25] {
		t.Error("another seed gives the same values")
	}
}

func TestPaddingStaysZeroAndOnlyRowsThatOccurHaveAGradient(t *testing.T) {
	run := newTraining(tinyConfig, 9, 8, false)
	run.step()
	g := run.net.Grads()[0]
	occur := map[int32]bool{}
	for r := range run.batch.B {
		for j := range run.batch.Lengths[r] {
			occur[run.batch.IDs[r*run.batch.T+int(j)]] = true
		}
	}
	if len(g.Rows) != len(occur) {
		t.Errorf("%d rows have a gradient, %d tokens occur", len(g.Rows), len(occur))
	}
	for i, r := range g.Rows {
		if r == 0 || !occur[r] || i > 0 && r <= g.Rows[i-1] {
			t.Errorf("row %d at place %d", r, i)
		}
	}
	for range 10 {
		run.step()
	}
	for _, v := range tensor.HostData(run.net.Param("embedding.weight").W)[:6] {
		if v != 0 {
			t.Errorf("padding became %g", v)
		}
	}
}

func TestABatchOfFewerRowsThanShardsLeavesNothingOfTheLast(t *testing.T) {
	run := newTraining(tinyConfig, 8, 6, false)
	few := run.batch
	few.B = 2
	gradients := func(on *bench, b nn.Batch) (all []float32) {
		step(run.net, on, b, true)
		for _, g := range run.net.Grads() {
			all = append(all, dense(g, tinyConfig.Vocabulary)...)
		}
		return all
	}
	want := gradients(newBench(run.net, 8, 6), few)
	gradients(run.on, run.batch)
	sameBits(t, "gradients", gradients(run.on, few), want)
}

func TestLossCountsWhatIsRight(t *testing.T) {
	for _, outputs := range []int{1, 3} {
		cfg := tinyConfig
		cfg.Outputs = outputs
		run := newTraining(cfg, 10, 5, false)
		s := run.net.NewShard(10, 5)
		z := tensor.HostData(s.Forward(run.batch, false))
		want := 0
		for i, class := range run.batch.Targets {
			if nn.Class(z[i*outputs:][:outputs]) == int(class) {
				want++
			}
		}
		if _, right := s.Loss(run.batch, 10); right != want {
			t.Errorf("%d right with %d outputs, want %d", right, outputs, want)
		}
	}
	for _, c := range []struct {
		logits []float32
		class  int
	}{{[]float32{0}, 0}, {[]float32{0.1}, 1}, {[]float32{-3}, 0}, {[]float32{1, 3, 2}, 1}, {[]float32{2, 2, 1}, 0}} {
		if got := nn.Class(c.logits); got != c.class {
			t.Errorf("%v is class %d, want %d", c.logits, got, c.class)
		}
	}
}

func TestNonFiniteNamesTheTensor(t *testing.T) {
	run := newTraining(tinyConfig, 8, 6, false)
	run.step()
	if name, ok := run.net.NonFinite(); !ok {
		t.Errorf("%s is said not to be finite", name)
	}
	w := tensor.HostData(run.net.Param("linear.weight").W)
	w[3] = float32(math.Inf(1))
	if name, ok := run.net.NonFinite(); ok || name != "linear.weight" {
		t.Errorf("an infinity in linear.weight is told as %q", name)
	}
	step(run.net, run.on, run.batch, true)
	if name, ok := run.net.NonFinite(); ok || name == "linear.weight" {
		t.Errorf("a gradient spoiled by it is told as %q", name)
	}
}

func TestABatchTooLargeForItsShardPanics(t *testing.T) {
	run := newTraining(tinyConfig, 8, 6, false)
	defer func() {
		if recover() == nil {
			t.Error("8 rows were taken by a shard for 2")
		}
	}()
	run.on.shards[0].Forward(run.batch, false)
}
