package main

import (
	"encoding/json"
	"testing"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/tensor/devicetest"
	"github.com/clove-ml/clove/wasm/protocol"
)

// carded is a tab with a graphics card that is lost after so many kernels, never below 0.
func carded(t *testing.T, kernels int) *tab {
	x := newBrowserless().open(t)
	x.assets["names.tsv"] = names()
	x.card = &devicetest.Fragile{Device: tensor.Generic(tensor.GenericOptions{}), Kernels: kernels, Code: tensor.LostDevice}
	return x
}

func TestARunOnACardThatIsLostIsKeptAndSaysSo(t *testing.T) {
	plain := newBrowserless().open(t)
	plain.assets["names.tsv"] = names()
	id := ask[protocol.Run](plain, protocol.KindTrain, protocol.Train{Spec: small()}).Run
	want := event[spec.Done](plain, id)

	x := carded(t, 1500)
	id = ask[protocol.Run](x, protocol.KindTrain, protocol.Train{Spec: small(), Device: spec.OnGPU}).Run
	if s := event[spec.Started](x, id); s.Device != "a card" || s.Choice.Took != spec.OnGPU {
		t.Errorf("started on %s, %+v", s.Device, s.Choice)
	}
	if got := event[spec.Done](x, id); got.SHA256 != want.SHA256 || got.Card != "a card" {
		t.Errorf("%s by %q, want %s", got.SHA256, got.Card, want.SHA256)
	}
	kept := false
	for _, line := range ask[protocol.Opened](x, protocol.KindOpen, protocol.Run{Run: id}).Events {
		if e, err := spec.Decode(line); err == nil {
			n, ok := e.(spec.Notice)
			kept = kept || ok && n.Code == tensor.LostDevice && n.Device == "generic"
		}
	}
	if !kept {
		t.Error("that the card was lost is not kept with the run")
	}
}

func TestTheSameRunOnTheOtherDeviceIsComparedAndNotKept(t *testing.T) {
	x := carded(t, -1)
	id := ask[protocol.Run](x, protocol.KindTrain, protocol.Train{Spec: small(), Device: spec.OnBoth}).Run
	if d := event[spec.Done](x, id); d.Card != "" {
		t.Errorf("trained on %q", d.Card)
	}
	runs := len(ask[protocol.Runs](x, protocol.KindRuns, nil).Runs)
	ask[protocol.Run](x, protocol.KindOther, protocol.Other{Run: id, Device: spec.OnGPU})
	var kinds []string
	x.until("the other's end", func(p posted) bool {
		var e protocol.OtherEvent
		if p.Kind != protocol.KindOtherEvent || json.Unmarshal(p.Body, &e) != nil {
			return false
		}
		switch {
		case e.Problem != nil:
			t.Error(e.Problem)
			return true
		case e.Agreement != nil:
			if a := e.Agreement; a.Texts == 0 || a.Agree != a.Texts || a.Most != 0 { // this card has the bits of a CPU
				t.Errorf("%+v", a)
			}
			return true
		}
		event, err := spec.Decode(e.Event)
		if err != nil {
			t.Error(err)
			return true
		}
		kinds = append(kinds, event.Kind())
		if d, ok := event.(spec.Done); ok && d.Card != "a card" {
			t.Errorf("the other trained on %q", d.Card)
		}
		return false
	})
	if len(kinds) < 3 || kinds[0] != "started" || kinds[len(kinds)-1] != "done" {
		t.Errorf("told %v", kinds)
	}
	if got := len(ask[protocol.Runs](x, protocol.KindRuns, nil).Runs); got != runs {
		t.Errorf("%d runs are kept, %d before", got, runs)
	}
}
