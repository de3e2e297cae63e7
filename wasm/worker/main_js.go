//go:build js && wasm

package main

import (
	"context"
	"runtime/debug"
	"syscall/js"
	"time"

	"github.com/clove-ml/clove/wasm/store"
)

// openWithin is how long the browser may take to open its database before the
// worker goes on without.
const openWithin = 10 * time.Second

func main() {
	// A step of training allocates nothing, so collections are rare; what is read
	// and encoded is garbage at once, and memory that a wasm has taken it never
	// gives back: rather collect a little more than grow.
	debug.SetGCPercent(60)

	clove := js.Global().Get("clove")
	if clove.Get("helper").Truthy() {
		help(clove)
	}
	b := newBrowser(clove)
	var kept store.Backend
	ctx, stop := context.WithTimeout(context.Background(), openWithin)
	db, err := store.OpenIndexedDB(ctx, b.clove.Call("indexedDB"), "clove")
	stop()
	if err == nil {
		kept = db
	}
	w := newWorker(b, kept, err)
	b.clove.Call("onBroadcast", js.FuncOf(func(_ js.Value, args []js.Value) any {
		message := []byte(args[0].String())
		go w.heard(message)
		return nil
	}))
	b.clove.Call("start", js.FuncOf(func(_ js.Value, args []js.Value) any {
		w.receive(args[0].String(), newFile(args[1]))
		return nil
	}))
	select {}
}
