package main

import (
	"strings"
	"testing"

	"github.com/clove-ml/clove/engine/run/link"
	"github.com/clove-ml/clove/wasm/protocol"
)

func TestAModelOfALinkJudgesAndIsKeptWhenAsked(t *testing.T) {
	x := opened(t, newBrowserless())
	id, done := trained(x)
	text := ask[protocol.Shared](x, protocol.KindShare, protocol.Model{Model: id}).Text
	l, err := link.Parse("https://clove.example/#" + text)
	if err != nil {
		t.Fatal(err)
	}
	home := newBrowserless()
	y := opened(t, home)
	o := ask[protocol.Opened](y, protocol.KindGuest, protocol.Guest{File: l.Model})
	if o.Summary.Run != protocol.GuestRun || o.Variants[0].SHA256 != done.SHA256 {
		t.Fatalf("opened %+v", o.Summary)
	}
	a, b := scores(x, "belk", id)[0], scores(y, "belk", o.Variants[0].ID)[0]
	if a.Probability != b.Probability || a.Label != b.Label {
		t.Errorf("at home %v, by the link %v", a.Probability, b.Probability)
	}
	if f := y.send(protocol.KindDownload, protocol.Download{Model: o.Variants[0].ID}, nil); string(f.data) != string(l.Model) {
		t.Errorf("its file has %d bytes, want %d", len(f.data), len(l.Model))
	}
	if runs := ask[protocol.Runs](y, protocol.KindRuns, nil).Runs; len(runs) != 1 || runs[0].Run != protocol.GuestRun {
		t.Errorf("listed %+v", runs)
	}
	if runs := ask[protocol.Runs](home.open(t), protocol.KindRuns, nil).Runs; len(runs) != 0 {
		t.Errorf("another tab has %+v: it was kept", runs)
	}
	kept := ask[protocol.Imported](y, protocol.KindKeep, nil).Model
	if kept == nil || kept.Variants[0].SHA256 != done.SHA256 {
		t.Fatalf("kept %+v", kept)
	}
	if runs := ask[protocol.Runs](home.open(t), protocol.KindRuns, nil).Runs; len(runs) != 1 || runs[0].Run != kept.Summary.Run {
		t.Errorf("another tab has %+v", runs)
	}
	if code := y.refused(protocol.KindOpen, protocol.Run{Run: protocol.GuestRun}, nil); code != "not_found" {
		t.Errorf("after it was kept: %s", code)
	}
	ask[protocol.Opened](y, protocol.KindGuest, protocol.Guest{File: l.Model})
	ask[struct{}](y, protocol.KindDelete, protocol.Run{Run: protocol.GuestRun})
	if code := y.refused(protocol.KindKeep, nil, nil); code != "not_found" {
		t.Errorf("after it was sent away: %s", code)
	}
}

func TestAModelOfALinkThatIsNoneIsRefusedAndTheWorkerLives(t *testing.T) {
	x := newBrowserless().open(t)
	for name, file := range map[string]string{
		"nothing": "", "no header": "\x00\x01\x02", "a brace": "\x02\x00\x00\x00\x00\x00\x00\x00{}", "too long": strings.Repeat("x", link.MaxModel+1),
	} {
		if code := x.refused(protocol.KindGuest, protocol.Guest{File: []byte(file)}, nil); code != "model_corrupt" && code != "model_shape" {
			t.Errorf("%s: %s", name, code)
		}
	}
	if n := len(ask[protocol.Runs](x, protocol.KindRuns, nil).Runs); n != 0 {
		t.Errorf("%d runs were made of it", n)
	}
}
