package run

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/tensor/devicetest"
	"github.com/clove-ml/clove/engine/train"
)

// Thirty random cases by default, to be quick in wasm too; -rapid.checks asks for more.
func init() {
	if err := flag.Set("rapid.checks", "30"); err != nil {
		panic(err)
	}
}

// lines is a source of made-up reviews: "good" is yes, "not good" is no.
type lines struct {
	n    int
	fail error // after the rows
}

func (l lines) Each(ctx context.Context, yield func(data.Row) error) (data.Report, error) {
	words := []string{"a", "film", "the", "plot", "it", "was", "we", "saw"}
	var report data.Report
	for i := range l.n {
		h := i*2654435761 + i/7
		text := []string{words[h>>3&7], words[h>>6&7], fmt.Sprint("w", i)}
		label := "yes"
		if i%2 == 0 {
			label = "no"
			text = append(text, "not")
		}
		text = append(text, "good", words[h>>9&7])
		split := data.Train
		switch {
		case i%5 == 3:
			split = data.Valid
		case i%5 == 4:
			split = data.Test
		}
		report.Rows++
		if err := yield(data.Row{Split: split, Label: label, Text: strings.Join(text, " ")}); err != nil {
			return report, err
		}
	}
	return report, l.fail
}

func open(src data.Source) func(context.Context, spec.Spec) (data.Source, data.Builtin, error) {
	return func(context.Context, spec.Spec) (data.Source, data.Builtin, error) {
		return src, data.Builtin{Name: "made", Synthetic: true, Origin: "this test", Terms: "none"}, nil
	}
}

func little() spec.Spec {
	s := spec.Default()
	s.Tokenizer = spec.Tokenizer{Kind: "words", Vocabulary: 100, MinCount: 1, MaxTokens: 12, Cut: "head"}
	s.Model = spec.Model{Kind: "lstm", Embedding: 4, Hidden: 5, ForgetBias: 1, EmbeddingScale: 0.3, EmbeddingDropout: 0.1, Dropout: 0.1}
	s.Train.Batch, s.Train.Epochs, s.Train.Rate = 6, 3, 0.03
	return s
}

// clock moves on by a second whenever it is read, so that every step is told.
func clock() func() time.Time {
	at := time.Unix(0, 0)
	return func() time.Time { at = at.Add(time.Second); return at }
}

// log keeps events.
type log struct {
	events []spec.Event
	on     func(spec.Event)
}

func (l *log) sink(e spec.Event) {
	spec.Encode(e) // every event can be sent
	l.events = append(l.events, e)
	if l.on != nil {
		l.on(e)
	}
}

func (l *log) kinds() string {
	var k []string
	for _, e := range l.events {
		if n := len(k); n == 0 || k[n-1] != e.Kind() {
			k = append(k, e.Kind())
		}
	}
	return strings.Join(k, " ")
}

func of[E spec.Event](l *log) []E {
	var out []E
	for _, e := range l.events {
		if x, ok := e.(E); ok {
			out = append(out, x)
		}
	}
	return out
}

func TestARunTellsItsStoryInOrder(t *testing.T) {
	var l log
	saves := 0
	s := little()
	s.Compress = "prune=0.5,finetune=1,quantize=int8"
	res, err := Run(context.Background(), s, Env{
		Open: open(lines{n: 60}), Now: clock(), Threads: 2,
		Save: func(_ context.Context, c Checkpoint) error { saves++; return nil },
	}, l.sink)
	if err != nil {
		t.Fatal(err)
	}
	epoch := " step evaluated step evaluated step evaluated step evaluated step evaluated step epoch saved"
	want := "reading started" + strings.Repeat(epoch, 3) + " compressing compressed done"
	if got := l.kinds(); got != want {
		t.Errorf("events\n%s, want\n%s", got, want)
	}

	started := of[spec.Started](&l)[0]
	if !started.Facts.Synthetic || started.Facts.Origin != "this test" || len(started.Facts.Layers) == 0 ||
		started.Facts.FileBytes != len(res.Model.Bytes()) || started.Threads != 2 || started.Device != tensor.Best(tensor.GenericOptions{}).Name() {
		t.Errorf("%+v", started)
	}
	if len(of[spec.Step](&l)) != started.Steps {
		t.Errorf("%d of %d steps told, by a slow clock", len(of[spec.Step](&l)), started.Steps)
	}
	var whys []string
	for _, x := range of[spec.Saved](&l) {
		whys = append(whys, x.Why)
	}
	if diff := cmp.Diff([]string{"epoch", "epoch", "end"}, whys); diff != "" || saves != 3 {
		t.Errorf("%d saves: %s", saves, diff)
	}
	done := of[spec.Done](&l)[0]
	small := of[spec.Compressed](&l)[0].Variant
	if done.SHA256 != res.Final().SHA256() || done.SHA256 != small.SHA256 || done.FileBytes != len(res.Compressed.Bytes()) || done.Test != small.Test {
		t.Errorf("done tells of another model than the final one: %+v", done)
	}
	if v := res.Variants; len(v) != 2 || v[0].SHA256 != res.Model.SHA256() || v[1].FileBytes != len(res.Compressed.Bytes()) {
		t.Errorf("variants %+v", v)
	}
	if done.Test.Texts != 12 {
		t.Errorf("tested on %d texts", done.Test.Texts)
	}
}

func TestFewStepsAreToldByAFastClockButTheFirstAtOnce(t *testing.T) {
	var l log
	now := time.Unix(0, 0)
	if _, err := Run(context.Background(), little(), Env{
		Open: open(lines{n: 60}), Now: func() time.Time { now = now.Add(time.Microsecond); return now },
	}, l.sink); err != nil {
		t.Fatal(err)
	}
	steps := of[spec.Step](&l)
	if len(steps) != 2 || steps[0].Step != 1 || steps[1].Step != 18 {
		t.Errorf("told %+v", steps)
	}
}

// result runs to the end from a checkpoint and gives what must not differ.
func result(t *testing.T, s spec.Spec, env Env) (string, []spec.Event) {
	t.Helper()
	var l log
	env.Open = open(lines{n: 60})
	if _, err := Run(context.Background(), s, env, l.sink); err != nil {
		t.Fatal(err)
	}
	return measures(&l)
}

// measures are the events that say how good the model is, times left out.
func measures(l *log) (string, []spec.Event) {
	var out []spec.Event
	for _, e := range l.events {
		switch e := e.(type) {
		case spec.Evaluated:
			out = append(out, e)
		case spec.Epoch:
			e.Seconds = 0
			out = append(out, e)
		case spec.Done:
			e.Seconds = 0
			out = append(out, e)
		}
	}
	return of[spec.Done](l)[0].SHA256, out
}

// From text to weights the same in the browser, in Node and natively.
func TestASpecGivesTheSameWeightsEverywhere(t *testing.T) {
	const want = "6f1847f0f0168edad1290951b2e8f8c52b75b595dad4ebfa1b9227b7798ecb53"
	devicetest.Each(t, func(t *testing.T, dev tensor.Device) {
		if got, _ := result(t, little(), Env{Threads: 2, Device: dev}); got != want {
			t.Errorf("weights_sha256 is %s, want %s", got, want)
		}
	})
}

func TestPauseStepAndResume(t *testing.T) {
	want, wantMeasures := result(t, little(), Env{})

	var l log
	c := NewControl()
	var kept Checkpoint
	stepped := 0
	l.on = func(e spec.Event) {
		switch e := e.(type) {
		case spec.Started:
			c.Pause()
		case spec.Saved:
			if e.Why == "pause" {
				c.Step()
			}
		case spec.Step:
			if stepped++; stepped < 4 {
				c.Step()
			} else if stepped == 4 {
				c.Resume()
			}
		}
	}
	if _, err := Run(context.Background(), little(), Env{
		Open: open(lines{n: 60}), Control: c,
		Now:  func() time.Time { return time.Unix(0, 0) }, // no time passes: only what was asked for is told
		Save: func(_ context.Context, x Checkpoint) error { kept = x; return nil },
	}, l.sink); err != nil {
		t.Fatal(err)
	}
	kinds := l.kinds()
	if !strings.HasPrefix(kinds, "reading started paused saved step") || strings.Count(kinds, "paused") != 1 || strings.Count(kinds, "resumed") != 1 {
		t.Errorf("events %s", kinds)
	}
	for i, s := range of[spec.Step](&l)[:4] {
		if s.Step != i+1 {
			t.Errorf("step %d is told as %d", i+1, s.Step)
		}
	}
	got, gotMeasures := measures(&l)
	if diff := cmp.Diff(wantMeasures, gotMeasures); got != want || diff != "" {
		t.Errorf("a paused run ends elsewhere: %s", diff)
	}
	if kept.Why != "end" || kept.Model == nil {
		t.Errorf("the last checkpoint is %q", kept.Why)
	}
}

func TestARunGoesOnFromAnyCheckpoint(t *testing.T) {
	want, wantMeasures := result(t, little(), Env{})
	for at := 0; at <= 18; at += 3 { // cancelled after so many steps, then resumed
		var first, second log
		c := NewControl()
		var kept []byte
		first.on = func(e spec.Event) {
			if s, ok := e.(spec.Step); ok && s.Step == at {
				c.Cancel()
			}
			if _, ok := e.(spec.Started); ok && at == 0 {
				c.Cancel()
			}
		}
		_, err := Run(context.Background(), little(), Env{
			Open: open(lines{n: 60}), Control: c, Now: clock(),
			Save: func(_ context.Context, x Checkpoint) error { kept = x.Bytes; return nil },
		}, first.sink)
		var e *Error
		if !errors.As(err, &e) || e.Code != "cancelled" || !errors.Is(err, ErrCancelled) {
			t.Fatalf("cancelled after %d: %v", at, err)
		}
		failed := of[spec.Failed](&first)
		if len(failed) != 1 || failed[0].Kept != at || failed[0].Code != "cancelled" {
			t.Errorf("cancelled after %d: %+v", at, failed)
		}
		if _, err := Run(context.Background(), little(), Env{Open: open(lines{n: 60}), Resume: kept, Threads: 4}, second.sink); err != nil {
			t.Fatal(err)
		}
		if from := of[spec.Started](&second)[0].FromStep; from != at {
			t.Errorf("it goes on from %d, not %d", from, at)
		}
		got, gotMeasures := measures(&log{events: slices.Concat(first.events, second.events)})
		if diff := cmp.Diff(wantMeasures, gotMeasures); got != want || diff != "" {
			t.Errorf("resumed after %d it ends elsewhere: %s", at, diff)
		}
	}
}

func TestARunPausedManyTimesGoesOnFromAnyOfThem(t *testing.T) {
	want, wantMeasures := result(t, little(), Env{})
	rapid.Check(t, func(r *rapid.T) {
		pauses := rapid.SliceOfNDistinct(rapid.IntRange(1, 18), 1, 5, rapid.ID[int]).Draw(r, "pauses after steps")
		threads := rapid.SampledFrom([]int{1, 2, 4})
		var l log
		c := NewControl()
		var kept []Checkpoint
		l.on = func(e spec.Event) {
			switch e := e.(type) {
			case spec.Step:
				if slices.Contains(pauses, e.Step) {
					c.Pause()
				}
			case spec.Paused:
				c.Resume()
			}
		}
		if _, err := Run(context.Background(), little(), Env{
			Open: open(lines{n: 60}), Control: c, Now: clock(), Threads: threads.Draw(r, "threads"),
			Save: func(_ context.Context, x Checkpoint) error { kept = append(kept, x); return nil },
		}, l.sink); err != nil {
			r.Fatal(err)
		}
		if got, m := measures(&l); got != want || !cmp.Equal(wantMeasures, m) {
			r.Fatal("pauses changed the run", cmp.Diff(wantMeasures, m))
		}
		if n := len(of[spec.Paused](&l)); n != len(pauses) {
			r.Errorf("paused %d times, not %d", n, len(pauses))
		}
		from := rapid.SampledFrom(kept).Draw(r, "checkpoint")
		var rest log
		if _, err := Run(context.Background(), little(), Env{
			Open: open(lines{n: 60}), Resume: from.Bytes, Threads: threads.Draw(r, "threads now"),
		}, rest.sink); err != nil {
			r.Fatal(err)
		}
		got, m := measures(&rest)
		if got != want || !cmp.Equal(wantMeasures[len(wantMeasures)-len(m):], m) {
			r.Errorf("from step %d (%s) it ends elsewhere", from.Step, from.Why)
		}
	})
}

func TestALiveModelCanBeLookedAtAlsoWhilePaused(t *testing.T) {
	var l log
	c := NewControl()
	looked := make(chan int, 1)
	if c.Do(func(*train.Trainer) {}) {
		t.Error("before the run there is nothing to look at")
	}
	l.on = func(e spec.Event) {
		if s, ok := e.(spec.Step); ok && s.Step == 1 {
			c.Pause()
		}
		if _, ok := e.(spec.Paused); ok {
			go func() { // as a message from the page
				c.Do(func(tr *train.Trainer) { looked <- len(tr.View().Params) })
				<-looked
				c.Resume()
			}()
		}
	}
	lives := 0
	if _, err := Run(context.Background(), little(), Env{
		Open: open(lines{n: 60}), Control: c, Live: func(*train.Trainer) { lives++ },
	}, l.sink); err != nil {
		t.Fatal(err)
	}
	if lives == 0 {
		t.Error("nobody told Live")
	}
	if c.Do(func(*train.Trainer) {}) {
		t.Error("after the run there is nothing to look at")
	}
}

func TestAWeightThatIsNotFiniteStopsTheRunWithAdvice(t *testing.T) {
	var l log
	c := NewControl()
	l.on = func(e spec.Event) {
		if s, ok := e.(spec.Step); ok && s.Step == 8 {
			c.Do(func(tr *train.Trainer) { tr.View().Params[2].Enc.(model.F32)[0] = inf() })
		}
	}
	var kept Checkpoint
	_, err := Run(context.Background(), little(), Env{
		Open: open(lines{n: 60}), Control: c, Now: clock(),
		Save: func(_ context.Context, x Checkpoint) error { kept = x; return nil },
	}, l.sink)
	var n *train.NotFinite
	if !errors.As(err, &n) {
		t.Fatalf("%v", err)
	}
	f := of[spec.Failed](&l)[0]
	if f.Code != "not_finite" || f.Step != 8 || f.Tensor != model.LinearWeight || f.Kept != 6 || f.Rate >= little().Train.Rate || f.Rate <= 0 {
		t.Errorf("%+v", f)
	}
	if kept.Step != 6 || kept.Model == nil {
		t.Errorf("the good checkpoint is of step %d", kept.Step)
	}
	result(t, little(), Env{Resume: kept.Bytes}) // and it works
}

func TestWhatGoesWrongIsTold(t *testing.T) {
	full := &Error{Code: "storage_full", Message: "no room"}
	for _, c := range []struct {
		name, code, notice string
		change             func(*spec.Spec, *Env)
	}{
		{"a spec out of bounds", "spec", "", func(s *spec.Spec, _ *Env) { s.Train.Batch = 0 }},
		{"no data at all", "data_empty", "", func(_ *spec.Spec, e *Env) { e.Open = open(lines{n: 0}) }},
		{"a file that ends too early", data.CodeTruncated, "", func(_ *spec.Spec, e *Env) {
			e.Open = open(lines{n: 60, fail: &data.Error{Code: data.CodeTruncated, Message: "cut off"}})
		}},
		{"data that can't be opened", "data", "", func(_ *spec.Spec, e *Env) {
			e.Open = func(context.Context, spec.Spec) (data.Source, data.Builtin, error) {
				return nil, data.Builtin{}, errors.New("not there")
			}
		}},
		{"a damaged checkpoint", "checkpoint", "", func(_ *spec.Spec, e *Env) { e.Resume = []byte("no") }},
		{"a panic beneath", "internal", "", func(_ *spec.Spec, e *Env) { e.Live = func(*train.Trainer) { panic("beneath") } }},
		{"full storage", "", "storage_full", func(_ *spec.Spec, e *Env) {
			e.Save = func(context.Context, Checkpoint) error { return full }
		}},
		{"data that can't be kept", "", "storage_full", func(_ *spec.Spec, e *Env) {
			e.OnEncoded = func(context.Context, *data.Encoded) error { return full }
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var l log
			s, env := little(), Env{Open: open(lines{n: 60})}
			c.change(&s, &env)
			_, err := Run(context.Background(), s, env, l.sink)
			failed, done, notices := of[spec.Failed](&l), of[spec.Done](&l), of[spec.Notice](&l)
			if len(failed)+len(done) != 1 {
				t.Fatalf("it ends %d times: %s", len(failed)+len(done), l.kinds())
			}
			var e *Error
			switch {
			case c.code == "" && err != nil:
				t.Errorf("it should have gone on: %v", err)
			case c.code != "" && (!errors.As(err, &e) || e.Code != c.code || failed[0].Code != c.code || failed[0].Message == ""):
				t.Errorf("%v; %+v", err, failed)
			}
			if c.notice != "" && (len(notices) == 0 || notices[0].Code != c.notice) {
				t.Errorf("notices %+v", notices)
			}
		})
	}
}

func TestTheEndOfAContextKeepsACheckpoint(t *testing.T) {
	var l log
	ctx, cancel := context.WithCancel(context.Background())
	l.on = func(e spec.Event) {
		if s, ok := e.(spec.Step); ok && s.Step == 4 {
			cancel()
		}
	}
	var kept Checkpoint
	_, err := Run(ctx, little(), Env{
		Open: open(lines{n: 60}), Now: clock(),
		Save: func(ctx context.Context, x Checkpoint) error { kept = x; return ctx.Err() },
	}, l.sink)
	saved := of[spec.Saved](&l)
	if !errors.Is(err, context.Canceled) || kept.Step != 4 || kept.Why != "stop" || len(saved) != 1 || saved[0].Step != 4 {
		t.Errorf("%v, kept step %d for %q; told %+v", err, kept.Step, kept.Why, saved)
	}
}

func TestCompressIsToldAndMayBeCancelled(t *testing.T) {
	var l log
	res, err := Run(context.Background(), little(), Env{Open: open(lines{n: 60})}, l.sink)
	if err != nil {
		t.Fatal(err)
	}
	var events log
	small, v, err := Compress(context.Background(), res.Model, res.Encoded, "prune=0.8,finetune=2,quantize=int8", Env{Now: clock()}, events.sink)
	if err != nil {
		t.Fatal(err)
	}
	if v.FileBytes != len(small.Bytes()) || v.SHA256 != small.SHA256() || len(v.Stages) != 3 || v.LatencyMS == 0 {
		t.Errorf("%+v", v)
	}
	if k := events.kinds(); k != "compressing compressed" {
		t.Errorf("events %s", k)
	}

	for _, pipeline := range []string{"", "party=1"} {
		var l log
		if _, _, err := Compress(context.Background(), res.Model, res.Encoded, pipeline, Env{}, l.sink); err == nil || l.kinds() != "failed" {
			t.Errorf("pipeline %q: %v, %s", pipeline, err, l.kinds())
		}
	}
	c := NewControl()
	var cancelled log
	cancelled.on = func(spec.Event) { c.Cancel() }
	_, _, err = Compress(context.Background(), res.Model, res.Encoded, "finetune=9", Env{Control: c}, cancelled.sink)
	var e *Error
	if !errors.As(err, &e) || e.Code != "cancelled" || of[spec.Failed](&cancelled)[0].Code != "cancelled" {
		t.Errorf("%v", err)
	}
}

func TestDescribeGivesTheFiguresThatTrainingWill(t *testing.T) {
	var l, m log
	_, facts, err := Describe(context.Background(), little(), Env{Open: open(lines{n: 60})}, l.sink)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(context.Background(), little(), Env{Open: open(lines{n: 60})}, m.sink); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(of[spec.Started](&m)[0].Facts, facts); diff != "" {
		t.Error(diff)
	}
	var e *Error
	if _, _, err := Describe(context.Background(), little(), Env{Open: open(lines{})}, l.sink); !errors.As(err, &e) || e.Code != data.CodeEmpty {
		t.Errorf("%v", err)
	}
}

func TestEveryPresetBeginsToTrain(t *testing.T) {
	for _, name := range spec.Presets() {
		s, _ := spec.Preset(name)
		var l log
		c := NewControl()
		l.on = func(e spec.Event) {
			if _, ok := e.(spec.Step); ok {
				c.Cancel()
			}
		}
		_, err := Run(context.Background(), s, Env{Open: open(lines{n: 60}), Control: c}, l.sink)
		if !errors.Is(err, ErrCancelled) || !strings.HasPrefix(l.kinds(), "reading started step") {
			t.Errorf("%s: %v, %s", name, err, l.kinds())
		}
	}
}

func TestPaceForgetsAndForetells(t *testing.T) {
	var p pace
	for range 400 {
		p.step(32, 100*time.Millisecond)
	}
	for range 400 {
		p.step(32, 200*time.Millisecond)
	}
	if r := p.rate(); r < 159.9 || r > 161 {
		t.Errorf("%g texts a second, want 160", r)
	}
	p.look(256, time.Second)
	if left := p.left(1600, 512); left < 11.9 || left > 12.1 {
		t.Errorf("%g seconds left, want 12", left)
	}
	if r := (&pace{}).rate(); r != 0 {
		t.Errorf("no time gives %g texts a second", r)
	}
}

func inf() float32 { var zero float32; return 1 / zero }
