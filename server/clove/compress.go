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

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/server/native"
)

var compressCommand = command{
	name:    "compress",
	summary: "make a smaller model of a model, and measure what it cost",
	help: `
Usage: clove compress --model M (--recipe NAME | --pipeline STEPS) [--data PATH] --out M2 [--json]

Puts the model through the steps, writes what comes out, tests it and says what it
cost. A recipe is a pipeline with a name: clove recipes lists them. Steps are
  distill=lstm|bag    a smaller model learns what this one answers
  words=COUNT         keeps the words that matter most
  units=SHARE, columns=SHARE    takes whole hidden units, columns of the embedding out
  prune=SHARE         sets that share of the weights to zero, the smallest of all
                      matrices together; prune=SHARE/lstm those of the LSTM alone;
                      /gradual4 little by little over 4 epochs
  finetune=EPOCHS     trains on with what is pruned held at zero
  quantize=int8|int4  stores weights in 8 or 4 bits; /group32/mse, /gate, /tensor …
  qat=int8|int4       trains with the rounding, then stores the same
  half, binary, ternary, rank, pq, cluster    other ways to store them
  huffman             packs the file; goes last

  clove compress --model m.safetensors --recipe int8 --out m8.safetensors
  clove compress --model m.safetensors --pipeline "prune=0.8,finetune=1,quantize=int8" --out small.safetensors

The data is what the model was trained on, as its file says; data that came from a
file or folder must be given again with --data. --json is as for clove train.`,
	prepare: func(f *flag.FlagSet) func(context.Context, *console, []string) error {
		path := f.String("model", "", "`FILE` of the model")
		recipe := f.String("recipe", "", "`NAME` of a pipeline that clove recipes lists")
		pipeline := f.String("pipeline", "", "`STEPS`, in this order")
		texts := f.String("data", "", "`PATH` of the texts")
		out := f.String("out", "", "`FILE` to write the smaller model to")
		threads := f.Int("threads", runtime.NumCPU(), "`N` that train")
		on := deviceFlag(f)
		json := f.Bool("json", false, "events as JSON Lines on standard output")
		return func(ctx context.Context, c *console, args []string) error {
			if len(args) > 0 {
				return usage("takes no arguments, got %q", args[0])
			}
			if *recipe != "" {
				r, ok := spec.RecipeOf(*recipe)
				if !ok {
					return usage("--recipe: no recipe is called %q; clove recipes lists them", *recipe)
				}
				if *pipeline != "" {
					return usage("both --recipe and --pipeline are given, want one of them")
				}
				*pipeline = r.Pipeline
			}
			if steps, err := spec.ParsePipeline(*pipeline); err != nil {
				return usage("--pipeline: %v", err)
			} else if len(steps) == 0 {
				return usage("--recipe or --pipeline is missing: a NAME of clove recipes, or steps as prune=0.8,finetune=1,quantize=int8")
			}
			m, err := readModel(*path)
			if err != nil {
				return err
			}
			if err := writable(*out); err != nil {
				return err
			}
			return shrink(ctx, c, m, *pipeline, *texts, *out, on, *threads, *json)
		}
	},
}

func shrink(ctx context.Context, c *console, m *model.Model, pipeline, path, out string, on *device, threads int, json bool) error {
	began := time.Now()
	report := newReporter(c, json)
	enc, err := learntFrom(ctx, m, path, report)
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

// learntFrom reads the data that m was trained on, from path where it is given.
func learntFrom(ctx context.Context, m *model.Model, path string, report *reporter) (*data.Encoded, error) {
	s := m.Config.Spec
	if path != "" {
		if err := replaceData(&s, path); err != nil {
			return nil, err
		}
	} else if s.Data.Source == "file" {
		return nil, errors.New("the model was trained on a file or folder; give it again with --data PATH")
	}
	return native.EncodeFor(ctx, m, sets(), s, func(r spec.Reading) { report.Event(r) })
}

// readModel reads a model's file.
func readModel(path string) (*model.Model, error) {
	m, _, err := readModelFile(path)
	return m, err
}

// readModelFile gives the file's bytes as well.
func readModelFile(path string) (*model.Model, []byte, error) {
	if path == "" {
		return nil, nil, usage("--model is missing: a file that clove train wrote, or that the page gave")
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the model: %w", err)
	}
	m, err := model.Read(b)
	if err != nil {
		return nil, nil, fmt.Errorf("%s is no model of Clove: %s", path, strings.TrimSuffix(err.Error(), "."))
	}
	return m, b, nil
}
