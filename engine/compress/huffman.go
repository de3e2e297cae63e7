package compress

import (
	"context"

	"github.com/clove-ml/clove/engine/model"
)

// huffman packs the codes of the file as often-used ones deserve (model.Huffman): nothing
// changes but the bytes. It pays after cluster, ternary and pruning, where codes are uneven.
func huffman(ctx context.Context, s state, _ job) (state, error) {
	m := s.stored().With(func(p model.Param) model.Encoding {
		if _, ok := p.Enc.(model.F32); ok {
			return p.Enc
		}
		return &model.Huffman{Of: p.Enc}
	})
	m.Compact = true
	return s.with(m), ctx.Err()
}
