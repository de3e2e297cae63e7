package webgpu

import (
	"context"
	"errors"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/train"
)

// What docs/slow/gpu-soak runs, in one worker.
func TestSoak(t *testing.T) {
	if os.Getenv("CLOVE_SLOW") == "" {
		t.Skip("takes long: docs/slow/gpu-soak.sh")
	}
	d := open(t)
	enc, s := names(t)
	s.Model.Embedding, s.Model.Hidden, s.Train.Batch, s.Train.Epochs = 8, 8, 8, 1000
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	t.Run("ten thousand steps", func(t *testing.T) { soakSteps(t, d, enc, s) })
	t.Run("five hundred runs cancelled", func(t *testing.T) { soakRuns(t, d, enc, s) })
}

// occupied is the memory that the program and the card's buffers take.
func occupied(d *Device) (heap uint64, taken uint64, s Stats) {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc, m.Sys, d.Stats()
}

func soakSteps(t *testing.T, d *Device, enc *data.Encoded, s spec.Spec) {
	const steps = 10_000
	fork := d.Fork()
	tr, err := train.New(fork, enc, s, train.Options{Card: Name})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	var heap, taken uint64
	var first Stats
	for i := range steps {
		if look, end := tr.Due(); end {
			_, err = tr.EndEpoch(t.Context(), nil)
		} else if look {
			_, err = tr.Look(t.Context(), nil)
		}
		if err == nil {
			_, err = tr.Step()
		}
		if err != nil {
			t.Fatal(err)
		}
		if i == steps/5 {
			heap, taken, first = occupied(fork)
		}
		if (i+1)%(steps/10) == 0 {
			h, n, s := occupied(fork)
			t.Logf("after %d steps: heap %.1f MB, program %.1f MB, %d buffers of %.1f MB, %.1f MB of them in use; %.1f ms a step",
				i+1, float64(h)/1e6, float64(n)/1e6, s.Live, float64(s.Bytes)/1e6, float64(s.Used)/1e6, 1000*time.Since(began).Seconds()/float64(i+1))
		}
	}
	h, n, last := occupied(fork)
	if last.Live != first.Live || last.Bytes != first.Bytes || last.Groups != first.Groups {
		t.Errorf("buffers went from %+v to %+v", first, last)
	}
	if n > taken+taken/50+1<<20 || float64(h) > 1.05*float64(heap) {
		t.Errorf("the program went from %d bytes to %d, its heap from %d to %d", taken, n, heap, h)
	}
	fork.Close()
}

func soakRuns(t *testing.T, d *Device, enc *data.Encoded, s spec.Spec) {
	const runs = 500
	cancelled := errors.New("enough")
	var heap, taken uint64
	var first Stats
	for i := range runs {
		ctx, cancel := context.WithCancelCause(t.Context())
		_, err := run.Run(ctx, s, run.Env{
			Encoded: enc,
			Card:    &run.Card{Asked: spec.OnGPU, Open: func(context.Context) (tensor.Device, string, error) { return d.Fork(), Name, nil }},
		}, func(e spec.Event) {
			if step, ok := e.(spec.Step); ok && step.Step > i%7 {
				cancel(cancelled)
			}
		})
		cancel(nil)
		if err == nil {
			t.Fatal("a run was not cancelled")
		}
		if i == runs/5 {
			heap, taken, first = occupied(d)
		}
		if (i+1)%(runs/10) == 0 {
			h, n, s := occupied(d)
			t.Logf("after %d runs: heap %.1f MB, program %.1f MB, %d devices, %d buffers", i+1, float64(h)/1e6, float64(n)/1e6, s.Devices, s.Live)
		}
	}
	h, n, last := occupied(d)
	if last.Devices != first.Devices || last.Live != first.Live {
		t.Errorf("went from %d devices and %d buffers to %d and %d", first.Devices, first.Live, last.Devices, last.Live)
	}
	if n > taken+taken/50+1<<20 || float64(h) > 1.05*float64(heap) {
		t.Errorf("the program went from %d bytes to %d, its heap from %d to %d", taken, n, heap, h)
	}
}
