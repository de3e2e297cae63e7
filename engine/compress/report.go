package compress

import (
	"context"
	"math"
	"slices"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
)

// layerErrors is how far each layer of small is from m's (spec.LayerError); layers whose
// shape is another, as a student's, have none.
func layerErrors(m, small *model.Model) (list []spec.LayerError) {
	for _, layer := range []string{spec.PartEmbedding, spec.PartLSTM, spec.PartLinear} {
		signal, noise, comparable := 0.0, 0.0, false
		for _, p := range m.Params {
			if model.LayerOf(p.Name) != layer {
				continue
			}
			q, ok := small.Param(p.Name)
			if comparable = ok && slices.Equal(p.Shape, q.Shape); !comparable {
				break
			}
			v := q.Values()
			for i, w := range p.Values() {
				signal += square(w)
				noise += square(v[i] - w)
			}
		}
		e := spec.LayerError{Layer: layer, Exact: noise == 0}
		switch {
		case !comparable:
			continue
		case noise > 0 && signal > 0:
			e.DB = 10 * math.Log10(signal/noise)
		}
		if math.IsNaN(e.DB) || math.IsInf(e.DB, 0) {
			continue // of weights that are not finite there is no ratio
		}
		list = append(list, e)
	}
	return list
}

// maxPretended bounds the texts on which the decoded model is asked too.
const maxPretended = 256

// pretend asks m with its weights decoded to float32 the first test texts, and times it. A
// model of nothing but float32 has no such twin.
func pretend(ctx context.Context, m *model.Model, enc *data.Encoded, a *Answers, env Env) (*spec.Pretend, error) {
	decoded, same := m.With(func(p model.Param) model.Encoding { return model.F32(p.Values()) }), true
	for _, p := range m.Params {
		if _, ok := p.Enc.(model.F32); !ok {
			same = false
		}
	}
	if same {
		return nil, nil
	}
	asked, err := infer.New(decoded, env.Device)
	if err != nil {
		return nil, err
	}
	r := &spec.Pretend{Texts: min(maxPretended, enc.Test.Len())}
	part := data.Part{
		IDs:     enc.Test.IDs[:enc.Test.Offsets[r.Texts]],
		Offsets: enc.Test.Offsets[:r.Texts+1],
		Labels:  enc.Test.Labels[:r.Texts],
	}
	b, err := evaluate(ctx, asked, &part, 1, nil, env.Yield, func(float64) {})
	if err != nil {
		return nil, err
	}
	for i, class := range b.Class {
		if class == a.Class[i] {
			r.Agree++
		}
	}
	for i, x := range b.Probabilities {
		if d := abs(float64(x) - float64(a.Probabilities[i])); d > r.Most {
			r.Most = d
		}
	}
	timed, err := infer.New(decoded, env.Device) // without a table, as m is
	if err != nil {
		return nil, err
	}
	_, r.LatencyMS, _, err = latency(ctx, timed, &enc.Test, env.Now, env.Yield)
	return r, err
}
