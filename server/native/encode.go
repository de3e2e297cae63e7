package native

import (
	"context"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
)

// EncodeFor reads the data that s names as m reads texts: with its vocabulary, not
// with one of the data's own. For the data that m was trained on both are the same.
func EncodeFor(ctx context.Context, m *model.Model, sets Sets, s spec.Spec, progress func(spec.Reading)) (*data.Encoded, error) {
	src, about, err := sets.Open(ctx, s)
	if err != nil {
		return nil, err
	}
	with := data.With{Vocab: m.Vocab, Labels: m.Config.Labels, Tokenizer: m.Config.Tokenizer, Label: s.Data.Label}
	enc, err := data.EncodeFor(ctx, src, s.Data, with, data.Hooks{Progress: progress})
	if err != nil {
		return nil, err
	}
	enc.Facts.Synthetic, enc.Facts.Origin, enc.Facts.Terms = about.Synthetic, about.Origin, about.Terms
	return enc, nil
}
