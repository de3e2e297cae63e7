package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/server/native"
)

var compressCommand = command{
	name:    "compress",
	summary: "make a smaller model of a model, and measure what it cost",
	help: `
Usage: clove compress --model M --pipeline STEPS [--data PATH] --out M2 [--json]

Puts the model through the steps, writes what comes out and tests it. Steps are
  prune=SHARE         sets that share of the weights to zero, the smallest of all
                      matrices together; prune=SHARE/lstm those of the LSTM alone
  finetune=EPOCHS     trains on with what is pruned held at zero
  quantize=int8       stores weights in 8 bits and multiplies in them; goes last

  clove compress --model m.safetensors --pipeline quantize=int8 --out m8.safetensors
  clove compress --model m.safetensors --pipeline "prune=0.8,finetune=1,quantize=int8" --out small.safetensors

The data is what the model was trained on, as its file says; data that came from a
file or folder must be given again with --data. --json is as for clove train.`,
	prepare: func(f *flag.FlagSet) func(context.Context, *console, []string) error {
		path := f.String("model", "", "`FILE` of the model")
		pipeline := f.String("pipeline", "", "`STEPS`, in this order")
		data := f.String("data", "", "`PATH` of the texts")
		out := f.String("out", "", "`FILE` to write the smaller model to")
		threads := f.Int("threads", runtime.NumCPU(), "`N` that train")
		on := deviceFlag(f)
		json := f.Bool("json", false, "events as JSON Lines on standard output")
		return func(ctx context.Context, c *console, args []string) error {
			if len(args) > 0 {
				return usage("takes no arguments, got %q", args[0])
			}
			if steps, err := spec.ParsePipeline(*pipeline); err != nil {
				return usage("--pipeline: %v", err)
			} else if len(steps) == 0 {
				return usage("--pipeline is missing: steps as prune=0.8,finetune=1,quantize=int8")
			}
			m, err := readModel(*path)
			if err != nil {
				return err
			}
			if err := writable(*out); err != nil {
				return err
			}
			return shrink(ctx, c, m, *pipeline, *data, *out, on, *threads, *json)
		}
	},
}

func shrink(ctx context.Context, c *console, m *model.Model, pipeline, path, out string, on *device, threads int, json bool) error {
	began := time.Now()
	report := newReporter(c, json)
	s := m.Config.Spec
	if path != "" {
		if err := replaceData(&s, path); err != nil {
			return err
		}
	} else if s.Data.Source == "file" {
		return errors.New("the model was trained on a file or folder; give it again with --data PATH")
	}
	enc, err := native.EncodeFor(ctx, m, sets(), s, func(r spec.Reading) { report.Event(r) })
	if err != nil {
		return err
	}
	env := run.Env{Device: on.choice(), Threads: threads}
	small, variant, err := run.Compress(ctx, m, enc, pipeline, env, report.Event)
	report.clear()
	if err != nil {
		return explain(err, "")
	}
	b := small.Bytes()
	if err := replaceFile(out, b); err != nil {
		return fmt.Errorf("writing the model: %w", err)
	}
	return report.done(spec.Done{
		Test: variant.Test, SHA256: variant.SHA256, FileBytes: len(b), Seconds: time.Since(began).Seconds(),
	}, out)
}

// readModel reads a model's file.
func readModel(path string) (*model.Model, error) {
	if path == "" {
		return nil, usage("--model is missing: a file that clove train wrote, or that the page gave")
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the model: %w", err)
	}
	m, err := model.Read(b)
	if err != nil {
		return nil, fmt.Errorf("%s is no model of Clove: %s", path, strings.TrimSuffix(err.Error(), "."))
	}
	return m, nil
}
