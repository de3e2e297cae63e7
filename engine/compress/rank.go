package compress

import (
	"context"
	"fmt"

	"github.com/clove-ml/clove/engine/model"
)

// rank stores a matrix as the product of two narrow ones, W ≈ U·V with U [rows, r] and
// V [r, cols], from its singular values (model.LowRank; SVD, Eckart & Young 1936). At
// inference x·Wᵀ is two products, (x·Vᵀ)·Uᵀ. It pays where r < rows·cols/(rows + cols), and a
// matrix for which it does not is refused. It hurts where singular values fall slowly, as
// those of recurrent weights do.
func rank(ctx context.Context, s state, j job) (state, error) {
	r := int(j.step.Number("rank"))
	done := 0
	for _, name := range s.matrices(j.step.Parts()) {
		rows, cols := s.dims(name)
		if r*(rows+cols) >= rows*cols {
			if len(j.step.Options) > 0 && rows > 1 {
				return s, fmt.Errorf("%s is %d × %d: rank %d would take more than it has, want one below %d", name, rows, cols, r, (rows*cols+rows+cols-1)/(rows+cols))
			}
			continue // the Linear, most often
		}
		e, err := LowRank(ctx, s.m.Floats(name), rows, cols, r, plain, plain, j.yield)
		if err != nil {
			return s, err
		}
		s = s.encoded(name, func([]float32, int, int) model.Encoding { return e })
		done++
	}
	if done == 0 {
		return s, fmt.Errorf("no matrix is large enough for rank %d to be smaller", r)
	}
	return s, ctx.Err()
}

func plain(w []float32, _, _ int) model.Encoding { return model.F32(w) }
