package reviews_test

import (
	"context"
	"math"
	"runtime"
	"testing"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
)

// The set is worth an LSTM: a bag of words, tuned on validation, stays ten points
// behind what the preset's model reaches in two epochs.
func TestABagOfWordsIsTenPointsBehindTheLSTM(t *testing.T) {
	if testing.Short() || runtime.GOOS == "js" {
		t.Skip("trains for some seconds; the bits are the same everywhere")
	}
	s, _ := spec.Preset("reviews")
	s.Train.Epochs = 2
	var lstm float64
	res, err := run.Run(context.Background(), s, run.Env{Open: run.Sources{}.Open, Threads: runtime.NumCPU()}, func(e spec.Event) {
		if d, ok := e.(spec.Done); ok {
			lstm = d.Test.Accuracy
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	best, bag := 0.0, 0.0
	for _, decay := range []float64{0, 1e-4, 3e-4, 1e-3} {
		w := fit(res.Encoded.Train, res.Encoded.Vocab.Size(), decay)
		if v := accuracy(w, res.Encoded.Valid); v > best {
			best, bag = v, accuracy(w, res.Encoded.Test)
		}
	}
	t.Logf("LSTM %.4f, bag of words %.4f", lstm, bag)
	if lstm < 0.88 {
		t.Errorf("the LSTM reaches %.4f only", lstm)
	}
	if lstm-bag < 0.10 {
		t.Errorf("the bag of words reaches %.4f, the LSTM %.4f", bag, lstm)
	}
	if bag < 0.65 {
		t.Errorf("the bag of words reaches %.4f only: words no longer matter", bag)
	}
}

// fit is logistic regression on word counts, the bias at weight 0, by 120 steps of
// Adam over the whole set, with decay as the weight of half the squared norm.
func fit(p data.Part, vocabulary int, decay float64) []float64 {
	w, g := make([]float64, vocabulary), make([]float64, vocabulary)
	m, v := make([]float64, vocabulary), make([]float64, vocabulary)
	n := float64(len(p.Labels))
	for step := 1; step <= 120; step++ {
		for j := range g {
			g[j] = decay * w[j]
		}
		g[0] = 0
		for i, label := range p.Labels {
			ids := p.IDs[p.Offsets[i]:p.Offsets[i+1]]
			d := (1/(1+math.Exp(-score(w, ids))) - float64(label)) / n
			g[0] += d
			for _, id := range ids {
				g[id] += d
			}
		}
		c1, c2 := 1-math.Pow(0.9, float64(step)), 1-math.Pow(0.999, float64(step))
		for j := range w {
			m[j] = 0.9*m[j] + 0.1*g[j]
			v[j] = 0.999*v[j] + 0.001*g[j]*g[j]
			w[j] -= 0.05 * m[j] / c1 / (math.Sqrt(v[j]/c2) + 1e-8)
		}
	}
	return w
}

func score(w []float64, ids []int32) float64 {
	s := w[0]
	for _, id := range ids {
		s += w[id]
	}
	return s
}

func accuracy(w []float64, p data.Part) float64 {
	right := 0
	for i, label := range p.Labels {
		if (score(w, p.IDs[p.Offsets[i]:p.Offsets[i+1]]) > 0) == (label == 1) {
			right++
		}
	}
	return float64(right) / float64(len(p.Labels))
}
