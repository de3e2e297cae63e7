package compress

import (
	"context"
	"errors"
	"testing"
)

func TestRealAndPretendAreAskedTheSameTextsInTurns(t *testing.T) {
	m := trained(t, 2)
	env := training(set(t, m, 60), generic, 1)
	env.Now = clock()
	for _, text := range []string{"quantize=int8", "prune=0.8,quantize=int8", "half=float16", "words=100,quantize=int4/group32"} {
		small, v, err := Run(context.Background(), m, pipeline(t, text), env, ignore)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Reality(context.Background(), m, small, env)
		if err != nil {
			t.Fatal(err)
		}
		if r.Texts != 60 || r.Agree != v.Pretend.Agree || r.Most != v.Pretend.Most || r.Where != generic.Name() {
			t.Errorf("%s: %+v, the report says %+v", text, r, v.Pretend)
		}
		for _, x := range []float64{r.Original.Q1, r.Original.MS, r.Pretend.Q3, r.Real.MS} {
			if x != 1 { // by that clock
				t.Errorf("%s: %+v", text, r)
			}
		}
		if r.Real.Batch != 1.0/batch {
			t.Errorf("%s: %g ms a text", text, r.Real.Batch)
		}
	}
	if _, err := Reality(context.Background(), m, m, env); !errors.Is(err, ErrPlain) {
		t.Errorf("the original: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	small, _, err := Run(context.Background(), m, pipeline(t, "quantize=int8"), env, ignore)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Reality(ctx, m, small, env); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
