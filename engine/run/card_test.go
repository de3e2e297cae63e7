package run

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/tensor/devicetest"
	"github.com/clove-ml/clove/engine/train"
)

// carded runs little on a card that is lost after so many kernels, and gives what was told.
func carded(t interface{ Fatal(...any) }, kernels int, asked string, change func(*Env), on ...func(spec.Event)) (*log, *devicetest.Fragile, error) {
	card := &devicetest.Fragile{Device: tensor.Generic(tensor.GenericOptions{}), Kernels: kernels, Code: tensor.LostDevice}
	env := Env{
		Open: open(lines{n: 120}), Now: clock(), Device: tensor.Generic(tensor.GenericOptions{}),
		Card: &Card{Asked: asked, Open: func(context.Context) (tensor.Device, string, error) { return card, "a card", nil }},
	}
	if asked == "" {
		env.Card = nil
	}
	if change != nil {
		change(&env)
	}
	var l log
	for _, f := range on {
		l.on = f
	}
	_, err := Run(context.Background(), little(), env, l.sink)
	return &l, card, err
}

// story is what a person sees of a run: its curves and its end, each point once.
func story(l *log) (all []spec.Event) {
	seen := map[int]bool{}
	for _, e := range l.events {
		switch e := e.(type) {
		case spec.Evaluated:
			if !seen[e.Step] { // one that the loss came after is made and told again, at the same place
				all = append(all, e)
			}
			seen[e.Step] = true
		case spec.Step, spec.Epoch, spec.Done:
			all = append(all, e)
		}
	}
	return all
}

// untimed leaves out what the clock says, and what names the device.
var untimed = cmp.Options{
	cmpopts.IgnoreFields(spec.Step{}, "TextsPerSecond", "SecondsLeft"), cmpopts.IgnoreFields(spec.Epoch{}, "Seconds"),
	cmpopts.IgnoreFields(spec.Done{}, "Seconds", "Card", "Arithmetic"),
}

func TestWhereverACardIsLostTheRunGoesOnAsIfItHadNotBeen(t *testing.T) {
	plain, _, err := carded(t, -1, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := story(plain)
	whole, card, err := carded(t, -1, spec.OnGPU, nil)
	if err != nil || !card.Closed {
		t.Fatalf("a run on a card that is not lost: %v, card closed: %v", err, card.Closed)
	}
	if diff := cmp.Diff(want, story(whole), untimed); diff != "" {
		t.Fatalf("(-host +card)\n%s", diff)
	}
	if d := of[spec.Done](whole)[0]; d.Card != "a card" {
		t.Errorf("done by %q", d.Card)
	}
	rapid.Check(t, func(t *rapid.T) {
		kernels := rapid.IntRange(0, 3000).Draw(t, "kernels")
		saves := rapid.Bool().Draw(t, "saves")
		l, card, err := carded(t, kernels, spec.OnGPU, func(e *Env) {
			if saves {
				e.Save = func(context.Context, Checkpoint) error { return nil }
			}
			e.Live = func(t *train.Trainer) { t.Model() } // reads the weights, as the worker does
		})
		if err != nil || !card.Closed {
			t.Fatalf("%v, card closed: %v", err, card.Closed)
		}
		if diff := cmp.Diff(want, story(l), untimed); diff != "" {
			t.Fatalf("(-host +lost after %d kernels)\n%s", kernels, diff)
		}
		notices := of[spec.Notice](l)
		choice := of[spec.Started](l)[0].Choice
		switch {
		case choice.Took == spec.OnCPU:
			if choice.Code != tensor.LostDevice || len(notices) != 0 {
				t.Fatalf("lost before the start: %+v, %+v", choice, notices)
			}
		case card.Kernels > 0:
			if len(notices) != 0 {
				t.Fatalf("not lost, but told %+v", notices)
			}
		case len(notices) != 1 || notices[0].Code != tensor.LostDevice || notices[0].Device != "generic" || notices[0].Redone > mostApart:
			t.Fatalf("told %+v", notices)
		}
	})
}

func TestARunWithoutACardSaysWhyAndTrainsOnTheHost(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		code string
	}{
		{"no adapter", errors.New("no adapter"), tensor.LostNone},
		{"a shader refused", &tensor.Lost{Device: "gpu", Code: tensor.LostShader, Message: "line 3"}, tensor.LostShader},
	} {
		l, _, err := carded(t, -1, spec.OnAuto, func(e *Env) {
			e.Card.Open = func(context.Context) (tensor.Device, string, error) { return nil, "", c.err }
		})
		if err != nil {
			t.Fatal(err)
		}
		s, d := of[spec.Started](l)[0], of[spec.Done](l)[0]
		if s.Device != "generic" || s.Choice.Took != spec.OnCPU || s.Choice.Code != c.code || s.Choice.Message == "" || d.Card != "" {
			t.Errorf("%s: %s %+v, done by %q", c.name, s.Device, s.Choice, d.Card)
		}
	}
}

func TestAutoTakesTheFasterAndSaysByHowMuch(t *testing.T) {
	plain, _, err := carded(t, -1, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		slow time.Duration // of a step on the card
		took string
	}{{"slow card", time.Hour, spec.OnCPU}, {"fast card", -500 * time.Millisecond, spec.OnGPU}} {
		at := time.Unix(0, 0)
		var host *devicetest.Fragile
		l, card, err := carded(t, -1, spec.OnAuto, func(e *Env) {
			e.Now = func() time.Time { at = at.Add(time.Millisecond); return at }
			host = &devicetest.Fragile{Device: e.Device, Kernels: -1, Slow: func() { at = at.Add(time.Second) }}
			e.Device = host
			open := e.Card.Open
			e.Card.Open = func(ctx context.Context) (tensor.Device, string, error) {
				d, name, err := open(ctx)
				d.(*devicetest.Fragile).Slow = func() { at = at.Add(time.Second + c.slow) }
				return d, name, err
			}
		})
		if err != nil || !card.Closed {
			t.Fatal(err, card.Closed)
		}
		x := of[spec.Started](l)[0].Choice
		if x.Took != c.took || x.Steps < 1 || x.CPUMS < 900 || (x.GPUMS < x.CPUMS) != (c.took == spec.OnGPU) {
			t.Errorf("%s: %+v", c.name, x)
		}
		if got, want := of[spec.Done](l)[0].SHA256, of[spec.Done](plain)[0].SHA256; got != want {
			t.Errorf("%s: the steps that were measured left a trace: %s, not %s", c.name, got, want)
		}
	}
}

func TestAPausedRunTakesTheStepThatItWasAskedForAlthoughItsCardIsLost(t *testing.T) {
	for kernels := 40; kernels < 400; kernels += 37 {
		control := NewControl()
		control.Step()
		paused := 0
		l, _, err := carded(t, kernels, spec.OnGPU, func(e *Env) {
			e.Control = control
		}, func(e spec.Event) {
			if _, ok := e.(spec.Step); !ok {
				return
			}
			if paused++; paused < 12 {
				control.Step()
			} else {
				control.Resume()
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range of[spec.Step](l) {
			if s.Step != i+1 {
				t.Fatalf("after %d kernels: step %d is told as %d", kernels, i+1, s.Step)
			}
		}
	}
}

func TestACardThatRunsAheadOfWhatIsKnownIsLostWithoutATraceInTheCurve(t *testing.T) {
	plain, _, err := carded(t, -1, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := of[spec.Epoch](plain)
	rapid.Check(t, func(t *rapid.T) {
		kernels := rapid.IntRange(0, 1200).Draw(t, "kernels")
		l, card, err := carded(t, kernels, spec.OnGPU, func(e *Env) {
			open := e.Card.Open
			e.Card.Open = func(ctx context.Context) (tensor.Device, string, error) {
				d, name, err := open(ctx)
				f := d.(*devicetest.Fragile)
				return struct {
					*devicetest.Paper
					tensor.Closer
				}{&devicetest.Paper{Device: f}, f}, name, err
			}
		})
		if err != nil || !card.Closed {
			t.Fatalf("%v, card closed: %v", err, card.Closed)
		}
		got := of[spec.Epoch](l)
		if len(got) != len(want) {
			t.Fatalf("%d epochs are told, not %d", len(got), len(want))
		}
		for i, e := range got {
			if d := e.Validation.Loss - want[i].Validation.Loss; e.Epoch != i+1 || d > 1e-3 || d < -1e-3 {
				t.Errorf("epoch %d ends with a loss of %g, %g on the host", e.Epoch, e.Validation.Loss, want[i].Validation.Loss)
			}
		}
		last := 0
		for _, e := range of[spec.Step](l) {
			if e.Step <= last {
				t.Fatalf("step %d is told after %d", e.Step, last)
			}
			last = e.Step
		}
		if last != want[len(want)-1].Step {
			t.Errorf("the last step that is told is %d", last)
		}
	})
}
