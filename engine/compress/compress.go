// Package compress makes a smaller model of a model: a pipeline of techniques, one a
// file, and the measures that say what it cost and gained.
//
// Run is the way in. A technique is a function from a state (the model, the texts by its
// vocabulary, the masks of what is pruned) to the next, in a file of its name.
// evaluate.go, latency.go and flips.go measure.
//
// To add a technique: a file with its formula and paper, an entry in techniques, its
// value and options in spec's techniques.go, its short name in name.go.
package compress

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/train"
)

// Env is what a pipeline finds on its machine. Device and Data are needed.
type Env struct {
	Device tensor.Device
	// Data gives the test texts that measure, and the training texts that fine-tune.
	// A model may be measured on Data.Test alone; then only finetune fails.
	Data *data.Encoded
	// Train trains on the texts of enc as s and o say, and tells the share that is done:
	// train.Finetune with the machine's threads and way of being interrupted. Nil: a
	// pipeline with a technique that trains fails.
	Train func(ctx context.Context, s spec.Spec, enc *data.Encoded, o train.Options, progress func(share float64)) (*model.Model, error)
	// Original is what the original answers on Data.Test; nil: Run asks it.
	Original *Answers
	Threads  int              // that measure; 0 all there are
	Readers  Readers          // elsewhere, that measure too; nil none
	Now      func() time.Time // nil: latency is not measured
	Yield    func()           // called every few milliseconds of work; nil: nothing
}

func (e Env) yield() {
	if e.Yield != nil {
		e.Yield()
	}
}

// state is what techniques hand on.
type state struct {
	m     *model.Model
	enc   *data.Encoded     // the texts by the model's own vocabulary
	masks map[string][]bool // false: pruned; a parameter without a mask is whole
	first *state            // as it came in, to learn from; nil of itself
	says  []float32         // of first: what it answers on the training texts, once it was asked
}

// with is s with another model.
func (s state) with(m *model.Model) state {
	s.m = m
	return s
}

// job is what a technique may use.
type job struct {
	Env
	step     spec.PipelineStep
	progress func(share float64)
}

// techniques by their name in a pipeline.
var techniques = map[string]func(ctx context.Context, s state, j job) (state, error){
	"distill":  distill,
	"words":    words,
	"units":    units,
	"columns":  columns,
	"prune":    prune,
	"positive": positive,
	"finetune": finetune,
	"quantize": quantize,
	"qat":      qat,
	"half":     half,
	"binary":   binary,
	"ternary":  ternary,
	"rank":     rank,
	"pq":       pq,
	"cluster":  cluster,
	"huffman":  huffman,
}

// Run puts m through the pipeline and measures what comes out. It sends Compressing
// to sink as it goes, and Compressed at the end. Ctx ends it between two batches.
func Run(ctx context.Context, m *model.Model, pipeline []spec.PipelineStep, env Env, sink func(spec.Event)) (*model.Model, spec.Variant, error) {
	if len(pipeline) == 0 {
		return nil, spec.Variant{}, fmt.Errorf("compress: the pipeline is empty")
	}
	s, err := begin(m, env.Data)
	if err != nil {
		return nil, spec.Variant{}, err
	}
	before := env.Original
	if before == nil {
		if before, err = answers(ctx, m, s.enc, env, func(float64) {}); err != nil {
			return nil, spec.Variant{}, fmt.Errorf("compress: measuring the original: %w", err)
		}
	}
	already, err := spec.ParsePipeline(m.Config.Pipeline)
	if err != nil {
		return nil, spec.Variant{}, fmt.Errorf("compress: what was done to the model before: %w", err)
	}
	var stages []spec.StageResult
	var after *Answers
	for i, step := range pipeline {
		tell := func(share float64) {
			sink(spec.Compressing{Stage: i, Of: len(pipeline), Text: step.String(), Share: share})
		}
		technique, known := techniques[step.Name]
		if !known {
			return nil, spec.Variant{}, fmt.Errorf("compress: there is no technique %q", step.Name)
		}
		tell(0)
		env.yield()
		// Of a stage's time, tuning takes nearly all, rounding and masking next to none.
		work := 0.1
		if t, _ := spec.TechniqueOf(step.Name); t.Trains || step.Number("gradual") > 0 {
			work = 0.9
		}
		if s, err = technique(ctx, s, job{env, step, func(share float64) { tell(work * share) }}); err != nil {
			return nil, spec.Variant{}, fmt.Errorf("compress: %s: %w", step, err)
		}
		if err := ctx.Err(); err != nil {
			return nil, spec.Variant{}, fmt.Errorf("compress: %s: %w", step, err)
		}
		s.m = s.m.Named(spec.FormatPipeline(append(slices.Clone(already), pipeline[:i+1]...)))
		stored := s.stored()
		if after, err = answers(ctx, stored, s.enc, env, func(share float64) { tell(work + (1-work)*share) }); err != nil {
			return nil, spec.Variant{}, fmt.Errorf("compress: measuring after %s: %w", step, err)
		}
		stages = append(stages, spec.StageResult{Step: step, Bytes: stored.FileBytes(), Accuracy: after.Measure.Accuracy})
		tell(1)
	}
	small := s.stored()
	v, err := variant(ctx, small, s.enc, after, env)
	if err != nil {
		return nil, spec.Variant{}, fmt.Errorf("compress: measuring: %w", err)
	}
	v.Pipeline = spec.FormatPipeline(pipeline)
	v.ID, v.Name = v.Pipeline, Name(pipeline)
	v.Stages = stages
	compare(&v, before, after, env.Data)
	v.Errors, v.Original = layerErrors(m, small), m.SHA256()
	sink(spec.Compressed{Variant: v})
	return small, v, nil
}

// begin is the state of a model that comes in: what an earlier pruning took out stays out,
// and the texts are read with its vocabulary, of which an earlier step may have left a part.
func begin(m *model.Model, enc *data.Encoded) (state, error) {
	s := state{m: m, enc: enc.Recode(m.Vocab), masks: map[string][]bool{}}
	s.first = &state{m: m, enc: s.enc}
	for _, p := range m.Params {
		for _, w := range p.Values() {
			if w-w != 0 {
				return s, &model.Error{Code: model.Corrupt, Message: fmt.Sprintf("A weight of %s is not a finite number. Train the model anew, with a smaller learning rate.", p.Name)}
			}
		}
		switch e := p.Enc.(type) {
		case model.F32:
		case *model.Sparse:
			if e.Values == nil {
				return s, errQuantized
			}
			mask := make([]bool, e.Rows*e.Cols)
			e.Each(func(row, col, _ int) { mask[row*e.Cols+col] = true })
			for c := range pad(p) {
				mask[c] = true
			}
			s.masks[p.Name] = mask
		default:
			return s, errQuantized
		}
	}
	return s, nil
}

var errQuantized = &model.Error{
	Code:    model.Shape,
	Message: "This model is quantized already, and rounded weights can't be changed any more. Start from the original.",
}

// Original is the variant that every other is compared with. It also gives the answers
// that Env.Original wants.
func Original(ctx context.Context, m *model.Model, env Env) (spec.Variant, *Answers, error) {
	enc := env.Data.Recode(m.Vocab)
	a, err := answers(ctx, m, enc, env, func(float64) {})
	if err != nil {
		return spec.Variant{}, nil, fmt.Errorf("measuring the original: %w", err)
	}
	v, err := variant(ctx, m, enc, a, env)
	if err != nil {
		return spec.Variant{}, nil, fmt.Errorf("measuring the original: %w", err)
	}
	v.ID, v.Name = "original", Name(nil)
	return v, a, nil
}

func answers(ctx context.Context, m *model.Model, enc *data.Encoded, env Env, progress func(share float64)) (*Answers, error) {
	p, err := infer.New(m, env.Device)
	if err != nil {
		return nil, err
	}
	p.Yield = env.Yield
	if env.Threads != 1 && runtime.GOMAXPROCS(0) > 1 {
		p.Yield = nil // it belongs to the caller's goroutine, and no page waits for this one
	}
	return evaluate(ctx, p, &enc.Test, env.Threads, env.Readers, env.Yield, progress)
}

// variant is what can be said of m alone.
func variant(ctx context.Context, m *model.Model, enc *data.Encoded, a *Answers, env Env) (spec.Variant, error) {
	v := spec.Variant{
		Test:      a.Measure,
		FileBytes: m.FileBytes(),
		Parts:     m.Parts(),
		SHA256:    m.SHA256(),
		Sparsity:  sparsity(m),
		Where:     env.Device.Name(),
	}
	if env.Now == nil {
		return v, nil
	}
	p, err := infer.New(m, env.Device)
	if err != nil {
		return v, err
	}
	if v.LatencyQ1, v.LatencyMS, v.LatencyQ3, err = latency(ctx, p, &enc.Test, env.Now, env.Yield); err != nil {
		return v, err
	}
	v.Pretend, err = pretend(ctx, m, enc, a, env)
	return v, err
}

// stored is the model with what is pruned taken out of the file, where that is smaller.
func (s state) stored() *model.Model {
	return s.m.With(func(p model.Param) model.Encoding {
		if s.masks[p.Name] == nil {
			return p.Enc
		}
		rows, cols := p.Dims()
		return model.Smaller(p.Enc, rows, cols)
	})
}
