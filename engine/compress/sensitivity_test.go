package compress

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
)

func TestSensitivityTellsEachLayerAndTechniqueWithTheIntervalOfThePairs(t *testing.T) {
	m := trained(t, 2)
	enc := set(t, m, 60)
	enc.Valid = enc.Test
	enc.Test = data.Part{} // the test texts must not decide
	steps := append(spec.Sensitive(m.Config.Model), "rank=40")
	told := 0
	v, err := Sensitivity(context.Background(), m, steps, training(enc, generic, 1), func(s spec.Sensitivity) {
		if s.Of != 12*len(steps) || len(s.Cells) != told {
			t.Errorf("%d of %d after %d", len(s.Cells), s.Of, told)
		}
		told++
	})
	if err != nil {
		t.Fatal(err)
	}
	chance := 0
	for i, c := range v.Cells {
		_, _, gate := c.Gate()
		p, err := spec.ParsePipeline(c.Step())
		if c.Why == "" && ((c.Bytes == 0) != (err != nil) || math.Abs(v.Base.Accuracy-c.Accuracy-c.Lost) > 1e-12 || c.Low > c.Lost || c.High < c.Lost) {
			t.Errorf("%+v", c)
		}
		refused := c.Technique == "rank=40" || c.Technique == "rank=6" && c.Layer == "linear"
		if refused != (c.Why != "") {
			t.Errorf("cell %d: %+v", i, c)
		}
		// Of a gate alone only pruning is a step, for masks need no encoding of their own.
		if step := !gate || strings.HasPrefix(c.Technique, "prune"); step != (err == nil && len(p) == 1) {
			t.Errorf("%+v is a step: %v", c, err)
		}
		if c.Chance() {
			chance++
		}
	}
	if v.Base.Accuracy != 0.8 || told != v.Of+1 || chance == 0 {
		t.Errorf("%+v, told %d times, %d within chance", v.Base, told, chance)
	}
	// All at once is what the pipeline of the one step is.
	all := v.Cells[slices.IndexFunc(v.Cells, func(c spec.SensitiveCell) bool { return c.Layer == spec.PartAll && c.Technique == "prune=0.95" })]
	enc.Test = enc.Valid
	_, pruned, err := Run(context.Background(), m, pipeline(t, "prune=0.95"), training(enc, generic, 1), ignore)
	if err != nil || pruned.Test.Accuracy != all.Accuracy || pruned.Versus.Low != all.Low || pruned.FileBytes < all.Bytes {
		t.Errorf("%+v, the variant %+v %+v, %v", all, pruned.Test, pruned.Versus, err)
	}
}

func TestAGateIsRoundedAloneAndAsItsWholeMatrixWouldBe(t *testing.T) {
	m := trained(t, 2)
	enc := set(t, m, 20)
	enc.Valid = enc.Test
	s, err := newScan(m, []string{"quantize=int8", "cluster=2", "prune=0.5", "rank=6"}, training(enc, generic, 1))
	if err != nil {
		t.Fatal(err)
	}
	whole := model.Rounding{Bits: 8}.Round(m.Floats(model.LSTMHidden), 48, 12)
	for i, c := range s.cells {
		kind, gate, ok := c.Gate()
		if !ok {
			continue
		}
		after, err := s.steps[i](context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range m.Params {
			at := span{}
			if kind == "input" && p.Name == model.LSTMInput || kind == "recurrent" && p.Name == model.LSTMHidden {
				at = gateOf(p, gate)
			}
			was, is := p.Values(), after.m.Floats(p.Name)
			moved := 0
			for j := range was {
				if was[j] != is[j] {
					moved++
					if j < at.from || j >= at.to {
						t.Fatalf("%+v moved %s[%d]", c, p.Name, j)
					}
				}
			}
			if n := at.to - at.from; n > 0 && (moved < n/3 || c.Technique == "prune=0.5" && moved != n/2) {
				t.Errorf("%+v moved %d of %d", c, moved, n)
			}
			if c.Technique == "quantize=int8" && at.to > 0 && kind == "recurrent" {
				all := make([]float32, 48*12)
				whole.Floats(all)
				if !slices.Equal(is[at.from:at.to], all[at.from:at.to]) {
					t.Errorf("%+v differs from the whole matrix's rows", c)
				}
			}
		}
	}
}

func TestSensitivityEndsWhenItIsToldAndRefusesWhatTrains(t *testing.T) {
	m := trained(t, 2)
	enc := set(t, m, 60)
	if _, err := Sensitivity(context.Background(), m, spec.Sensitive(m.Config.Model), training(enc, generic, 1), func(spec.Sensitivity) {}); err == nil {
		t.Error("measured on no validation texts")
	}
	enc.Valid = enc.Test
	for _, step := range []string{"binary=plain", "prune=0.5/gradual2", "units=0.5", "squash=1"} {
		if _, err := Sensitivity(context.Background(), m, []string{step}, training(enc, generic, 1), func(spec.Sensitivity) {}); err == nil {
			t.Errorf("%s was taken", step)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	_, err := Sensitivity(ctx, m, spec.Sensitive(m.Config.Model), training(enc, generic, 1), func(s spec.Sensitivity) {
		if len(s.Cells) == 4 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestAForecastIsTheTimeOfAllTextsOrOfSomeForAll(t *testing.T) {
	m := trained(t, 2)
	enc := set(t, m, 600)
	enc.Valid = enc.Test
	some := sample(&enc.Valid, forecastTexts)
	steps := spec.Sensitive(m.Config.Model)
	share := float64(len(enc.Valid.IDs)) / float64(len(some.IDs))
	for evaluation, want := range map[time.Duration]float64{time.Millisecond: 0.001, time.Minute: 60 * share} {
		env, at := training(enc, generic, 1), time.Time{}
		env.Now = func() time.Time { at = at.Add(evaluation); return at }
		seconds, cells, err := Forecast(context.Background(), m, steps, env)
		if want *= float64(cells + 1); err != nil || cells != 12*len(steps) || math.Abs(seconds-want) > 1e-9*want {
			t.Errorf("%v an evaluation: %g seconds for %d cells, want %g; %v", evaluation, seconds, cells, want, err)
		}
	}
	if some.Len() != forecastTexts {
		t.Errorf("%d texts", some.Len())
	}
}
