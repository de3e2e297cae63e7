package compress

import (
	"context"
	"slices"
	"time"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/run/spec"
)

// Latency is measured on up to MaxTimed texts within about TimedFor, after WarmFor that
// does not count: a browser runs a kernel slowly until it has seen it busy for a while.
const (
	MaxTimed = 100
	TimedFor = 2 * time.Second
	WarmFor  = 100 * time.Millisecond
	maxWarm  = 300 // texts
)

// latency is the quartiles in milliseconds of one text at a time, tokens given, over
// texts spread evenly through the part.
func latency(ctx context.Context, p *infer.Predictor, part *data.Part, now func() time.Time, yield func()) (q1, median, q3 float64, err error) {
	n := min(MaxTimed, part.Len())
	one := make([][]int32, 1)
	var ms []float64
	// A page that is not isolated is told the time in steps of 0.1 ms: a text that takes less is
	// answered so often that they are small beside it.
	often := 1
	answer := func(i int) (time.Duration, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		one[0] = part.Text(i % n * part.Len() / n)
		from := now()
		for range often {
			if _, err := p.Logits(one); err != nil {
				return 0, err
			}
		}
		took := now().Sub(from)
		if yield != nil {
			yield()
		}
		return took / time.Duration(often), nil
	}
	var spent time.Duration
	warm := 0
	for i := 0; i < maxWarm && spent < WarmFor; i++ {
		warm++
		took, err := answer(i)
		if err != nil {
			return 0, 0, 0, err
		}
		spent += took
	}
	if mean := spent / time.Duration(max(warm, 1)); mean < time.Millisecond {
		often = min(20, int(time.Millisecond/max(mean, time.Microsecond)))
	}
	spent = 0
	for i := 0; i < n && spent < TimedFor; i++ {
		took, err := answer(i)
		if err != nil {
			return 0, 0, 0, err
		}
		ms = append(ms, float64(took)/float64(time.Millisecond))
		spent += took * time.Duration(often)
	}
	slices.Sort(ms)
	return spec.Quantile(ms, 0.25), spec.Quantile(ms, 0.5), spec.Quantile(ms, 0.75), nil
}
