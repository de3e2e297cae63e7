//go:build js && wasm

package main

import (
	"syscall/js"
	"time"

	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/train"
	"github.com/clove-ml/clove/wasm/kernels"
)

// slots is train.Slots over those of static/slots.js.
type slots struct{ js.Value }

func (s slots) Put(slot int, parcel []byte) {
	js.CopyBytesToJS(s.Call("room", slot, len(parcel)), parcel)
}

func (s slots) Take(slot, n int, dst []byte) []byte {
	if cap(dst) < n {
		dst = make([]byte, n)
	}
	dst = dst[:n]
	js.CopyBytesToGo(dst, s.Call("parcel", slot))
	return dst
}

// bits sets those of the slots named.
func bits(slots []int) (set int) {
	for _, s := range slots {
		set |= 1 << s
	}
	return set
}

// helpers is the train.Wire to nested workers.
type helpers struct {
	slots
	clove js.Value
	said  chan saying
	born  map[int]int // how often each was started: a word of an earlier one is dropped
	timer *time.Timer
}

var _ train.Wire = (*helpers)(nil)

type saying struct {
	k, born int
	message js.Value // null: it has ended
}

// mostSaid is more than helpers may have said unheard: one answer to each word, of which
// three at most are under way.
const mostSaid = 256

// newHelpers is made once: what calls it back is never released.
func newHelpers(clove js.Value) *helpers {
	h := &helpers{slots: slots{clove.Get("slots")}, clove: clove, said: make(chan saying, mostSaid), born: map[int]int{}, timer: time.NewTimer(0)}
	clove.Call("onHelper", js.FuncOf(func(_ js.Value, args []js.Value) any {
		k := args[0].Int()
		select {
		case h.said <- saying{k, h.born[k], args[1]}:
		default: // it says what nobody asked for
		}
		return nil
	}))
	return h
}

func (h *helpers) Start(k int) {
	h.born[k]++
	h.clove.Call("startHelper", k)
}

func (h *helpers) Stop(k int) {
	h.born[k]++
	h.clove.Call("stopHelper", k)
}

func (h *helpers) Open(slots, size int) { h.Call("open", slots, size) }

func (h *helpers) Post(k int, word []byte, slots []int) {
	h.clove.Call("postHelper", k, toJS(word), bits(slots))
}

func (h *helpers) Hear(atMost time.Duration) (k int, word []byte, lost bool) {
	if atMost > 0 {
		h.timer.Reset(atMost)
		defer h.timer.Stop()
	}
	for {
		var s saying
		select {
		case s = <-h.said:
		default:
			if atMost <= 0 {
				return 0, nil, false
			}
			select {
			case s = <-h.said:
			case <-h.timer.C:
				return 0, nil, false
			}
		}
		switch {
		case s.born != h.born[s.k]:
		case s.message.IsNull():
			return s.k, nil, true
		default:
			return s.k, toGo(h.Call("receive", s.message)), false
		}
	}
}

// help is the program's other role: it computes shards of a training that the worker
// leads, as long as it is let. What it can't do ends it, which the worker sees.
func help(clove js.Value) {
	dev, err := kernels.New(nil)
	if err != nil {
		dev = tensor.Generic(tensor.GenericOptions{})
	}
	s := slots{clove.Get("slots")}
	h := train.NewHelper(dev, s)
	words := make(chan js.Value, mostSaid)
	clove.Call("onWord", js.FuncOf(func(_ js.Value, args []js.Value) any {
		words <- args[0]
		return nil
	}))
	clove.Call("say", toJS(nil), 0) // it runs
	for message := range words {
		reply, with, err := h.Answer(toGo(s.Call("receive", message)))
		if err != nil {
			panic(err)
		}
		if len(reply) > 0 {
			clove.Call("say", toJS(reply), bits(with))
		}
	}
}
