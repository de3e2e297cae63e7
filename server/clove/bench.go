package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/clove-ml/clove/engine/bench"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/server"
)

var benchCommand = command{
	name:    "bench",
	summary: "measure this machine",
	help: `
Usage: clove bench [--json] [--threads N] [--arithmetic strict|fast|both] [--device NAME] [--seconds S] [--encodings]

Trains and answers workload W, a vocabulary of 10,000, texts of 128 tokens in batches
of 32, embedding, LSTM and linear layer, small (64 → 64) and medium (100 → 128), with
one thread and with N, four of which can train; then the kernels beneath, and the
most that one core could do. Everything takes turns; figures are medians of the rounds.

  clove bench
  clove bench --arithmetic both --threads 4 --seconds 30
  clove bench --json --threads 1 --device avx2 > here.json
  clove bench --encodings --seconds 60

With --encodings: what each way to store the weights is worth in time, on one thread;
of a model answering one text, 32, and 32 by the table of what each word adds, and of
the LSTM's recurrent matrix alone.

With --json, standard output is one object: {"workloads": [{"workload": "W", "size",
"threads", "arithmetic", "train_seq_s", "infer_seq_s", "latency_ms", …}], "ceiling",
"speeds", "products", "kernels", …}. A machine that does something else meanwhile
gives other figures, most of all for what takes long: look at the quartiles.`,
	prepare: func(f *flag.FlagSet) func(context.Context, *console, []string) error {
		var o benchOptions
		f.BoolVar(&o.json, "json", false, "one JSON object on standard output")
		f.IntVar(&o.threads, "threads", runtime.NumCPU(), "`N` that may work at once; one is measured in any case")
		f.StringVar(&o.arithmetic, "arithmetic", spec.Strict, "strict, fast or `both`")
		f.Float64Var(&o.seconds, "seconds", 10, "`S` to measure for, about; more give steadier figures")
		f.BoolVar(&o.encodings, "encodings", false, "measure what each encoding is worth instead")
		o.device = deviceFlag(f)
		return func(ctx context.Context, c *console, args []string) error {
			if len(args) > 0 {
				return usage("takes no arguments, got %q", args[0])
			}
			return benchmark(ctx, c, o)
		}
	},
}

type benchOptions struct {
	json       bool
	encodings  bool
	threads    int
	arithmetic string
	seconds    float64
	device     *device
}

// mostThreads is far more than a training can use.
const mostThreads = 1024

func benchmark(ctx context.Context, c *console, o benchOptions) error {
	var both []string
	switch o.arithmetic {
	case "both":
		both = []string{spec.Strict, spec.Fast}
	case spec.Strict, spec.Fast:
		both = []string{o.arithmetic}
	default:
		return usage("--arithmetic %s: want strict, fast or both", o.arithmetic)
	}
	if o.threads < 1 || o.threads > mostThreads {
		return usage("--threads %d: want 1 to %d", o.threads, mostThreads)
	}
	if !(o.seconds > 0 && o.seconds <= 3600) {
		return usage("--seconds %g: want more than 0, and at most 3600", o.seconds)
	}
	dev := o.device.choice()
	if _, ok := tensor.FastOf(dev); !ok && slices.Contains(both, spec.Fast) {
		if o.arithmetic == spec.Fast {
			return fmt.Errorf("the device %s has no kernels of fast arithmetic; measure --arithmetic strict", dev.Name())
		}
		fmt.Fprintf(c.err, "note: the device %s has no kernels of fast arithmetic; strict alone is measured\n", dev.Name())
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(o.threads))
	report := newReporter(c, o.json)
	run, table := bench.Run, benchTable
	if o.encodings {
		run, table = bench.Encodings, encodingsTable
	}
	b, err := run(ctx, bench.Options{
		Device: dev, Arithmetic: both, Threads: o.threads, CPU: server.CPU(), Memory: 256 << 20,
		For: time.Duration(o.seconds * float64(time.Second)), Now: time.Now,
		Progress: func(share float64) { report.progress(fmt.Sprintf("measuring%4.0f %%", 100*share)) },
	})
	report.clear()
	if errors.Is(err, context.Canceled) {
		return errors.New("cancelled")
	}
	if err != nil {
		return err
	}
	if o.json {
		e := json.NewEncoder(c.out)
		e.SetIndent("", "  ")
		return e.Encode(b)
	}
	_, err = io.WriteString(c.out, table(b))
	return err
}

// benchTable is what was measured as a person reads it.
func benchTable(b spec.Bench) string {
	var t strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&t, format+"\n", args...) }
	fast := ""
	if b.Fast != "" {
		fast = ", fast: " + b.Fast
	}
	line("%s, %s at most; %s%s; %s", b.CPU, cores(b.Cores), b.Device, fast, b.Go)
	line("medians of %d rounds, with their quartiles, in %s\n", b.Rounds, duration(b.Seconds))

	line("workload W, sequences a second")
	line("%-7s %-8s %7s %9s %17s %9s %17s %11s %8s", "size", "", "threads", "training", "", "inference", "", "latency ms", "cold ms")
	for _, w := range b.Workloads {
		line("%-7s %-8s %7d %9s %17s %9s %17s %11.3f %8.2f", w.Size, w.Arithmetic, w.Threads,
			figure(w.TrainSeqS), spread(w.TrainQuartiles), figure(w.InferSeqS), spread(w.InferQuartiles), w.LatencyMS, w.ColdMS)
	}

	for _, w := range b.Workloads {
		if w.Threads == 1 && w.TableBytes > 0 {
			line("inference, %s, %s: what each word adds is looked up, %.0f MB made in %.0f ms, once a model; one text so in %.3f ms", w.Size, w.Arithmetic, float64(w.TableBytes)/1e6, w.TableMS, w.TableLatencyMS)
		}
	}

	line("\none thread, 10⁹ operations a second, and the share of the ceiling")
	for _, s := range b.Speeds {
		top := ceilingOf(b, s.Arithmetic)
		line("%-24s %-8s %8s", "multiply and add", s.Arithmetic, figure(top))
		line("%-24s %-8s %8s %6s", "Gemm, all shapes", s.Arithmetic, figure(s.GemmGFLOPS), part(s.GemmGFLOPS, top))
		for _, p := range b.Products {
			if p.Arithmetic != s.Arithmetic {
				continue
			}
			of := part(p.GOPS, top)
			if p.Type == "int8" {
				of = ""
			}
			line("  %-22s %-8s %8s %6s %18s  %d×%d×%d %s", p.Shape, s.Arithmetic, figure(p.GOPS), of, spread(p.Quartiles), p.M, p.N, p.K, p.Type)
		}
		line("%-24s %-8s %8s %6s", "LSTM forward, small", s.Arithmetic, figure(s.LSTMGFLOPS), part(s.LSTMGFLOPS, top))
		for _, w := range b.Workloads {
			if w.Arithmetic == s.Arithmetic && w.Threads == 1 {
				line("%-24s %-8s %8s %6s  %s of Gemm", "training step, "+w.Size, s.Arithmetic, figure(w.TrainGFLOPS), part(w.TrainGFLOPS, top), part(w.TrainGFLOPS, s.GemmGFLOPS))
			}
		}
	}
	line("memory, read by one thread: %s GB/s", figure(b.Ceiling.ReadGBS))

	line("\na training step on one thread, by kernel")
	of := ""
	for _, k := range b.Kernels {
		if at := k.Size + ", " + k.Arithmetic; at != of {
			of = at
			line("%s", at)
		}
		if k.Share >= 0.005 {
			line("  %-22s %5.1f %% %9.3f ms %6.0f calls", k.Kernel, 100*k.Share, k.MS, math.Round(k.Calls))
		}
	}
	return t.String()
}

// encodingsTable is what each encoding is worth: milliseconds, and in brackets how many
// times as fast as f32 that is.
func encodingsTable(b spec.Bench) string {
	var t strings.Builder
	fmt.Fprintf(&t, "%s; %s; %s; medians of %d rounds\n\n", b.CPU, b.Device, b.Go, b.Rounds)
	fmt.Fprintf(&t, "%-7s %-13s %9s %16s %16s %16s %16s %16s\n", "size", "", "bytes", "one text, ms", "32, ms", "32 by table, ms", "matrix, 1, µs", "matrix, 32, µs")
	var f32 spec.EncodingSpeed
	for _, e := range b.Encodings {
		if e.Encoding == "f32" {
			f32 = e
		}
		cell := func(x, of float64) string { return fmt.Sprintf("%s (%.2f)", figure(x), of/x) }
		fmt.Fprintf(&t, "%-7s %-13s %9s %16s %16s %16s %16s %16s\n", e.Size, e.Encoding, amount(e.Bytes), cell(e.OneMS, f32.OneMS), cell(e.BatchMS, f32.BatchMS),
			cell(e.TableMS, f32.TableMS), cell(e.MatrixOneUS, f32.MatrixOneUS), cell(e.MatrixBatchUS, f32.MatrixBatchUS))
	}
	return t.String()
}

func cores(n int) string {
	if n == 1 {
		return "1 core"
	}
	return fmt.Sprintf("%d cores", n)
}

func ceilingOf(b spec.Bench, arithmetic string) float64 {
	if arithmetic == spec.Fast {
		return b.Ceiling.FastGFLOPS
	}
	return b.Ceiling.StrictGFLOPS
}

// figure has three digits that count, or all those before the point; – where nothing was measured.
func figure(x float64) string {
	switch {
	case x <= 0:
		return "–"
	case x < 10:
		return fmt.Sprintf("%.2f", x)
	case x < 100:
		return fmt.Sprintf("%.1f", x)
	}
	return amount(int(math.Round(x)))
}

func spread(q spec.Quartiles) string {
	if q[1] <= 0 {
		return ""
	}
	return figure(q[0]) + " to " + figure(q[1])
}

func part(x, of float64) string {
	if x <= 0 || of <= 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f %%", 100*x/of)
}
