package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/train"
	"github.com/clove-ml/clove/wasm/protocol"
	"github.com/clove-ml/clove/wasm/store"
)

// job is the long work in progress: a training, a compression, a measurement or a probe.
// There is one at a time.
type job struct {
	w       *worker
	id      string // of its run; protocol.BenchRun, probeJob
	kind    string // train, compress, bench or probe
	control *run.Control
	ctx     context.Context
	stop    context.CancelCauseFunc
	team    *train.Team   // of helpers; nil where there is one core
	release func()        // of the run's lock
	over    chan struct{} // closed at the end

	mu    sync.Mutex
	ready bool      // rec and log are those of the run
	rec   store.Run // as it will be kept next
	log   *eventLog
	last  spec.Event   // done, failed or compressed: told once all is kept
	more  []spec.Event // told just before it

	// Of the goroutine that trains alone.
	kept      time.Time // when the last checkpoint was kept
	evaluated bool      // since the sentence was last scored
	scored    time.Time
}

// prepared makes what is known of the run visible to the list.
func (j *job) prepared(rec store.Run, log *eventLog) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.rec, j.log, j.ready = rec, log, true
}

// begin takes the place of the one job, and the lock of its run.
func (w *worker) begin(id, kind string) (*job, error) {
	j := &job{w: w, id: id, kind: kind, control: run.NewControl(), team: w.team(), over: make(chan struct{}), release: func() {}}
	j.ctx, j.stop = context.WithCancelCause(context.Background())
	var other *job
	for {
		w.mu.Lock()
		if other = w.job; other == nil {
			w.job = j
		}
		w.mu.Unlock()
		if other == nil || !other.givesWay(kind) {
			break
		}
		other.cancel()
		<-other.over
	}
	if other != nil {
		return nil, &protocol.Problem{Code: "busy", Message: "a run is in progress in this tab: wait for it or cancel it", Args: []string{other.id}}
	}
	if kind == "probe" { // a lock that was just let go of may not be had again at once
		return j, nil
	}
	release, ok := w.m.Lock(lockName(id))
	if !ok {
		w.drop(j)
		return nil, &protocol.Problem{Code: "owned", Message: "another tab is at work on this run", Args: []string{id}}
	}
	j.release = release
	return j, nil
}

// givesWay says whether a job ends where one of that kind wants its place: what a person
// wants made goes before what is measured, and a measurement before a probe.
func (j *job) givesWay(kind string) bool {
	return j.kind == "probe" && kind != "probe" || j.kind == "bench" && (kind == "train" || kind == "compress")
}

// team is helpers for a job: as many as the page wants, else one for each core of two or
// four. It may be that the page, or other programs, need a core themselves: then fewer
// prove fastest, and fewer are used.
func (w *worker) team() *train.Team {
	w.mu.Lock()
	workers := w.wanted
	w.mu.Unlock()
	fixed := workers > 0
	if !fixed {
		workers = min(w.m.Cores(), train.Shards)
	}
	return train.NewTeam(w.m.Helpers(), workers, fixed, w.m.Now)
}

// drop makes place for the next job.
func (w *worker) drop(j *job) {
	w.mu.Lock()
	if w.job == j {
		w.job = nil
	}
	w.mu.Unlock()
	j.stop(nil)
	j.team.Close()
	j.release()
	close(j.over)
}

// do runs f, which is the job's work, to its end: what came of it is kept first, then told.
func (j *job) do(f func(ctx context.Context) (store.Change, error)) {
	change, err := func() (_ store.Change, err error) {
		defer crashed(&err)
		return f(j.ctx)
	}()
	ctx := context.WithoutCancel(j.ctx) // what is there is kept, whatever ended it
	j.mu.Lock()
	last := j.last
	j.mu.Unlock()
	if _, failed := last.(spec.Failed); err != nil && !failed {
		p := problemOf(err)
		last = spec.Failed{Code: p.Code, Message: p.Message}
	}
	if j.kind == "train" {
		j.note(last)
		j.mu.Lock()
		j.log.add(last, spec.Encode(last))
		j.mu.Unlock()
	}
	if err := j.keep(ctx, change); err != nil {
		j.w.notice("storage_refused", err.Error())
	}
	for _, v := range change.Variants {
		j.w.forget(v.ID)
	}
	j.w.forget(j.id)
	j.w.drop(j)
	for _, e := range append(j.more, last) {
		j.tell(e)
	}
	j.w.changed()
}

// cancel ends the job, also while it still reads its texts.
func (j *job) cancel() {
	j.control.Cancel()
	j.stop(run.ErrCancelled)
}

// sink takes an event of the engine.
func (j *job) sink(e spec.Event) {
	switch e := e.(type) {
	case spec.Done, spec.Failed:
		j.mu.Lock()
		j.last = e
		j.mu.Unlock()
		return
	case spec.Compressed:
		return // has an id of its own once its model is kept
	case spec.Started:
		j.mu.Lock()
		j.log.rewind(e.FromStep)
		j.mu.Unlock()
	case spec.Evaluated, spec.Epoch:
		j.evaluated = true
	}
	j.mu.Lock()
	j.log.add(e, spec.Encode(e))
	j.mu.Unlock()
	if j.note(e) {
		j.w.changed()
	}
	j.tell(e)
}

// tell pushes an event to the page and to the tabs that watch.
func (j *job) tell(e spec.Event) {
	line := spec.Encode(e)
	j.w.push(protocol.KindRunEvent, protocol.RunEvent{Run: j.id, Event: line})
	j.w.say(word{Kind: "event", Run: j.id, Body: line})
}

// note brings the summary up to date; true says that the list should be told.
func (j *job) note(e spec.Event) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := &j.rec.Summary
	switch e := e.(type) {
	case spec.Started:
		s.State, s.Steps, s.Step = "training", e.Steps, e.FromStep
		s.FileBytes = e.Facts.FileBytes
		j.rec.Facts = e.Facts
		return true
	case spec.Step:
		s.Step = e.Step
	case spec.Evaluated:
		s.Accuracy = e.Validation.Accuracy
	case spec.Epoch:
		s.Epoch, s.Accuracy = e.Epoch, e.Validation.Accuracy
		return true
	case spec.Paused:
		s.State = "paused"
		return true
	case spec.Resumed:
		s.State = "training"
		return true
	case spec.Done:
		s.State, s.Accuracy, s.Step = "done", e.Test.Accuracy, e.Step
	case spec.Failed:
		s.State = "failed"
		if e.Code == "cancelled" {
			s.State = "stopped"
		}
	}
	return false
}

// summary is how the run stands; false before it is prepared.
func (j *job) summary() (protocol.RunSummary, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.ready {
		return protocol.RunSummary{}, false
	}
	s := j.rec.Summary
	if j.kind == "train" {
		s.Curve = j.log.curve(40)
	}
	s.Owner = "here"
	return s, true
}

// keep saves the run as it stands, with what changed, in one transaction.
func (j *job) keep(ctx context.Context, c store.Change) error {
	j.mu.Lock()
	rec := j.rec
	if j.kind == "train" {
		rec.Summary.Curve = j.log.curve(40)
		c.Events = j.log.lines()
	}
	j.mu.Unlock()
	if err := j.w.store.Save(ctx, &rec, c); err != nil {
		return err
	}
	j.mu.Lock()
	j.rec.Sizes, j.rec.Variants = rec.Sizes, rec.Variants
	j.rec.Summary.Stored, j.rec.Summary.Variants = rec.Summary.Stored, rec.Summary.Variants
	j.mu.Unlock()
	return nil
}

// running is the run in progress as a tab that opens it now should see it.
func (w *worker) running(id string) (protocol.Opened, bool) {
	w.mu.Lock()
	j := w.job
	w.mu.Unlock()
	if j == nil || j.id != id || j.kind != "train" {
		return protocol.Opened{}, false
	}
	sum, ready := j.summary()
	if !ready {
		return protocol.Opened{}, false
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return protocol.Opened{Summary: sum, Spec: j.rec.Spec, Facts: j.rec.Facts, Events: j.log.lines(), From: j.rec.From, NeedFile: j.rec.NeedFile}, true
}

// env is what the engine finds in a worker. Each job has a device of its own: in
// the midst of a kernel of one, another may be asked.
func (j *job) env() run.Env {
	return run.Env{
		Device: j.w.device(j.w.m.Yield), Team: j.team,
		Control: j.control, RunID: j.id, Now: j.w.m.Now, Yield: j.w.m.Yield,
	}
}

func (w *worker) control(_ context.Context, q protocol.Control) (result, error) {
	w.mu.Lock()
	j, native := w.job, w.natives[q.Run]
	w.mu.Unlock()
	if native != nil && q.Do == "cancel" {
		native()
		return result{}, nil
	}
	if j == nil || j.id != q.Run {
		return result{}, problem("not_found", "the run %s is not in progress in this tab", q.Run)
	}
	switch q.Do {
	case "pause":
		j.control.Pause()
	case "step":
		j.control.Step()
	case "resume":
		j.control.Resume()
	case "cancel":
		j.cancel()
	default:
		return result{}, problem("internal", "a run can't be told to %q", q.Do)
	}
	return result{}, nil
}

// describeRun is what a run is called where nobody words it.
func describeRun(r store.Run) string {
	name := r.Spec.Data.Source
	if r.File != "" {
		name = r.File
	}
	return fmt.Sprintf("%s · LSTM %d → %d", name, r.Spec.Model.Embedding, r.Spec.Model.Hidden)
}
