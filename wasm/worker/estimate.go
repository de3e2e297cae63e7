package main

import (
	"context"
	"fmt"
	"time"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

// probeJob stands in place of a run's id.
const probeJob = "probe"

// paceFact is under which the store has the pace of runs of that shape on this machine.
func (w *worker) paceFact(enc *data.Encoded, s spec.Spec) string {
	return fmt.Sprintf("pace of %s by %d: %s %d→%d→%d, %d words, %d × %d", w.device(nil).Name(), w.team().Workers(),
		s.Arithmetic, s.Model.Embedding, s.Model.Hidden, len(enc.Labels), enc.Vocab.Size(), s.Train.Batch, s.Tokenizer.MaxTokens)
}

// estimate tells the page how long a run of s on enc will take here, and how much memory:
// at once where the pace of such a run is known, else after a probe. A probe gives way to
// all that a person wants, and then the page is told no time.
func (w *worker) estimate(enc *data.Encoded, s spec.Spec) {
	ctx := context.Background()
	w.mu.Lock()
	w.settled = s.ID()
	w.mu.Unlock()
	fact := w.paceFact(enc, s)
	var pace run.Pace
	known, err := w.store.Found(ctx, fact, &pace)
	e := protocol.Estimated{Spec: s.ID()}
	taken, most := w.m.Memory()
	if taken > 0 {
		w.mu.Lock()
		e.Bytes, e.Most = max(taken, w.bare+run.Memory(enc, s)), most
		w.mu.Unlock()
	}
	if (err != nil || !known) && e.Fits() {
		w.push(protocol.KindEstimated, e)
		pace, err = w.probe(enc, s)
		if known = err == nil; known {
			w.remember(fact, pace)
		}
	}
	if known {
		e.Seconds = pace.Seconds(run.WorkOf(enc, s))
	} else if e.Fits() {
		return // of a probe that gave way; the bytes were told
	}
	w.push(protocol.KindEstimated, e)
}

// probe takes some steps of the run, by as many workers as it will have.
func (w *worker) probe(enc *data.Encoded, s spec.Spec) (run.Pace, error) {
	wanted := func() error {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.settled != s.ID() {
			return problem("cancelled", "other settings are asked about")
		}
		return nil
	}
	w.probing.Lock()
	defer w.probing.Unlock()
	if err := wanted(); err != nil {
		return run.Pace{}, err
	}
	j, err := w.begin(probeJob, "probe")
	if err != nil {
		return run.Pace{}, err
	}
	defer w.drop(j)
	return run.Probe(j.ctx, s, run.Env{
		Device: w.device(w.m.Yield), Encoded: enc, Team: j.team, Now: w.m.Now, Yield: w.m.Yield,
	}, func() error {
		w.m.Yield()
		if err := wanted(); err != nil {
			return err
		}
		return context.Cause(j.ctx)
	})
}

// slowest and fastest are how far a run may be from its pace and still refine it: beyond
// that the machine slept, or was somebody else's.
const (
	fastest = 0.25
	slowest = 4
)

// timed is the sink of a run whose time, if it is whole and was not stopped, refines the
// pace that is kept.
func (j *job) timed(enc *data.Encoded) func(spec.Event) {
	var began time.Time
	whole := true
	return func(e spec.Event) {
		switch e := e.(type) {
		case spec.Started:
			began, whole = j.w.m.Now(), e.FromStep == 0
		case spec.Paused:
			whole = false
		case spec.Done:
			s := j.rec.Spec
			if whole && e.Stopped == "" && s.Compress == "" && e.Card == "" {
				j.w.refine(enc, s, j.w.m.Now().Sub(began).Seconds())
			}
		}
		j.sink(e)
	}
}

// refine brings the pace that is kept to what a run of it took.
func (w *worker) refine(enc *data.Encoded, s spec.Spec, took float64) {
	ctx, fact := context.Background(), w.paceFact(enc, s)
	var pace run.Pace
	if known, err := w.store.Found(ctx, fact, &pace); err != nil || !known {
		return
	}
	told := pace.Seconds(run.WorkOf(enc, s))
	if x := took / told; x > fastest && x < slowest {
		w.remember(fact, pace.Times(x))
	}
}

// remember keeps what was found; the page is told where it can't be.
func (w *worker) remember(fact string, v any) {
	if err := w.store.KeepFound(context.Background(), fact, v); err != nil {
		w.notice(problemOf(err).Code, err.Error())
	}
}
