package compress

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
)

func pruneOnce(t testing.TB, s state, step string) state {
	t.Helper()
	next, err := prune(context.Background(), s, job{step: pipeline(t, step)[0]})
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// counted are a parameter's values that pruning counts.
func counted(m *model.Model, name string) []float32 {
	p, _ := m.Param(name)
	return p.Values()[pad(p):]
}

func zeros(v []float32) (n int) {
	for _, x := range v {
		if x == 0 {
			n++
		}
	}
	return n
}

func TestExactlyTheAskedShareGoesWhateverTheTies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.SampledFrom([]float32{0, 1, -1, 0.5, -0.5}), rapid.Float32Range(-2, 2))
		groups := rapid.SliceOfN(rapid.SliceOfN(value, 0, 30), 1, 4).Draw(t, "groups")
		share := rapid.Float64Range(0.001, 0.999).Draw(t, "share")
		keep := Smallest(groups, share)
		n, gone := 0, 0
		greatest, least := float32(-1), float32(math.Inf(1)) // of those that go, of those that stay
		lastTie, firstTie := -1, -1
		for g := range groups {
			for i, w := range groups[g] {
				size := float32(math.Abs(float64(w)))
				if keep[g][i] {
					least = min(least, size)
				} else {
					greatest = max(greatest, size)
					gone++
				}
				n++
			}
		}
		if want := int(math.RoundToEven(share * float64(n))); gone != want {
			t.Fatalf("%d of %d gone, want %d", gone, n, want)
		}
		if greatest > least {
			t.Fatalf("%g went while %g stayed", greatest, least)
		}
		at := 0
		for g := range groups {
			for i, w := range groups[g] {
				if float32(math.Abs(float64(w))) == greatest && greatest == least {
					if keep[g][i] && firstTie < 0 {
						firstTie = at
					}
					if !keep[g][i] {
						lastTie = at
					}
				}
				at++
			}
		}
		if firstTie >= 0 && lastTie > firstTie {
			t.Fatalf("of equal values number %d went while number %d stayed", lastTie, firstTie)
		}
	})
}

func TestOneThresholdGoesOverAllMatrices(t *testing.T) {
	m := trained(t, 3)
	s := pruneOnce(t, state{m: m}, "prune=0.7")
	names := []string{model.Embedding, model.LinearWeight, model.LSTMHidden, model.LSTMInput}
	n, gone := 0, 0
	greatest, least := 0.0, math.Inf(1)
	for _, name := range names {
		before, after := counted(m, name), counted(s.m, name)
		n, gone = n+len(before), gone+zeros(after)
		for i, w := range before {
			if after[i] == 0 {
				greatest = max(greatest, math.Abs(float64(w)))
			} else if least = min(least, math.Abs(float64(w))); after[i] != w {
				t.Fatalf("%s: a kept %g became %g", name, w, after[i])
			}
		}
	}
	if want := int(math.RoundToEven(0.7 * float64(n))); gone != want {
		t.Errorf("%d of %d gone, want %d", gone, n, want)
	}
	if greatest >= least {
		t.Errorf("%g went while %g stayed", greatest, least)
	}
	if got := sparsity(s.m); math.Abs(got-0.7) > 1e-3 {
		t.Errorf("a sparsity of %g", got)
	}
	for _, p := range m.Params {
		if len(p.Shape) == 1 && !slices.Equal(p.Values(), s.m.Floats(p.Name)) {
			t.Errorf("the bias %s changed", p.Name)
		}
	}
}

func TestTheLSTMAloneCanBePruned(t *testing.T) {
	m := trained(t, 2)
	s := pruneOnce(t, state{m: m}, "prune=0.5/lstm")
	for _, name := range []string{model.Embedding, model.LinearWeight} {
		if !slices.Equal(m.Floats(name), s.m.Floats(name)) || s.masks[name] != nil {
			t.Errorf("%s was pruned too", name)
		}
	}
	gone := zeros(s.m.Floats(model.LSTMHidden)) + zeros(s.m.Floats(model.LSTMInput))
	if n := len(m.Floats(model.LSTMHidden)) + len(m.Floats(model.LSTMInput)); gone != n/2 {
		t.Errorf("%d of %d gone, want half", gone, n)
	}
}

func TestOfTheLSTMOneMatrixOrSomeGatesMayBeMeant(t *testing.T) {
	m := trained(t, 2)
	for step, want := range map[string]map[string]int{ // zeros in each matrix
		"prune=0.5/recurrent":               {model.LSTMHidden: 4 * 12 * 12 / 2},
		"prune=0.5/recurrent/g":             {model.LSTMHidden: 12 * 12 / 2},
		"prune=0.25/layer/f/o":              {model.LSTMHidden: 2 * 12 * 12 / 4, model.LSTMInput: 2 * 12 * 16 / 4},
		"prune=0.5/input/i/layer/embedding": {model.LSTMInput: 12 * 16 / 2, model.Embedding: (vocabSize - 1) * 16 / 2},
	} {
		s := pruneOnce(t, state{m: m}, step)
		for _, p := range s.m.Params {
			if got := zeros(p.Values()[pad(p):]); len(p.Shape) == 2 && got != want[p.Name] {
				t.Errorf("%s: %d zeros in %s, want %d", step, got, p.Name, want[p.Name])
			}
			if p.Name == model.LSTMHidden && step == "prune=0.5/recurrent/g" && zeros(p.Values()[2*144:3*144]) != 72 {
				t.Errorf("%s: not gate g", step)
			}
		}
	}
}

func TestThePaddingRowIsNotCounted(t *testing.T) {
	m := trained(t, 2)
	s := pruneOnce(t, state{m: m}, "prune=0.01")
	e := m.Config.Model.Embedding
	if mask := s.masks[model.Embedding]; slices.Contains(mask[:e], false) {
		t.Error("the padding row was taken for pruned weights")
	}
	if zeros(counted(s.m, model.Embedding)) == 0 {
		t.Error("1 % fell on the padding row alone")
	}
}

func TestWhatWasPrunedNeverComesBack(t *testing.T) {
	m := trained(t, 2)
	first := pruneOnce(t, state{m: m}, "prune=0.6")
	for _, again := range []string{"prune=0.3", "prune=0.6", "prune=0.8"} {
		s := pruneOnce(t, first, again)
		for name, mask := range first.masks {
			for i, kept := range mask {
				if !kept && s.masks[name][i] {
					t.Fatalf("%s: weight %d of %s came back", again, i, name)
				}
			}
		}
	}
}

// TestTheMasksAreThoseOfPyTorch holds Smallest against
// torch.nn.utils.prune.global_unstructured; testdata/golden.py made the file.
func TestTheMasksAreThoseOfPyTorch(t *testing.T) {
	b, err := os.ReadFile("testdata/prune.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden []struct {
		Share  float64
		Groups [][]float32
		Kept   [][]int
	}
	if err := json.Unmarshal(b, &golden); err != nil {
		t.Fatal(err)
	}
	if len(golden) < 3 {
		t.Fatalf("only %d cases", len(golden))
	}
	for _, g := range golden {
		for i, mask := range Smallest(g.Groups, g.Share) {
			for j, kept := range mask {
				if kept != (g.Kept[i][j] == 1) {
					t.Errorf("share %g: weight %d of tensor %d, %g, kept: %v, in PyTorch %d", g.Share, j, i, g.Groups[i][j], kept, g.Kept[i][j])
				}
			}
		}
	}
}

func TestPruningAFileThatWasPrunedGoesOnFromIt(t *testing.T) {
	m := trained(t, 2)
	enc := set(t, m, 20)
	env := Env{Device: generic, Data: enc}
	quiet := func(spec.Event) {}
	once, _, err := Run(context.Background(), m, pipeline(t, "prune=0.8"), env, quiet)
	if err != nil {
		t.Fatal(err)
	}
	read, err := model.Read(once.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	apart, _, err := Run(context.Background(), read, pipeline(t, "quantize=int8"), env, quiet)
	if err != nil {
		t.Fatal(err)
	}
	together, _, err := Run(context.Background(), m, pipeline(t, "prune=0.8,quantize=int8"), env, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if apart.SHA256() != together.SHA256() || apart.Config.Pipeline != together.Config.Pipeline {
		t.Errorf("%s in two goes is another model than in one", apart.Config.Pipeline)
	}
}
