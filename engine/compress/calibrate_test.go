package compress

import (
	"context"
	"testing"

	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/model"
)

func TestTheStateIsClampedAtWhatTrainingTextsReach(t *testing.T) {
	m := trained(t, 2)
	enc := set(t, m, 50)
	most := float32(0)
	p, err := infer.New(m, generic)
	if err != nil {
		t.Fatal(err)
	}
	for i := range enc.Train.Len() {
		tr, err := p.Trace(enc.Train.Text(i))
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range tr.Hidden {
			for _, x := range h {
				most = max(most, x, -x)
			}
		}
	}
	reach := func(text string) float32 {
		small, _, err := Run(context.Background(), m, pipeline(t, text), training(enc, generic, 1), ignore)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		read, err := model.Read(small.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		return read.Config.State
	}
	if got := reach("quantize=int8"); got != 0 {
		t.Errorf("bounded: %g", got)
	}
	if got := reach("quantize=int8/dynamic"); got != model.Dynamic {
		t.Errorf("dynamic: %g", got)
	}
	whole := reach("quantize=int8/calibrated")
	if whole <= 0 || whole > most*(1+1e-6) || whole < most/2 {
		t.Errorf("calibrated: ±%g, states reach ±%g", whole, most)
	}
	if got := reach("quantize=int8/percentile/calibrated"); got >= whole {
		t.Errorf("by percentile: ±%g, the whole range is ±%g", got, whole)
	}
}

func TestACalibratedStateIsRoundedFiner(t *testing.T) {
	m := trained(t, 2)
	enc := set(t, m, 50)
	wide, err := infer.New(m, generic)
	if err != nil {
		t.Fatal(err)
	}
	distance := func(text string) (sum float64) {
		small, _, err := Run(context.Background(), m, pipeline(t, text), training(enc, generic, 1), ignore)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		p, err := infer.New(small, generic)
		if err != nil {
			t.Fatal(err)
		}
		for i := range enc.Test.Len() {
			text := [][]int32{enc.Test.Text(i)}
			want, err1 := wide.Logits(text)
			got, err2 := p.Logits(text)
			if err1 != nil || err2 != nil {
				t.Fatal(err1, err2)
			}
			sum += float64(want[0]-got[0]) * float64(want[0]-got[0])
		}
		return sum
	}
	bounded, calibrated := distance("quantize=int8/lstm"), distance("quantize=int8/lstm/calibrated")
	t.Logf("squared distance of the logits: %g bounded, %g calibrated", bounded, calibrated)
	if calibrated > bounded {
		t.Errorf("calibrated answers are further off: %g, bounded %g", calibrated, bounded)
	}
}
