package compress

import (
	"context"

	"github.com/clove-ml/clove/engine/model"
)

// half stores weights in 16 bits: float16 (IEEE 754, 11 bits of precision, up to 65,504) or
// bfloat16 (8 bits of precision, float32's range), rounded to nearest even (model.Half). It
// needs no data and hurts next to nothing: half the bytes for a few thousandths of a logit.
// Here it saves bytes, not time: a CPU widens them before it multiplies.
func half(ctx context.Context, s state, j job) (state, error) {
	for _, name := range s.matrices(j.step.Parts()) {
		s = s.encoded(name, func(v []float32, rows, cols int) model.Encoding {
			return model.ToHalf(v, rows, cols, j.step.Value == "bfloat16")
		})
		j.yield()
	}
	return s, ctx.Err()
}
