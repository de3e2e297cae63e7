package compress

import (
	"math"
	"slices"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
)

// layerErrors is how far each layer of small is from m's (spec.LayerError); layers of
// another shape, and a student's, have none.
func layerErrors(m, small *model.Model) (list []spec.LayerError) {
	if !Related(m, small) {
		return nil
	}
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
