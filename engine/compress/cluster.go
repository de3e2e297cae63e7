package compress

import (
	"context"

	"github.com/clove-ml/clove/engine/model"
)

// cluster gives a matrix a codebook of 2ᵇ values and each weight the nearest of them, as Deep
// Compression does (Han et al. 2016, arXiv:1510.00149): k-means on the values, linear start
// between the least and the greatest. What was pruned stays 0. It hurts little at 5 bits
// and more, and huffman after it takes the most of the uneven codes.
func cluster(ctx context.Context, s state, j job) (state, error) {
	bits := int(j.step.Number("bits"))
	for _, name := range s.matrices(j.step.Parts()) {
		s = s.encoded(name, func(v []float32, rows, cols int) model.Encoding {
			return Cluster(v, rows, cols, bits, s.masks[name] != nil)
		})
		j.yield()
		if err := ctx.Err(); err != nil {
			return s, err
		}
	}
	return s, nil
}
