package compress

import (
	"context"
	"math"
	"slices"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/tensor"
)

// An Encoder stores a matrix w [rows, cols] somehow.
type Encoder func(w []float32, rows, cols int) model.Encoding

// LowRank is w of the given rank (model.LowRank has the formula): the singular values that
// are left out are the least, those kept are shared evenly, U √s and √s Vᵀ, so that both
// factors are of one size, and rounding hurts neither more.
func LowRank(ctx context.Context, w []float32, rows, cols, rank int, u, v Encoder, yield func()) (*model.LowRank, error) {
	left, s, right, err := SVD(ctx, w, rows, cols, yield)
	if err != nil {
		return nil, err
	}
	k := len(s)
	a, b := make([]float32, rows*rank), make([]float32, rank*cols)
	for i := range rank {
		root := math.Sqrt(s[i])
		for r := range rows {
			a[r*rank+i] = float32(left[r*k+i] * root)
		}
		for c := range cols {
			b[i*cols+c] = float32(root * right[i*cols+c])
		}
	}
	return &model.LowRank{Rows: rows, Cols: cols, Rank: rank, U: u(a, rows, rank), V: v(b, rank, cols)}, nil
}

// Cluster is w with a codebook of at most 2ᵇ values found by k-means (model.Clustered);
// zeros stay zeros, and with sparse are not stored but marked.
func Cluster(w []float32, rows, cols, bits int, sparse bool) model.Encoding {
	book := codebook(w, 1<<bits, slices.Contains(w, 0))
	if sparse {
		return model.SparseOf(w, rows, cols, func(kept []float32) model.Encoding {
			return model.Cluster(kept, 1, len(kept), bits, book)
		})
	}
	return model.Cluster(w, rows, cols, bits, book)
}

// Product says how a matrix is product quantized (model.Product).
type Product struct {
	Sub, Bits int
	Norm      bool    // rows are divided by their lengths, which are kept in 8 bits
	Codebook  Encoder // stores the centroids
	Seed      uint64
}

// Quantize finds centroids and codes for w [rows, cols]: k-means on each subvector, then
// for each the nearest centroid as it is stored.
func (o Product) Quantize(ctx context.Context, w []float32, rows, cols int, yield func()) (*model.Product, error) {
	e := &model.Product{Rows: rows, Cols: cols, Sub: o.Sub, Bits: o.Bits}
	if o.Norm {
		unit, norms := make([]float32, len(w)), make([]float32, rows)
		for r := range rows {
			row, sum := w[r*cols:(r+1)*cols], 0.0
			for _, x := range row {
				sum += float64(float64(x) * float64(x))
			}
			norms[r] = float32(math.Sqrt(sum))
			for c, x := range row {
				if norms[r] > 0 {
					unit[r*cols+c] = x / norms[r]
				}
			}
		}
		w, e.Norms = unit, Cluster(norms, 1, rows, 8, false)
	}
	k, parts := 1<<o.Bits, e.Parts()
	book := make([]float32, k*cols)
	split := make([][]float32, parts) // the points of each part
	for j := range parts {
		from := j * o.Sub
		width := min(o.Sub, cols-from)
		for r := range rows {
			split[j] = append(split[j], w[r*cols+from:r*cols+from+width]...)
		}
		c, err := KMeans(ctx, split[j], width, k, tensor.Draw{Seed: o.Seed, Stream: streamProduct, Step: uint32(j)}, yield)
		if err != nil {
			return nil, err
		}
		for i := range k {
			copy(book[i*cols+from:], c[i*width:(i+1)*width])
		}
	}
	e.Codebook = o.Codebook(book, k, cols)
	e.Codebook.Floats(book)
	codes := make([]byte, rows*parts)
	for j := range parts {
		from := j * o.Sub
		width := min(o.Sub, cols-from)
		var c []float32
		for i := range k {
			c = append(c, book[i*cols+from:i*cols+from+width]...)
		}
		for r := range rows {
			best, _ := closest(c, width, split[j][r*width:(r+1)*width])
			codes[r*parts+j] = byte(best)
		}
		if yield != nil {
			yield()
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	e.Packed = model.Pack(codes, rows, parts, o.Bits)
	return e, nil
}

// streamProduct is the stream of random draws that choose the first centroids; the number
// is part of what a seed means.
const streamProduct = 16
