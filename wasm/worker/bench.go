package main

import (
	"context"
	"time"

	"github.com/clove-ml/clove/engine/bench"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/train"
	"github.com/clove-ml/clove/wasm/protocol"
)

// benchFact is under which the store has what was found.
const benchFact = "bench"

// A person waits for it.
const (
	benchFor    = 3 * time.Second
	benchMemory = 48 << 20
	benchTold   = 100 * time.Millisecond // between two words of how far it is
)

func (w *worker) bench(_ context.Context, q protocol.Bench) (result, error) {
	long := benchFor
	if q.Seconds > 0 {
		long = time.Duration(q.Seconds * float64(time.Second))
	}
	j, err := w.begin(protocol.BenchRun, "bench")
	if err != nil {
		return result{}, err
	}
	workers := q.Workers
	if workers == 0 {
		workers = j.team.Workers()
	}
	j.team = train.NewTeam(w.m.Helpers(), workers, true, w.m.Now) // all of them, whether or not they are the fastest
	return result{body: protocol.Run{Run: protocol.BenchRun}, then: func() { j.bench(long, q) }}, nil
}

// bench measures the machine, keeps what was found and tells it.
func (j *job) bench(long time.Duration, q protocol.Bench) {
	w, run := j.w, bench.Run
	if q.Encodings {
		run = bench.Encodings
	}
	found, err := j.measured(long, run)
	if err == nil && !q.Encodings {
		found.Card, err = j.measuredCard(long, q.Card)
	}
	if err == nil && !q.Encodings {
		err = w.store.KeepFound(context.WithoutCancel(j.ctx), benchFact, found)
	}
	w.drop(j)
	told := protocol.Measuring{Share: 1, Bench: &found}
	if err != nil {
		told = protocol.Measuring{Problem: problemOf(err)}
	}
	w.push(protocol.KindMeasuring, told)
}

func (j *job) measured(long time.Duration, run func(context.Context, bench.Options) (spec.Bench, error)) (found spec.Bench, err error) {
	defer crashed(&err)
	m := j.w.m
	told := m.Now()
	return run(j.ctx, bench.Options{
		Device: j.w.device(m.Yield), Arithmetic: []string{spec.Strict, spec.Fast}, Team: j.team, Memory: benchMemory,
		For: long, Now: m.Now, Yield: m.Yield,
		Progress: func(share float64) {
			if now := m.Now(); now.Sub(told) >= benchTold {
				told = now
				j.w.push(protocol.KindMeasuring, protocol.Measuring{Share: share})
			}
		},
	})
}

// measuredCard measures the card; one that a processor plays only where that is wanted.
func (j *job) measuredCard(long time.Duration, slow bool) (_ *spec.CardBench, err error) {
	defer crashed(&err)
	m := j.w.m
	has := m.HasCard(j.ctx)
	if has.Problem != nil {
		return &spec.CardBench{Why: has.Problem.Message}, nil
	}
	if has.Slow && !slow {
		return &spec.CardBench{Name: has.Name, Slow: true}, nil
	}
	c, err := bench.Card(j.ctx, m.Card, m.Reads, bench.Options{For: long, Now: m.Now, Yield: m.Yield})
	c.Slow = has.Slow
	return &c, err
}

// measuredBefore is what was found the last time; nil where there was none.
func (w *worker) measuredBefore(ctx context.Context) (*spec.Bench, error) {
	var b spec.Bench
	ok, err := w.store.Found(ctx, benchFact, &b)
	if !ok || err != nil {
		return nil, err
	}
	return &b, nil
}
