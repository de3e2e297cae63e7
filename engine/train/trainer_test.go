package train

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/tensor/devicetest"
)

func TestItLearnsThatNotTurnsGood(t *testing.T) {
	s := little()
	s.Train.Epochs = 12
	var f figures
	tr := trainer(t, made(120, 40), s, 1)
	finish(t, tr, &f)
	if best := f.ends[f.best-1].Validation; best.Accuracy < 0.95 {
		t.Errorf("validation accuracy %.3f after %d epochs", best.Accuracy, len(f.ends))
	}
	if first, last := f.ends[0], f.ends[len(f.ends)-1]; last.Loss > first.Loss/3 {
		t.Errorf("the training loss went from %.3f to %.3f only", first.Loss, last.Loss)
	}
}

// The same on every machine, in Node and in the browser: a change of this hash
// is a change of what every Spec gives, and needs a new version of Spec.
func TestWeightsAreTheSameEverywhere(t *testing.T) {
	const want = "e51d4feb8e406a64fd7f19e803e62d383fb5b835602162486fcf93171eec0519"
	devicetest.Each(t, func(t *testing.T, dev tensor.Device) {
		tr, err := New(dev, made(40, 12), little(), Options{Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		var f figures
		finish(t, tr, &f)
		if f.sha != want {
			t.Errorf("weights_sha256 is %s, want %s", f.sha, want)
		}
	})
}

func TestAnEpochTellsTheMeansOfItsSteps(t *testing.T) {
	tr := trainer(t, made(41, 13), little(), 1)
	for range 2 {
		loss, right := 0.0, 0
		for range tr.StepsAnEpoch() {
			s, err := tr.Step()
			if err != nil {
				t.Fatal(err)
			}
			loss, right = loss+s.Loss, right+s.Right
		}
		e, err := tr.EndEpoch(context.Background(), nil)
		if err != nil || e.Loss != loss/41 || e.Accuracy != float64(right)/41 || loss == 0 || right == 0 {
			t.Errorf("%+v, %v; the steps say %g and %d right", e, err, loss, right)
		}
	}
}

func TestThreadsChangeNoBit(t *testing.T) {
	enc := made(41, 13)
	var want figures
	finish(t, trainer(t, enc, little(), 1), &want)
	for _, threads := range []int{2, 3, 4, 9} {
		var got figures
		finish(t, trainer(t, enc, little(), threads), &got)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(figures{})); diff != "" {
			t.Errorf("%d threads: %s", threads, diff)
		}
	}
}

func TestAStoppedRunEndsAsOneNeverStopped(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := little()
		s.Seed = rapid.Uint64Range(1, 4).Draw(r, "seed")
		s.Train.KeepBest = rapid.Bool().Draw(r, "keep best")
		s.Train.Patience = rapid.IntRange(0, 2).Draw(r, "patience")
		s.Train.Batch = rapid.IntRange(1, 9).Draw(r, "batch")
		enc := made(20, rapid.IntRange(0, 7).Draw(r, "validation texts"))

		var want, got figures
		finish(t, trainer(t, enc, s, 1), &want)

		tr := trainer(t, enc, s, 1)
		for !tr.Finished() {
			for range rapid.IntRange(0, 9).Draw(r, "until the stop") {
				if !tr.Finished() {
					advance(t, tr, &got)
				}
			}
			kept, err := tr.Checkpoint()
			if err != nil {
				t.Fatal(err)
			}
			tr = trainer(t, enc, s, rapid.SampledFrom([]int{1, 2, 4}).Draw(r, "threads"))
			if err := tr.Restore(kept); err != nil {
				t.Fatal(err)
			}
		}
		finish(t, tr, &got)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(figures{})); diff != "" {
			r.Fatal(diff)
		}
	})
}

func TestThreeLabelsAreToldApart(t *testing.T) {
	enc := made(90, 30)
	enc.Labels = []string{"film", "none", "plot"} // by which word comes first
	for _, p := range []*data.Part{&enc.Train, &enc.Valid} {
		for i := range p.Labels {
			p.Labels[i] = 1
			for _, id := range p.Text(i) {
				if w := enc.Vocab.Token(id); w == "film" || w == "plot" {
					p.Labels[i] = map[string]int32{"film": 0, "plot": 2}[w]
					break
				}
			}
		}
	}
	s := little()
	s.Train.Epochs = 15
	var f figures
	tr := trainer(t, enc, s, 2)
	finish(t, tr, &f)
	if m := f.ends[f.best-1].Validation; m.Accuracy < 0.9 {
		t.Errorf("validation %+v", m)
	}
	if k := tr.Best().Config.Outputs; k != 3 {
		t.Errorf("%d outputs", k)
	}
}

func TestPatienceStopsAndTheBestIsKept(t *testing.T) {
	s := little()
	s.Train.Epochs, s.Train.Patience, s.Train.Rate = 200, 2, 0.1
	enc := made(24, 8)
	for i := range enc.Valid.Labels { // nothing to learn for validation
		enc.Valid.Labels[i] = int32(i % 2)
	}
	var f figures
	tr := trainer(t, enc, s, 1)
	finish(t, tr, &f)
	if !tr.Early() || len(f.ends) == s.Train.Epochs {
		t.Fatalf("it went on for %d epochs", len(f.ends))
	}
	best := f.ends[tr.BestEpoch()-1]
	if !best.Best {
		t.Errorf("epoch %d is the best but was not told so", tr.BestEpoch())
	}
	for _, e := range f.ends {
		if e.Validation.Accuracy > best.Validation.Accuracy {
			t.Errorf("epoch %d was better than the best, %d", e.Epoch, best.Epoch)
		}
	}
	lowest := math.Inf(1)
	since := 0
	for _, e := range f.ends {
		if e.Validation.Loss < lowest {
			lowest, since = e.Validation.Loss, 0
		} else {
			since++
		}
	}
	if since != s.Train.Patience {
		t.Errorf("it stopped %d epochs after the lowest loss, want %d", since, s.Train.Patience)
	}
}

func TestAnInfiniteWeightIsNamedAndNothingIsLost(t *testing.T) {
	tr := trainer(t, made(20, 5), little(), 1)
	if _, err := tr.Step(); err != nil {
		t.Fatal(err)
	}
	for _, p := range tr.net.Params() {
		if p.Name == model.LSTMHidden {
			tensor.HostData(p.W)[3] = float32(math.NaN())
		}
	}
	_, err := tr.Step()
	var n *NotFinite
	if !errors.As(err, &n) {
		t.Fatalf("the step says %v", err)
	}
	if n.Step != 2 || n.Tensor != model.LSTMHidden || !(n.Rate > 0 && n.Rate < tr.spec.Train.Rate) {
		t.Errorf("%+v", n)
	}
	if tr.Taken() != 1 {
		t.Errorf("the failed step counts: %d taken", tr.Taken())
	}
	if _, err := tr.Checkpoint(); !errors.As(err, &n) {
		t.Errorf("such weights were kept: %v", err)
	}
}

func TestANormThatOverflowsIsToldAsTheNorm(t *testing.T) {
	tr := trainer(t, made(20, 5), little(), 1)
	for _, p := range tr.net.Params() {
		if p.Name == model.LinearWeight {
			for i := range tensor.HostData(p.W) {
				tensor.HostData(p.W)[i] = 1e25 // and so are the gradients of the LSTM
			}
		}
	}
	_, err := tr.Step()
	var n *NotFinite
	if !errors.As(err, &n) || n.Step != 1 || n.Tensor != "norm of the gradients" {
		t.Errorf("the step says %v", err)
	}
}

func TestMaskedWeightsStayZero(t *testing.T) {
	enc := made(30, 8)
	first := trainer(t, enc, little(), 1)
	finish(t, first, &figures{})
	m := first.Best()
	mask := make([]bool, len(m.Floats(model.LSTMHidden)))
	for i := range mask {
		mask[i] = i%3 == 0
	}
	pruned := m.With(func(p model.Param) model.Encoding {
		v := p.Values()
		if p.Name == model.LSTMHidden {
			for i := range v {
				if !mask[i] {
					v[i] = 0
				}
			}
		}
		return model.F32(v)
	})
	s := little()
	s.Train.Epochs = 2
	shares := 0
	tuned, err := Finetune(context.Background(), tensor.Best(tensor.GenericOptions{}), enc, s,
		Options{Initial: pruned, Masks: map[string][]bool{model.LSTMHidden: mask}}, func(float64) { shares++ }, nil)
	if err != nil {
		t.Fatal(err)
	}
	if tuned.SHA256() == pruned.SHA256() || shares == 0 {
		t.Error("it did not train")
	}
	for i, w := range tuned.Floats(model.LSTMHidden) {
		if !mask[i] && math.Float32bits(w) != 0 {
			t.Fatalf("weight %d is %g, and should be +0", i, w)
		}
	}
}

func TestTrainingOnFromAModelTakesItsWordsAlong(t *testing.T) {
	enc := made(30, 8)
	first := trainer(t, enc, little(), 1)
	finish(t, first, &figures{})
	m := first.Best()

	other := made(30, 8)
	other.Vocab = vocab("fresh", "not", "good", "the")
	for i, id := range other.Train.IDs {
		other.Train.IDs[i] = id % 6
	}
	tr, err := New(tensor.Best(tensor.GenericOptions{}), other, little(), Options{Initial: m})
	if err != nil {
		t.Fatal(err)
	}
	got, old := tr.Model(), m
	row := func(m *model.Model, token string) []float32 {
		id := int(m.Vocab.ID(token))
		return m.Floats(model.Embedding)[id*5 : (id+1)*5]
	}
	for _, w := range []string{"not", "good", "the", "<unk>"} {
		if !cmp.Equal(row(got, w), row(old, w)) {
			t.Errorf("%q lost its weights", w)
		}
	}
	if cmp.Equal(row(got, "fresh"), row(old, "<unk>")) {
		t.Error("a new word took the weights of <unk>")
	}
	if !cmp.Equal(got.Floats(model.LSTMInput), old.Floats(model.LSTMInput)) {
		t.Error("the LSTM began afresh")
	}

	wrong := little()
	wrong.Model.Hidden = 7
	var e *model.Error
	if _, err := New(tensor.Best(tensor.GenericOptions{}), enc, wrong, Options{Initial: m}); !errors.As(err, &e) {
		t.Errorf("another width: %v", err)
	}
}

func TestAStepAllocatesNothing(t *testing.T) {
	tr := trainer(t, made(60, 0), little(), 1)
	step := func() {
		if tr.state.Step%tr.stepsAnEpoch == tr.stepsAnEpoch-1 {
			tr.state.Step = 0 // stay within an epoch, whose order is made once
		}
		if _, err := tr.Step(); err != nil {
			t.Fatal(err)
		}
	}
	step()
	if n := testing.AllocsPerRun(20, step); n > 3 {
		t.Errorf("%g allocations a step", n)
	}
}

func TestLooksComeEarlyAndEvenly(t *testing.T) {
	for _, c := range []struct{ an, early, all int }{{703, 22, 8}, {100, 4, 8}, {8, 1, 7}, {1, 1, 0}} {
		tr := &Trainer{stepsAnEpoch: c.an}
		n, first := 0, 0
		for step := 1; step < c.an; step++ {
			if tr.lookAfter(step) {
				if n++; first == 0 {
					first = step
				}
			}
		}
		if n != c.all || c.all > 0 && first != c.early {
			t.Errorf("%d steps an epoch: %d looks, the first after %d; want %d and %d", c.an, n, first, c.all, c.early)
		}
	}
}

func TestNoTextsIsAnError(t *testing.T) {
	var e *data.Error
	if _, err := New(tensor.Best(tensor.GenericOptions{}), made(0, 5), little(), Options{}); !errors.As(err, &e) || e.Code != data.CodeEmpty {
		t.Errorf("%v", err)
	}
}

func TestShardsAreTheRowsInOrder(t *testing.T) {
	for rows := 0; rows < 40; rows++ {
		next := 0
		for i := range Shards {
			from, to := new(replica).cut(rows, i)
			if from != next || to < from || to-from > (rows+3)/4 {
				t.Fatalf("%d rows: shard %d is [%d, %d) after %d", rows, i, from, to, next)
			}
			next = to
		}
		if next != rows {
			t.Fatalf("%d rows: the shards end at %d", rows, next)
		}
	}
}

func TestTheRateToTryIsOneThatCanWork(t *testing.T) {
	for rate, want := range map[float64]float64{1e30: 0.01, 0.1: 0.01, 0.02: 0.005, 0.001: 0.00025} {
		if got := smaller(rate); got != want {
			t.Errorf("after %g: %g, want %g", rate, got, want)
		}
	}
}
