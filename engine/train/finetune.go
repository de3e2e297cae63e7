package train

import (
	"context"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
)

// Finetune trains as s and o say, to the end: from Options.Initial a model on, with Adam
// afresh. With Options.Masks what is pruned stays zero, so that the rest learns to do
// without it (Han et al. 2015, arXiv:1506.02626). The result is the best epoch
// by validation, where s keeps that.
//
// progress is told the share done; between, if not nil, is called between two
// steps and two batches of an evaluation, and may end it with an error.
func Finetune(ctx context.Context, dev tensor.Device, enc *data.Encoded, s spec.Spec, o Options,
	progress func(share float64), between func() error) (*model.Model, error) {
	t, err := New(dev, enc, s, o)
	if err != nil {
		return nil, err
	}
	for !t.Finished() {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		if between != nil {
			if err := between(); err != nil {
				return nil, err
			}
		}
		if _, end := t.Due(); end {
			_, err = t.EndEpoch(ctx, between)
		} else {
			_, err = t.Step()
		}
		if err != nil {
			return nil, err
		}
		progress(float64(t.Taken()) / float64(t.Steps()))
	}
	t.restoreLearned()
	return t.Best(), nil
}
