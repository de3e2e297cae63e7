package linear

import (
	"context"
	"errors"
	"testing"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/data/reviews"
	"github.com/clove-ml/clove/engine/run/spec"
)

func encoded(t *testing.T) *data.Encoded {
	t.Helper()
	s, _ := spec.Preset("reviews")
	enc, err := data.Encode(context.Background(), reviews.Source(s.Seed), s, data.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	return enc
}

func TestWordsCountedComeToTheSameFigureEverywhere(t *testing.T) {
	m, err := Measure(context.Background(), encoded(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if right := int(m.Accuracy*float64(m.Texts) + 0.5); m.Texts != 3000 || right != 2220 {
		t.Errorf("%d of %d right", right, m.Texts)
	}
}

func TestWhatWordsTellAloneIsLearnt(t *testing.T) {
	enc := encoded(t)
	for _, p := range []*data.Part{&enc.Train, &enc.Valid, &enc.Test} {
		for i := range p.Len() { // three labels, which the words tell
			p.Labels[i] = 0
			for _, id := range p.Text(i) {
				if id == 5 || id == 7 {
					p.Labels[i] = id/5 - id/7 + 1
				}
			}
		}
	}
	enc.Labels = []string{"a", "b", "c"}
	m, err := Measure(context.Background(), enc, nil)
	if err != nil || m.Accuracy < 0.85 {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestCountingEndsWhenItIsToldAndNeedsTexts(t *testing.T) {
	enc := encoded(t)
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := Measure(ctx, enc, cancel); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := Measure(context.Background(), &data.Encoded{}, nil); err == nil {
		t.Error("nothing was counted")
	}
}
