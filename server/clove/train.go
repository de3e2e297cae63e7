package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/server/native"
)

var trainCommand = command{
	name:    "train",
	summary: "train a model as a spec says",
	help: `
Usage: clove train --spec NAME|FILE [--data PATH] [--set FIELD=VALUE …] --out M.safetensors [--json]

Trains, and writes the model with its vocabulary and settings to one file. A spec
is a name (` + strings.Join(spec.Presets(), ", ") + `) or a JSON file, as --print-spec
writes it. The same spec gives the same weights on every machine, and in the page.

  clove train --spec reviews --out m.safetensors
  clove train --spec imdb-small --data aclImdb_v1.tar.gz --out imdb.safetensors
  clove train --spec reviews --data my.csv --set data.text_column=body --set train.epochs=8 --out my.safetensors
  clove train --spec mail --set 'compress=prune=0.8,finetune=1,quantize=int8' --out mail-small.safetensors

PATH is a folder with train*, test* (and valid*, val* or dev*) files, the aclImdb
folder or archive, or one file of text and label: CSV, TSV (label, tab, text) or
JSON Lines, gzipped or not. One file is split 80/10/10 by what the texts are;
a folder without validation gives a tenth of train for it. data.label=coarse cuts
labels at ':'.

With --json, standard output is events as JSON Lines and nothing else; the last is
  {"event":"done","test":{"accuracy":…,"loss":…},"weights_sha256":"…","file_bytes":…,"seconds":…}

Arithmetic is strict: the weights are the same, to the bit, on every machine. With
--arithmetic fast the run may round less often and add in another order; it is done
sooner, and its SHA-256 is that of one kind of processor.

With --checkpoint FILE the run is kept there after each epoch and when it is
stopped (Ctrl-C), and goes on from it the next time, to the same weights as if it
had never stopped. The file is removed when the run is done. Where the loss or a
weight ceases to be a finite number, the best model so far is written all the same.`,
	prepare: func(f *flag.FlagSet) func(context.Context, *console, []string) error {
		var o trainOptions
		f.StringVar(&o.spec, "spec", "", "`NAME|FILE` of the spec")
		f.StringVar(&o.data, "data", "", "`PATH` of texts to use in place of the spec's")
		f.Var(&o.set, "set", "`FIELD=VALUE` changes any field of the spec; may be given again")
		f.StringVar(&o.out, "out", "", "`FILE` to write the model to")
		f.StringVar(&o.checkpoint, "checkpoint", "", "`FILE` to keep the run in, and to go on from")
		o.device = deviceFlag(f)
		f.StringVar(&o.arithmetic, "arithmetic", "", "strict or `fast`: fewer roundings, sooner done, and weights that no other machine gives; changes the spec")
		f.IntVar(&o.threads, "threads", runtime.NumCPU(), "`N` that train; changes the time, not the weights")
		f.BoolVar(&o.print, "print-spec", false, "print the spec with all its fields, and train nothing")
		f.BoolVar(&o.json, "json", false, "events as JSON Lines on standard output")
		return func(ctx context.Context, c *console, args []string) error {
			if len(args) > 0 {
				return usage("takes no arguments, got %q; the data's path comes after --data", args[0])
			}
			return train(ctx, c, o)
		}
	},
}

type trainOptions struct {
	spec, data, out, checkpoint string
	arithmetic                  string // "" the spec's
	set                         list
	device                      *device
	threads                     int
	print, json                 bool
}

func train(ctx context.Context, c *console, o trainOptions) error {
	s, err := readSpec(o.spec)
	if err != nil {
		return err
	}
	if o.data != "" {
		if err := replaceData(&s, o.data); err != nil {
			return err
		}
	}
	if err := change(&s, o.set); err != nil {
		return err
	}
	if o.arithmetic != "" {
		if s.Arithmetic = o.arithmetic; s.Arithmetic != spec.Strict && s.Arithmetic != spec.Fast {
			return usage("--arithmetic %s: want strict or fast", o.arithmetic)
		}
	}
	if err := s.Validate(); err != nil {
		return usage("%v", err)
	}
	if o.print {
		_, err := c.out.Write(s.JSON())
		return err
	}
	if err := writable(o.out); err != nil {
		return err
	}
	env := run.Env{Open: sets().Open, Device: o.device.choice(), Threads: o.threads}
	var kept *model.Model // the best of the last checkpoint
	if o.checkpoint != "" {
		env.Resume, err = os.ReadFile(o.checkpoint)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("reading the checkpoint: %w", err)
		}
		env.Save = func(_ context.Context, k run.Checkpoint) error {
			kept = k.Model
			return replaceFile(o.checkpoint, k.Bytes)
		}
	}
	report := newReporter(c, o.json)
	var done spec.Done
	result, err := run.Run(ctx, s, env, func(e spec.Event) {
		if d, ok := e.(spec.Done); ok {
			done = d // told once the file is written
			return
		}
		report.Event(e)
	})
	report.clear()
	var failed *run.Error
	if errors.As(err, &failed) && failed.Code == "not_finite" && kept != nil {
		if e := replaceFile(o.out, kept.Bytes()); e != nil {
			return errors.Join(err, fmt.Errorf("writing the best model so far: %w", e))
		}
		return fmt.Errorf("%w; the best model of the epochs before is in %s", err, o.out)
	}
	if err != nil {
		return explain(err, o.checkpoint)
	}
	if err := replaceFile(o.out, result.Final().Bytes()); err != nil {
		return fmt.Errorf("writing the model: %w", err)
	}
	if o.checkpoint != "" {
		if err := os.Remove(o.checkpoint); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing the checkpoint of a run that is done: %w", err)
		}
	}
	return report.done(done, o.out)
}

// readSpec reads a preset's name or a file.
func readSpec(name string) (spec.Spec, error) {
	if name == "" {
		return spec.Spec{}, usage("--spec is missing: one of %s, or a JSON file", strings.Join(spec.Presets(), ", "))
	}
	if s, ok := spec.Preset(name); ok {
		return s, nil
	}
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return spec.Spec{}, usage("--spec %s: neither a file nor one of %s", name, strings.Join(spec.Presets(), ", "))
	}
	if err != nil {
		return spec.Spec{}, fmt.Errorf("reading the spec: %w", err)
	}
	s, err := spec.Parse(b)
	if err != nil {
		return spec.Spec{}, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// change sets fields of a spec, each given as FIELD=VALUE.
func change(s *spec.Spec, set list) error {
	for _, given := range set {
		field, value, ok := strings.Cut(given, "=")
		if !ok {
			return usage("--set %s: want FIELD=VALUE, as train.epochs=3", given)
		}
		if err := s.Set(field, value); err != nil {
			return usage("--set %s: %v", given, err)
		}
	}
	return nil
}

// replaceData makes path the spec's data. A single file is named by its bytes, as
// a file dropped on the page is, so that both are the same spec.
func replaceData(s *spec.Spec, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	s.Data.Path, s.Data.SHA256 = path, ""
	if s.Data.Source == "imdb" && info.IsDir() {
		return nil
	}
	s.Data.Source = "file"
	if info.IsDir() {
		return nil
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("--data %s is neither a folder nor a file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	s.Data.SHA256 = hex.EncodeToString(h.Sum(nil))
	return nil
}

// writable refuses, before hours of work, a file that can't be written after them.
func writable(path string) error {
	if path == "" {
		return usage("--out is missing: the file to write the model to")
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("--out %s is a folder", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".clove-")
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	f.Close()
	return os.Remove(f.Name())
}

// replaceFile writes a file whole or not at all.
func replaceFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".clove-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already when all went well
	_, err = f.Write(b)
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// explain adds what to do next to a run's error.
func explain(err error, checkpoint string) error {
	var e *run.Error
	if !errors.As(err, &e) {
		return err
	}
	switch {
	case e.Code == "cancelled" && checkpoint != "":
		return fmt.Errorf("cancelled; the same command goes on from %s", checkpoint)
	case e.Code == "cancelled":
		return errors.New("cancelled; with --checkpoint FILE a run can go on later")
	case e.Code == "checkpoint":
		return fmt.Errorf("%w; remove %s to begin anew", err, checkpoint)
	}
	return err
}

// sets are the data sets of this machine.
func sets() native.Sets {
	packed := filepath.Join("dist", "data")
	if site := findSite(); site != "" {
		packed = packedDir(site)
	}
	return native.Sets{Packed: packed, Own: dataDir()}
}
