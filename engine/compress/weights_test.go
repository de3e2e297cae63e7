package compress

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
)

func TestAMatrixIsShownBesideTheOriginals(t *testing.T) {
	m := trained(t, 2)
	env := training(set(t, m, 60), generic, 1)
	for text, grid := range map[string]int{ // values of a grid, 0 none
		"quantize=int8":                   256,
		"quantize=int8/gate/symmetric":    256,
		"quantize=int4/group32":           16,
		"quantize=int4/tensor":            16,
		"prune=0.8,quantize=int8":         256,
		"prune=0.8,quantize=int4,huffman": 16,
		"binary=mean/epochs1":             2,
		"ternary=mean/epochs1":            3,
		"cluster=3":                       8,
		"half=bfloat16":                   0,
		"prune=0.5":                       0,
	} {
		small, _, err := Run(context.Background(), m, pipeline(t, text), env, ignore)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{model.Embedding, model.LSTMInput, model.LSTMHidden} {
			w, err := Weights(m, small, name, -1)
			if err != nil {
				t.Fatal(err)
			}
			p, _ := small.Param(name)
			values := p.Values()
			if !w.Same || len(w.Tensors) != 4 || w.After.Weights != w.Rows*w.Cols || total(w.After) != len(values) || total(w.Before) != len(values) {
				t.Errorf("%s, %s: %+v", text, name, w)
			}
			zeros := 0
			for i, x := range values[:len(w.Map)] {
				if x == 0 {
					zeros++
				}
				if step := int(w.Map[i]); (step == 0) != (x == 0) || x < 0 && step > 5 || x > 0 && step < 5 {
					t.Fatalf("%s, %s: weight %d is %g, its step %d", text, name, i, x, step)
				}
			}
			kept := 0.0
			for _, k := range w.Kept {
				kept += k / float64(len(w.Kept))
			}
			if w.MapRows != w.Rows || w.After.Zeros != zeros || math.Abs(kept-1+float64(zeros)/float64(len(values))) > 1e-9 || (len(w.Kept) == 4) != w.Gates {
				t.Errorf("%s, %s: kept %v of %d zeros", text, name, w.Kept, zeros)
			}
			checkClose(t, text+", "+name, w, grid)
		}
	}
}

func total(h spec.Histogram) int {
	n := h.Zeros
	for _, x := range h.Bins {
		n += x
	}
	return n
}

// checkClose: each weight lies on the grid, and none is farther from what it was than told.
func checkClose(t *testing.T, what string, w spec.Weights, grid int) {
	t.Helper()
	if w.Close == nil {
		if grid > 0 {
			t.Errorf("%s has no close-up", what)
		}
		return
	}
	c := w.Close
	if len(c.Grid) != grid || !slices.IsSorted(c.Grid) || len(c.Before) != len(c.After) || c.From+len(c.After) > w.Cols {
		t.Errorf("%s: %+v, want a grid of %d", what, c, grid)
	}
	most := 0.0
	for i, x := range c.After {
		if !slices.Contains(c.Grid, x) && x != 0 {
			t.Errorf("%s: %g is not on the grid %v", what, x, c.Grid)
		}
		most = math.Max(most, math.Abs(float64(x)-float64(c.Before[i])))
	}
	if most != c.Most {
		t.Errorf("%s: moved by %g, told %g", what, most, c.Most)
	}
}

func TestAMatrixOfAnotherShapeHasAHistogramButNoCloseUp(t *testing.T) {
	m := trained(t, 2)
	small, _, err := Run(context.Background(), m, pipeline(t, "units=0.5,quantize=int8"), training(set(t, m, 60), generic, 1), ignore)
	if err != nil {
		t.Fatal(err)
	}
	w, err := Weights(m, small, model.LSTMHidden, -1)
	if err != nil || w.Same || w.Close != nil || w.Before.Weights != 4*12*12 || w.After.Weights != 4*6*6 {
		t.Errorf("%+v, %v", w, err)
	}
	pupil, v, err := Run(context.Background(), m, pipeline(t, "distill=lstm/embedding16/hidden12/epochs1,quantize=int8"), training(set(t, m, 60), generic, 1), ignore)
	if err == nil {
		w, err = Weights(m, pupil, model.LSTMHidden, -1)
	}
	if err != nil || w.Same || w.Close != nil || v.Errors != nil {
		t.Errorf("a student of the same shape: %+v, errors %v, %v", w.Close, v.Errors, err)
	}
	for _, bad := range []func() error{
		func() error { _, err := Weights(m, small, "lstm.weight_hh_l1", -1); return err },
		func() error { _, err := Weights(m, small, model.LSTMBiasIn, -1); return err },
		func() error { _, err := Weights(m, small, model.LSTMHidden, 24); return err },
	} {
		if bad() == nil {
			t.Error("what the model has not was shown")
		}
	}
	w, err = Weights(small, small, model.LSTMHidden, 7)
	if err != nil || w.Close.Row != 7 || w.Close.Most != 0 {
		t.Errorf("row 7: %+v, %v", w.Close, err)
	}
}
