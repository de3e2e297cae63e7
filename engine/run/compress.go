package run

import (
	"context"
	"errors"

	"github.com/clove-ml/clove/engine/compress"
	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/train"
)

// Compress puts a trained model through a pipeline ("prune=0.8,finetune=1,quantize=int8")
// and measures the result on the test texts of enc. It tells Compressing as it
// goes, and ends with Compressed or Failed; the error is an *Error. Of env it
// uses Device, Threads, Team, Control (pause and cancel), Answers, Now and Yield.
func Compress(ctx context.Context, m *model.Model, enc *data.Encoded, pipeline string, env Env, sink func(spec.Event)) (small *model.Model, v spec.Variant, err error) {
	r := newRunner(env, sink)
	ctx, stop := r.control.begin(ctx)
	defer stop(nil)
	defer func() { err = r.fail(asPanic(recover(), err)) }()
	steps, err := spec.ParsePipeline(pipeline)
	if err == nil && len(steps) == 0 {
		err = errors.New("the pipeline has no steps")
	}
	if err != nil {
		return nil, spec.Variant{}, &Error{Code: "spec", Message: err.Error(), Err: err}
	}
	with := r.compressEnv(ctx, enc)
	with.Original = env.Answers
	return compress.Run(ctx, m, steps, with, r.paced())
}

// Measure is the variant "original" of a trained model: its accuracy on the test
// texts of enc, its file's bytes, its latency. Every other is compared with it, and
// with its answers.
func Measure(ctx context.Context, m *model.Model, enc *data.Encoded, env Env) (spec.Variant, *compress.Answers, error) {
	r := newRunner(env, func(spec.Event) {})
	v, a, err := compress.Original(ctx, m, r.compressEnv(ctx, enc))
	if err != nil {
		return v, nil, asError(err, "internal")
	}
	return v, a, nil
}

// Sensitivity is what each of the steps, spec.Sensitive for instance, costs each layer and
// gate of a trained model, by the validation texts of enc. It tells what is known as it goes.
func Sensitivity(ctx context.Context, m *model.Model, enc *data.Encoded, steps []string, env Env, tell func(spec.Sensitivity)) (v spec.Sensitivity, err error) {
	err = look(ctx, enc, env, func(ctx context.Context, env compress.Env) (err error) {
		v, err = compress.Sensitivity(ctx, m, steps, env, tell)
		return err
	})
	return v, err
}

// Forecast is about how many seconds such a Sensitivity takes, and of how many cells.
func Forecast(ctx context.Context, m *model.Model, enc *data.Encoded, steps []string, env Env) (seconds float64, cells int, err error) {
	err = look(ctx, enc, env, func(ctx context.Context, env compress.Env) (err error) {
		seconds, cells, err = compress.Forecast(ctx, m, steps, env)
		return err
	})
	return seconds, cells, err
}

// Reality times a variant as it is stored beside its weights decoded to float32 and the
// original, and asks whether the two forms answer alike.
func Reality(ctx context.Context, original, m *model.Model, enc *data.Encoded, env Env) (v spec.Reality, err error) {
	err = look(ctx, enc, env, func(ctx context.Context, env compress.Env) (err error) {
		v, err = compress.Reality(ctx, original, m, env)
		return err
	})
	return v, err
}

// Agree is how far two models answer alike on the test texts of enc.
func Agree(ctx context.Context, a, b *model.Model, enc *data.Encoded, env Env) (v spec.Agreement, err error) {
	err = look(ctx, enc, env, func(ctx context.Context, env compress.Env) (err error) {
		v, err = compress.Agree(ctx, a, b, env)
		return err
	})
	return v, err
}

// look has f measure with what package compress finds here; its error is an *Error.
func look(ctx context.Context, enc *data.Encoded, env Env, f func(context.Context, compress.Env) error) (err error) {
	r := newRunner(env, func(spec.Event) {})
	ctx, stop := r.control.begin(ctx)
	defer stop(nil)
	defer func() {
		if err = asPanic(recover(), err); err != nil {
			err = asError(err, "internal")
		}
	}()
	return f(ctx, r.compressEnv(ctx, enc))
}

// finish tests the trained model, for the first and only time, and makes it smaller where the Spec says so.
func (r *runner) finish(ctx context.Context, res *Result) error {
	env := r.compressEnv(ctx, res.Encoded)
	original, answers, err := compress.Original(ctx, res.Model, env)
	if err != nil {
		return err
	}
	res.Variants, res.Answers = []spec.Variant{original}, answers
	steps, err := spec.ParsePipeline(r.spec.Compress)
	if err != nil || len(steps) == 0 {
		return err
	}
	env.Original = answers
	small, v, err := compress.Run(ctx, res.Model, steps, env, r.paced())
	if err != nil {
		return err
	}
	res.Compressed, res.Variants = small, append(res.Variants, v)
	return nil
}

// compressEnv is what package compress finds here: our device, threads and way of being interrupted.
func (r *runner) compressEnv(ctx context.Context, enc *data.Encoded) compress.Env {
	between := func() error {
		r.env.Yield()
		err := r.between(ctx)
		r.control.take() // a single step of a pipeline is one batch
		return err
	}
	threads := 1 // where Env says nothing
	if r.env.Threads > 1 {
		threads = r.env.Threads
	}
	return compress.Env{
		Device:  r.env.Device,
		Data:    enc,
		Threads: threads,
		Readers: r.env.Team,
		Now:     r.env.Now,
		Yield:   func() { _ = between() }, // an end of ctx is seen by compress itself
		Train: func(ctx context.Context, s spec.Spec, enc *data.Encoded, o train.Options, progress func(float64)) (*model.Model, error) {
			o.Threads, o.Team, o.Now = r.env.Threads, r.env.Team, r.env.Now
			return train.Finetune(ctx, r.env.Device, enc, s, o, progress, between)
		},
	}
}

// paced is the sink with Compressing told at most ten times a second, the ends of stages always.
func (r *runner) paced() func(spec.Event) {
	last := r.env.Now()
	return func(e spec.Event) {
		if c, ok := e.(spec.Compressing); ok && c.Share > 0 && c.Share < 1 {
			if now := r.env.Now(); now.Sub(last) >= told {
				last = now
			} else {
				return
			}
		}
		r.sink(e)
	}
}
