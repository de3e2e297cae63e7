//go:build js && wasm

// Command page is the page's program: it gives the board its bridge and lets
// go-app draw. All arithmetic is the worker's.
package main

import (
	"runtime/debug"
	"strconv"
	"syscall/js"

	"github.com/clove-ml/clove/app"
	"github.com/clove-ml/clove/app/words"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

func main() {
	debug.SetGCPercent(-1) // none until the page stands (bridge.Start)
	board := func() ui.Composer {
		s := app.NewState(language())
		s.Theme = recall("theme")
		s.Workers = workers()
		s.Device.Asked = app.ParseDevice(recall("device"))
		s.Place = app.ParsePlace(address())
		s.Narrow = narrow().Get("matches").Bool()
		if said := document().Call("getElementById", "say"); said.Truthy() {
			s.Say.Text = said.Get("value").String() // typed before the program came
			s.Say.Typed = s.Say.Text != app.FirstSentence
		}
		if asked := []rune(query("sentence")); len(asked) > 0 && !s.Say.Typed {
			s.Say.Text, s.Say.Typed = string(asked[:min(len(asked), longestAsked)]), true
		}
		s.Share.Base = text(js.Global().Get("URL").New("..", js.Global().Get("cloveWorkerURL")).Get("href")) // assets lie one below
		s = s.Arrive(text(js.Global().Get("location").Get("href")))
		return app.NewBoard(framed(s), newBridge(s.Say.Text))
	}
	ui.Route("/", board)
	ui.RouteWithRegexp("^/.*", board)
	setLanguage(language())
	ui.RunWhenOnBrowser()
}

// narrow watches whether the window is as narrow as a phone, as the style sheet has it.
func narrow() js.Value { return js.Global().Call("matchMedia", "(max-width:859px)") }

func document() js.Value { return js.Global().Get("document") }

// longestAsked is of the sentence in an address, in characters, as an embed's.
const longestAsked = 400

// query is a parameter of the address, "" where there is none.
func query(name string) string {
	search := js.Global().Get("URLSearchParams").New(js.Global().Get("location").Get("search"))
	return text(search.Call("get", name))
}

// workers is how many shall train, as "?workers=2" says; 0 where it says nothing.
func workers() int {
	n, err := strconv.Atoi(query("workers"))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// language is what the person chose, or what the browser prefers.
func language() words.Lang {
	if l := recall("lang"); l != "" {
		return words.Parse(l)
	}
	return words.Parse(js.Global().Get("navigator").Get("language").String())
}

func setLanguage(l words.Lang) {
	document().Get("documentElement").Call("setAttribute", "lang", l.Tag())
	document().Set("title", l.T("title"))
}

// The choices of the page are kept with this prefix. start.js has made sure that
// localStorage can be asked for even where the browser refuses it.
const prefix = "clove."

func recall(name string) (value string) {
	defer func() {
		if recover() != nil {
			value = ""
		}
	}()
	if v := js.Global().Get("localStorage").Call("getItem", prefix+name); v.Type() == js.TypeString {
		return v.String()
	}
	return ""
}

func remember(name, value string) {
	defer func() { _ = recover() }() // storage is full or refused: the choice holds for this visit
	js.Global().Get("localStorage").Call("setItem", prefix+name, value)
}
