// Command worker is the program of the Web Worker: it does all the arithmetic and
// all the storing, so that the page only draws. It answers the requests of
// wasm/protocol, one goroutine each, and runs one long job at a time.
//
// Start at worker.go, which dispatches; each of the other files answers a few
// kinds of request. Only the files named _js.go touch the browser, by the Machine
// that machine.go describes, so all else is tested natively.
//
// One thread serves it all. The long jobs let go of it every few milliseconds
// (Machine.Yield), which is when requests are answered.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/wasm/protocol"
	"github.com/clove-ml/clove/wasm/store"
)

// worker is the program.
type worker struct {
	m       Machine
	store   *store.Store
	refused bool // the browser gives no storage: all is in memory
	tab     string

	deleting sync.Mutex // one deletion or undo at a time, in the order they came
	probing  sync.Mutex // one probe at a time, the one that is wanted now

	mu      sync.Mutex
	job     *job                            // in progress, nil none
	files   map[string]dropped              // by SHA-256, as long as the tab lives
	cache   cached                          // the data read last
	wanted  int                             // workers to train with, by the page; 0 it leaves that to us
	known   []measured                      // originals that this tab measured, the newest first
	readers readers                         // models that score
	asked   protocol.Score                  // sentence that the page shows
	builtin *builtin                        // nil where the site has none
	guest   *guest                          // a model that came in a link, nil none
	natives map[string]context.CancelFunc   // runs on the server that are listened to
	sent    map[string]string               // SHA-256 of data that the server has, by its key here
	watched map[string]bool                 // runs opened here that another tab may be training
	waiting map[string]bool                 // locks whose end is waited for
	answers map[string]chan json.RawMessage // of other tabs, by the run asked about
	telling bool                            // a push of the list is under way
	again   bool                            // and another is wanted after it
	weighed time.Time                       // when the memory was looked at
	taken   int64                           // that it was
	bare    int64                           // before anything was read or probed
	settled string                          // identity of the settings described last, which a probe is for

	hello   sync.Once
	reading *reading
	settle  context.CancelCauseFunc // ends the describing of settings that are no longer asked about
}

// newWorker is a worker that keeps its runs in b. A nil b means that the browser
// refused, for the reason given.
func newWorker(m Machine, b store.Backend, reason error) *worker {
	w := &worker{
		m: m, tab: newID(), refused: b == nil, reading: newReading(),
		files: map[string]dropped{}, natives: map[string]context.CancelFunc{}, sent: map[string]string{},
		watched: map[string]bool{}, waiting: map[string]bool{}, answers: map[string]chan json.RawMessage{},
	}
	w.store = store.New(store.NewSpill(b, func(e *store.Error) { w.notice(e.Code, e.Error()) }))
	if b == nil && reason != nil {
		w.notice("storage_refused", reason.Error())
	}
	if _, err := m.Device(nil); err != nil {
		w.notice("no_simd", err.Error())
	}
	return w
}

// device is a new one; that it may not be the fastest was told at the start.
func (w *worker) device(yield func()) tensor.Device {
	d, _ := w.m.Device(yield)
	return d
}

// result of a request: its reply, bytes beside it, and what is done once it is sent.
type result struct {
	body any
	data []byte
	then func()
}

// handlers answer the requests.
var handlers = map[string]func(w *worker, ctx context.Context, body json.RawMessage, file File) (result, error){
	protocol.KindHello:    handler((*worker).welcome),
	protocol.KindDescribe: handler((*worker).describe),
	protocol.KindScore:    handler((*worker).score),
	protocol.KindTrain:    handler((*worker).train),
	protocol.KindControl:  handler((*worker).control),
	protocol.KindCompress: handler((*worker).compress),
	protocol.KindRuns:     handler((*worker).listRuns),
	protocol.KindOpen:     handler((*worker).open),
	protocol.KindDelete:   handler((*worker).remove),
	protocol.KindUndelete: handler((*worker).restore),
	protocol.KindDownload: handler((*worker).download),
	protocol.KindNative:   handler((*worker).native),
	protocol.KindFlips:    handler((*worker).flips),
	protocol.KindOther:    handler((*worker).other),
	protocol.KindShare:    handler((*worker).share),
	protocol.KindGuest:    handler((*worker).invite),
	protocol.KindKeep:     handler((*worker).keepGuest),
	protocol.KindBench:    handler((*worker).bench),

	protocol.KindSensitivity: handler((*worker).sensitivity),
	protocol.KindReality:     handler((*worker).reality),
	protocol.KindCounted:     handler((*worker).counted),
	protocol.KindWeights:     handler((*worker).weights),
	protocol.KindBeside:      handler((*worker).beside),

	protocol.KindImport: func(w *worker, ctx context.Context, body json.RawMessage, file File) (result, error) {
		return handler(func(w *worker, ctx context.Context, q protocol.Import) (result, error) {
			return w.importFile(ctx, q, file)
		})(w, ctx, body, file)
	},
}

func handler[Q any](f func(*worker, context.Context, Q) (result, error)) func(*worker, context.Context, json.RawMessage, File) (result, error) {
	return func(w *worker, ctx context.Context, body json.RawMessage, _ File) (result, error) {
		var q Q
		if len(body) > 0 {
			if err := json.Unmarshal(body, &q); err != nil {
				return result{}, problem("internal", "reading the request: %v", err)
			}
		}
		return f(w, ctx, q)
	}
}

// receive answers a message of the page, in a goroutine of its own.
func (w *worker) receive(text string, file File) {
	var e protocol.Envelope
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		w.notice("internal", "an unreadable message: "+err.Error())
		return
	}
	go func() {
		r, err := w.answer(e, file)
		if err != nil {
			w.m.Post(protocol.Envelope{ID: e.ID, Kind: protocol.KindProblem, Problem: problemOf(err)}, nil)
			return
		}
		w.m.Post(protocol.Envelope{ID: e.ID, Kind: protocol.KindReply, Body: raw(r.body)}, r.data)
		if r.then != nil {
			defer func() {
				if p := recover(); p != nil {
					w.notice("worker_crashed", crash(p))
				}
			}()
			r.then()
		}
	}()
}

// answer is where a panic of a request ends: the request fails, the worker lives.
func (w *worker) answer(e protocol.Envelope, file File) (r result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = problem("worker_crashed", "%s: %s", e.Kind, crash(p))
		}
	}()
	h, ok := handlers[e.Kind]
	if !ok {
		return result{}, problem("internal", "there is no request %q", e.Kind)
	}
	return h(w, context.Background(), e.Body, file)
}

// crash words a panic; the stack goes to the console.
func crash(p any) string {
	fmt.Printf("recovered: %v\n%s\n", p, debug.Stack())
	return fmt.Sprint(p)
}

// crashed makes a problem of a panic. It is itself to be deferred.
func crashed(err *error) {
	if p := recover(); p != nil {
		*err = problem("worker_crashed", "%s", crash(p))
	}
}

func (w *worker) push(kind string, body any) {
	w.m.Post(protocol.Envelope{Kind: kind, Body: raw(body)}, nil)
	w.tellMemory()
}

// tellMemory tells the page how much the program has taken, where that has changed.
func (w *worker) tellMemory() {
	now := w.m.Now()
	w.mu.Lock()
	due := now.Sub(w.weighed) >= memoryTold
	if due {
		w.weighed = now
	}
	w.mu.Unlock()
	if !due {
		return
	}
	taken, _ := w.m.Memory()
	w.mu.Lock()
	changed := taken != w.taken
	w.taken = taken
	w.mu.Unlock()
	if changed {
		w.m.Post(protocol.Envelope{Kind: protocol.KindMemory, Body: raw(protocol.Memory{Bytes: taken})}, nil)
	}
}

// memoryTold is the least time between two words of the memory.
const memoryTold = time.Second

func (w *worker) notice(code, message string) {
	w.push(protocol.KindNotice, protocol.Problem{Code: code, Message: message})
}

func problem(code, format string, args ...any) *protocol.Problem {
	return &protocol.Problem{Code: code, Message: fmt.Sprintf(format, args...)}
}

// problemOf finds the code of an error.
func problemOf(err error) *protocol.Problem {
	var p *protocol.Problem
	var r *run.Error
	var d *data.Error
	var m *model.Error
	var s *store.Error
	var f *spec.FieldError
	code := "internal"
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &d): // often beneath a run's error, which knows less
		return &protocol.Problem{Code: d.Code, Message: err.Error(), Args: []string{d.Where}}
	case errors.As(err, &r):
		code = r.Code
	case errors.As(err, &m):
		code = m.Code
	case errors.As(err, &s):
		code = s.Code
	case errors.As(err, &f):
		return &protocol.Problem{Code: "spec", Message: err.Error(), Args: []string{f.Field, f.Want}}
	case errors.Is(err, store.ErrNotFound):
		code = "not_found"
	case errors.Is(err, run.ErrCancelled), errors.Is(err, context.Canceled):
		code = "cancelled"
	}
	return &protocol.Problem{Code: code, Message: err.Error()}
}

func raw(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain fields always marshal, but for a NaN, which is a programmer's error
	}
	return b
}
