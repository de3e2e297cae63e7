package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/train"
	"github.com/clove-ml/clove/wasm/protocol"
	"github.com/clove-ml/clove/wasm/store"
)

// browserless is what tabs share: storage, locks, a broadcast channel and a server.
type browserless struct {
	mu    sync.Mutex
	kept  store.Backend
	slow  error // why there is only the generic device
	locks map[string]*tab
	free  map[string][]func()
	tabs  []*tab
	serve func(method, url string, body []byte) (int, io.Reader) // nil: nobody answers
}

func newBrowserless() *browserless {
	return &browserless{kept: store.NewMemory(), locks: map[string]*tab{}, free: map[string][]func(){}}
}

// tab is a Machine with its worker and what the worker posted.
type tab struct {
	*browserless
	t      *testing.T
	w      *worker
	assets map[string]string
	wire   *room // to helpers, where there are some

	posted  []posted
	arrived *sync.Cond
	asked   int
	taken   int64 // bytes, and the most
	most    int64
	hurry   time.Time     // not zero: a clock that moves on by a second whenever it is read
	hold    chan struct{} // not nil: the run waits here at its first step
	card    tensor.Device // the graphics card; nil none
}

type posted struct {
	protocol.Envelope
	data []byte
}

func (b *browserless) open(t *testing.T) *tab {
	x := &tab{browserless: b, t: t, assets: map[string]string{}}
	x.arrived = sync.NewCond(&b.mu)
	x.w = newWorker(x, b.kept, nil)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tabs = append(b.tabs, x)
	return x
}

// kill ends a tab as a browser does: its locks are free, its words unheard. The
// goroutines of its worker go on in the test, but reach nothing any more.
func (x *tab) kill() {
	x.mu.Lock()
	var calls []func()
	for name, owner := range x.locks {
		if owner == x {
			delete(x.locks, name)
			calls = append(calls, x.free[name]...)
			delete(x.free, name)
		}
	}
	for i, other := range x.tabs {
		if other == x {
			x.tabs = append(x.tabs[:i:i], x.tabs[i+1:]...)
			break
		}
	}
	x.mu.Unlock()
	for _, f := range calls {
		go f()
	}
}

func (x *tab) Post(e protocol.Envelope, data []byte) {
	x.mu.Lock()
	x.posted = append(x.posted, posted{e, data})
	x.arrived.Broadcast()
	hold := x.hold
	if hold != nil && e.Kind == protocol.KindRunEvent && strings.Contains(string(e.Body), `"event":"step"`) {
		x.hold = nil
	} else {
		hold = nil
	}
	x.mu.Unlock()
	if hold != nil {
		<-hold
	}
}

// begun starts a run and gives it once it has told its first step, at which it
// waits until release: a test on a slow machine finds it where it was.
func (x *tab) begun(s spec.Spec) (id string, release func()) {
	x.t.Helper()
	hold := make(chan struct{})
	x.mu.Lock()
	x.hold = hold
	x.mu.Unlock()
	id = ask[protocol.Run](x, protocol.KindTrain, protocol.Train{Spec: s}).Run
	event[spec.Step](x, id)
	return id, func() { close(hold) }
}

func (x *tab) Fetch(ctx context.Context, method, url, _ string, body []byte) (*Response, error) {
	if text, ok := x.assets[strings.TrimPrefix(url, "a/")]; ok {
		return &Response{Status: 200, Body: io.NopCloser(strings.NewReader(text))}, nil
	}
	if x.serve == nil {
		return nil, errors.New("nobody answers")
	}
	status, r := x.serve(method, url, body)
	if r == nil { // it is slow
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	return &Response{Status: status, Body: io.NopCloser(r)}, nil
}

func (x *tab) Asset(name string) string {
	if _, ok := x.assets[name]; ok {
		return "a/" + name
	}
	return ""
}

func (x *tab) Memory() (taken, most int64) { return x.taken, x.most }
func (x *tab) Yield()                      { runtime.Gosched() }
func (x *tab) Now() time.Time {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.hurry.IsZero() {
		return time.Now()
	}
	x.hurry = x.hurry.Add(time.Second)
	return x.hurry
}

func (x *tab) Device(yield func()) (tensor.Device, error) {
	x.mu.Lock()
	hurry := !x.hurry.IsZero()
	x.mu.Unlock()
	if hurry {
		return tensor.Best(tensor.GenericOptions{Yield: yield}), nil
	}
	return tensor.Generic(tensor.GenericOptions{Yield: yield}), x.slow
}

func (x *tab) Card(context.Context) (tensor.Device, string, error) {
	if x.card == nil {
		return nil, "", &tensor.Lost{Device: "gpu", Code: tensor.LostNone, Message: "this test has none"}
	}
	return x.card, "a card", nil
}

func (x *tab) Reads(context.Context, tensor.Device, *model.Model) (func([][]int32) ([]float32, error), error) {
	return nil, errors.New("this card does not answer")
}

func (x *tab) HasCard(ctx context.Context) protocol.Card {
	if d, name, err := x.Card(ctx); err == nil {
		return protocol.Card{Name: name, Slow: d == nil}
	}
	return protocol.Card{Problem: &protocol.Problem{Code: tensor.LostNone}}
}

func (x *tab) Cores() int          { return 1 }
func (x *tab) Helpers() train.Wire { return x.wire }

func (x *tab) Lock(name string) (func(), bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.locks[name] != nil {
		return nil, false
	}
	x.locks[name] = x
	return func() {
		x.mu.Lock()
		calls := x.free[name]
		if x.locks[name] == x {
			delete(x.locks, name)
			delete(x.free, name)
		} else {
			calls = nil
		}
		x.mu.Unlock()
		for _, f := range calls {
			go f()
		}
	}, true
}

func (x *tab) Freed(name string, then func()) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.locks[name] == nil {
		go then()
		return
	}
	x.free[name] = append(x.free[name], then)
}

func (x *tab) Held() map[string]bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	held := map[string]bool{}
	for name := range x.locks {
		held[name] = true
	}
	return held
}

func (x *tab) Broadcast(message []byte) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, other := range x.tabs {
		if other != x {
			go other.w.heard(message)
		}
	}
}

func (x *tab) Storage() (bool, int64, int64) { return true, 10, 100 }

// send asks the worker and waits for its reply.
func (x *tab) send(kind string, body any, file File) posted {
	x.t.Helper()
	x.mu.Lock()
	x.asked++
	id := x.asked
	x.mu.Unlock()
	b, err := json.Marshal(protocol.Envelope{ID: id, Kind: kind, Body: raw(body)})
	if err != nil {
		x.t.Fatal(err)
	}
	x.w.receive(string(b), file)
	return x.until("the reply to "+kind, func(p posted) bool { return p.ID == id })
}

// ask is send for a reply of type R.
func ask[R any](x *tab, kind string, body any, file ...File) R {
	x.t.Helper()
	var f File
	if len(file) > 0 {
		f = file[0]
	}
	p := x.send(kind, body, f)
	if p.Problem != nil {
		x.t.Fatalf("%s: %s: %s", kind, p.Problem.Code, p.Problem.Message)
	}
	var r R
	if len(p.Body) > 0 {
		if err := json.Unmarshal(p.Body, &r); err != nil {
			x.t.Fatal(err)
		}
	}
	return r
}

// refused is the code of the problem that a request must meet.
func (x *tab) refused(kind string, body any, file File) string {
	x.t.Helper()
	p := x.send(kind, body, file)
	if p.Problem == nil {
		x.t.Fatalf("%s was not refused: %s", kind, p.Body)
	}
	return p.Problem.Code
}

// until waits for a message, however long that takes: go test has the bound.
func (x *tab) until(what string, is func(posted) bool) posted {
	x.t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	for at := 0; ; {
		for ; at < len(x.posted); at++ {
			if is(x.posted[at]) {
				return x.posted[at]
			}
		}
		x.arrived.Wait()
	}
}

// event waits for an event of a run of type E.
func event[E spec.Event](x *tab, id string) E {
	x.t.Helper()
	var want, got E
	x.until(want.Kind(), func(p posted) bool {
		var r protocol.RunEvent
		if p.Kind != protocol.KindRunEvent || json.Unmarshal(p.Body, &r) != nil || r.Run != id {
			return false
		}
		e, err := spec.Decode(r.Event)
		if err != nil {
			x.t.Errorf("an event can't be read: %v", err)
		}
		if f, ok := e.(spec.Failed); ok && want.Kind() != "failed" {
			x.t.Errorf("the run failed: %s: %s", f.Code, f.Message)
			return true
		}
		if e.Kind() != want.Kind() {
			return false
		}
		got = e.(E)
		return true
	})
	if x.t.Failed() {
		x.t.FailNow()
	}
	return got
}

// smaller waits for a variant that is no original.
func (x *tab) smaller(id string) (v spec.Variant) {
	x.t.Helper()
	x.until("a smaller variant", func(p posted) bool {
		var r protocol.RunEvent
		if p.Kind != protocol.KindRunEvent || json.Unmarshal(p.Body, &r) != nil || r.Run != id {
			return false
		}
		e, err := spec.Decode(r.Event)
		c, ok := e.(spec.Compressed)
		v = c.Variant
		return err == nil && ok && v.Pipeline != ""
	})
	return v
}

// forget has until wait for what comes from now on.
func (x *tab) forget() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.posted = nil
}

func file(text string) File { return bytes.NewReader([]byte(text)) }
