package main

import (
	"context"
	"errors"
	"flag"
	"time"

	"github.com/clove-ml/clove/engine/compress"
	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
)

var evalCommand = command{
	name:    "eval",
	summary: "test a model on labelled texts",
	help: `
Usage: clove eval --model M --data PATH [--json]

Tells how often the model is right, with the 95 % interval. PATH is a folder, of
which the test files are read, or a single file, of which every row is. Labels
must be those of the model; data.label=coarse is as the model was trained.

  clove eval --model m.safetensors --data aclImdb
  clove eval --model m.safetensors --data my-test.tsv --json`,
	prepare: func(f *flag.FlagSet) func(context.Context, *console, []string) error {
		path := f.String("model", "", "`FILE` of the model")
		texts := f.String("data", "", "`PATH` of labelled texts")
		textColumn := f.String("text-column", "", "`NAME` of a CSV's column of texts (default: as the model's data, else by its header)")
		labelColumn := f.String("label-column", "", "`NAME` of a CSV's column of labels")
		on := deviceFlag(f)
		json := f.Bool("json", false, "events as JSON Lines on standard output")
		return func(ctx context.Context, c *console, args []string) error {
			if len(args) > 0 {
				return usage("takes no arguments, got %q", args[0])
			}
			if *texts == "" {
				return usage("--data is missing: a folder with test files, or a file of labelled texts")
			}
			m, err := readModel(*path)
			if err != nil {
				return err
			}
			began := time.Now()
			report := newReporter(c, *json)
			o := data.ReadOptions{TextColumn: *textColumn, LabelColumn: *labelColumn}
			part, read, err := readFor(ctx, m, *texts, o, report)
			if err != nil {
				return err
			}
			if read.Skipped > 0 {
				report.Event(spec.Notice{Code: "rows_skipped", Message: skipped(read)})
			}
			p, err := infer.New(m, on.choice())
			if err != nil {
				return err
			}
			answers, err := compress.Evaluate(ctx, p, &part, nil)
			if err != nil {
				return err
			}
			return report.done(spec.Done{
				Test: answers.Measure, SHA256: m.SHA256(), FileBytes: m.FileBytes(), Seconds: time.Since(began).Seconds(),
			}, *path)
		}
	},
}

// readFor reads labelled texts for m: by the columns that o names, where it names none
// by those of the data that m learnt from, and where there are no such, by the header.
func readFor(ctx context.Context, m *model.Model, path string, o data.ReadOptions, report *reporter) (data.Part, data.Report, error) {
	with := data.With{Vocab: m.Vocab, Labels: m.Config.Labels, Tokenizer: m.Config.Tokenizer, Label: m.Config.Spec.Data.Label}
	read := func(o data.ReadOptions) (data.Part, data.Report, error) {
		src, err := data.Open(path, o)
		if err != nil {
			return data.Part{}, data.Report{}, err
		}
		return data.EncodeWith(ctx, src, with, data.Hooks{Progress: func(r spec.Reading) { report.Event(r) }})
	}
	learnt := m.Config.Spec.Data
	if o != (data.ReadOptions{}) || learnt.TextColumn == "" && learnt.LabelColumn == "" {
		return read(o)
	}
	part, r, err := read(data.ReadOptions{TextColumn: learnt.TextColumn, LabelColumn: learnt.LabelColumn})
	var e *data.Error
	if errors.As(err, &e) && (e.Code == data.CodeColumns || e.Code == data.CodeFormat) {
		return read(o)
	}
	return part, r, err
}
