package webgpu

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/clove-ml/clove/engine/bench"
	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/train"
)

// What docs/slow/gpu prints: where a step's time goes, and how far to run ahead of its results.
func TestMeasure(t *testing.T) {
	if os.Getenv("CLOVE_SLOW") == "" {
		t.Skip("takes long: docs/slow/gpu.sh")
	}
	i := open(t).Info()
	t.Logf("adapter %s %s %s, played by a processor: %v; subgroups: %v, half precision: %v", i.Vendor, i.Architecture, i.Description, i.Fallback, i.Subgroups, i.Half)
	enc, s := names(t)
	shares(t, "names", enc, s)
	w, ws := bench.Workload()
	shares(t, "W small", w, ws)
	paces(t, enc, s)
}

// shares tells each kernel's share of some steps.
func shares(t *testing.T, what string, enc *data.Encoded, s spec.Spec) {
	d := open(t)
	tr, err := train.New(d, enc, s, train.Options{Card: Name})
	if err != nil {
		t.Fatal(err)
	}
	const steps = 3
	some := func() error {
		for range steps {
			if _, err := tr.Step(); err != nil {
				return err
			}
		}
		_, err := tr.Settle()
		return err
	}
	if err := some(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := some(); err != nil {
		t.Fatal(err)
	}
	step := time.Since(began) / steps
	times, err := d.Timed(some)
	if err != nil {
		t.Fatal(err)
	}
	var sum time.Duration
	for _, k := range times {
		sum += k.Time
	}
	t.Logf("%s: a step takes %.1f ms; its kernels, timed one by one, %.1f ms:", what, step.Seconds()*1e3, sum.Seconds()*1e3/steps)
	for _, k := range times {
		if k.Time*100 >= sum {
			t.Logf("  %-18s %3.0f %%  %8.3f ms in %d calls", k.Kernel, 100*k.Time.Seconds()/sum.Seconds(), k.Time.Seconds()*1e3/steps, k.Calls/steps)
		}
	}
}

// paces takes steps of a small model, which wait the most, reading results more and less often.
func paces(t *testing.T, enc *data.Encoded, s spec.Spec) {
	s.Model.Embedding, s.Model.Hidden, s.Train.Batch, s.Train.Epochs = 8, 8, 8, 1000
	all := []train.Ahead{{Every: 1, Rounds: 1}, {Every: 1, Rounds: 2}, {Every: 2, Rounds: 2}, {Every: 4, Rounds: 2}, {Every: 8, Rounds: 2}, {Every: 32, Rounds: 2}}
	const steps, turns = 64, 9
	took := make([][]time.Duration, len(all))
	var trainers []*train.Trainer
	for _, pace := range all {
		tr, err := train.New(open(t), enc, s, train.Options{Card: Name, Ahead: pace})
		if err != nil {
			t.Fatal(err)
		}
		trainers = append(trainers, tr)
	}
	for turn := range turns {
		for i, tr := range trainers {
			began := time.Now()
			for range steps {
				if _, err := tr.Step(); err != nil {
					t.Fatal(err)
				}
				if all[i].Rounds == 1 { // nothing under way beyond the step
					if _, err := tr.Settle(); err != nil {
						t.Fatal(err)
					}
				}
			}
			if _, err := tr.Settle(); err != nil {
				t.Fatal(err)
			}
			if turn > 0 {
				took[i] = append(took[i], time.Since(began)/steps)
			}
		}
	}
	for i, pace := range all {
		slices.Sort(took[i])
		t.Logf("8 units, results of %d read at once, %d such rounds under way: %.2f ms a step", pace.Every, pace.Rounds, took[i][len(took[i])/2].Seconds()*1e3)
	}
}
