package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sort"
	"sync"
	"time"

	"github.com/clove-ml/clove/engine/run/spec"
)

var (
	errBusy     = errors.New("as many runs as this server does at once are in progress")
	errStopping = errors.New("the server is stopping")
	errTime     = errors.New("the server's time for one run is over")
	errCancel   = fmt.Errorf("cancelled: %w", context.Canceled) // so that the engine calls it that
)

// runs are those in progress and the last ones that ended.
type runs struct {
	options Options
	store   *store
	slots   chan struct{} // holds one for each run in progress
	group   sync.WaitGroup

	mu       sync.Mutex
	byID     map[string]*run
	ended    []string // oldest first
	stopping bool
}

func newRuns(o Options, s *store) *runs {
	return &runs{options: o, store: s, slots: make(chan struct{}, o.MaxRuns), byID: map[string]*run{}}
}

// run is one of them.
type run struct {
	id   string
	spec spec.Spec
	data string // SHA-256 of the upload it reads, "" none
	stop context.CancelCauseFunc
	ctx  context.Context

	mu         sync.Mutex
	log        journal
	over       bool
	model      []byte // nil: none yet, or it failed
	checkpoint []byte
	changed    chan struct{} // closed at the next change
}

// get finds a run.
func (rs *runs) get(id string) (*run, bool) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r, ok := rs.byID[id]
	return r, ok
}

// begin starts a run, if there is a slot for it.
func (rs *runs) begin(s spec.Spec, data string, encoded []byte) (*run, error) {
	select {
	case rs.slots <- struct{}{}:
	default:
		return nil, errBusy
	}
	r := newRun(newID(), s, data)
	if err := rs.add(r); err != nil {
		<-rs.slots
		return nil, err
	}
	go rs.work(r, encoded)
	return r, nil
}

func newRun(id string, s spec.Spec, data string) *run {
	r := &run{id: id, spec: s, data: data, changed: make(chan struct{})}
	r.ctx, r.stop = context.WithCancelCause(context.Background())
	return r
}

func newID() string {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

func (rs *runs) add(r *run) error {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if rs.stopping {
		return errStopping
	}
	rs.byID[r.id] = r
	rs.group.Add(1)
	return nil
}

// work trains in the slot that the caller took, and gives it back.
func (rs *runs) work(r *run, encoded []byte) {
	defer rs.group.Done()
	defer func() { <-rs.slots }()
	ctx, done := context.WithTimeoutCause(r.ctx, rs.options.MaxRunTime, errTime)
	defer done()
	log := rs.options.Log.With("run", r.id, "spec", r.spec.Name, "source", r.spec.Data.Source)
	log.Info("run begins", "from_checkpoint", r.checkpoint != nil)
	began := time.Now()
	model, err := rs.train(ctx, r, encoded)
	kept := errors.Is(context.Cause(ctx), errStopping)
	if kept {
		log.Info("run stops with the server", "checkpoint", r.checkpoint != nil)
	} else if err != nil {
		log.Warn("run failed", "error", err, "seconds", time.Since(began).Seconds())
		rs.store.forget(r.id)
	} else {
		log.Info("run done", "seconds", time.Since(began).Seconds())
		rs.store.forget(r.id)
	}
	r.end(model, err, kept)
	rs.retire(r)
}

// train calls the engine; a panic in it ends this run, not the server.
func (rs *runs) train(ctx context.Context, r *run, encoded []byte) (model []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("internal error: %v", p)
		}
	}()
	return rs.options.Engine.Train(ctx, Job{
		ID: r.id, Spec: r.spec, Encoded: encoded, Checkpoint: r.checkpoint,
		Keep: func(b []byte) error {
			r.mu.Lock()
			r.checkpoint = b
			r.mu.Unlock()
			return rs.store.keep(r)
		},
		Sink: func(e spec.Event) {
			if _, failed := e.(spec.Failed); failed && errors.Is(context.Cause(ctx), errStopping) {
				return // it goes on when the server is there again
			}
			r.tell(e)
		},
	})
}

// retire lets the oldest ended runs go.
func (rs *runs) retire(r *run) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	rs.ended = append(rs.ended, r.id)
	for len(rs.ended) > rs.options.MaxKept {
		delete(rs.byID, rs.ended[0])
		rs.ended = rs.ended[1:]
	}
}

// resume goes on with what an earlier server stopped, as slots become free.
func (rs *runs) resume() {
	for _, j := range rs.store.stopped(rs.options.Log) {
		r := newRun(j.ID, j.Spec, j.Data)
		r.log, r.checkpoint = j.journal(), j.checkpoint
		var encoded []byte
		if r.data != "" {
			var err error
			if encoded, err = rs.store.read(r.data); err != nil {
				rs.options.Log.Warn("a stopped run's data is gone", "run", r.id, "error", err)
				rs.store.forget(r.id)
				continue
			}
		}
		if rs.add(r) != nil {
			return
		}
		go func() {
			select {
			case rs.slots <- struct{}{}:
				rs.work(r, encoded)
			case <-r.ctx.Done():
				r.end(nil, context.Cause(r.ctx), errors.Is(context.Cause(r.ctx), errStopping))
				rs.group.Done()
			}
		}()
	}
}

// stop ends all runs, waiting for their checkpoints as long as grace allows.
func (rs *runs) stop() error {
	rs.mu.Lock()
	rs.stopping = true
	for _, r := range rs.byID {
		r.stop(errStopping)
	}
	rs.mu.Unlock()
	done := make(chan struct{})
	go func() { rs.group.Wait(); close(done) }()
	select {
	case <-done:
		return rs.store.close()
	case <-time.After(rs.options.GracePeriod):
		return fmt.Errorf("a run did not stop within %s; it goes on from its last checkpoint", rs.options.GracePeriod)
	}
}

// tell adds an event.
func (r *run) tell(e spec.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log.add(e)
	r.change()
}

func (r *run) change() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// end closes the run. kept means that it goes on when the server is there again.
func (r *run) end(model []byte, err error, kept bool) {
	r.stop(nil)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !kept && !r.log.closed() {
		if err == nil {
			err = errors.New("the engine ended without a word")
		}
		code := "internal"
		if errors.Is(err, errCancel) || errors.Is(err, context.Canceled) {
			code = "cancelled"
		}
		r.log.add(spec.Failed{Code: code, Message: err.Error()})
	}
	r.over, r.model, r.checkpoint = true, model, nil
	r.change()
}

// since gives the events after id, whether they are the last, and what tells of more.
func (r *run) since(id int) ([]entry, bool, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.after(id), r.over, r.changed
}

// journal is a run's events, numbered from 1. A long run's oldest steps are
// thinned out, so that it stays short; numbers stay what they were.
type journal struct {
	entries []entry
	last    int
}

type entry struct {
	ID   int    `json:"id"`
	Kind string `json:"kind"`
	Line string `json:"line"` // as spec.Encode writes it
}

// journalSize is how many events a journal holds at most, if most of them are steps.
const journalSize = 4096

func (j *journal) add(e spec.Event) {
	j.last++
	j.entries = append(j.entries, entry{j.last, e.Kind(), string(spec.Encode(e))})
	if len(j.entries) > journalSize {
		j.thin()
	}
}

// thin drops every second step of the older half.
func (j *journal) thin() {
	kept, steps := j.entries[:0:0], 0
	for i, e := range j.entries {
		if i < len(j.entries)/2 && e.Kind == "step" {
			if steps++; steps%2 == 0 {
				continue
			}
		}
		kept = append(kept, e)
	}
	j.entries = kept
}

func (j *journal) after(id int) []entry {
	i := sort.Search(len(j.entries), func(i int) bool { return j.entries[i].ID > id })
	return append([]entry(nil), j.entries[i:]...)
}

// closed tells whether the last word is spoken.
func (j *journal) closed() bool {
	if len(j.entries) == 0 {
		return false
	}
	kind := j.entries[len(j.entries)-1].Kind
	return kind == "done" || kind == "failed"
}
