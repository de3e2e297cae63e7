package main

import (
	"context"
	"encoding/json"
	"time"

	"github.com/clove-ml/clove/wasm/protocol"
	"github.com/clove-ml/clove/wasm/store"
)

// word is what the workers of several tabs say to each other. A run has one owner,
// who holds its Web Lock; the others see its events pass, and ask it for those that
// are not kept yet.
type word struct {
	From string          `json:"from"`
	Kind string          `json:"kind"` // changed, event, ask, tell
	To   string          `json:"to,omitempty"`
	Run  string          `json:"run,omitempty"`
	Body json.RawMessage `json:"body,omitempty"`
}

func (w *worker) say(x word) {
	x.From = w.tab
	w.m.Broadcast(raw(x))
}

// heard takes a message of another tab.
func (w *worker) heard(message []byte) {
	var x word
	if json.Unmarshal(message, &x) != nil || x.From == w.tab {
		return // of another version, or our own
	}
	switch x.Kind {
	case "changed":
		w.tellRuns()
	case "event":
		w.mu.Lock()
		mine := w.watched[x.Run]
		w.mu.Unlock()
		if mine {
			w.push(protocol.KindRunEvent, protocol.RunEvent{Run: x.Run, Event: x.Body})
		}
	case "ask":
		if o, ok := w.running(x.Run); ok {
			w.say(word{Kind: "tell", To: x.From, Run: x.Run, Body: raw(o)})
		}
	case "tell":
		w.mu.Lock()
		answer := w.answers[x.Run]
		w.mu.Unlock()
		if x.To == w.tab && answer != nil {
			select {
			case answer <- x.Body:
			default: // nobody waits any more
			}
		}
	}
}

// askOwner has the tab that trains a run tell how it stands; false where it does not answer.
func (w *worker) askOwner(ctx context.Context, id string) (protocol.Opened, bool) {
	answer := make(chan json.RawMessage, 1)
	w.mu.Lock()
	w.answers[id] = answer
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		delete(w.answers, id)
		w.mu.Unlock()
	}()
	w.say(word{Kind: "ask", Run: id})
	ctx, stop := context.WithTimeout(ctx, time.Second)
	defer stop()
	var o protocol.Opened
	select {
	case b := <-answer:
		return o, json.Unmarshal(b, &o) == nil
	case <-ctx.Done():
		return o, false
	}
}

// changed tells this page and the other tabs that the list of runs is another.
func (w *worker) changed() {
	w.say(word{Kind: "changed"})
	w.tellRuns()
}

// tellRuns pushes the list. Calls while a push is under way make one more, not many.
func (w *worker) tellRuns() {
	w.mu.Lock()
	if w.telling {
		w.again = true
		w.mu.Unlock()
		return
	}
	w.telling = true
	w.mu.Unlock()
	go func() {
		for more := true; more; {
			if list, err := w.list(context.Background()); err == nil {
				w.push(protocol.KindRunsChanged, list)
			}
			w.mu.Lock()
			more, w.again = w.again, false
			w.telling = more
			w.mu.Unlock()
		}
	}()
}

// list is what is saved, and who owns it.
func (w *worker) list(ctx context.Context) (protocol.Runs, error) {
	kept, err := w.store.Runs(ctx)
	if err != nil {
		return protocol.Runs{}, err
	}
	held := w.m.Held()
	list := protocol.Runs{Runs: []protocol.RunSummary{}}
	if g := w.visiting(protocol.GuestRun); g != nil {
		list.Runs = append(list.Runs, g.opened.Summary)
	}
	for _, r := range kept {
		if r.Summary.Run == builtinRun {
			continue
		}
		list.Runs = append(list.Runs, w.owned(r, held).Summary)
	}
	_, list.Used, list.Quota = w.m.Storage()
	return list, nil
}

// owned is r with its owner, and the state that follows from that: without one,
// nobody trains it any more, whatever was kept last.
func (w *worker) owned(r store.Run, held map[string]bool) store.Run {
	id := r.Summary.Run
	w.mu.Lock()
	j := w.job
	w.mu.Unlock()
	switch {
	case j != nil && j.id == id:
		r.Summary.Owner = "here"
		if now, ready := j.summary(); ready {
			r.Summary = now
		}
	case held[lockName(id)]:
		r.Summary.Owner = "elsewhere"
		w.await(id)
	case r.Summary.State == "training" || r.Summary.State == "paused":
		r.Summary.State = "stopped"
	}
	return r
}

// await tells the list again once the owner of a run has let go of it, as it does
// when its tab is killed.
func (w *worker) await(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waiting[id] {
		return
	}
	w.waiting[id] = true
	w.m.Freed(lockName(id), func() {
		w.mu.Lock()
		delete(w.waiting, id)
		w.mu.Unlock()
		w.tellRuns()
	})
}
