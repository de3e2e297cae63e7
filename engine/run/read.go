package run

import (
	"context"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
)

// Describe reads the data of a Spec, telling Reading events, and gives its true
// figures and those of the model that it would train. Errors are *Error.
func Describe(ctx context.Context, s spec.Spec, env Env, sink func(spec.Event)) (*data.Encoded, spec.Facts, error) {
	r := newRunner(env, sink)
	r.spec = s
	if err := s.Validate(); err != nil {
		return nil, spec.Facts{}, &Error{Code: "spec", Message: err.Error(), Err: err}
	}
	enc, err := r.read(ctx)
	if err != nil {
		return nil, spec.Facts{}, asError(err, "internal")
	}
	return enc, Facts(enc, s), nil
}

// Facts are those of the data with those of the model that s trains on it.
func Facts(enc *data.Encoded, s spec.Spec) spec.Facts {
	f := enc.Facts
	f.Layers, f.FileBytes = model.Plan(model.NewConfig(s, enc.Labels), enc.Vocab)
	return f
}

// read is the data: given, or opened and encoded.
func (r *runner) read(ctx context.Context) (*data.Encoded, error) {
	if r.env.Encoded != nil {
		return r.env.Encoded, nil
	}
	if r.env.Open == nil {
		return nil, &Error{Code: "internal", Message: "a run needs data: Env.Open or Env.Encoded"}
	}
	src, about, err := r.env.Open(ctx, r.spec)
	if err != nil {
		return nil, asError(err, "data")
	}
	last := r.env.Now()
	r.sink(spec.Reading{})
	enc, err := data.Encode(ctx, src, r.spec, data.Hooks{
		Yield: r.env.Yield,
		Progress: func(p spec.Reading) {
			if now := r.env.Now(); now.Sub(last) >= told {
				last = now
				r.sink(p)
			}
		},
	})
	if err != nil {
		return nil, asError(err, "data")
	}
	enc.Facts.Synthetic, enc.Facts.Origin, enc.Facts.Terms = about.Synthetic, about.Origin, about.Terms
	if r.env.OnEncoded != nil {
		if err := r.env.OnEncoded(ctx, enc); err != nil {
			e := asError(err, "storage")
			r.sink(spec.Notice{Code: e.Code, Message: "the data was not kept: " + e.Message})
		}
	}
	return enc, nil
}
