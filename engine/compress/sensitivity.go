package compress

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
)

// Sensitivity asks what each technique does to each layer alone, and to all at once, by
// the validation texts (as the sensitivity scans of Han et al. 2015, arXiv:1506.02626): the
// test texts must not decide what is done. Techniques are steps that take a layer as an
// option, and don't train. What can't be done to a layer says why. What is lost has the
// interval of matched pairs, since both models read the same texts:
//
//	lost = (b − c)/n, b texts right before alone, c right after alone (spec.NewVersus)
//
// It tells what is known before the first cell and after each; ctx ends it.
func Sensitivity(ctx context.Context, m *model.Model, steps []string, env Env, tell func(spec.Sensitivity)) (spec.Sensitivity, error) {
	s, err := newScan(m, steps, env)
	if err != nil {
		return spec.Sensitivity{}, fmt.Errorf("sensitivity: %w", err)
	}
	result := spec.Sensitivity{Of: len(s.cells)}
	tell(result)
	before, err := s.answers(ctx, m, s.base.enc)
	if err != nil {
		return result, fmt.Errorf("sensitivity: %w", err)
	}
	result.Base = before.Measure
	for i, cell := range s.cells {
		small, err := techniques[s.pipelines[i].Name](ctx, s.base, job{s.env, s.pipelines[i], func(float64) {}})
		switch {
		case ctx.Err() != nil:
			return result, fmt.Errorf("sensitivity: %w", ctx.Err())
		case err != nil:
			cell.Why = err.Error()
		default:
			m := small.stored()
			after, err := s.answers(ctx, m, small.enc)
			if err != nil {
				return result, fmt.Errorf("sensitivity: %s of %s: %w", cell.Technique, cell.Layer, err)
			}
			changed, worse, better := differ(before, after, small.enc.Test.Labels)
			v := spec.NewVersus(len(after.Class), changed, worse, better)
			cell.Accuracy, cell.Lost, cell.Low, cell.High = after.Measure.Accuracy, v.Lost, v.Low, v.High
			cell.Bytes = m.FileBytes()
		}
		result.Cells = append(slices.Clip(result.Cells), cell)
		tell(result)
	}
	return result, nil
}

// Forecast is about how many seconds a Sensitivity takes: the time in which some of its
// texts are answered, times all of them, for each cell and the model as it is.
func Forecast(ctx context.Context, m *model.Model, steps []string, env Env) (seconds float64, cells int, err error) {
	now := env.Now
	s, err := newScan(m, steps, env)
	if err != nil {
		return 0, 0, fmt.Errorf("sensitivity: %w", err)
	}
	all := &s.base.enc.Test
	some, total := sample(all, forecastTexts), len(all.IDs)
	enc := *s.base.enc
	enc.Test = some
	var took time.Duration
	for range 2 { // the first time does not count: a browser runs a kernel slowly at first
		from := now()
		if _, err := s.answers(ctx, m, &enc); err != nil {
			return 0, 0, fmt.Errorf("sensitivity: %w", err)
		}
		took = now().Sub(from)
	}
	return took.Seconds() * float64(total) / float64(max(1, len(some.IDs))) * float64(1+len(s.cells)), len(s.cells), nil
}

// forecastTexts are enough for a forecast.
const forecastTexts = 8 * batch

// sample is about n of the texts, spread evenly.
func sample(p *data.Part, n int) data.Part {
	n = min(n, p.Len())
	some := data.Part{Offsets: []int32{0}}
	for i := range n {
		k := i * p.Len() / n
		some.IDs = append(some.IDs, p.Text(k)...)
		some.Offsets = append(some.Offsets, int32(len(some.IDs)))
		some.Labels = append(some.Labels, p.Labels[k])
	}
	return some
}

// scan is what a Sensitivity will do.
type scan struct {
	env       Env // whose test texts are the validation's
	base      state
	cells     []spec.SensitiveCell // layer by layer for each technique
	pipelines []spec.PipelineStep  // of each cell
}

func newScan(m *model.Model, steps []string, env Env) (*scan, error) {
	if env.Data.Valid.Len() == 0 {
		return nil, errors.New("there are no validation texts to measure sensitivity on")
	}
	enc := *env.Data
	enc.Test = enc.Valid
	env.Data, env.Now, env.Original = &enc, nil, nil
	layers := []string{spec.PartEmbedding, spec.PartLSTM, spec.PartLinear, spec.PartAll}
	if m.Config.Model.Kind == model.Bag {
		layers = slices.DeleteFunc(layers, func(l string) bool { return l == spec.PartLSTM })
	}
	s := &scan{env: env}
	for _, text := range steps {
		for _, layer := range layers {
			cell := spec.SensitiveCell{Layer: layer, Technique: text}
			p, err := spec.ParsePipeline(cell.Step())
			if err != nil {
				return nil, err
			}
			if t, _ := spec.TechniqueOf(p[0].Name); len(p) != 1 || t.Trains || p[0].Number("gradual") > 0 {
				return nil, fmt.Errorf("%s trains, and a picture of all layers would take as many trainings", text)
			}
			s.cells, s.pipelines = append(s.cells, cell), append(s.pipelines, p[0])
		}
	}
	base, err := begin(m, env.Data)
	s.base = base
	return s, err
}

func (s *scan) answers(ctx context.Context, m *model.Model, enc *data.Encoded) (*Answers, error) {
	return answers(ctx, m, enc, s.env, func(float64) {})
}
