package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/clove-ml/clove/engine/run/spec"
)

func TestTheFingerprintFollowsWhatDecidesTheModel(t *testing.T) {
	dir := t.TempDir()
	write := func(name, body string) string {
		t.Helper()
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
		now, err := fingerprint([]string{dir})
		if err != nil {
			t.Fatal(err)
		}
		return now
	}
	first := write("a.go", "package a")
	for _, c := range []struct {
		name, body string
		same       bool
	}{
		{"a_test.go", "package a", true},
		{"README.md", "# a", true},
		{"testdata/x.txt", "x", true},
		{"grammar.txt", "words", false},
		{"a.go", "package a // other", false},
	} {
		if got := write(c.name, c.body); (got == first) != c.same {
			t.Errorf("after %s the fingerprint is the same: %t", c.name, got == first)
		} else {
			first = got
		}
	}
	if _, err := fingerprint([]string{filepath.Join(dir, "nowhere")}); err == nil {
		t.Error("a folder that is not there has a fingerprint")
	}
}

func TestARecordedRunStaysShortAndKeepsItsEnd(t *testing.T) {
	var r recorder
	r.event(spec.Reading{Rows: 1})
	r.event(spec.Started{Steps: 1234})
	for i := range 1234 {
		r.event(spec.Step{Step: i + 1, Loss: float64(i)})
	}
	r.event(spec.Epoch{Epoch: 4})
	r.event(spec.Done{Step: 1234})
	kept := r.events()
	if len(kept) > mostOfAKind+3 {
		t.Errorf("%d events are kept", len(kept))
	}
	last, err := spec.Decode(kept[len(kept)-3])
	if err != nil || last != (spec.Step{Step: 1234, Loss: 1233}) {
		t.Errorf("the last step kept is %+v, %v", last, err)
	}
	curve := r.curve(40)
	if len(curve) != 40 || curve[0] != 0 || curve[39] != 1233 {
		t.Errorf("the curve is %v", curve)
	}
	if r.started.Steps != 1234 || r.epochs != 4 || r.done.Step != 1234 {
		t.Errorf("it remembers %+v, %d, %+v", r.started, r.epochs, r.done)
	}
}
