package infer

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/tensor"
)

// reference is the LSTM in float64 over weights decoded from int8, the plain formula of
// the textbook. Where round is set the state is rounded to multiples of 1/127 before it is
// multiplied, as the integer arithmetic does.
type reference struct {
	m     *model.Model
	e, h  int
	w     map[string][]float32
	round bool
}

func newReference(m *model.Model, round bool) *reference {
	r := &reference{m: m, e: m.Config.Model.Embedding, h: m.Config.Model.Hidden, w: map[string][]float32{}, round: round}
	for _, p := range m.Params {
		r.w[p.Name] = p.Values()
	}
	return r
}

func (r *reference) rounded(h []float64) []float64 {
	q := make([]float64, len(h))
	for i, x := range h {
		q[i] = x
		if r.round {
			q[i] = math.RoundToEven(x*127) / 127
		}
	}
	return q
}

// step is one token from the state before it.
func (r *reference) step(id int32, h, c []float64) (hNext, cNext []float64) {
	x, q := r.w[model.Embedding][int(id)*r.e:], r.rounded(h)
	gate := func(row int) float64 {
		sum := float64(r.w[model.LSTMBiasIn][row]) + float64(r.w[model.LSTMBiasHid][row])
		for j := range r.e {
			sum += float64(r.w[model.LSTMInput][row*r.e+j]) * float64(x[j])
		}
		for j := range r.h {
			sum += float64(r.w[model.LSTMHidden][row*r.h+j]) * q[j]
		}
		return sum
	}
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	for u := range r.h {
		i, f, g, o := sigmoid(gate(u)), sigmoid(gate(r.h+u)), math.Tanh(gate(2*r.h+u)), sigmoid(gate(3*r.h+u))
		cNext = append(cNext, f*c[u]+i*g)
		hNext = append(hNext, o*math.Tanh(cNext[u]))
	}
	return hNext, cNext
}

func (r *reference) logit(h []float64, k int) float64 {
	sum, q := float64(r.w[model.LinearBias][k]), r.rounded(h)
	for j := range r.h {
		sum += float64(r.w[model.LinearWeight][k*r.h+j]) * q[j]
	}
	return sum
}

// Fed with the integer arithmetic's own states, the reference must find the next one and
// the logits: all that may differ is float32's rounding. The bound is 20 units in the last
// place of gates of size 4, which the sigmoid's slope of a quarter brings below 1e-5.
func TestEachInt8StepIsTheDecodedOneInFloat64(t *testing.T) {
	const bound = 1e-5
	for name, m := range variants(trained(t, 50, 33, 21, 3)) {
		if _, rounds := predictor(t, m).net.(*integer); !rounds {
			continue
		}
		r := newReference(m, true)
		p := predictor(t, m)
		worst := 0.0
		for _, ids := range texts(8, 40, 50) {
			tr, err := p.Trace(ids)
			if err != nil {
				t.Fatal(err)
			}
			h, c := make([]float64, r.h), make([]float64, r.h)
			for i, id := range ids {
				var next []float64
				next, c = r.step(id, h, c)
				for u := range next {
					h[u] = float64(tr.Hidden[i][u])
					worst = max(worst, math.Abs(next[u]-h[u]))
				}
				for k, z := range tr.Logits[i] {
					worst = max(worst, math.Abs(r.logit(h, k)-float64(z)))
				}
			}
		}
		t.Logf("%s: at most %.2g off", name, worst)
		if worst > bound {
			t.Errorf("%s: %.3g off the reference, want at most %g", name, worst, bound)
		}
	}
}

// Over whole texts, with its own states and without rounding them: what int8 costs a logit
// beside the same weights in float64. A state's code is off by at most 1/254; over the
// Linear's row of H weights of deviation 0.4, and fed back through W_hh, that stays below
// 0.05 here (measured 0.014), on logits of deviation 1.
func TestInt8StaysNearItsDecodedWeights(t *testing.T) {
	const bound = 0.05
	m := quantized(trained(t, 50, 33, 21, 2))
	r, p := newReference(m, false), predictor(t, m)
	worst := 0.0
	for _, ids := range texts(40, 60, 50) {
		h, c := make([]float64, r.h), make([]float64, r.h)
		for _, id := range ids {
			h, c = r.step(id, h, c)
		}
		worst = max(worst, math.Abs(r.logit(h, 0)-float64(logits(t, p, [][]int32{ids})[0])))
	}
	t.Logf("at most %.3g off", worst)
	if worst > bound {
		t.Errorf("%.3g off the decoded weights, want at most %g", worst, bound)
	}
}

func TestAStateIsRoundedToItsNearestCode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := rapid.SliceOfN(rapid.Float32Range(-1, 1), 1, 20).Draw(t, "h")
		q := make([]int8, len(h))
		by := make([]tensor.Int8Row, 1)
		generic.(tensor.Int8).RoundInt8(len(h), h, q, by)
		o := by[0]
		var sum int32
		for i, x := range h {
			sum += int32(q[i])
			if d := math.Abs(float64(q[i])/127 - float64(x)); d > 0.5/127+1e-7 {
				t.Fatalf("%g has the code %d, off by %g", x, q[i], d)
			}
		}
		if o.Sum != sum || o.Zero != 0 {
			t.Fatalf("%+v, the codes' sum is %d", o, sum)
		}
	})
	q := make([]int8, 5)
	generic.(tensor.Int8).RoundInt8(5, []float32{float32(math.NaN()), 2, -2, float32(math.Inf(1)), 0.5 / 127}, q, make([]tensor.Int8Row, 1))
	if want := [5]int8{0, 127, -127, 127, 0}; [5]int8(q) != want {
		t.Errorf("edges have the codes %v, want %v", q, want)
	}
}
