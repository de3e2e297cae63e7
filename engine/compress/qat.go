package compress

import (
	"context"
	"math"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/nn"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/train"
)

// qat is quantisation-aware training (Jacob et al. 2018, arXiv:1712.05877): some epochs in
// which the layers read weights as they will be rounded, recurrent ones and gates included,
// while the optimiser changes the fine ones,
//
//	ŵ = s (clamp(round(w/s) + z) − z)      dw = dŵ where w is in range, else 0
//
// and after which they are rounded just so. Ranges are tracked: those of the weights as they
// stand at each step (model.Rounding); or learned: the scale starts there and then follows
// its own gradient (LSQ, Esser et al. 2020, arXiv:1902.08153),
//
//	ds = Σ dŵ · (round(w/s) − w/s where in range, else the end's code) / √(n · highest)
//
// It costs the time of the training, and hurts little: start from a trained model.
func qat(ctx context.Context, s state, j job) (state, error) {
	names := s.matrices(j.step.Parts())
	how := rounding(j.step)
	o := train.Options{Masks: s.masks, Round: map[string]nn.Rounding{}}
	fakes := map[string]*fake{}
	for _, name := range names {
		f := &fake{how: how, learned: j.step.Word("scales") == "learned"}
		if rows, _ := s.dims(name); f.how.Per == model.PerGate && rows%4 != 0 {
			f.how.Per = model.PerRow
		}
		fakes[name] = f
		o.Round[name] = f
	}
	s, err := s.tuned(ctx, j, func(c *spec.Spec) {
		c.Train.Epochs, c.Train.Schedule = int(j.step.Number("epochs")), "linear"
	}, o)
	if err != nil {
		return s, err
	}
	for _, name := range names {
		s = s.encoded(name, fakes[name].store)
	}
	return s, nil
}

// fake is the rounding of one matrix in training.
type fake struct {
	how     model.Rounding
	learned bool

	scale []float32 // as it can be stored
	zero  []int8
	steps follow // of the scales, where they are learned
}

var _ nn.Learner = (*fake)(nil)

// Round implements nn.Rounding.
func (f *fake) Round(rows []int32, cols int, fine, w, pass []float32) {
	all := len(fine) / cols
	scales := f.how.Per.Index(all-1, cols-1, all, cols) + 1
	if f.scale == nil {
		f.scale, f.zero = f.how.Scales(fine, all, cols)
		f.steps.from(f.scale)
	}
	each := scales / all // of a row; 0 where one serves many rows
	if each == 0 {
		for i := range scales {
			f.span(i, all, cols, fine, w, pass)
		}
		return
	}
	for _, r := range rows {
		for i := int(r) * each; i < (int(r)+1)*each; i++ {
			f.span(i, all, cols, fine, w, pass)
		}
	}
}

// span rounds what scale i serves.
func (f *fake) span(i, rows, cols int, fine, w, pass []float32) {
	from, to := f.how.Per.Span(i, rows, cols)
	var z int8
	if f.learned {
		f.scale[i] = f.how.Storable(f.steps.x[i])
		z = int8(f.zeroOf(i))
	} else {
		f.scale[i], z = f.how.Scale(fine[from:to])
		if f.zero != nil {
			f.zero[i] = z
		}
	}
	low := -float64(int(1) << (f.how.Bits - 1))
	high := -low - 1
	s, by := f.scale[i], float64(f.scale[i])
	for c := from; c < to; c++ {
		// The division of model.Code, so that what trains is what is stored;
		// Device.FakeQuantize multiplies by 1/s, and has other codes at ties.
		q := math.RoundToEven(float64(fine[c])/by) + float64(z)
		pass[c] = 1
		switch {
		case q != q:
			q, pass[c] = 0, 0
		case q < low:
			q, pass[c] = low, 0
		case q > high:
			q, pass[c] = high, 0
		}
		w[c] = s * float32(int32(q)-int32(z))
	}
}

func (f *fake) zeroOf(i int) int32 {
	if f.zero == nil {
		return 0
	}
	return int32(f.zero[i])
}

// store rounds the trained weights as the last Round did.
func (f *fake) store(v []float32, rows, cols int) model.Encoding {
	if !f.learned {
		return f.how.Round(v, rows, cols)
	}
	for i, x := range f.steps.x {
		f.scale[i] = f.how.Storable(x)
	}
	return f.how.With(v, rows, cols, f.scale, f.zero)
}

// Learn implements nn.Learner.
func (f *fake) Learn(rows []int32, cols int, fine, dw []float32, rate float64) {
	if !f.learned {
		return
	}
	all := len(fine) / cols
	for i, r := range rows {
		for c := range cols {
			at := f.how.Per.Index(int(r), c, all, cols)
			x := fine[int(r)*cols+c]
			q := float32(model.Code(x, f.scale[at], int8(f.zeroOf(at)), f.how.Bits)) - float32(f.zeroOf(at))
			// Inside, q − x/s is how far it was rounded; outside, x/s has no say.
			if d := q - x/f.scale[at]; d >= -1 && d <= 1 {
				q = d
			}
			f.steps.add(at, float32(dw[i*cols+c]*q))
		}
	}
	f.steps.take(rate)
}

// Learned implements nn.Learner.
func (f *fake) Learned() []float32 { return f.steps.copy() }

// SetLearned implements nn.Learner.
func (f *fake) SetLearned(v []float32) { f.steps.from(v) }
