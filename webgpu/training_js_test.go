package webgpu

import (
	"bytes"
	"context"
	"io"
	"math"
	"syscall/js"
	"testing"
	"time"

	"github.com/clove-ml/clove/engine/bench"
	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/train"
)

// names are the built-in ones, as the test's page serves them.
func names(t *testing.T) (*data.Encoded, spec.Spec) {
	t.Helper()
	s, _ := spec.Preset("names")
	sources := run.Sources{Fetch: func(ctx context.Context, name string) (io.ReadCloser, error) {
		response, err := await(ctx, js.Global().Call("fetch", name))
		if err != nil {
			return nil, err
		}
		body, err := await(ctx, response.Call("arrayBuffer"))
		if err != nil {
			return nil, err
		}
		b := make([]byte, body.Get("byteLength").Int())
		js.CopyBytesToGo(b, js.Global().Get("Uint8Array").New(body))
		return io.NopCloser(bytes.NewReader(b)), nil
	}}
	src, _, err := sources.Open(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	enc, err := data.Encode(t.Context(), src, s, data.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	return enc, s
}

// Each loss of the run, on a card as on a processor: the issue asks for a thousandth.
func TestNamesTrainsAsOnAProcessor(t *testing.T) {
	d := open(t)
	enc, s := names(t)
	const steps, bound = 200, 1e-3
	host, err := train.New(tensor.Best(tensor.GenericOptions{}), enc, s, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	card, err := train.New(d, enc, s, train.Options{Card: Name, Ahead: train.Ahead{Every: 1, Rounds: 1}})
	if err != nil {
		t.Fatal(err)
	}
	var worst float64
	var took time.Duration
	for i := range steps {
		if _, end := host.Due(); end {
			for _, tr := range []*train.Trainer{host, card} {
				if _, err := tr.EndEpoch(t.Context(), nil); err != nil {
					t.Fatal(err)
				}
			}
		}
		want, err := host.Step()
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		got, err := card.Step()
		if err != nil {
			t.Fatal(err)
		}
		later, err := card.Settle()
		if err != nil {
			t.Fatal(err)
		}
		took += time.Since(began)
		got = got.And(later)
		if got.Step != want.Step || got.Texts != want.Texts || got.Rate != want.Rate {
			t.Fatalf("step %d: %+v on the card, %+v on the host", i, got, want)
		}
		off := math.Abs(got.Loss-want.Loss) / want.Loss
		if !(off <= bound) {
			t.Fatalf("step %d: loss %g on the card, %g on the host", i, got.Loss, want.Loss)
		}
		worst = max(worst, off)
	}
	t.Logf("%d steps, every loss within %.1e of the host's; %.1f ms a step", steps, worst, 1000*took.Seconds()/steps)
}

// The same bits on each run of one adapter, also where a sequence is cut into turns.
func TestTheSameRunGivesTheSameBits(t *testing.T) {
	enc, s := names(t)
	var want string
	for _, longest := range []int{1 << 28, 1 << 28, 3 * 4 * 48 * 48} {
		d := open(t)
		d.longest = longest
		tr, err := train.New(d, enc, s, train.Options{Card: Name})
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			if _, err := tr.Step(); err != nil {
				t.Fatal(err)
			}
		}
		if got := tr.Model().SHA256(); want == "" {
			want = got
		} else if got != want {
			t.Errorf("weights %s with turns of %d, want %s", got, d.turn(s.Model.Hidden), want)
		}
	}
}

// A step of workload W, small: 32 texts of 128 tokens.
func TestAStepOfWIsOneSubmit(t *testing.T) {
	d := open(t)
	enc, s := bench.Workload()
	tr, err := train.New(d, enc, s, train.Options{Card: Name, Ahead: train.Ahead{Every: 1, Rounds: 2}})
	if err != nil {
		t.Fatal(err)
	}
	var before, after Stats
	for i := range 3 {
		if _, err := tr.Step(); err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			before = d.Stats()
		}
	}
	after = d.Stats()
	n := after.Dispatches - before.Dispatches
	if t.Logf("%d kernels in a step of W", n); n > 25 {
		t.Error("25 are to be the most")
	}
	if n := after.Submits - before.Submits; n != 1 {
		t.Errorf("%d submits in a step", n)
	}
	if after.Buffers != before.Buffers || after.Groups != before.Groups {
		t.Errorf("after the second step %d buffers and %d bind groups were made", after.Buffers-before.Buffers, after.Groups-before.Groups)
	}
}
