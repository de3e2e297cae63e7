//go:build js && wasm

// Command smallest is the smallest page that go-app makes: what Clove's page is
// measured beside (e2e/budget.test.mjs).
package main

import "github.com/maxence-charriere/go-app/v10/pkg/app"

type hello struct{ app.Compo }

func (h *hello) Render() app.UI { return app.H1().Text("Hello") }

func (h *hello) OnMount(app.Context) { app.Window().Get("performance").Call("mark", "mounted") }

func main() {
	app.Route("/", func() app.Composer { return &hello{} })
	app.RunWhenOnBrowser()
}
