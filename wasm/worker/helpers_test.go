package main

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/train"
	"github.com/clove-ml/clove/wasm/protocol"
)

// room is a train.Wire to helpers in goroutines of their own.
type room struct {
	shelf
	mu    sync.Mutex
	desks map[int]chan letter
	said  chan letter
	begun int
}

type letter struct {
	k     int
	word  []byte
	from  chan letter // the desk's
	shelf *shelf
}

// shelf is slots that all share.
type shelf struct {
	mu    *sync.Mutex
	slots [][]byte
}

func (s *shelf) Put(slot int, parcel []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slots[slot] = slices.Clone(parcel)
}

func (s *shelf) Take(slot, n int, dst []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append(dst, s.slots[slot][:n]...)
}

func newRoom() *room {
	return &room{desks: map[int]chan letter{}, said: make(chan letter, 100)}
}

// desk is the slots that a helper has heard of.
type desk struct{ *shelf }

func (r *room) Start(k int) {
	words := make(chan letter, 100)
	r.mu.Lock()
	r.desks[k] = words
	r.begun++
	r.mu.Unlock()
	go func() {
		d := &desk{}
		h := train.NewHelper(tensor.Generic(tensor.GenericOptions{}), d)
		r.said <- letter{k: k, from: words}
		for l := range words {
			d.shelf = l.shelf
			if reply, _, err := h.Answer(l.word); err != nil {
				panic(err)
			} else if len(reply) > 0 {
				r.said <- letter{k: k, word: slices.Clone(reply), from: words}
			}
		}
	}()
}

func (r *room) Stop(k int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if words, ok := r.desks[k]; ok {
		close(words)
		delete(r.desks, k)
	}
}

func (r *room) Open(slots, _ int) { r.shelf = shelf{&sync.Mutex{}, make([][]byte, slots)} }

func (r *room) Post(k int, word []byte, _ []int) {
	now := r.shelf
	r.desks[k] <- letter{word: slices.Clone(word), shelf: &now}
}

func (r *room) Hear(atMost time.Duration) (int, []byte, bool) {
	for atMost > 0 || len(r.said) > 0 { // go test has the bound
		if l := <-r.said; r.sits(l) {
			return l.k, l.word, false
		}
	}
	return 0, nil, false
}

// sits says whether who said it is not gone.
func (r *room) sits(l letter) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.desks[l.k] == l.from
}

func (r *room) atWork() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.desks)
}

func TestHelpersTrainTestAndTuneToTheSameBitsAndEndWithTheirJob(t *testing.T) {
	made := func(workers int) (protocol.Welcome, *room, spec.Done, spec.Variant) {
		x := opened(t, newBrowserless())
		x.wire = newRoom()
		hello := ask[protocol.Welcome](x, protocol.KindHello, protocol.Hello{Workers: workers})
		id, done := trained(x)
		ask[protocol.Run](x, protocol.KindCompress, protocol.Compress{Run: id, Pipeline: "prune=0.5,finetune=1,quantize=int8"})
		return hello, x.wire, done, x.smaller(id)
	}
	_, _, want, small := made(1)
	for _, workers := range []int{2, 4} {
		hello, room, done, variant := made(workers)
		if hello.Threads != workers || room.begun != 2*(workers-1) {
			t.Errorf("%d workers: %d are told, %d helpers were started", workers, hello.Threads, room.begun)
		}
		if done.SHA256 != want.SHA256 || done.Test != want.Test {
			t.Errorf("%d workers: %.12s with %+v, alone %.12s with %+v", workers, done.SHA256, done.Test, want.SHA256, want.Test)
		}
		if variant.SHA256 != small.SHA256 || variant.Test != small.Test {
			t.Errorf("%d workers: the variant is %.12s with %+v, alone %.12s with %+v", workers, variant.SHA256, variant.Test, small.SHA256, small.Test)
		}
		if n := room.atWork(); n != 0 {
			t.Errorf("%d workers: %d helpers are left", workers, n)
		}
	}
}
