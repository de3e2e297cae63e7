package bench

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
)

// ticking moves on by a millisecond whenever it is read: what is measured is then the
// number of times that the clock was read.
func ticking() func() time.Time {
	at := time.Unix(1_700_000_000, 0)
	return func() time.Time { at = at.Add(time.Millisecond); return at }
}

// idle is a device that leaves out what takes long: not what is computed is looked at here.
type idle struct{ tensor.Device }

func (idle) Gemm(_, _ bool, _, _, _ int, _, _ tensor.Buffer, _ bool, _ tensor.Buffer)  {}
func (idle) LSTMForward(*tensor.LSTM)                                                  {}
func (idle) LSTMBackward(*tensor.LSTM, *tensor.LSTMGrad)                               {}
func (idle) AdamRows(_ tensor.AdamStep, _, _ int, _ []int32, _, _, _, _ tensor.Buffer) {}

// metered is a device that can say its ceiling, and has a Fast one.
type metered struct{ tensor.Device }

func (metered) Peak(rounds int) int   { return 1000 * rounds }
func (m metered) Fast() tensor.Device { return m }

func options() Options {
	return Options{
		Device: metered{idle{tensor.Generic(tensor.GenericOptions{})}}, Arithmetic: []string{spec.Strict, spec.Fast},
		Threads: 2, Memory: 1 << 16, Now: ticking(), CPU: "an abacus",
	}
}

func TestEverythingIsMeasuredAtEachSizeArithmeticAndNumberOfThreads(t *testing.T) {
	o := options()
	last := 0.0
	o.Progress = func(share float64) {
		if share < last || share > 1 {
			t.Errorf("progress goes from %g to %g", last, share)
		}
		last = share
	}
	b, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if b.CPU != "an abacus" || b.When != 1_700_000_000 || b.Rounds != 1 || b.Fast == "" || last != 1 {
		t.Errorf("measured %s at %d, %d rounds, fast by %q, progress to %g", b.CPU, b.When, b.Rounds, b.Fast, last)
	}
	var got []string
	for _, w := range b.Workloads {
		got = append(got, w.Size+" "+w.Arithmetic+" "+string(rune('0'+w.Threads)))
		for name, x := range map[string]float64{
			"train_seq_s": w.TrainSeqS, "step_ms": w.StepMS, "train_gflops": w.TrainGFLOPS,
			"infer_seq_s": w.InferSeqS, "latency_ms": w.LatencyMS, "cold_ms": w.ColdMS,
		} {
			if !(x > 0) || math.IsInf(x, 0) {
				t.Errorf("%s %s, %d threads: %s is %g", w.Size, w.Arithmetic, w.Threads, name, x)
			}
		}
	}
	want := []string{"small strict 1", "small strict 2", "medium strict 1", "medium strict 2", "small fast 1", "small fast 2", "medium fast 1", "medium fast 2"}
	if len(got) != len(want) {
		t.Fatalf("measured %q", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("workload %d is %s, want %s", i, got[i], want[i])
		}
	}
	if c := b.Ceiling; c.StrictGFLOPS <= 0 || c.FastGFLOPS <= 0 || c.ReadGBS <= 0 {
		t.Errorf("the ceiling is %+v", c)
	}
	if len(b.Speeds) != 2 || b.Speeds[0].GemmGFLOPS <= 0 || b.Speeds[0].LSTMGFLOPS <= 0 || b.Speeds[1].GemmGFLOPS <= 0 {
		t.Errorf("speeds are %+v", b.Speeds)
	}
	// A millisecond each, by the clock: the rate of a product is its work.
	p := b.Products[0]
	if p.GOPS != 2*1024*256*64/1e6 || p.Quartiles != (spec.Quartiles{p.GOPS, p.GOPS}) {
		t.Errorf("the first product is %+v", p)
	}
	if _, err := json.Marshal(b); err != nil {
		t.Error(err)
	}
}

func TestTheSharesOfKernelsMakeTheWholeStep(t *testing.T) {
	b, err := Run(context.Background(), options())
	if err != nil {
		t.Fatal(err)
	}
	sums, calls := map[string]float64{}, map[string]float64{}
	for _, k := range b.Kernels {
		sums[k.Size+" "+k.Arithmetic] += k.Share
		calls[k.Size+" "+k.Arithmetic+" "+k.Kernel] = k.Calls
	}
	if len(sums) != 4 {
		t.Errorf("kernels of %d models, want 4: %v", len(sums), sums)
	}
	for of, sum := range sums {
		if math.Abs(sum-1) > 1e-9 {
			t.Errorf("%s: the shares come to %g", of, sum)
		}
		if calls[of+" LSTMForward"] != 4 || calls[of+" LSTMBackward"] != 4 || calls[of+" AdamRows"] != 1 {
			t.Errorf("%s: not four shards and one embedding a step: %v", of, calls)
		}
	}
}

func TestADeviceWithoutFastArithmeticOrCeilingIsMeasuredWithoutThem(t *testing.T) {
	o := options()
	o.Device, o.Threads = idle{tensor.Generic(tensor.GenericOptions{})}, 1
	b, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Workloads) != 2 || b.Fast != "" || b.Ceiling.StrictGFLOPS != 0 || b.Speeds[0].Int8GOPS != 0 {
		t.Errorf("%d workloads, fast by %q, ceiling %+v, int8 %g", len(b.Workloads), b.Fast, b.Ceiling, b.Speeds[0].Int8GOPS)
	}
}

func TestMeasuringEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	enough := errors.New("enough")
	o := options()
	o.For = time.Hour
	probes := 0
	o.Yield = func() {
		if probes++; probes == 50 {
			cancel(enough)
		}
	}
	if _, err := Run(ctx, o); !errors.Is(err, enough) {
		t.Errorf("ended with %v", err)
	}
}

func TestQuantilesLieBetweenWhatWasFound(t *testing.T) {
	for _, c := range []struct {
		found []float64
		q     float64
		want  float64
	}{
		{nil, 0.5, 0}, {[]float64{3}, 0.25, 3}, {[]float64{4, 1}, 0.5, 2.5}, {[]float64{5, 1, 3}, 0.5, 3},
		{[]float64{1, 2, 3, 4, 5}, 0.25, 2}, {[]float64{1, 2, 3, 4, 5}, 1, 5},
	} {
		if got := spec.Quantile((&probe{found: c.found}).sorted(), c.q); got != c.want {
			t.Errorf("quantile %g of %v is %g, want %g", c.q, c.found, got, c.want)
		}
	}
}
