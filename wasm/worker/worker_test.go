package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/clove-ml/clove/engine/export"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/train"
	"github.com/clove-ml/clove/wasm/protocol"
	"github.com/clove-ml/clove/wasm/store"
)

// small is a Spec of two seconds' worth of work at most, on names.
func small() spec.Spec {
	s, _ := spec.Preset("names")
	s.Model.Embedding, s.Model.Hidden = 8, 8
	s.Train.Epochs = 3
	return s
}

// names are made up: those that end in a are of one kind.
func names() string {
	var b strings.Builder
	for i := range 600 {
		stem := string([]byte{'b' + byte(i%20), 'e' + byte(i/20%7), 'l' + byte(i/7%9)})
		fmt.Fprintf(&b, "soft\t%sa\nhard\t%sk\n", stem, stem)
	}
	return b.String()
}

func opened(t *testing.T, b *browserless) *tab {
	x := b.open(t)
	x.assets["names.tsv"] = names()
	return x
}

// trained runs small to its end and gives its run and last word.
func trained(x *tab) (string, spec.Done) {
	x.t.Helper()
	id := ask[protocol.Run](x, protocol.KindTrain, protocol.Train{Spec: small()}).Run
	return id, event[spec.Done](x, id)
}

func scores(x *tab, text string, models ...string) []protocol.Trace {
	x.t.Helper()
	return ask[protocol.Scored](x, protocol.KindScore, protocol.Score{Seq: 1, Text: text, Models: models}).Traces
}

func TestATrainedModelIsThereAfterAReloadWithTheSameBits(t *testing.T) {
	b := newBrowserless()
	x := opened(t, b)
	id, done := trained(x)
	ask[protocol.Run](x, protocol.KindCompress, protocol.Compress{Run: id, Pipeline: "prune=0.5,quantize=int8"})
	made := x.smaller(id)
	if made.Flips != nil {
		t.Error("the flips came unasked")
	}
	models := []string{id, id + "/original", made.ID}
	before := scores(x, "bela 🙂 tok", models...)
	o := ask[protocol.Opened](x, protocol.KindOpen, protocol.Run{Run: id})
	x.kill()

	y := opened(t, b)
	hello := ask[protocol.Welcome](y, protocol.KindHello, nil)
	if len(hello.Runs) != 1 || hello.Runs[0].State != "done" || hello.Runs[0].Variants != 2 {
		t.Fatalf("the list is %+v", hello.Runs)
	}
	if diff := cmp.Diff(o, ask[protocol.Opened](y, protocol.KindOpen, protocol.Run{Run: id})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(before, scores(y, "bela 🙂 tok", models...)); diff != "" {
		t.Error(diff)
	}
	if o.Variants[0].SHA256 != done.SHA256 || o.Variants[0].Name != "original" {
		t.Errorf("the first variant is %+v", o.Variants[0])
	}
	if len(before) != 3 {
		t.Fatalf("%d readings", len(before))
	}

	f := y.send(protocol.KindDownload, protocol.Download{Model: made.ID}, nil)
	if f.Problem != nil || len(f.data) != made.FileBytes {
		t.Errorf("the download has %d bytes, want %d: %+v", len(f.data), made.FileBytes, f.Problem)
	}
	for _, format := range export.Formats {
		f := y.send(protocol.KindDownload, protocol.Download{Model: made.ID, Format: format.Name}, nil)
		var named protocol.File
		if f.Problem != nil || json.Unmarshal(f.Body, &named) != nil || !strings.HasSuffix(named.Name, "int8"+format.Suffix) || len(f.data) == 0 {
			t.Errorf("as %s: %+v, %d bytes called %q", format.Name, f.Problem, len(f.data), named.Name)
		}
	}
	if f := y.send(protocol.KindDownload, protocol.Download{Model: made.ID, Format: "gguf"}, nil); f.Problem == nil {
		t.Error("an unknown format was written")
	}
	flips := ask[protocol.FlipsPage](y, protocol.KindFlips, protocol.Flips{Model: made.ID}).Flips
	if len(flips) != made.Changed {
		t.Errorf("%d flips, want %d", len(flips), made.Changed)
	}
}

func TestAKilledTabsRunGoesOnToTheSameWeights(t *testing.T) {
	b := newBrowserless()
	_, want := trained(opened(t, newBrowserless()))

	x := opened(t, b)
	id, release := x.begun(small())
	y := opened(t, b)
	if code := y.refused(protocol.KindTrain, protocol.Train{Run: id}, nil); code != "owned" {
		t.Errorf("another tab's run: %s", code)
	}
	ask[struct{}](x, protocol.KindControl, protocol.Control{Run: id, Do: "pause"})
	release()
	event[spec.Paused](x, id)
	event[spec.Saved](x, id)
	ask[struct{}](x, protocol.KindControl, protocol.Control{Run: id, Do: "step"})
	event[spec.Step](x, id)
	list := ask[protocol.Runs](y, protocol.KindRuns, nil).Runs
	if list[0].Owner != "elsewhere" || list[0].State != "paused" {
		t.Errorf("seen from another tab: %+v", list[0])
	}
	if o := ask[protocol.Opened](y, protocol.KindOpen, protocol.Run{Run: id}); o.Summary.Owner != "elsewhere" || len(o.Events) == 0 {
		t.Errorf("opened in another tab: %+v", o.Summary)
	}
	x.kill()

	y.until("the freed run", func(p posted) bool {
		var r protocol.Runs
		return p.Kind == protocol.KindRunsChanged && json.Unmarshal(p.Body, &r) == nil && r.Runs[0].State == "stopped" && r.Runs[0].Owner == ""
	})
	ask[protocol.Run](y, protocol.KindTrain, protocol.Train{Run: id})
	if s := event[spec.Started](y, id); s.FromStep == 0 {
		t.Error("it began anew")
	}
	if got := event[spec.Done](y, id); got.SHA256 != want.SHA256 {
		t.Errorf("weights %s, want %s", got.SHA256, want.SHA256)
	}
	// The file of a run that is done holds each step once.
	last := 0
	for _, line := range ask[protocol.Opened](y, protocol.KindOpen, protocol.Run{Run: id}).Events {
		e, err := spec.Decode(line)
		if err != nil {
			t.Fatal(err)
		}
		if s, ok := e.(spec.Step); ok {
			if s.Step <= last {
				t.Errorf("step %d after step %d", s.Step, last)
			}
			last = s.Step
		}
	}
}

func TestARunKilledBeforeItsFirstCheckpointBeginsAnew(t *testing.T) {
	b := newBrowserless()
	_, want := trained(opened(t, newBrowserless()))
	rec := store.Run{Spec: small(), Summary: protocol.RunSummary{Run: "r", State: "training", Step: 3}}
	if err := store.New(b.kept).Save(context.Background(), &rec, store.Change{}); err != nil {
		t.Fatal(err)
	}
	x := opened(t, b)
	ask[protocol.Run](x, protocol.KindTrain, protocol.Train{Run: "r"})
	if got := event[spec.Done](x, "r"); got.SHA256 != want.SHA256 {
		t.Errorf("weights %s, want %s", got.SHA256, want.SHA256)
	}
}

func TestCancelKeepsACheckpointAndLetsTheNextRunBegin(t *testing.T) {
	x := opened(t, newBrowserless())
	id, release := x.begun(small())
	if code := x.refused(protocol.KindTrain, protocol.Train{Spec: small()}, nil); code != "busy" {
		t.Errorf("a second run: %s", code)
	}
	ask[struct{}](x, protocol.KindControl, protocol.Control{Run: id, Do: "pause"})
	release()
	event[spec.Paused](x, id)
	if n := len(scores(x, "bela", live)); n != 1 {
		t.Errorf("%d readings by the model in training", n)
	}
	ask[struct{}](x, protocol.KindControl, protocol.Control{Run: id, Do: "cancel"})
	if f := event[spec.Failed](x, id); f.Code != "cancelled" || f.Kept == 0 {
		t.Errorf("%+v", f)
	}
	if s := ask[protocol.Runs](x, protocol.KindRuns, nil).Runs[0]; s.State != "stopped" {
		t.Errorf("its state is %s", s.State)
	}
	if n := len(scores(x, "bela", live, id)); n != 1 {
		t.Errorf("%d readings, want that of the checkpoint alone", n)
	}
	trained(x)
	if code := x.refused(protocol.KindControl, protocol.Control{Run: id, Do: "pause"}, nil); code != "not_found" {
		t.Errorf("pausing what does not run: %s", code)
	}
}

func TestARunIsCancelledWhileItReadsItsTexts(t *testing.T) {
	x := opened(t, newBrowserless())
	end, err := x.w.reading.begin(t.Context(), nil) // as if somebody read a big file
	if err != nil {
		t.Fatal(err)
	}
	id := ask[protocol.Run](x, protocol.KindTrain, protocol.Train{Spec: small()}).Run
	ask[struct{}](x, protocol.KindControl, protocol.Control{Run: id, Do: "cancel"})
	if f := event[spec.Failed](x, id); f.Code != "cancelled" {
		t.Errorf("%+v", f)
	}
	end()
	// It can be begun all the same.
	x.forget()
	ask[protocol.Run](x, protocol.KindTrain, protocol.Train{Run: id})
	event[spec.Done](x, id)
}

func TestDeleteAndUndelete(t *testing.T) {
	x := opened(t, newBrowserless())
	id, _ := trained(x)
	before := ask[protocol.Opened](x, protocol.KindOpen, protocol.Run{Run: id})
	ask[struct{}](x, protocol.KindDelete, protocol.Run{Run: id})
	if code := x.refused(protocol.KindOpen, protocol.Run{Run: id}, nil); code != "not_found" {
		t.Errorf("a deleted run: %s", code)
	}
	ask[struct{}](x, protocol.KindUndelete, protocol.Run{Run: id})
	if diff := cmp.Diff(before, ask[protocol.Opened](x, protocol.KindOpen, protocol.Run{Run: id})); diff != "" {
		t.Error(diff)
	}
	// Deleting the one in progress ends it first.
	id, release := x.begun(small())
	ask[struct{}](x, protocol.KindControl, protocol.Control{Run: id, Do: "pause"})
	release()
	ask[struct{}](x, protocol.KindDelete, protocol.Run{Run: id})
	if n := len(ask[protocol.Runs](x, protocol.KindRuns, nil).Runs); n != 1 {
		t.Errorf("%d runs are left", n)
	}
}

func TestADroppedFileIsNamedByItsHashAndAskedForAgain(t *testing.T) {
	b := newBrowserless()
	x := b.open(t)
	s := small()
	d := ask[protocol.Imported](x, protocol.KindImport, protocol.Import{Name: "people.tsv", Spec: s}, file(names())).Data
	if d == nil || d.Spec.Data.Source != "file" || len(d.Spec.Data.SHA256) != 64 || d.Facts.Texts.Train == 0 || len(d.Facts.Layers) == 0 {
		t.Fatalf("imported %+v", d)
	}
	// Other settings read the same file again.
	other := d.Spec
	other.Tokenizer.MaxTokens = 2
	if f := ask[protocol.Described](x, protocol.KindDescribe, protocol.Describe{Spec: other}).Facts; f.CutShare == 0 {
		t.Errorf("nothing is cut: %+v", f)
	}
	id, release := x.begun(d.Spec)
	ask[struct{}](x, protocol.KindControl, protocol.Control{Run: id, Do: "cancel"})
	release()
	event[spec.Failed](x, id)
	x.kill()

	// Its texts are kept with the run.
	y := b.open(t)
	ask[protocol.Run](y, protocol.KindTrain, protocol.Train{Run: id})
	event[spec.Done](y, id)
	if sum := ask[protocol.Runs](y, protocol.KindRuns, nil).Runs[0]; !strings.HasPrefix(sum.Name, "people.tsv") {
		t.Errorf("it is called %q", sum.Name)
	}

	// A run whose texts were too many asks for the file, and takes no other.
	ctx := context.Background()
	st := store.New(b.kept)
	r, err := st.Run(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	r.NeedFile, r.Data, r.Summary.State = true, "", "stopped"
	if err := b.kept.Write(ctx, []store.Op{{Table: store.Data, Key: r.Spec.DataID()}}); err != nil {
		t.Fatal(err)
	}
	if err := st.Save(ctx, &r, store.Change{}); err != nil {
		t.Fatal(err)
	}
	z := b.open(t)
	if o := ask[protocol.Opened](z, protocol.KindOpen, protocol.Run{Run: id}); !o.NeedFile {
		t.Error("it does not say that it needs its file")
	}
	if code := z.refused(protocol.KindTrain, protocol.Train{Run: id}, nil); code != "need_file" {
		t.Errorf("resumed without its file: %s", code)
	}
	if code := z.refused(protocol.KindImport, protocol.Import{Name: "other.tsv", Run: id}, file("soft\tx\n")); code != "data_other_file" {
		t.Errorf("another file: %s", code)
	}
	ask[protocol.Imported](z, protocol.KindImport, protocol.Import{Name: "copy.tsv", Run: id}, file(names()))
	ask[protocol.Run](z, protocol.KindTrain, protocol.Train{Run: id})
	event[spec.Done](z, id)
}

func TestWhatCanNotBeImportedSaysWhy(t *testing.T) {
	x := newBrowserless().open(t)
	for _, c := range []struct{ name, text, want string }{
		{"empty.csv", "", "data_empty"},
		{"one.csv", "text,label\na,x\nb,x\n", "data_one_label"},
		{"latin.tsv", "soft\t\xff\xfe\nhard\tb\n", "data_encoding"},
		{"m.safetensors", "\x08\x00\x00\x00\x00\x00\x00\x00{\"a\":1}}", "model_corrupt"},
		{"short.safetensors", "x", "model_corrupt"},
		{"unnamed", "\x02\x00\x00\x00\x00\x00\x00\x00{}", "model_shape"},
	} {
		if code := x.refused(protocol.KindImport, protocol.Import{Name: c.name, Spec: small()}, file(c.text)); code != c.want {
			t.Errorf("%s: %s, want %s", c.name, code, c.want)
		}
	}
	if n := len(ask[protocol.Runs](x, protocol.KindRuns, nil).Runs); n != 0 {
		t.Errorf("%d runs were made of it", n)
	}
}

func TestAModelGoesOutAndComesBackIn(t *testing.T) {
	x := opened(t, newBrowserless())
	id, done := trained(x)
	f := x.send(protocol.KindDownload, protocol.Download{Model: id}, nil)
	y := opened(t, newBrowserless())
	m := ask[protocol.Imported](y, protocol.KindImport, protocol.Import{Name: "mine.safetensors"}, bytes.NewReader(f.data)).Model
	if m == nil || m.Variants[0].SHA256 != done.SHA256 || m.Summary.State != "done" {
		t.Fatalf("imported %+v", m)
	}
	a, b := scores(x, "belk", id)[0], scores(y, "belk", m.Summary.Run)[0]
	a.Model, b.Model = "", ""
	if diff := cmp.Diff(a, b); diff != "" {
		t.Error(diff)
	}
	// It came without a measure, which is made with the first variant.
	ask[protocol.Run](y, protocol.KindCompress, protocol.Compress{Run: m.Summary.Run, Pipeline: "quantize=int8"})
	if first := event[spec.Compressed](y, m.Summary.Run).Variant; first.Test.Accuracy != done.Test.Accuracy || first.Pipeline != "" {
		t.Errorf("measured %+v, want %+v", first.Test, done.Test)
	}
}

func TestTrainingOnBeginsFromTheModelsWeights(t *testing.T) {
	x := opened(t, newBrowserless())
	id, done := trained(x)
	s := small()
	s.Train.Epochs, s.Train.Rate = 1, 1e-7
	on := ask[protocol.Run](x, protocol.KindTrain, protocol.Train{Spec: s, From: id}).Run
	if again := event[spec.Done](x, on); again.Test.Accuracy < done.Test.Accuracy-0.02 {
		t.Errorf("accuracy %g, of the model that it began from %g", again.Test.Accuracy, done.Test.Accuracy)
	}
}

func TestAWeightThatIsNotFiniteIsToldAndTheCheckpointStays(t *testing.T) {
	x := opened(t, newBrowserless())
	id, release := x.begun(small())
	ask[struct{}](x, protocol.KindControl, protocol.Control{Run: id, Do: "pause"})
	release()
	event[spec.Saved](x, id)
	poisoned := make(chan bool)
	x.w.job.control.Do(func(t *train.Trainer) {
		for _, p := range t.View().Params {
			if p.Name == model.LinearWeight {
				p.Enc.(model.F32)[0] = float32(math.NaN())
			}
		}
		close(poisoned)
	})
	<-poisoned
	if n := len(scores(x, "bela", live)); n != 0 {
		t.Error("a model whose answers are no numbers still reads")
	}
	ask[struct{}](x, protocol.KindControl, protocol.Control{Run: id, Do: "resume"})
	if f := event[spec.Failed](x, id); f.Code != "not_finite" || f.Tensor != model.LinearWeight || f.Rate == 0 || f.Kept == 0 {
		t.Errorf("%+v", f)
	}
	if s := ask[protocol.Runs](x, protocol.KindRuns, nil).Runs[0]; s.State != "failed" {
		t.Errorf("its state is %s", s.State)
	}
	// The last good checkpoint reads, and another run may begin with it.
	if n := len(scores(x, "bela", id)); n != 1 {
		t.Error("the checkpoint does not read")
	}
	slower := small()
	slower.Train.Rate /= 10
	on := ask[protocol.Run](x, protocol.KindTrain, protocol.Train{Spec: slower, From: id}).Run
	event[spec.Done](x, on)
}

func TestAFullStorageIsToldAndTheRunGoesOn(t *testing.T) {
	b := newBrowserless()
	b.kept = fullBackend{store.NewMemory()}
	x := opened(t, b)
	id, _ := trained(x)
	x.until("the notice", func(p posted) bool {
		var q protocol.Problem
		return p.Kind == protocol.KindNotice && json.Unmarshal(p.Body, &q) == nil && q.Code == "storage_full"
	})
	if f := x.send(protocol.KindDownload, protocol.Download{Model: id}, nil); f.Problem != nil || len(f.data) == 0 {
		t.Errorf("no download: %+v", f.Problem)
	}
	if n := len(ask[protocol.Runs](x, protocol.KindRuns, nil).Runs); n != 1 {
		t.Errorf("%d runs in the list", n)
	}
}

type fullBackend struct{ *store.Memory }

func (fullBackend) Write(context.Context, []store.Op) error {
	return &store.Error{Code: "storage_full", Err: io.ErrShortWrite}
}

func TestWithoutStorageAndServerTheWelcomeSaysSo(t *testing.T) {
	b := newBrowserless()
	b.kept = nil
	x := opened(t, b)
	w := ask[protocol.Welcome](x, protocol.KindHello, nil)
	if w.Storage != "refused" || w.Server || w.Builtin != nil {
		t.Errorf("%+v", w)
	}
	if diff := cmp.Diff([]string{"reviews", "mail", "names"}, w.Names); diff != "" {
		t.Error(diff)
	}
	if code := x.refused(protocol.KindNative, protocol.Native{Spec: small()}, nil); code != "no_server" {
		t.Errorf("native: %s", code)
	}
}

func TestWithoutTheKernelsTheGenericDeviceServesAndThePageIsTold(t *testing.T) {
	b := newBrowserless()
	b.slow = errors.New("no SIMD here")
	x := opened(t, b)
	x.until("the notice", func(p posted) bool {
		var q protocol.Problem
		return p.Kind == protocol.KindNotice && json.Unmarshal(p.Body, &q) == nil && q.Code == "no_simd" && q.Message == "no SIMD here"
	})
	if w := ask[protocol.Welcome](x, protocol.KindHello, nil); w.Device != "generic" {
		t.Errorf("the device is %s", w.Device)
	}
	trained(x)
}

func TestARequestThatPanicsFailsAloneAndUnknownOnesAreRefused(t *testing.T) {
	x := opened(t, newBrowserless())
	handlers["panic"] = func(*worker, context.Context, json.RawMessage, File) (result, error) { panic("ouch") }
	defer delete(handlers, "panic")
	if code := x.refused("panic", nil, nil); code != "worker_crashed" {
		t.Errorf("a panic: %s", code)
	}
	if code := x.refused("nonsense", nil, nil); code != "internal" {
		t.Errorf("nonsense: %s", code)
	}
	ask[protocol.Welcome](x, protocol.KindHello, nil)
}

// site gives x a built-in model with one variant, made by another tab.
func site(x *tab) {
	y := opened(x.t, newBrowserless())
	id, _ := trained(y)
	o := ask[protocol.Opened](y, protocol.KindOpen, protocol.Run{Run: id})
	for i := range o.Variants {
		o.Variants[i].ID = strings.TrimPrefix(o.Variants[i].ID, id+"/")
	}
	x.assets["builtin.json"] = string(raw(o))
	x.assets["builtin.safetensors"] = string(y.send(protocol.KindDownload, protocol.Download{Model: id}, nil).data)
}

func TestTheBuiltinModelJudgesAndItsVariantsAreKept(t *testing.T) {
	b := newBrowserless()
	x := opened(t, b)
	site(x)
	w := ask[protocol.Welcome](x, protocol.KindHello, nil)
	if w.Builtin == nil || w.Builtin.Variants[0].ID != "builtin/original" || len(w.Runs) != 0 {
		t.Fatalf("%+v", w)
	}
	if n := len(scores(x, "bela", "builtin/original", "builtin")); n != 2 {
		t.Errorf("%d readings", n)
	}
	ask[protocol.Run](x, protocol.KindCompress, protocol.Compress{Run: "builtin", Pipeline: "quantize=int8"})
	v := x.smaller("builtin")
	assets := x.assets
	x.kill()

	y := b.open(t)
	y.assets = assets
	o := ask[protocol.Welcome](y, protocol.KindHello, nil)
	if len(o.Builtin.Variants) != 2 || o.Builtin.Variants[1].ID != v.ID || o.Builtin.Variants[0].LatencyMS == 0 || len(o.Runs) != 0 {
		t.Errorf("%+v", o.Builtin.Variants)
	}
	if n := len(scores(y, "bela", v.ID)); n != 1 {
		t.Error("its variant does not read")
	}
	y.kill()

	// Another version of Clove has another built-in model: the variants of the old one go.
	z := opened(t, b)
	s := small()
	s.Seed = 2
	q := opened(t, newBrowserless())
	id := ask[protocol.Run](q, protocol.KindTrain, protocol.Train{Spec: s}).Run
	event[spec.Done](q, id)
	z.assets["builtin.json"] = string(raw(ask[protocol.Opened](q, protocol.KindOpen, protocol.Run{Run: id})))
	z.assets["builtin.safetensors"] = string(q.send(protocol.KindDownload, protocol.Download{Model: id}, nil).data)
	if n := len(ask[protocol.Welcome](z, protocol.KindHello, nil).Builtin.Variants); n != 1 {
		t.Errorf("%d variants", n)
	}
}

func TestTheOriginalIsTimedWhereItsVariantIs(t *testing.T) {
	x := opened(t, newBrowserless())
	site(x)
	const elsewhere = 12345.5 // ms, of the machine that built the site
	x.assets["builtin.json"] = timed(t, x.assets["builtin.json"], elsewhere)
	ask[protocol.Welcome](x, protocol.KindHello, nil)
	ask[protocol.Run](x, protocol.KindCompress, protocol.Compress{Run: "builtin", Pipeline: "quantize=int8"})
	small := x.smaller("builtin")
	o := event[spec.Compressed](x, "builtin").Variant // told before the small one
	if o.ID != "builtin/original" || o.Pipeline != "" || o.LatencyMS == 0 || o.LatencyMS == elsewhere || o.Where != small.Where || small.LatencyMS == 0 {
		t.Errorf("the original %+v, the small one %+v", o, small)
	}
	for _, v := range ask[protocol.Opened](x, protocol.KindOpen, protocol.Run{Run: "builtin"}).Variants {
		if v.LatencyMS == elsewhere {
			t.Errorf("%s is told with another machine's time", v.ID)
		}
	}

	// The second variant does not ask the original again, but is told beside it.
	x.forget()
	ask[protocol.Run](x, protocol.KindCompress, protocol.Compress{Run: "builtin", Pipeline: "prune=0.5"})
	x.smaller("builtin")
	if diff := cmp.Diff(o, event[spec.Compressed](x, "builtin").Variant); diff != "" {
		t.Errorf("the original was measured again: %s", diff)
	}
	if n := len(ask[protocol.Welcome](x, protocol.KindHello, nil).Builtin.Variants); n != 3 {
		t.Errorf("%d variants", n)
	}
}

// timed is a built-in run whose original took so long.
func timed(t *testing.T, run string, ms float64) string {
	t.Helper()
	var o protocol.Opened
	if err := json.Unmarshal([]byte(run), &o); err != nil {
		t.Fatal(err)
	}
	o.Variants[0].LatencyMS = ms
	return string(raw(o))
}

func TestARunTrainedHereIsNotMeasuredAgain(t *testing.T) {
	x := opened(t, newBrowserless())
	id, _ := trained(x)
	o := ask[protocol.Opened](x, protocol.KindOpen, protocol.Run{Run: id}).Variants[0]
	ask[protocol.Run](x, protocol.KindCompress, protocol.Compress{Run: id, Pipeline: "quantize=int8"})
	x.smaller(id)
	if diff := cmp.Diff(o, event[spec.Compressed](x, id).Variant); diff != "" {
		t.Errorf("the original was measured again: %s", diff)
	}
	// What is known of originals does not grow for ever.
	for range 2 * keptMeasured {
		m, err := x.w.model(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		x.w.know(m, nil)
	}
	if n := len(x.w.known); n != keptMeasured {
		t.Errorf("%d are known", n)
	}
}

func TestTheTextsOfAnotherVocabularyAreReadWithTheModelsOwn(t *testing.T) {
	x := opened(t, newBrowserless())
	id, _ := trained(x)
	m, err := x.w.model(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	m.Config.Spec.Tokenizer.Vocabulary = 12 // as if its data had changed since
	enc, err := x.w.testFor(context.Background(), m, func(spec.Event) {})
	if err != nil {
		t.Fatal(err)
	}
	if enc.Vocab != m.Vocab || enc.Test.Len() == 0 || enc.Train.Len() == 0 || enc.Valid.Len() == 0 {
		t.Errorf("%d test texts, %d to train on, %d for validation", enc.Test.Len(), enc.Train.Len(), enc.Valid.Len())
	}
	if again, err := x.w.testFor(context.Background(), m, func(spec.Event) {}); err != nil || again != enc {
		t.Errorf("they are read again: %v", err)
	}
}
