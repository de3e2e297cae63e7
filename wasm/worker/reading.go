package main

import (
	"context"
	"sync"

	"github.com/clove-ml/clove/engine/run/spec"
)

// reading lets one read texts at a time: two big sets might not fit, and often two
// want the same. Who waits hears how far the one that reads is.
type reading struct {
	turn chan struct{} // holds one while somebody reads

	mu      sync.Mutex
	next    int
	waiting map[int]func(spec.Event)
}

func newReading() *reading {
	return &reading{turn: make(chan struct{}, 1), waiting: map[int]func(spec.Event){}}
}

// begin waits for the turn, or for the end of ctx. Sink hears of the reading before.
func (r *reading) begin(ctx context.Context, sink func(spec.Event)) (end func(), err error) {
	select {
	case r.turn <- struct{}{}:
		return r.end, nil
	default:
	}
	r.mu.Lock()
	me := r.next
	r.next++
	r.waiting[me] = sink
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.waiting, me)
		r.mu.Unlock()
	}()
	select {
	case r.turn <- struct{}{}:
		return r.end, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (r *reading) end() { <-r.turn }

// heard is sink, and the sinks of all who wait meanwhile.
func (r *reading) heard(sink func(spec.Event)) func(spec.Event) {
	return func(e spec.Event) {
		r.mu.Lock()
		sinks := []func(spec.Event){sink}
		for _, s := range r.waiting {
			sinks = append(sinks, s)
		}
		r.mu.Unlock()
		for _, s := range sinks {
			s(e)
		}
	}
}
