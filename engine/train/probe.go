package train

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
)

// Pace is what training costs on a machine: a step takes Step + Token · its tokens,
// an evaluated token Look. Seconds all of them.
type Pace struct {
	Workers int     `json:"workers"` // that proved fastest
	Step    float64 `json:"step"`
	Token   float64 `json:"token"`
	Look    float64 `json:"look"`
}

// Probing bounds a probe.
const (
	probeFor   = 100 * time.Millisecond // of steps, after the trial of how many workers are fastest
	probeWait  = 3 * time.Second        // for helpers that start
	probeMost  = 250                    // steps
	probeEnds  = time.Second            // of all of them, however few that were
	probeLooks = 64                     // texts evaluated
	probeTurns = 5                      // times, at most
)

// quantiles are where batches are taken from, ordered by their tokens.
var quantiles = [...]float64{0.1, 0.3, 0.5, 0.7, 0.9}

// Probe takes real steps of the run that s describes, of a net of its own, on batches as
// short and as long as the data has, and gives what they cost, and a model of the run's
// shape. Between steps it calls between, which may end it.
func Probe(ctx context.Context, dev tensor.Device, enc *data.Encoded, s spec.Spec, o Options, between func() error) (Pace, *Trainer, error) {
	s.Train.Epochs, s.Train.KeepBest = spec.MaxEpochs, false // no end comes in sight
	t, err := New(dev, enc, s, o)
	if err != nil {
		return Pace{}, nil, err
	}
	if err := t.team.gather(t, between); err != nil {
		return Pace{}, nil, err
	}
	weigh := func(rows []int32) (n int) {
		for _, r := range rows {
			n += len(enc.Train.Text(int(r)))
		}
		return n
	}
	some := spread(t.batches(0), weigh)
	t.order, t.orderOf = nil, 0
	for len(t.order) < probeMost { // in place of the first epoch's
		t.order = append(t.order, some...)
	}
	t.stepsAnEpoch = len(t.order)
	took := make([][]float64, len(some)) // of each batch, by the workers at hand
	by, late := 0, false
	least := math.Inf(1) // seconds a token
	start := t.now()
	began := start
	for range probeMost {
		if err := between(); err != nil {
			return Pace{}, nil, err
		}
		if err := context.Cause(ctx); err != nil {
			return Pace{}, nil, err
		}
		at := t.now()
		if _, err := t.Step(); err != nil {
			return Pace{}, nil, err
		}
		d := t.now().Sub(at).Seconds()
		trying, size := t.team.trying()
		i := (t.state.Step - 1) % len(some)
		if x := d / float64(weigh(some[i])); x < least {
			least = x
		}
		if late = t.now().Sub(start) >= probeEnds; late {
			by = size
			break
		}
		switch {
		case trying:
			began = t.now()
			continue
		case size != by: // the first of them, in which helpers may join, does not count
			by = size
			continue
		}
		took[i] = append(took[i], d)
		if len(took[i]) >= 3 && t.now().Sub(began) >= probeFor {
			break
		}
	}
	p := Pace{Workers: by}
	var tokens, seconds []float64
	for i, batch := range some {
		if len(took[i]) > 0 {
			slices.Sort(took[i])
			tokens, seconds = append(tokens, float64(weigh(batch))), append(seconds, took[i][(len(took[i])-1)/2])
		}
	}
	if p.Step, p.Token = line(tokens, seconds); late { // large steps, or one that waited for a helper
		p.Step, p.Token = 0, least
	}

	rows := every(ascending(&enc.Train), probeLooks)
	var looks []float64
	for range probeTurns {
		at := t.now()
		if _, err := t.evaluate(ctx, &enc.Train, rows, between); err != nil {
			return Pace{}, nil, err
		}
		looks = append(looks, t.now().Sub(at).Seconds())
		if t.now().Sub(at) >= probeFor {
			break // long enough to be steady
		}
	}
	slices.Sort(looks)
	p.Look = looks[(len(looks)-1)/2] / float64(max(1, weigh(rows)))
	return p, t, nil
}

// gather waits for helpers that start, and has the numbers of workers tried once each.
func (m *Team) gather(t *Trainer, between func() error) error {
	if m == nil {
		return nil
	}
	for until := t.now().Add(probeWait); slices.Contains(m.where, starting) && t.now().Before(until); {
		if err := between(); err != nil {
			return err
		}
		m.hear(t, 50*time.Millisecond)
	}
	m.pace.try(1)
	return nil
}

// trying says whether numbers of workers are still being compared, and how many took the
// last step.
func (m *Team) trying() (bool, int) {
	if m == nil {
		return false, 1
	}
	p := m.pace
	return p.trial > 0 && (p.at < p.trial || p.this.counts), max(1, p.this.size)
}

// spread takes batches of few, of middling and of many tokens.
func spread(batches [][]int32, tokens func(batch []int32) int) [][]int32 {
	sorted := slices.Clone(batches)
	slices.SortStableFunc(sorted, func(a, b []int32) int { return tokens(a) - tokens(b) })
	var some [][]int32
	for _, q := range quantiles {
		some = append(some, sorted[int(q*float64(len(sorted)))])
	}
	return some
}

// line is the straight line a + b·x through points, by least squares, with neither below 0.
func line(x, y []float64) (a, b float64) {
	var n, sx, sy, sxx, sxy float64
	for i := range x {
		n, sx, sy, sxx, sxy = n+1, sx+x[i], sy+y[i], sxx+x[i]*x[i], sxy+x[i]*y[i]
	}
	if n == 0 || sx == 0 {
		return 0, 0
	}
	if d := n*sxx - sx*sx; d > 1e-9*n*sxx {
		b = (n*sxy - sx*sy) / d
	}
	a = (sy - b*sx) / n
	switch {
	case b <= 0 || a < 0: // noise, or all of one length: in proportion
		return 0, sy / sx
	}
	return a, b
}
