package main

import (
	"encoding/json"

	"github.com/clove-ml/clove/engine/run/spec"
)

// keptEvents is how many events of one kind a log holds.
const keptEvents = 500

// eventLog is what is kept of a run's events: at most keptEvents of a kind, in
// order. Of more, every second is dropped, but the first and the newest.
type eventLog struct {
	entries []entry
	count   map[string]int
}

type entry struct {
	kind string
	step int
	loss float64 // of a step
	line json.RawMessage
}

// readLog is the log of lines that were kept.
func readLog(lines []json.RawMessage) *eventLog {
	l := &eventLog{count: map[string]int{}}
	for _, line := range lines {
		if e, err := spec.Decode(line); err == nil {
			l.add(e, line)
		}
	}
	return l
}

// add keeps an event where it says something of the past. What passes (Reading,
// Compressing) and what is kept elsewhere (Compressed) is not.
func (l *eventLog) add(e spec.Event, line json.RawMessage) {
	switch e := e.(type) {
	case spec.Reading, spec.Compressing, spec.Compressed:
		return
	case spec.Notice:
		if e.Device == "" { // who trains from here on
			return
		}
	case spec.Started:
		if l.count[e.Kind()] > 0 {
			return // resumed: the run began once
		}
	}
	n := entry{kind: e.Kind(), step: stepOf(e), line: line}
	if s, ok := e.(spec.Step); ok {
		n.loss = s.Loss
	}
	l.entries = append(l.entries, n)
	l.count[n.kind]++
	if l.count[n.kind] > keptEvents {
		l.thin(n.kind)
	}
}

func (l *eventLog) thin(kind string) {
	kept := l.entries[:0]
	seen, last := 0, l.count[kind]-1
	for _, e := range l.entries {
		if e.kind == kind {
			seen++
			if seen%2 == 0 && seen-1 != last {
				l.count[kind]--
				continue
			}
		}
		kept = append(kept, e)
	}
	l.entries = kept
}

// rewind forgets what came after a step: a run that goes on from a checkpoint will say it again.
func (l *eventLog) rewind(step int) {
	kept := l.entries[:0]
	for _, e := range l.entries {
		ending := e.kind == "failed" || e.kind == "done" || e.kind == "paused" || e.kind == "resumed"
		if e.step > step || ending {
			l.count[e.kind]--
			continue
		}
		kept = append(kept, e)
	}
	l.entries = kept
}

func (l *eventLog) lines() []json.RawMessage {
	lines := make([]json.RawMessage, len(l.entries))
	for i, e := range l.entries {
		lines[i] = e.line
	}
	return lines
}

// curve is at most n losses, for a small picture.
func (l *eventLog) curve(n int) []float64 {
	var all []float64
	for _, e := range l.entries {
		if e.kind == "step" {
			all = append(all, e.loss)
		}
	}
	if len(all) <= n {
		return all
	}
	few := make([]float64, n)
	for i := range few {
		few[i] = all[i*(len(all)-1)/(n-1)]
	}
	return few
}

// stepOf is the step that an event speaks of.
func stepOf(e spec.Event) int {
	switch e := e.(type) {
	case spec.Step:
		return e.Step
	case spec.Evaluated:
		return e.Step
	case spec.Epoch:
		return e.Step
	case spec.Paused:
		return e.Step
	case spec.Resumed:
		return e.Step
	case spec.Saved:
		return e.Step
	case spec.Failed:
		return e.Step
	case spec.Done:
		return e.Step
	}
	return 0
}
