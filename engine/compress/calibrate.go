package compress

import (
	"context"
	"errors"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/model"
)

// Calibration (Jacob et al. 2018, arXiv:1712.05877, section 3; Nagel et al. 2021,
// arXiv:2106.08295, section 3.1): the state h of an LSTM, which is rounded to 8 bits before
// each product, seldom comes near its bounds ±1. Its range is taken from the states after
// every word of some training texts, by the rule of the weights: the greatest (minmax), the
// quantile 0.999 (percentile), or where the squared error is least (mse). What goes beyond
// is clamped. It pays where states are small, and costs nothing at inference. It hurts where
// texts come that are unlike those: a state that was never seen is cut off.

// calibrated is how many texts are looked at, and how many numbers at most.
const (
	calibrated       = 128
	calibratedValues = 1 << 20
)

// calibrate is the size at which the state is to be clamped.
func calibrate(ctx context.Context, s state, j job, how model.Rounding) (float32, error) {
	part := &s.enc.Train
	switch {
	case s.m.Config.Model.Kind == model.Bag:
		return 0, errors.New("a bag of words has no state to calibrate; leave calibrated out")
	case part.Len() == 0:
		return 0, &data.Error{Code: data.CodeEmpty, Message: "there are no training texts to calibrate on"}
	}
	p, err := infer.New(s.m, j.Device)
	if err != nil {
		return 0, err
	}
	var seen []float32
	texts := min(calibrated, part.Len())
	for i := range texts {
		t, err := p.Trace(part.Text(i * part.Len() / texts))
		if err != nil {
			return 0, err
		}
		for _, h := range t.Hidden {
			seen = append(seen, h...)
		}
		j.progress(float64(i+1) / float64(texts))
		j.yield()
		if ctx.Err() != nil || len(seen) >= calibratedValues {
			break
		}
	}
	how.Bits, how.Per, how.Symmetric = 8, model.PerTensor, true
	scale, _ := how.Scale(seen)
	switch reach := float32(127 * scale); {
	case reach < model.MinState:
		return model.MinState, ctx.Err()
	case reach > 1:
		return 1, ctx.Err()
	default:
		return reach, ctx.Err()
	}
}

// rounding is s with the state rounded within ±reach.
func (s state) rounding(reach float32) state {
	m := *s.m
	m.Config.State = reach
	return s.with(&m)
}
