//go:build js && wasm

package main

import (
	"strconv"
	"syscall/js"

	"github.com/clove-ml/clove/app"
	"github.com/clove-ml/clove/engine/run/spec"
)

// paint draws a matrix on a canvas, a pixel a weight, in the tints of the page's theme:
// as elements, sixteen thousand weights would be a page of their own.
func (b *bridge) paint(d app.Do) {
	w, ok := d.Data.(*spec.Weights)
	canvas := b.element(d.Arg)
	if !ok || !canvas.Truthy() || w.MapRows == 0 || w.Cols == 0 {
		return
	}
	canvas.Set("width", w.Cols)
	canvas.Set("height", w.MapRows)
	context := canvas.Call("getContext", "2d")
	context.Call("clearRect", 0, 0, w.Cols, w.MapRows)
	colors := tints()
	pixels := make([]byte, 4*len(w.Map))
	for i, step := range w.Map {
		if step == 0 || int(step) >= len(colors) { // pruned: the paper shows
			continue
		}
		copy(pixels[4*i:], colors[step][:])
	}
	array := js.Global().Get("Uint8ClampedArray").New(len(pixels))
	js.CopyBytesToJS(array, pixels)
	image := js.Global().Get("ImageData").New(array, w.Cols, w.MapRows)
	context.Call("putImageData", image, 0, 0)
}

// tints are the scale's nine colours, at 1 to 9, as the style sheet has them now: a
// pixel of each, drawn, for a colour may be written in more ways than can be read.
func tints() (colors [10][4]byte) {
	probe := document().Call("createElement", "i")
	document().Get("body").Call("appendChild", probe)
	defer probe.Call("remove")
	dot := document().Call("createElement", "canvas")
	dot.Set("width", 1)
	dot.Set("height", 1)
	context := dot.Call("getContext", "2d")
	for i := 1; i < len(colors); i++ {
		probe.Set("className", "t"+strconv.Itoa(i-5))
		context.Set("fillStyle", js.Global().Call("getComputedStyle", probe).Get("backgroundColor"))
		context.Call("fillRect", 0, 0, 1, 1)
		js.CopyBytesToGo(colors[i][:], context.Call("getImageData", 0, 0, 1, 1).Get("data"))
	}
	return colors
}
