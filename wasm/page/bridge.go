//go:build js && wasm

package main

import (
	"encoding/json"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"syscall/js"

	"github.com/clove-ml/clove/app"
	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/wasm/protocol"
)

// apart is the shortest time between two drawings of what streams in: ten a second.
const apart = 100 // ms

// mostCrashes is how often the worker is started without one answer.
const mostCrashes = 4

// bridge speaks with the worker and the browser for the board.
type bridge struct {
	tell   func(...app.Msg)
	worker js.Value
	next   int              // id of the next request
	asked  map[int]app.Send // requests without an answer yet
	files  map[int]js.Value // chosen files by handle
	first  string           // the sentence that was there before the program

	waiting   []app.Msg // told at the next flush
	timer     bool      // a flush is on its way
	last      float64   // when the last was
	crashes   int       // since the worker last answered
	composing bool      // an input method owns the sentence
	later     js.Func   // flushes
	keep      []js.Func // for as long as the page lives

	sight      js.Value // tells which cells of a room come into sight
	persisting bool     // the browser was asked to keep what is stored
	copying    bool     // the copy for offline use was begun
}

func newBridge(said string) *bridge {
	return &bridge{asked: map[int]app.Send{}, files: map[int]js.Value{}, first: said}
}

// Start begins the worker and listens to the document.
func (b *bridge) Start(tell func(...app.Msg)) {
	b.tell = tell
	debug.SetGCPercent(400)                                // a page's heap is small: rarer pauses cost a few megabytes
	js.Global().Get("performance").Call("mark", "mounted") // e2e/budget.test.mjs
	b.listen()
	b.host()
	b.wake()
}

func (b *bridge) fn(f func(args []js.Value) any) js.Func {
	fn := js.FuncOf(func(_ js.Value, args []js.Value) (result any) {
		defer func() { // one handler's mistake must not end the page
			if err := recover(); err != nil {
				js.Global().Get("console").Call("error", fmt.Sprint(err))
			}
		}()
		return f(args)
	})
	b.keep = append(b.keep, fn)
	return fn
}

// wake starts a worker and asks what is there.
func (b *bridge) wake() {
	b.worker = js.Global().Get("Worker").New(js.Global().Get("cloveWorkerURL"))
	mine := b.worker
	b.worker.Call("addEventListener", "message", b.fn(func(args []js.Value) any {
		if mine.Equal(b.worker) {
			b.receive(args[0].Get("data"))
		}
		return nil
	}))
	b.worker.Call("addEventListener", "error", b.fn(func(args []js.Value) any {
		if mine.Equal(b.worker) {
			b.crashed(text(args[0].Get("message")))
		}
		return nil
	}))
	b.queue(app.Woken{}, true)
}

func text(v js.Value) string {
	if v.Type() == js.TypeString {
		return v.String()
	}
	return ""
}

// receive takes a message of the worker.
func (b *bridge) receive(data js.Value) {
	var e protocol.Envelope
	if err := json.Unmarshal([]byte(text(data.Get("json"))), &e); err != nil {
		b.crashed("reading a message of the worker: " + err.Error())
		return
	}
	if e.Kind == protocol.KindCrashed {
		why := ""
		if e.Problem != nil {
			why = e.Problem.Message
		}
		b.crashed(why)
		return
	}
	if e.ID == 0 {
		b.queue(app.Push{Envelope: e}, !streams[e.Kind])
		return
	}
	send, ok := b.asked[e.ID]
	if !ok {
		return
	}
	delete(b.asked, e.ID)
	b.crashes = 0
	if !b.copying {
		b.copying = true
		b.offline("begin") // not before what the first sight needs is here
	}
	b.queue(app.Reply{To: send, Body: e.Body, Data: data.Get("data"), Wrong: e.Problem}, true)
}

// streams are the pushes that come thick and may wait for the next drawing.
var streams = map[string]bool{
	protocol.KindRunEvent: true, protocol.KindNativeEvent: true, protocol.KindLive: true, protocol.KindReading: true,
}

// queue tells the board soon: at once when a person waits for it, else so that
// drawings are apart. What has been told stays in order.
func (b *bridge) queue(m app.Msg, now bool) {
	b.waiting = append(b.waiting, m)
	since := js.Global().Get("performance").Call("now").Float() - b.last
	if now || since >= apart {
		b.flush()
		return
	}
	if !b.timer {
		b.timer = true
		js.Global().Call("setTimeout", b.flushLater(), apart-since)
	}
}

func (b *bridge) flushLater() js.Func {
	if b.later.IsUndefined() {
		b.later = js.FuncOf(func(js.Value, []js.Value) any {
			b.timer = false
			if len(b.waiting) > 0 {
				b.flush()
			}
			return nil
		})
	}
	return b.later
}

func (b *bridge) flush() {
	messages := b.waiting
	b.waiting = nil
	b.last = js.Global().Get("performance").Call("now").Float()
	b.tell(messages...)
}

// crashed ends what is left of the worker; the board then asks for a new one.
func (b *bridge) crashed(why string) {
	b.worker.Call("terminate")
	b.worker = js.Null()
	b.asked = map[int]app.Send{}
	b.crashes++
	b.queue(app.Crashed{Why: why, Final: b.crashes > mostCrashes}, true)
}

// Run does what the board commands.
func (b *bridge) Run(c app.Command) {
	switch c := c.(type) {
	case app.Send:
		b.send(c)
	case app.Do:
		b.do(c)
	}
}

func (b *bridge) send(s app.Send) {
	if !b.worker.Truthy() {
		return // crashed; the new one is asked anew
	}
	b.next++
	e := protocol.Envelope{ID: b.next, Kind: s.Kind}
	if s.Body != nil {
		body, err := json.Marshal(s.Body)
		if err != nil {
			b.queue(app.Reply{To: s, Wrong: &protocol.Problem{Code: "internal", Message: err.Error()}}, true)
			return
		}
		e.Body = body
	}
	line, err := json.Marshal(e)
	if err != nil {
		b.queue(app.Reply{To: s, Wrong: &protocol.Problem{Code: "internal", Message: err.Error()}}, true)
		return
	}
	message := map[string]any{"json": string(line)}
	switch {
	case s.Handle != 0:
		message["data"] = b.files[s.Handle]
		delete(b.files, s.Handle)
	case s.Text != "":
		message["data"] = js.Global().Get("File").New([]any{s.Text}, "pasted")
	}
	b.asked[b.next] = s
	b.worker.Call("postMessage", message)
}

func (b *bridge) do(d app.Do) {
	switch d.What {
	case "theme":
		document().Get("documentElement").Call("setAttribute", "data-theme", d.Arg)
		remember("theme", d.Arg)
	case "lang":
		setLanguage(words.Lang(d.Arg))
		remember("lang", d.Arg)
	case "device":
		remember("device", d.Arg)
	case "pick":
		b.picker().Call("click")
	case "sentence":
		if say := b.element("say"); say.Truthy() && !b.composing { // what is being composed is told at its end
			say.Set("value", d.Arg)
		}
	case "save":
		b.save(d)
	case "restart":
		b.restart()
	case "reload":
		js.Global().Get("location").Call("reload")
	case "focus":
		b.soon(func() {
			if e := b.element(d.Arg); e.Truthy() {
				e.Call("focus")
			}
		})
	case "focus-now":
		if e := b.element(d.Arg); e.Truthy() {
			e.Call("focus", map[string]any{"preventScroll": true})
		}
	case "fields":
		b.soon(b.empty)
	case "untick":
		if e := b.element(d.Arg); e.Truthy() {
			e.Set("checked", !e.Get("checked").Bool())
		}
	case "paint":
		b.soon(func() { b.paint(d) })
	case "watch":
		b.soon(b.watch)
	case "scroll":
		b.soon(b.scroll)
	case "copy":
		b.copy(d)
	case "unlink":
		at := js.Global().Get("location")
		js.Global().Get("history").Call("replaceState", js.Null(), "", text(at.Get("pathname"))+without(address()))
	case "place":
		if without(address()) != d.Arg {
			history("pushState", d.Arg)
		}
	case "place-now":
		history("replaceState", d.Arg)
	case "persist":
		b.persist()
	case "offline":
		b.offline(d.Arg)
	case "tell":
		b.told(d.Data.(app.Told))
	}
}

// empty empties the fields that hold nothing, of which go-app leaves what was there; not
// the one that is being written in, nor one that tells what is wrong with what it holds.
func (b *bridge) empty() {
	all := document().Call("querySelectorAll", "[data-empty]:not(:focus):not([aria-invalid])")
	for i := 0; i < all.Length(); i++ {
		all.Index(i).Set("value", "")
	}
}

// address is what stands after # in the address, with it.
func address() string { return text(js.Global().Get("location").Get("hash")) }

// history writes what stands after #, in a new entry or in this one. A model that came
// there stays: the address can be sent on, and a reload has it again.
func history(do, hash string) {
	at := js.Global().Get("location")
	for part := range strings.SplitSeq(strings.TrimPrefix(address(), "#"), "&") {
		if !strings.HasPrefix(part, model) {
			continue
		}
		if hash == "" {
			hash = "#" + part
		} else {
			hash += "&" + part
		}
	}
	js.Global().Get("history").Call(do, js.Null(), "", text(at.Get("pathname"))+text(at.Get("search"))+hash)
}

// model is what a model after # stands behind.
const model = "model="

// without is what stands after # without a model, with its #; empty where nothing does.
func without(hash string) string {
	parts := slices.DeleteFunc(strings.Split(strings.TrimPrefix(hash, "#"), "&"), func(part string) bool { return part == "" || strings.HasPrefix(part, model) })
	if len(parts) == 0 {
		return ""
	}
	return "#" + strings.Join(parts, "&")
}

// copy puts a text on the clipboard, by the old way where the new one is refused, as in a
// frame or without HTTPS.
func (b *bridge) copy(d app.Do) {
	what, _ := d.Data.(string)
	done := func() { b.queue(app.Press{Do: "copied", Arg: d.Arg}, true) }
	old := func() {
		field := b.element("share-" + d.Arg)
		if !field.Truthy() {
			return
		}
		field.Call("select")
		if document().Call("execCommand", "copy").Truthy() {
			done()
		}
	}
	clipboard := js.Global().Get("navigator").Get("clipboard")
	if !clipboard.Truthy() {
		old()
		return
	}
	var yes, no js.Func
	after := func(f func()) js.Func {
		return js.FuncOf(func(js.Value, []js.Value) any {
			yes.Release()
			no.Release()
			f()
			return nil
		})
	}
	yes, no = after(done), after(old)
	clipboard.Call("writeText", what).Call("then", yes, no)
}

// persist asks the browser to keep what is stored when its disk fills. Some browsers
// ask the person: so once a visit, and only pages are given the question.
func (b *bridge) persist() {
	storage := js.Global().Get("navigator").Get("storage")
	if b.persisting || !storage.Truthy() || storage.Get("persist").Type() != js.TypeFunction {
		return
	}
	b.persisting = true
	storage.Call("persist").Call("then", b.fn(func(args []js.Value) any {
		b.queue(app.Persisted{Kept: args[0].Truthy()}, true)
		return nil
	}), b.fn(func([]js.Value) any { return nil })) // refused: it is as it was
}

// offline asks static/offline.js to begin, clear or keep the copy; a page without that
// script keeps none.
func (b *bridge) offline(do string) {
	if kept := js.Global().Get("cloveOffline"); kept.Truthy() {
		kept.Call(do)
	}
}

func (b *bridge) element(id string) js.Value { return document().Call("getElementById", id) }

// soon runs f after the drawing that the command came with.
func (b *bridge) soon(f func()) {
	var fn js.Func
	fn = js.FuncOf(func(js.Value, []js.Value) any {
		fn.Release()
		f()
		return nil
	})
	js.Global().Call("setTimeout", fn, 60)
}

// restart starts the worker again, with a pause that grows while it keeps crashing.
func (b *bridge) restart() {
	var fn js.Func
	fn = js.FuncOf(func(js.Value, []js.Value) any {
		fn.Release()
		b.wake()
		return nil
	})
	js.Global().Call("setTimeout", fn, 100<<b.crashes)
}

// save hands bytes to the person as a file.
func (b *bridge) save(d app.Do) {
	var data any
	kind := "application/octet-stream"
	switch x := d.Data.(type) {
	case string:
		data, kind = x, "text/plain;charset=utf-8"
	case js.Value:
		data = x
	}
	if data == nil || !js.ValueOf(data).Truthy() {
		return
	}
	blob := js.Global().Get("Blob").New([]any{data}, map[string]any{"type": kind})
	url := js.Global().Get("URL").Call("createObjectURL", blob)
	a := document().Call("createElement", "a")
	a.Set("href", url)
	a.Set("download", d.Arg)
	document().Get("body").Call("appendChild", a)
	a.Call("click")
	a.Call("remove")
	var fn js.Func
	fn = js.FuncOf(func(js.Value, []js.Value) any {
		fn.Release()
		js.Global().Get("URL").Call("revokeObjectURL", url)
		return nil
	})
	js.Global().Call("setTimeout", fn, 10_000)
}

// watch tells the board of each cell of the open room once it is in sight, or nearly.
func (b *bridge) watch() {
	if b.sight.IsUndefined() {
		seen := b.fn(func(args []js.Value) any {
			var m app.Seen
			for i := range args[0].Length() {
				if e := args[0].Index(i); e.Get("isIntersecting").Bool() {
					cell := e.Get("target")
					m.Cells = append(m.Cells, strings.TrimPrefix(text(cell.Get("id")), "cell-"))
					b.sight.Call("unobserve", cell)
				}
			}
			if m.Cells != nil {
				b.queue(m, true)
			}
			return nil
		})
		b.sight = js.Global().Get("IntersectionObserver").New(seen, map[string]any{"rootMargin": "100px"})
	}
	b.sight.Call("disconnect")
	cells := document().Call("querySelectorAll", ".see>.cell")
	for i := range cells.Length() {
		b.sight.Call("observe", cells.Index(i))
	}
}

// scroll brings the card whose turn it is into sight where the page is one column.
func (b *bridge) scroll() {
	if js.Global().Get("innerWidth").Int() >= 860 {
		return
	}
	card := document().Call("querySelector", ".card[aria-current]")
	if !card.Truthy() {
		return
	}
	top := card.Call("getBoundingClientRect").Get("top").Float() + js.Global().Get("scrollY").Float()
	if bench := document().Call("querySelector", ".bench"); bench.Truthy() {
		top -= bench.Get("offsetHeight").Float()
	}
	js.Global().Call("scrollTo", 0, top)
}
