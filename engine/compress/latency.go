package compress

import (
	"context"
	"slices"
	"time"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/infer"
)

// Latency is measured on up to maxTimed texts within about budget, after some that do
// not count: a browser runs a kernel slowly until it has seen it busy for a while.
const (
	maxTimed = 100
	budget   = 2 * time.Second
	warm     = 100 * time.Millisecond
	maxWarm  = 300 // texts
)

// latency is the quartiles in milliseconds of one text at a time, tokens given, over
// texts spread evenly through the part.
func latency(ctx context.Context, p *infer.Predictor, part *data.Part, now func() time.Time, yield func()) (q1, median, q3 float64, err error) {
	n := min(maxTimed, part.Len())
	one := make([][]int32, 1)
	var ms []float64
	answer := func(i int) (time.Duration, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		one[0] = part.Text(i % n * part.Len() / n)
		from := now()
		_, err := p.Logits(one)
		took := now().Sub(from)
		if yield != nil {
			yield()
		}
		return took, err
	}
	var spent time.Duration
	for i := 0; i < maxWarm && spent < warm; i++ {
		took, err := answer(i)
		if err != nil {
			return 0, 0, 0, err
		}
		spent += took
	}
	spent = 0
	for i := 0; i < n && spent < budget; i++ {
		took, err := answer(i)
		if err != nil {
			return 0, 0, 0, err
		}
		ms = append(ms, float64(took)/float64(time.Millisecond))
		spent += took
	}
	slices.Sort(ms)
	return quantile(ms, 0.25), quantile(ms, 0.5), quantile(ms, 0.75), nil
}

// quantile interpolates between the two nearest of the sorted values.
func quantile(v []float64, q float64) float64 {
	x := q * float64(len(v)-1)
	i := int(x)
	if i+1 >= len(v) {
		return v[len(v)-1]
	}
	return v[i] + (x-float64(i))*(v[i+1]-v[i])
}
