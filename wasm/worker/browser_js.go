//go:build js && wasm

package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync"
	"syscall/js"
	"time"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/train"
	"github.com/clove-ml/clove/wasm/kernels"
	"github.com/clove-ml/clove/wasm/protocol"
	"github.com/clove-ml/clove/webgpu"
)

// browser is the Machine, by the functions that static/worker.js puts on clove.
// Each of them calls back at most once and never throws.
type browser struct {
	clove js.Value
	wire  *helpers
	card  *webgpu.Device // that jobs fork; nil none

	mu      sync.Mutex
	waiting []chan struct{} // for their turn, in order
	last    time.Time       // when messages were let in
}

var _ Machine = (*browser)(nil)

// turn is how long a job may keep the thread.
const turn = 8 * time.Millisecond

var uint8Array = js.Global().Get("Uint8Array")

func newBrowser(clove js.Value) *browser {
	b := &browser{clove: clove, wire: newHelpers(clove), last: time.Now()}
	clove.Call("onTick", js.FuncOf(func(js.Value, []js.Value) any {
		b.mu.Lock()
		first := b.waiting[0]
		b.waiting = b.waiting[1:]
		b.mu.Unlock()
		close(first)
		return nil
	}))
	return b
}

// Yield implements Machine: a round trip through a MessageChannel, the quickest
// there is (0.012 ms), which comes back after the messages that wait already.
func (b *browser) Yield() {
	if time.Since(b.last) < turn {
		return
	}
	mine := make(chan struct{})
	b.mu.Lock()
	b.waiting = append(b.waiting, mine)
	b.mu.Unlock()
	b.clove.Call("tick")
	<-mine
	b.last = time.Now()
}

// Now implements Machine.
func (b *browser) Now() time.Time { return time.Now() }

// Device implements Machine.
func (b *browser) Device(yield func()) (tensor.Device, error) {
	d, err := kernels.New(yield)
	if err != nil {
		return tensor.Generic(tensor.GenericOptions{Yield: yield}), err
	}
	return d, nil
}

// Cores implements Machine.
func (b *browser) Cores() int { return b.clove.Get("cores").Int() }

// mostMemory is what a program of 32-bit addresses can have.
const mostMemory = 4 << 30

// Memory implements Machine. Device memory is told in GB, rounded, 8 at most.
func (b *browser) Memory() (taken, most int64) {
	most = mostMemory
	if gb := b.clove.Get("deviceMemory").Float(); gb > 0 {
		most = min(most, int64(gb*(1<<30)))
	}
	return int64(b.clove.Call("memory").Float()), most
}

// Helpers implements Machine.
func (b *browser) Helpers() train.Wire { return b.wire }

// Post implements Machine.
func (b *browser) Post(e protocol.Envelope, data []byte) {
	text := string(raw(e))
	if data == nil {
		b.clove.Call("post", text)
		return
	}
	b.clove.Call("post", text, toJS(data).Get("buffer"))
}

// Asset implements Machine.
func (b *browser) Asset(name string) string {
	v := b.clove.Get("assets").Get(name)
	if v.Type() != js.TypeString {
		return ""
	}
	return v.String()
}

// call has f of clove call back, and gives what it called back with.
func (b *browser) call(f string, args ...any) []js.Value {
	answer := make(chan []js.Value, 1)
	back := js.FuncOf(func(_ js.Value, args []js.Value) any {
		answer <- args
		return nil
	})
	defer back.Release()
	b.clove.Call(f, append(args, back)...)
	return <-answer
}

// Fetch implements Machine.
func (b *browser) Fetch(ctx context.Context, method, url, contentType string, body []byte) (*Response, error) {
	sent := js.Null()
	if body != nil {
		sent = toJS(body)
	}
	answer := make(chan []js.Value, 1)
	back := js.FuncOf(func(_ js.Value, args []js.Value) any {
		answer <- args
		return nil
	})
	abort := b.clove.Call("fetch", method, url, contentType, sent, back)
	var args []js.Value
	select {
	case args = <-answer:
		back.Release()
	case <-ctx.Done():
		abort.Invoke()
		go func() { <-answer; back.Release() }()
		return nil, context.Cause(ctx)
	}
	if args[0].IsNull() {
		return nil, errors.New(args[1].String())
	}
	stop := context.AfterFunc(ctx, func() { abort.Invoke() })
	return &Response{Status: args[0].Get("status").Int(), Body: &pieces{b: b, response: args[0], abort: abort, stop: stop}}, nil
}

// pieces are a response's body, read as its pieces come.
type pieces struct {
	b        *browser
	response js.Value
	abort    js.Value
	stop     func() bool
	piece    []byte
	err      error
}

func (r *pieces) Read(p []byte) (int, error) {
	for len(r.piece) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		args := r.b.call("read", r.response)
		switch {
		case args[1].String() != "":
			r.err = errors.New(args[1].String())
		case args[0].IsNull():
			r.err = io.EOF
		default:
			r.piece = toGo(args[0])
		}
	}
	n := copy(p, r.piece)
	r.piece = r.piece[n:]
	return n, nil
}

func (r *pieces) Close() error {
	r.stop()
	if r.err == nil {
		r.abort.Invoke() // nobody wants the rest
	}
	return nil
}

// Lock implements Machine.
func (b *browser) Lock(name string) (release func(), ok bool) {
	give := b.call("lock", name)[0]
	if give.IsNull() {
		return nil, false
	}
	return func() { give.Invoke() }, true
}

// Freed implements Machine.
func (b *browser) Freed(name string, then func()) {
	go func() {
		b.call("freed", name)
		then()
	}()
}

// Held implements Machine.
func (b *browser) Held() map[string]bool {
	held := map[string]bool{}
	for _, name := range strings.Split(b.call("held")[0].String(), "\n") {
		held[name] = true
	}
	return held
}

// Broadcast implements Machine.
func (b *browser) Broadcast(message []byte) { b.clove.Call("broadcast", string(message)) }

// Storage implements Machine.
func (b *browser) Storage() (persisted bool, used, quota int64) {
	var s struct {
		Persisted    bool
		Usage, Quota float64
	}
	if json.Unmarshal([]byte(b.call("storage")[0].String()), &s) != nil {
		return false, 0, 0
	}
	return s.Persisted, int64(s.Usage), int64(s.Quota)
}

func toJS(b []byte) js.Value {
	v := uint8Array.New(len(b))
	js.CopyBytesToJS(v, b)
	return v
}

func toGo(v js.Value) []byte {
	b := make([]byte, v.Get("length").Int())
	js.CopyBytesToGo(b, v)
	return b
}

// Card implements Machine. The tab keeps one open, as long as it isn't lost: to compile all
// kernels takes a while. Each job has memory of its own on it.
func (b *browser) Card(ctx context.Context) (tensor.Device, string, error) {
	if b.card == nil || b.card.Lost() != nil {
		card, err := webgpu.Open(ctx, webgpu.Options{})
		if err != nil {
			return nil, "", err
		}
		b.card = card
	}
	return b.card.Fork(), cardName(b.card.Info()), nil
}

// Reads implements Machine.
func (b *browser) Reads(ctx context.Context, dev tensor.Device, m *model.Model) (func([][]int32) ([]float32, error), error) {
	r, err := webgpu.NewReader(ctx, dev.(*webgpu.Device), m)
	if err != nil {
		return nil, err
	}
	return r.Logits, nil
}

// HasCard implements Machine.
func (b *browser) HasCard(ctx context.Context) protocol.Card {
	info, err := webgpu.Ask(ctx, webgpu.Options{})
	if err != nil {
		p := &protocol.Problem{Code: tensor.LostNone, Message: err.Error()}
		if lost, ok := tensor.AsLost(err); ok {
			p.Code, p.Message = lost.Code, lost.Message
		}
		return protocol.Card{Problem: p}
	}
	return protocol.Card{Name: cardName(info), Slow: info.Fallback}
}

// cardName is what browsers tell of a card, as much as there is.
func cardName(i webgpu.Info) string {
	if i.Description != "" {
		return i.Description
	}
	name := strings.TrimSpace(i.Vendor + " " + i.Architecture)
	if name == "" {
		return webgpu.Name
	}
	return name
}
