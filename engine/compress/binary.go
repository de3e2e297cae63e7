package compress

import (
	"context"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/nn"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/train"
)

// binary keeps one bit of a weight, its sign, and trains the model to live with that
// (BinaryConnect, Courbariaux et al. 2015, arXiv:1511.00363): the layers read ±α, the
// optimiser changes fine weights, the gradient goes straight through while |w| ≤ 1.
//
//	plain     ŵ = Sign(w), the article's "garlic-head model". Sign(0) is +1
//	mean      ŵ = α·Sign(w), α = mean |w| of the row (XNOR-Net, Rastegari et al. 2016, arXiv:1603.05279)
//	learned   the same, α of each row learned from where mean puts it
//
// Plain binary weights are known to fail in recurrent nets (Ott et al. 2016,
// arXiv:1608.06902): a row of ±1 over 128 units has a norm of 11 where a trained one has 2,
// so gates saturate and gradients explode. Normalisation repairs it (Hou et al. 2019;
// Ardakani et al. 2019, arXiv:1809.11086). learned is weight normalisation (Salimans & Kingma
// 2016, arXiv:1602.07868) of binary weights: a row ±α has the direction Sign(w)/√n and the
// learned length α√n, and nothing is added at inference.
func binary(ctx context.Context, s state, j job) (state, error) {
	return s.signed(ctx, j, &signs{how: j.step.Word("scale"), stored: model.BinaryOf})
}

// ternary keeps −α, 0 or α (Li & Liu 2016, arXiv:1605.04711), trained the same way:
//
//	ŵ = 0 where |w| ≤ 0.7·mean |w| of the row, else α·Sign(w)
//
// α is the mean of the |w| that stay, or learned from there (as in Zhu et al. 2016,
// arXiv:1612.01064, with one α for both signs). It hurts less than binary and works in
// recurrent weights.
func ternary(ctx context.Context, s state, j job) (state, error) {
	return s.signed(ctx, j, &signs{how: j.step.Word("scale"), dead: 0.7, stored: model.TernaryOf})
}

// signed trains with signs such as like, and stores them.
func (s state) signed(ctx context.Context, j job, like *signs) (state, error) {
	o := train.Options{Masks: s.masks, Round: map[string]nn.Rounding{}}
	by := map[string]*signs{}
	names := s.matrices(j.step.Parts())
	for _, name := range names {
		r := *like
		by[name], o.Round[name] = &r, &r
	}
	s, err := s.tuned(ctx, j, func(c *spec.Spec) {
		c.Train.Epochs, c.Train.Schedule = int(j.step.Number("epochs")), "linear"
		// As much again as in fine-tuning: the weights have far to go.
		c.Train.Rate *= 2
	}, o)
	if err != nil {
		return s, err
	}
	for _, name := range names {
		s = s.encoded(name, by[name].store)
	}
	return s, nil
}

// signs is the rounding of one matrix in training.
type signs struct {
	how    string  // plain, mean or learned
	dead   float64 // share of the mean |w| within which a weight is 0
	stored func(rows, cols int, codes []int8, scale []float32) model.Encoding

	alpha []float32 // of each row, as it can be stored
	codes []int8    // −1, 0, 1
	steps follow
}

var _ nn.Learner = (*signs)(nil)

// Round implements nn.Rounding.
func (r *signs) Round(rows []int32, cols int, fine, w, pass []float32) {
	if r.codes == nil {
		r.codes, r.alpha = make([]int8, len(fine)), make([]float32, len(fine)/cols)
		defer func() { r.steps.from(r.alpha) }()
	}
	begun := r.steps.x != nil
	for _, at := range rows {
		i := int(at)
		row, codes := fine[i*cols:(i+1)*cols], r.codes[i*cols:(i+1)*cols]
		a := r.read(row, codes)
		switch {
		case r.how == "plain":
			a = 1
		case r.how == "learned" && begun:
			a = r.steps.x[i]
		}
		if r.how != "plain" {
			a = model.HalfOf(a)
		}
		r.alpha[i] = a
		for c, q := range codes {
			w[i*cols+c] = a * float32(q)
			pass[i*cols+c] = 1
			if x := row[c]; x > 1 || x < -1 {
				pass[i*cols+c] = 0
			}
		}
	}
}

// read makes the codes of a row, and the mean |w| of those that are not 0.
func (r *signs) read(row []float32, codes []int8) float32 {
	var sum float64
	for _, x := range row {
		sum += size(x)
	}
	bound := float64(r.dead*sum) / float64(len(row))
	var kept float64
	n := 0
	for c, x := range row {
		codes[c] = 1
		switch {
		case r.dead > 0 && size(x) <= bound:
			codes[c] = 0
			continue
		case x < 0:
			codes[c] = -1
		}
		kept += size(x)
		n++
	}
	if n == 0 {
		return 0
	}
	return float32(kept / float64(n))
}

func size(x float32) float64 {
	if x < 0 {
		x = -x
	}
	return float64(x)
}

// store is the trained weights as the layers read them.
func (r *signs) store(v []float32, rows, cols int) model.Encoding {
	r.Round(every(rows), cols, v, make([]float32, len(v)), make([]float32, len(v)))
	if r.how == "plain" {
		return r.stored(rows, cols, r.codes, nil)
	}
	return r.stored(rows, cols, r.codes, r.alpha)
}

// Learn implements nn.Learner: dα = Σ dŵ·code over the row.
func (r *signs) Learn(rows []int32, cols int, _, dw []float32, rate float64) {
	if r.how != "learned" {
		return
	}
	for i, row := range rows {
		var g float32
		for c, q := range r.codes[int(row)*cols : (int(row)+1)*cols] {
			g += float32(dw[i*cols+c] * float32(q))
		}
		r.steps.add(int(row), g)
	}
	r.steps.take(rate)
}

// Learned implements nn.Learner.
func (r *signs) Learned() []float32 { return r.steps.copy() }

// SetLearned implements nn.Learner.
func (r *signs) SetLearned(v []float32) { r.steps.from(v) }
