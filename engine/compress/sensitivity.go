package compress

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
)

// Sensitivity asks what each technique does to each layer alone, and to all at once, by
// the validation texts (as the sensitivity scans of Han et al. 2015, arXiv:1506.02626): the
// test texts must not decide what is done. Techniques are steps that take a layer as an
// option, and don't train. What can't be done to a layer says why. A gate of the LSTM is [H, cols]
// of its matrix: where no step can store it alone, its values are what the technique makes of
// them, in float32 among the others. What is lost has the interval of matched pairs, since
// both models read the same texts:
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
		small, err := s.steps[i](ctx)
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
			if s.storable[i] {
				cell.Bytes = m.FileBytes()
			}
		}
		result.Cells = append(slices.Clip(result.Cells), cell)
		tell(result)
	}
	return result, nil
}

// Forecast is about how many seconds a Sensitivity takes: the time in which all of its texts
// are answered, or where that is long some of them, for each cell and the model as it is.
func Forecast(ctx context.Context, m *model.Model, steps []string, env Env) (seconds float64, cells int, err error) {
	now := env.Now
	s, err := newScan(m, steps, env)
	if err != nil {
		return 0, 0, fmt.Errorf("sensitivity: %w", err)
	}
	all := s.base.enc.Test
	enc := *s.base.enc
	enc.Test = sample(&all, forecastTexts)
	took := func() float64 { // for all, by those that are asked
		from := now()
		if _, e := s.answers(ctx, m, &enc); e != nil {
			err = fmt.Errorf("sensitivity: %w", e)
		}
		return now().Sub(from).Seconds() * float64(len(all.IDs)) / float64(max(1, len(enc.Test.IDs)))
	}
	took() // does not count: a browser runs a kernel slowly at first
	if seconds = took(); seconds < wholeForecast {
		enc.Test = all
		seconds = took()
	}
	return seconds * float64(1+len(s.cells)), len(s.cells), err
}

const (
	forecastTexts = 8 * batch // enough for a forecast
	wholeForecast = 1         // second that may be spent on a better one
)

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
	env      Env // whose test texts are the validation's
	base     state
	cells    []spec.SensitiveCell // layer by layer for each technique
	steps    []func(context.Context) (state, error)
	storable []bool // a step of a pipeline can do that, and the file has the bytes that it says
}

func newScan(m *model.Model, steps []string, env Env) (*scan, error) {
	if env.Data.Valid.Len() == 0 {
		return nil, errors.New("there are no validation texts to measure sensitivity on")
	}
	enc := *env.Data
	enc.Test = enc.Valid
	env.Data, env.Now, env.Original = &enc, nil, nil
	base, err := begin(m, env.Data)
	if err != nil {
		return nil, err
	}
	s := &scan{env: env, base: base}
	for _, text := range steps {
		p, err := spec.ParsePipeline(text)
		if err != nil {
			return nil, err
		}
		if t, _ := spec.TechniqueOf(p[0].Name); len(p) != 1 || t.Trains || p[0].Number("gradual") > 0 || !t.OfParts() {
			return nil, fmt.Errorf("%s trains, or is not for one part alone: a picture of all layers can't have it", text)
		}
		for _, layer := range spec.SensitiveLayers(m.Config.Model.Kind == model.Bag) {
			s.add(spec.SensitiveCell{Layer: layer, Technique: text}, p[0])
		}
	}
	return s, nil
}

// add a cell, whose technique is that step for all parts.
func (s *scan) add(cell spec.SensitiveCell, all spec.PipelineStep) {
	one, err := spec.ParsePipeline(cell.Step())
	do := func(ctx context.Context) (state, error) {
		return techniques[all.Name](ctx, s.base, job{s.env, one[0], func(float64) {}})
	}
	if err != nil {
		do = func(ctx context.Context) (state, error) { return s.ofGate(ctx, cell, all) }
	}
	s.cells, s.steps, s.storable = append(s.cells, cell), append(s.steps, do), append(s.storable, err == nil)
}

// ofGate is the base with one gate of a matrix as the technique would leave it, did it have
// the gate alone.
func (s *scan) ofGate(ctx context.Context, cell spec.SensitiveCell, step spec.PipelineStep) (state, error) {
	kind, gate, _ := cell.Gate()
	p, _ := s.base.m.Param(map[string]string{spec.MatrixInput: model.LSTMInput, spec.MatrixRecurrent: model.LSTMHidden}[kind])
	rows, cols := p.Dims()
	at, v := gateOf(p, gate), p.Values()
	alone := *s.base.m
	alone.Params = []model.Param{{Name: p.Name, Shape: []int{rows / 4, cols}, Enc: model.F32(v[at.from:at.to])}}
	step = step.With("parts", spec.PartLSTM)
	if step.Name == "rank" { // which refuses what saves no bytes, and a gate is not stored
		if r := int(step.Number("rank")); r >= min(rows/4, cols) {
			return s.base, fmt.Errorf("a gate of %d × %d has no rank above %d to lose", rows/4, cols, r)
		}
		e, err := LowRank(ctx, v[at.from:at.to], rows/4, cols, int(step.Number("rank")), plain, plain, s.env.yield)
		if err != nil {
			return s.base, err
		}
		e.Floats(v[at.from:at.to])
	} else {
		after, err := techniques[step.Name](ctx, s.base.with(&alone), job{s.env, step, func(float64) {}})
		if err != nil {
			return s.base, err
		}
		copy(v[at.from:at.to], after.m.Params[0].Values())
	}
	return s.base.encoded(p.Name, func([]float32, int, int) model.Encoding { return model.F32(v) }), nil
}

func (s *scan) answers(ctx context.Context, m *model.Model, enc *data.Encoded) (*Answers, error) {
	return answers(ctx, m, enc, s.env, func(float64) {})
}
