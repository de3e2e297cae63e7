package compress

import (
	"context"
	"slices"

	"github.com/clove-ml/clove/engine/tensor"
)

// KMeans is k centroids [k, dims] of points [n, dims] (Lloyd 1982), seeded as k-means++
// (Arthur & Vassilvitskii 2007): the first at random, each other with a chance that grows
// with its squared distance from those before. Of more than 64 k points every n/(64 k)-th
// is looked at, as many as faiss takes a quarter of. It ends when no point changes its
// centroid, or after 20 rounds. A centroid that no point is nearest to moves to the point
// farthest from its own. Ties go to the lower index. Points are finite.
//
// It decides codes, so its random numbers are Philox's and every sum goes in order.
func KMeans(ctx context.Context, points []float32, dims, k int, draw tensor.Draw, yield func()) ([]float32, error) {
	points = sampled(points, dims, 64*k)
	n := len(points) / dims
	at := func(i int) []float32 { return points[i*dims : (i+1)*dims] }
	centroids := make([]float32, 0, k*dims)
	least, nearest := make([]float64, n), make([]int, n)
	for c := range k {
		pick := 0
		word := float64(draw.Words(uint32(c), 0)[0]) * 0x1p-32
		if c == 0 {
			pick = int(word * float64(n))
		} else {
			sum := 0.0
			for _, d := range least {
				sum += d
			}
			for left := float64(word * sum); pick < n-1; pick++ {
				if left -= least[pick]; left < 0 {
					break
				}
			}
		}
		centroids = append(centroids, at(pick)...)
		for i := range n {
			if d := distance(at(i), at(pick)); c == 0 || d < least[i] {
				least[i], nearest[i] = d, c
			}
		}
		if yield != nil {
			yield()
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	sums, counts := make([]float64, k*dims), make([]int, k)
	for range 20 {
		clear(sums)
		clear(counts)
		for i, c := range nearest {
			counts[c]++
			for j, x := range at(i) {
				sums[c*dims+j] += float64(x)
			}
		}
		for c, m := range counts {
			if m == 0 {
				far := 0
				for i, d := range least {
					if d > least[far] {
						far = i
					}
				}
				least[far] = 0
				copy(centroids[c*dims:], at(far))
				continue
			}
			for j := range dims {
				centroids[c*dims+j] = float32(sums[c*dims+j] / float64(m))
			}
		}
		changed := false
		for i := range n {
			c, d := closest(centroids, dims, at(i))
			changed = changed || c != nearest[i]
			nearest[i], least[i] = c, d
			if i%256 == 0 {
				if yield != nil {
					yield()
				}
				if err := ctx.Err(); err != nil {
					return nil, err
				}
			}
		}
		if !changed {
			break
		}
	}
	return centroids, nil
}

func sampled(points []float32, dims, most int) []float32 {
	n := len(points) / dims
	if n <= most {
		return points
	}
	some := make([]float32, 0, most*dims)
	for i := range most {
		from := i * n / most * dims
		some = append(some, points[from:from+dims]...)
	}
	return some
}

// closest is the centroid nearest to x, and its squared distance.
func closest(centroids []float32, dims int, x []float32) (int, float64) {
	best, least := 0, 0.0
	for c := range len(centroids) / dims {
		if d := distance(centroids[c*dims:(c+1)*dims], x); c == 0 || d < least {
			best, least = c, d
		}
	}
	return best, least
}

func distance(a, b []float32) float64 {
	sum := 0.0
	for i, x := range a {
		d := float64(x) - float64(b[i])
		sum += float64(d * d)
	}
	return sum
}

// codebook is at most k values for those of w, ascending: k-means in one dimension, begun
// on even steps from the least to the greatest, which Han et al. 2016 (section 3.2) found
// to keep the few large weights best. With zero, 0 is one of them and stays so, and the
// zeros of w don't count. Values that none is nearest to are left out.
func codebook(w []float32, k int, zero bool) []float32 {
	var values []float32
	for _, x := range w {
		if x == x && (x != 0 || !zero) {
			values = append(values, x)
		}
	}
	if len(values) == 0 {
		return []float32{0}
	}
	slices.Sort(values)
	if zero {
		k--
	}
	sums := make([]float64, len(values)+1) // of those before
	for i, x := range values {
		sums[i+1] = sums[i] + float64(x)
	}
	low, high := float64(values[0]), float64(values[len(values)-1])
	centers := make([]float64, k)
	for i := range centers {
		centers[i] = (low + high) / 2
		if k > 1 {
			centers[i] = low + float64((high-low)*float64(i))/float64(k-1)
		}
	}
	used := make([]bool, k)
	for range 100 {
		changed, from := false, 0
		clear(used)
		for i := range centers {
			to := len(values)
			if i+1 < len(centers) {
				to, _ = slices.BinarySearch(values, float32((centers[i]+centers[i+1])/2))
			}
			if to > from {
				mean := (sums[to] - sums[from]) / float64(to-from)
				changed = changed || mean != centers[i]
				centers[i], used[i] = mean, true
				from = to
			}
		}
		if !changed {
			break
		}
	}
	book := make([]float32, 0, k+1)
	if zero {
		book = append(book, 0)
	}
	for i, c := range centers {
		if used[i] {
			book = append(book, float32(c))
		}
	}
	slices.Sort(book)
	return slices.Compact(book)
}
