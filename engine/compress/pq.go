package compress

import (
	"context"
	"fmt"

	"github.com/clove-ml/clove/engine/model"
)

// pq is product quantisation of the embedding, where most of the bytes are (Jégou et al.
// 2011; fastText.zip, Joulin et al. 2016, arXiv:1612.03651): a row is cut into as many
// subvectors as it may have bytes, and each becomes the nearest of 256 centroids that
// k-means found. With norms a row's length is kept apart and its direction quantised
// (model.Product). It hurts where a row's few bytes must tell many words apart: halving
// the bytes costs more than the halving before.
func pq(ctx context.Context, s state, j job) (state, error) {
	rows, cols := s.dims(model.Embedding)
	bytes := int(j.step.Number("bytes"))
	if bytes > cols {
		return s, fmt.Errorf("a row of the embedding has %d numbers, which can't be cut into %d", cols, bytes)
	}
	if rows < 512 {
		return s, fmt.Errorf("256 centroids for %d words would be larger than the words' own rows", rows)
	}
	how := Product{Sub: (cols + bytes - 1) / bytes, Bits: 8, Norm: j.step.Has("norms"), Codebook: halves, Seed: s.m.Config.Spec.Seed}
	e, err := how.Quantize(ctx, s.m.Floats(model.Embedding), rows, cols, j.yield)
	if err != nil {
		return s, err
	}
	return s.encoded(model.Embedding, func([]float32, int, int) model.Encoding { return e }), nil
}

func halves(w []float32, rows, cols int) model.Encoding { return model.ToHalf(w, rows, cols, false) }
