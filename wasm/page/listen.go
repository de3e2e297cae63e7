//go:build js && wasm

package main

import (
	"encoding/json"
	"strconv"
	"syscall/js"
	"unicode/utf16"

	"github.com/clove-ml/clove/app"
)

// listen hears what must be answered at once, or on the whole document: go-app
// calls its handlers later, when a default can't be prevented any more.
func (b *bridge) listen() {
	b.sentence()
	b.drops()
	b.keys()
	b.places()
	b.drags()
	b.copies()
}

// copies hears of what is kept for offline use.
func (b *bridge) copies() {
	kept := js.Global().Get("cloveOffline")
	if !kept.Truthy() {
		return
	}
	kept.Call("watch", b.fn(func(args []js.Value) any {
		var o app.Offline
		if err := json.Unmarshal([]byte(text(args[0])), &o); err == nil {
			b.queue(app.Copied{Offline: o}, true)
		}
		return nil
	}))
}

// places follows the address, and takes the headings that open rooms before go-app
// does, for which a link is another page.
func (b *bridge) places() {
	document().Call("addEventListener", "click", b.fn(func(args []js.Value) any {
		e := args[0]
		target := e.Get("target")
		if menu := document().Call("querySelector", "details.pop[open]"); menu.Truthy() && (!menu.Call("contains", target).Bool() || target.Get("tagName").String() == "BUTTON" && !menu.Call("hasAttribute", "data-stay").Bool()) {
			menu.Set("open", false) // something was chosen, or pressed elsewhere
		}
		if !target.Truthy() || target.Get("closest").IsUndefined() || e.Get("ctrlKey").Bool() || e.Get("metaKey").Bool() || e.Get("shiftKey").Bool() {
			return nil
		}
		if to := target.Call("closest", "a[data-to]"); to.Truthy() {
			e.Call("preventDefault")
			e.Call("stopPropagation")
			b.queue(app.Press{Do: "room", Arg: text(to.Call("getAttribute", "data-to"))}, true)
		}
		return nil
	}))
	js.Global().Call("addEventListener", "popstate", b.fn(func([]js.Value) any {
		b.queue(app.Press{Do: "place", Arg: address()}, true)
		return nil
	}))
	js.Global().Call("matchMedia", "(prefers-color-scheme:dark)").Call("addEventListener", "change", b.fn(func([]js.Value) any {
		b.queue(app.Press{Do: "paint"}, true)
		return nil
	}))
	phone := narrow()
	phone.Call("addEventListener", "change", b.fn(func([]js.Value) any {
		b.queue(app.Sized{Narrow: phone.Get("matches").Bool()}, true)
		return nil
	}))
}

// drags moves a row of a list by its grip, with mouse, pen or finger; the same by
// keyboard is its name's (keys).
func (b *bridge) drags() {
	var row, over js.Value // what is dragged, and where it would land
	held, from := false, 0.0
	number := func(li js.Value) int {
		i, _ := strconv.Atoi(text(li.Call("getAttribute", "data-row")))
		return i
	}
	clear := func() {
		if over.Truthy() {
			over.Call("removeAttribute", "data-over")
		}
		over = js.Null()
	}
	on := func(event string, f func(e js.Value)) {
		document().Call("addEventListener", event, b.fn(func(args []js.Value) any {
			f(args[0])
			return nil
		}))
	}
	on("pointerdown", func(e js.Value) {
		target := e.Get("target")
		if !target.Truthy() || target.Get("closest").IsUndefined() || e.Get("button").Int() != 0 {
			return
		}
		if grip := target.Call("closest", "[data-grip]"); grip.Truthy() {
			e.Call("preventDefault") // selects no text
			row, held, from = grip.Call("closest", "[data-row]"), true, e.Get("clientY").Float()
		}
	})
	on("pointermove", func(e js.Value) {
		if !held {
			return
		}
		y := e.Get("clientY").Float()
		row.Call("setAttribute", "data-moving", "")
		row.Get("style").Set("transform", "translateY("+strconv.Itoa(int(y-from))+"px)")
		clear()
		rows := row.Get("parentElement").Call("querySelectorAll", "[data-row]")
		for i := 0; i < rows.Length(); i++ {
			li := rows.Index(i)
			if r := li.Call("getBoundingClientRect"); !li.Equal(row) && y >= r.Get("top").Float() && y < r.Get("bottom").Float() {
				over = li
				side := "after"
				if number(li) < number(row) {
					side = "before"
				}
				over.Call("setAttribute", "data-over", side)
			}
		}
	})
	end := func(drop bool) {
		if !held {
			return
		}
		held = false
		row.Get("style").Set("transform", "")
		row.Call("removeAttribute", "data-moving")
		to := over
		clear()
		if drop && to.Truthy() {
			b.queue(app.Press{Do: "move", Arg: strconv.Itoa(number(row)) + "," + strconv.Itoa(number(to))}, true)
		}
	}
	on("pointerup", func(js.Value) { end(true) })
	on("pointercancel", func(js.Value) { end(false) })
}

// typing says whether the keyboard writes where the focus is.
func typing(target js.Value) bool {
	return target.Call("closest", "textarea, select, [contenteditable], input:not([type=checkbox]):not([type=radio])").Truthy()
}

// sentence follows the field. Between compositionstart and compositionend an
// input method owns the text: nothing is asked and nothing is drawn.
func (b *bridge) sentence() {
	say := b.element("say")
	if !say.Truthy() {
		return
	}
	say.Set("value", b.first)
	changed := func() {
		b.queue(app.Said{Text: say.Get("value").String()}, true)
	}
	on := func(event string, f func(e js.Value)) {
		say.Call("addEventListener", event, b.fn(func(args []js.Value) any {
			f(args[0])
			return nil
		}))
	}
	on("compositionstart", func(js.Value) { b.composing = true })
	on("compositionend", func(js.Value) { b.composing = false; changed() })
	on("input", func(js.Value) {
		if !b.composing {
			changed()
		}
	})
	on("keydown", func(e js.Value) {
		if e.Get("key").String() == "Enter" && !e.Get("isComposing").Bool() {
			e.Call("preventDefault") // one sentence; a new line would be a blank
		}
	})
	lit := -1
	light := func(token int) {
		if token != lit {
			lit = token
			b.queue(app.PointAt{Token: token}, true)
		}
	}
	on("mousemove", func(e js.Value) { light(under(e.Get("clientX").Float(), e.Get("clientY").Float())) })
	on("mouseleave", func(js.Value) { light(-1) })
	document().Call("addEventListener", "selectionchange", b.fn(func([]js.Value) any {
		if document().Get("activeElement").Equal(say) && !b.composing {
			light(atCaret(say.Get("selectionStart").Int()))
		}
		return nil
	}))
}

// marks are the tokens of the sentence as drawn.
func marks() js.Value { return document().Call("querySelectorAll", ".say-tint mark") }

// under is the token below a point of the window, −1 none.
func under(x, y float64) int {
	all := marks()
	for i := 0; i < all.Length(); i++ {
		m := all.Index(i)
		rects := m.Call("getClientRects")
		for k := 0; k < rects.Length(); k++ {
			r := rects.Index(k)
			if x >= r.Get("left").Float() && x < r.Get("right").Float() && y >= r.Get("top").Float() && y < r.Get("bottom").Float() {
				return token(m)
			}
		}
	}
	return -1
}

// atCaret is the token that holds a place of the text.
func atCaret(place int) int {
	at := 0
	nodes := document().Call("querySelector", ".say-tint")
	if !nodes.Truthy() {
		return -1
	}
	nodes = nodes.Get("childNodes")
	for i := 0; i < nodes.Length(); i++ {
		n := nodes.Index(i)
		end := at + len(utf16.Encode([]rune(text(n.Get("textContent")))))
		if n.Get("nodeName").String() == "MARK" && place >= at && place <= end {
			return token(n)
		}
		at = end
	}
	return -1
}

func token(mark js.Value) int {
	i, err := strconv.Atoi(text(mark.Call("getAttribute", "data-token")))
	if err != nil {
		return -1
	}
	return i
}

// picker is the file chooser, made when first needed.
func (b *bridge) picker() js.Value {
	if p := b.element("picker"); p.Truthy() {
		return p
	}
	p := document().Call("createElement", "input")
	p.Set("type", "file")
	p.Set("id", "picker")
	p.Set("hidden", true)
	p.Call("addEventListener", "change", b.fn(func([]js.Value) any {
		if files := p.Get("files"); files.Length() > 0 {
			b.chosen(files.Index(0))
		}
		p.Set("value", "")
		return nil
	}))
	document().Get("body").Call("appendChild", p)
	return p
}

func (b *bridge) chosen(file js.Value) {
	b.next++
	b.files[b.next] = file
	b.queue(app.Chosen{Handle: b.next, Name: file.Get("name").String(), Bytes: int64(file.Get("size").Float())}, true)
}

// drops takes a file dropped anywhere.
func (b *bridge) drops() {
	has := func(e js.Value) bool {
		d := e.Get("dataTransfer")
		return d.Truthy() && d.Get("types").Call("includes", "Files").Bool()
	}
	root := document().Get("documentElement")
	on := func(event string, f func(e js.Value)) {
		document().Call("addEventListener", event, b.fn(func(args []js.Value) any {
			if has(args[0]) {
				args[0].Call("preventDefault")
				f(args[0])
			}
			return nil
		}))
	}
	on("dragover", func(js.Value) { root.Get("classList").Call("add", "dropping") })
	on("dragleave", func(e js.Value) {
		if e.Get("relatedTarget").IsNull() {
			root.Get("classList").Call("remove", "dropping")
		}
	})
	on("drop", func(e js.Value) {
		root.Get("classList").Call("remove", "dropping")
		if files := e.Get("dataTransfer").Get("files"); files.Length() > 0 {
			b.chosen(files.Index(0))
		}
	})
}

// rowKeys move the light over the tokens.
var rowKeys = map[string]string{"ArrowUp": "up", "ArrowDown": "down", "Home": "home", "End": "end"}

// gridKeys move between the cells of a table, across and down.
var gridKeys = map[string][2]int{"ArrowLeft": {-1, 0}, "ArrowRight": {1, 0}, "ArrowUp": {0, -1}, "ArrowDown": {0, 1}}

// beside focuses the next button of a table in a direction, which is its tab stop then.
func beside(from js.Value, across, down int) {
	td := from.Call("closest", "td")
	if !td.Truthy() {
		return
	}
	tr := td.Get("parentElement")
	rows := tr.Get("parentElement").Get("rows")
	x, y := td.Get("cellIndex").Int()+across, tr.Get("sectionRowIndex").Int()+down
	for ; y >= 0 && y < rows.Length(); x, y = x+across, y+down {
		cells := rows.Index(y).Get("cells")
		if x < 0 || x >= cells.Length() {
			return
		}
		if to := cells.Index(x).Call("querySelector", "button"); to.Truthy() {
			from.Set("tabIndex", -1)
			to.Set("tabIndex", 0)
			to.Call("focus")
			return
		}
	}
}

// frontKeys walk along the front of the map.
var frontKeys = map[string]string{"ArrowLeft": "left", "ArrowRight": "right", "ArrowUp": "right", "ArrowDown": "left", "Home": "home", "End": "end"}

// keys hears the keyboard where an element says by data-keys that it has its own.
func (b *bridge) keys() {
	document().Call("addEventListener", "keydown", b.fn(func(args []js.Value) any {
		e := args[0]
		key := text(e.Get("key"))
		target := e.Get("target")
		if !target.Truthy() || target.Get("closest").IsUndefined() {
			return nil
		}
		press := func(do, arg string) {
			e.Call("preventDefault")
			b.queue(app.Press{Do: do, Arg: arg}, true)
		}
		plain := !e.Get("ctrlKey").Bool() && !e.Get("metaKey").Bool() && !e.Get("altKey").Bool() && !typing(target)
		switch {
		case key == "Escape":
			if !b.escape(press) && plain {
				b.queue(app.Press{Do: "leave"}, true)
			}
			return nil
		case plain && len(key) == 1 && key[0] >= '1' && key[0] <= '6':
			b.queue(app.Press{Do: "room-key", Arg: key}, true)
			return nil
		}
		owner := target.Call("closest", "[data-keys]")
		if !owner.Truthy() {
			return nil
		}
		switch text(owner.Call("getAttribute", "data-keys")) {
		case "rows":
			if do, ok := rowKeys[key]; ok {
				press("rows", do)
			}
		case "grid":
			if across, down := gridKeys[key][0], gridKeys[key][1]; across != 0 || down != 0 {
				e.Call("preventDefault")
				beside(target, across, down)
			}
		case "front":
			if way, ok := frontKeys[key]; ok {
				press("walk", way)
			}
		case "step":
			step := text(owner.Call("getAttribute", "data-step"))
			alt := e.Get("altKey").Bool()
			switch {
			case alt && key == "ArrowUp":
				press("up", step)
			case alt && key == "ArrowDown":
				press("down", step)
			case key == "Delete":
				press("remove", step)
			}
		}
		return nil
	}))
}

// escape closes what lies over the page, and gives the focus back; false where nothing does.
func (b *bridge) escape(press func(do, arg string)) bool {
	if d := document().Call("querySelector", "aside[data-close]:not([hidden])"); d.Truthy() {
		press(text(d.Call("getAttribute", "data-close")), "")
		return true
	}
	open := document().Call("querySelector", "details.pop[open], details.tbl[open]")
	if open.Truthy() {
		open.Set("open", false)
		open.Call("querySelector", "summary").Call("focus")
		return true
	}
	return false
}
