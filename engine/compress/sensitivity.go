package compress

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
)

// Sensitivity asks what each technique does to each layer alone, by the validation texts
// (as the sensitivity scans of Han et al. 2015, arXiv:1506.02626): the test texts must not
// decide what is done. Techniques are steps that take a layer as an option, and don't
// train. What can't be done to a layer says why. It tells how many of how many are
// done; ctx ends it.
func Sensitivity(ctx context.Context, m *model.Model, steps []string, env Env, progress func(done, of int)) (spec.Sensitivity, error) {
	if env.Data.Valid.Len() == 0 {
		return spec.Sensitivity{}, errors.New("there are no validation texts to measure sensitivity on")
	}
	enc := *env.Data
	enc.Test = enc.Valid
	env.Data, env.Now, env.Original = &enc, nil, nil
	layers := []string{spec.PartEmbedding, spec.PartLSTM, spec.PartLinear}
	if m.Config.Model.Kind == model.Bag {
		layers = slices.DeleteFunc(layers, func(l string) bool { return l == spec.PartLSTM })
	}
	var pipelines [][]spec.PipelineStep
	for _, text := range steps {
		for _, layer := range layers {
			p, err := spec.ParsePipeline(text + "/" + layer)
			if err != nil {
				return spec.Sensitivity{}, fmt.Errorf("sensitivity: %w", err)
			}
			if t, _ := spec.TechniqueOf(p[0].Name); len(p) != 1 || t.Trains || p[0].Number("gradual") > 0 {
				return spec.Sensitivity{}, fmt.Errorf("sensitivity: %s trains, and a picture of all layers would take as many trainings", text)
			}
			pipelines = append(pipelines, p)
		}
	}
	progress(0, len(pipelines))
	base, err := begin(m, env.Data)
	if err != nil {
		return spec.Sensitivity{}, err
	}
	a, err := answers(ctx, m, base.enc, env, func(float64) {})
	if err != nil {
		return spec.Sensitivity{}, fmt.Errorf("sensitivity: %w", err)
	}
	result := spec.Sensitivity{Base: a.Measure}
	for i, p := range pipelines {
		cell := spec.SensitiveCell{Layer: layers[i%len(layers)], Technique: steps[i/len(layers)]}
		s, err := techniques[p[0].Name](ctx, base, job{env, p[0], func(float64) {}})
		switch {
		case ctx.Err() != nil:
			return result, fmt.Errorf("sensitivity: %w", ctx.Err())
		case err != nil:
			cell.Why = err.Error()
		default:
			small := s.stored()
			a, err := answers(ctx, small, s.enc, env, func(float64) {})
			if err != nil {
				return result, fmt.Errorf("sensitivity: %s of %s: %w", cell.Technique, cell.Layer, err)
			}
			cell.Accuracy, cell.Bytes = a.Measure.Accuracy, small.FileBytes()
			cell.Lost = result.Base.Accuracy - cell.Accuracy
		}
		result.Cells = append(result.Cells, cell)
		progress(i+1, len(pipelines))
	}
	return result, nil
}
