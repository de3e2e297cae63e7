//go:build js && wasm

package main

import (
	"syscall/js"

	"github.com/clove-ml/clove/app"
	"github.com/clove-ml/clove/app/words"
)

// framed is the State in a frame of another page, where embed-live.html says that it is one;
// static/embed-live.js speaks with that page.
func framed(s app.State) app.State {
	host := js.Global().Get("cloveHost")
	if !host.Truthy() {
		return s
	}
	s.Place = app.Place{}
	s.Lang = words.Parse(text(host.Get("lang")))
	setLanguage(s.Lang)
	return s.InFrame(text(host.Get("controls")), text(host.Get("home")))
}

// host lets the page around an embed press: start, rest.
func (b *bridge) host() {
	if host := js.Global().Get("cloveHost"); host.Truthy() {
		host.Call("listen", b.fn(func(args []js.Value) any {
			b.queue(app.Press{Do: text(args[0]), Arg: text(args[1])}, true)
			return nil
		}))
	}
}

// told says something to the page around.
func (b *bridge) told(t app.Told) {
	if host := js.Global().Get("cloveHost"); host.Truthy() {
		host.Call("tell", t.Name, t.Fields)
	}
}
