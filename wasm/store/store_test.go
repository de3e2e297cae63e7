package store

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

var ctx = context.Background()

// narrow is a Backend with so many bytes of room.
type narrow struct {
	*Memory
	room int64
}

func (n *narrow) Write(ctx context.Context, ops []Op) error {
	used := int64(0)
	for _, t := range Tables {
		rs, _ := n.All(ctx, t)
		for _, r := range rs {
			used += int64(len(r.Value))
		}
	}
	for _, op := range ops {
		old, _ := n.Get(ctx, op.Table, op.Key)
		used += int64(len(op.Value) - len(old))
	}
	if used > n.room {
		return &Error{"storage_full", errors.New("no room")}
	}
	return n.Memory.Write(ctx, ops)
}

func newRun(id string, created int64) Run {
	return Run{Summary: protocol.RunSummary{Run: id, Created: created, State: "done"}, Spec: spec.Default()}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestARunComesBackAsItWasSaved(t *testing.T) {
	s := New(NewMemory())
	r := newRun("a", 5)
	flips := []spec.Flip{{Index: 3, Text: "so so"}}
	must(t, s.Save(ctx, &r, Change{
		Events:     []json.RawMessage{[]byte(`{"event":"step","step":1}`)},
		Checkpoint: []byte("state"),
		Models:     map[string][]byte{"a": []byte("best"), "a/original": []byte("whole")},
		Variants:   []spec.Variant{{ID: "a/original", Name: "original", Flips: flips}},
	}))
	got, err := s.Run(ctx, "a")
	must(t, err)
	if diff := cmp.Diff(r, got); diff != "" {
		t.Error(diff)
	}
	if got.Summary.Stored < int64(len("state")+len("best")+len("whole")) {
		t.Errorf("%d bytes stored", got.Summary.Stored)
	}
	variants, err := s.Variants(ctx, got)
	must(t, err)
	if len(variants) != 1 || variants[0].Flips != nil {
		t.Errorf("variants %+v, want one without flips", variants)
	}
	gotFlips, err := s.Flips(ctx, "a/original")
	must(t, err)
	if diff := cmp.Diff(flips, gotFlips); diff != "" {
		t.Error(diff)
	}
	for id, want := range map[string]string{"a": "best", "a/original": "whole"} {
		if b, err := s.Model(ctx, id); err != nil || string(b) != want {
			t.Errorf("model %s is %q, %v", id, b, err)
		}
	}
	events, err := s.Events(ctx, "a")
	if err != nil || len(events) != 1 {
		t.Errorf("events %s, %v", events, err)
	}

	must(t, s.Save(ctx, &got, Change{Done: true}))
	if _, err := s.Checkpoint(ctx, "a"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a done run still has its checkpoint: %v", err)
	}
	if got.Summary.Stored >= r.Summary.Stored {
		t.Errorf("it takes %d bytes without its checkpoint, %d with it", got.Summary.Stored, r.Summary.Stored)
	}
}

func TestTheListIsNewestFirstWithoutRecordsOfTheFuture(t *testing.T) {
	m := NewMemory()
	s := New(m)
	for id, created := range map[string]int64{"old": 1, "new": 3, "mid": 2} {
		r := newRun(id, created)
		must(t, s.Save(ctx, &r, Change{}))
	}
	must(t, m.Write(ctx, []Op{{Runs, "future", []byte(`{"format":99}`)}, {Runs, "torn", []byte(`{`)}}))
	runs, err := s.Runs(ctx)
	must(t, err)
	var ids []string
	for _, r := range runs {
		ids = append(ids, r.Summary.Run)
	}
	if diff := cmp.Diff([]string{"new", "mid", "old"}, ids); diff != "" {
		t.Error(diff)
	}
}

func TestDeleteTakesAllButSharedTextsAndUndeleteBringsItBack(t *testing.T) {
	m := NewMemory()
	s := New(m)
	for _, id := range []string{"a", "b"} {
		r := newRun(id, 1)
		if kept, err := s.SaveData(ctx, &r, "texts", []byte("encoded")); err != nil || !kept {
			t.Fatal(kept, err)
		}
		must(t, s.Save(ctx, &r, Change{
			Checkpoint: []byte(id), Models: map[string][]byte{id + "/original": []byte(id)},
			Variants: []spec.Variant{{ID: id + "/original"}},
		}))
	}
	before := dump(t, m)

	must(t, s.Delete(ctx, "a"))
	if _, err := s.Data(ctx, "texts"); err != nil {
		t.Errorf("the texts of b are gone with a: %v", err)
	}
	if _, err := s.Run(ctx, "a"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a is still there: %v", err)
	}
	must(t, s.Delete(ctx, "b"))
	if left := dump(t, m); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	must(t, s.Undelete(ctx, "b"))
	must(t, s.Undelete(ctx, "a"))
	if diff := cmp.Diff(before, dump(t, m)); diff != "" {
		t.Error(diff)
	}
	if err := s.Undelete(ctx, "a"); !errors.Is(err, ErrNotFound) {
		t.Errorf("undone twice: %v", err)
	}
	if err := s.Delete(ctx, "never"); !errors.Is(err, ErrNotFound) {
		t.Errorf("deleted what never was: %v", err)
	}
}

func TestTextsBeyondTheBoundAreNotKeptAndTheRunSaysSo(t *testing.T) {
	s := New(NewMemory())
	r := newRun("a", 1)
	kept, err := s.SaveData(ctx, &r, "k", make([]byte, MaxData+1))
	if err != nil || kept || !r.NeedFile || r.Data != "" {
		t.Errorf("kept %v, run %+v, %v", kept, r, err)
	}
}

func TestAFullStorageLosesNothingAndIsToldOnce(t *testing.T) {
	kept := &narrow{NewMemory(), 10}
	var told []string
	s := NewSpill(kept, func(e *Error) { told = append(told, e.Code) })

	must(t, s.Write(ctx, []Op{{Runs, "a", []byte("1234")}}))
	must(t, s.Write(ctx, []Op{{Runs, "b", []byte("12345678")}, {Events, "b", []byte("e")}}))
	must(t, s.Write(ctx, []Op{{Runs, "c", []byte("123456789")}}))
	if diff := cmp.Diff([]string{"storage_full"}, told); diff != "" {
		t.Error(diff)
	}
	for key, want := range map[string]string{"a": "1234", "b": "12345678", "c": "123456789"} {
		if got, err := s.Get(ctx, Runs, key); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v", key, got, err)
		}
	}
	if b, _ := kept.Get(ctx, Events, "b"); b != nil {
		t.Error("half of a write was kept")
	}
	rs, err := s.All(ctx, Runs)
	if err != nil || len(rs) != 3 {
		t.Errorf("%d records, %v", len(rs), err)
	}
	if s.Held() == 0 {
		t.Error("nothing is held")
	}

	// Removing makes room: the oldest held write moves in, and a newer one of the same key wins over it.
	must(t, s.Write(ctx, []Op{{Runs, "c", []byte("c")}}))
	must(t, s.Write(ctx, []Op{{Runs, "a", nil}}))
	if b, _ := kept.Get(ctx, Runs, "b"); string(b) != "12345678" {
		t.Errorf("b is %q in the storage that has room again", b)
	}
	if got, _ := s.Get(ctx, Runs, "c"); string(got) != "c" {
		t.Errorf("c is %q", got)
	}
	if s.Held() != 0 {
		t.Errorf("%d bytes are still held", s.Held())
	}
}

func TestWithoutStorageMemoryServes(t *testing.T) {
	s := New(NewSpill(nil, func(e *Error) { t.Errorf("warned: %v", e) }))
	r := newRun("a", 1)
	must(t, s.Save(ctx, &r, Change{Checkpoint: []byte("x")}))
	must(t, s.Delete(ctx, "a"))
	must(t, s.Undelete(ctx, "a"))
	if b, err := s.Checkpoint(ctx, "a"); err != nil || string(b) != "x" {
		t.Errorf("%q, %v", b, err)
	}
}

// dump is all that a Memory holds.
func dump(t *testing.T, m *Memory) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, table := range Tables {
		rs, err := m.All(ctx, table)
		must(t, err)
		for _, r := range rs {
			all[string(table)+"/"+r.Key] = string(r.Value)
		}
	}
	return all
}

func TestWhatWasFoundOutAboutTheMachineComesBack(t *testing.T) {
	b := NewMemory()
	s := New(b)
	var got struct{ Rate float64 }
	if ok, err := s.Found(ctx, "probe", &got); ok || err != nil {
		t.Errorf("before anything was found: %v, %v", ok, err)
	}
	must(t, s.KeepFound(ctx, "probe", struct{ Rate float64 }{12.5}))
	if ok, err := New(b).Found(ctx, "probe", &got); !ok || err != nil || got.Rate != 12.5 {
		t.Errorf("found %+v: %v, %v", got, ok, err)
	}
	must(t, b.Write(ctx, []Op{{Machine, "probe", []byte(`{"Rate":"fast"}`)}}))
	if ok, err := s.Found(ctx, "probe", &got); ok || err != nil {
		t.Errorf("of another version: %v, %v", ok, err)
	}
}
