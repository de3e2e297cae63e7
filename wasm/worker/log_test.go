package main

import (
	"testing"

	"github.com/clove-ml/clove/engine/run/spec"
)

func add(l *eventLog, e spec.Event) { l.add(e, spec.Encode(e)) }

func TestALogHoldsFiveHundredOfAKindInOrderWithTheFirstAndTheNewest(t *testing.T) {
	l := readLog(nil)
	add(l, spec.Started{Run: "r"})
	add(l, spec.Reading{Rows: 3})
	const n = 5321
	for i := 1; i <= n; i++ {
		add(l, spec.Step{Step: i, Loss: 1})
		if i%100 == 0 {
			add(l, spec.Evaluated{Step: i})
		}
	}
	lines := l.lines()
	count := map[string]int{}
	last, first := 0, 0
	for i, line := range lines {
		e, err := spec.Decode(line)
		if err != nil {
			t.Fatal(err)
		}
		count[e.Kind()]++
		if s, ok := e.(spec.Step); ok {
			if first == 0 {
				first = s.Step
			}
			if s.Step <= last {
				t.Fatalf("line %d: step %d after %d", i, s.Step, last)
			}
			last = s.Step
		}
	}
	if count["step"] > keptEvents || count["step"] < keptEvents/2-1 || count["evaluated"] != n/100 || count["started"] != 1 || count["reading"] != 0 {
		t.Errorf("kept %v", count)
	}
	if first != 1 || last != n {
		t.Errorf("steps %d to %d of %d", first, last, n)
	}
	if c := l.curve(40); len(c) != 40 {
		t.Errorf("a curve of %d points", len(c))
	}
}

func TestALogRewindsToACheckpoint(t *testing.T) {
	l := readLog(nil)
	add(l, spec.Started{Run: "r"})
	for i := 1; i <= 10; i++ {
		add(l, spec.Step{Step: i})
	}
	add(l, spec.Saved{Step: 6})
	add(l, spec.Failed{Code: "cancelled", Step: 10})
	again := readLog(l.lines())
	again.rewind(6)
	add(again, spec.Started{Run: "r", FromStep: 6})
	if n := len(again.lines()); n != 1+6+1 {
		t.Errorf("%d events are left", n)
	}
	if again.count["step"] != 6 {
		t.Errorf("it counts %d steps", again.count["step"])
	}
}
