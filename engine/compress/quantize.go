package compress

import (
	"context"

	"github.com/clove-ml/clove/engine/model"
)

// quantize rounds every matrix to 8 bits, each row with its own scale and zero point
// (model.Ints has the formula): a row of LSTM or Linear is one output, a row of the
// embedding one word. Biases stay float32, they are few. It needs no data. It hurts
// where a row holds an outlier far from the rest; it takes a quarter of the bytes. What
// was pruned stays 0, for 0 is exact in every row.
func quantize(ctx context.Context, s state, j job) (state, error) {
	m := s.m.With(func(p model.Param) model.Encoding {
		if len(p.Shape) < 2 {
			return p.Enc
		}
		j.yield()
		return model.Quantize(p.Values(), p.Shape[0], p.Shape[1])
	})
	return s.with(m), ctx.Err()
}
