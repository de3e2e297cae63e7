// Command builtin trains the model that judges on arrival, and shrinks it, so that
// the page opens alive: a preset, nothing hand-picked. It writes
//
//	builtin.safetensors     the model
//	builtin.json            its run as the page would have saved it: protocol.Opened
//	builtin-N.safetensors   variant N of builtin.json, from 1
//
// and does nothing where the engine's sources are those of the last time.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/server/native"
	"github.com/clove-ml/clove/wasm/protocol"
)

// preset is the Spec, as the page names it.
const preset = "reviews"

// pipelines are the variants that the page shows at first sight.
var pipelines = []string{"quantize=int8", "prune=0.8,finetune=1,quantize=int8"}

// sources decide what comes out.
var sources = []string{"engine", "server/builtin", "wasm/protocol", "go.mod"}

func main() {
	out := flag.String("out", "dist", "folder to write")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := build(ctx, *out); err != nil {
		fmt.Fprintln(os.Stderr, "builtin:", err)
		os.Exit(1)
	}
}

func build(ctx context.Context, out string) error {
	stamp := filepath.Join(out, ".builtin.stamp")
	now, err := fingerprint(sources)
	if err != nil {
		return err
	}
	if last, err := os.ReadFile(stamp); err == nil && string(last) == now && complete(out) {
		return nil
	}
	opened, models, err := train(ctx)
	if err != nil {
		return err
	}
	body, err := json.Marshal(opened)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	for i, m := range models {
		if err := os.WriteFile(filepath.Join(out, name(i)), m.Bytes(), 0o644); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(out, "builtin.json"), body, 0o644); err != nil {
		return err
	}
	return os.WriteFile(stamp, []byte(now), 0o644)
}

// name of a variant's file; 0 is the original.
func name(variant int) string {
	if variant == 0 {
		return "builtin.safetensors"
	}
	return fmt.Sprintf("builtin-%d.safetensors", variant)
}

func complete(out string) bool {
	for i := range len(pipelines) + 1 {
		if _, err := os.Stat(filepath.Join(out, name(i))); err != nil {
			return false
		}
	}
	_, err := os.Stat(filepath.Join(out, "builtin.json"))
	return err == nil
}

// train makes the model and its variants.
func train(ctx context.Context) (protocol.Opened, []*model.Model, error) {
	began := time.Now()
	var o protocol.Opened
	s, ok := spec.Preset(preset)
	if !ok {
		return o, nil, fmt.Errorf("no preset is called %q", preset)
	}
	fmt.Printf("builtin: training %s, and shrinking it\n", preset)
	var keep recorder
	env := run.Env{Open: native.Sets{}.Open, Device: native.Device(), Threads: runtime.NumCPU(), RunID: "builtin", Now: time.Now}
	result, err := run.Run(ctx, s, env, keep.event)
	if err != nil {
		return o, nil, err
	}
	models := []*model.Model{result.Model}
	variants := result.Variants[:1]
	for _, p := range pipelines {
		small, v, err := run.Compress(ctx, result.Model, result.Encoded, p, env, func(spec.Event) {})
		if err != nil {
			return o, nil, fmt.Errorf("%s: %w", p, err)
		}
		models, variants = append(models, small), append(variants, v)
	}
	o = protocol.Opened{Spec: s, Facts: keep.started.Facts, Events: keep.events(), Variants: variants, Summary: protocol.RunSummary{
		Run: "builtin", Name: fmt.Sprintf("%s · LSTM %d → %d", s.Data.Source, s.Model.Embedding, s.Model.Hidden), Source: s.Data.Source, Created: began.Unix(), State: "done",
		Epoch: keep.epochs, Epochs: s.Train.Epochs, Step: keep.done.Step, Steps: keep.started.Steps,
		Accuracy: variants[0].Test.Accuracy, FileBytes: variants[0].FileBytes, Variants: len(variants), Curve: keep.curve(40),
	}}
	for i, v := range variants {
		fmt.Printf("builtin: %-20s test accuracy %.4f, %d bytes (%s)\n", v.Name, v.Test.Accuracy, v.FileBytes, name(i))
	}
	fmt.Printf("builtin: %.1f s\n", time.Since(began).Seconds())
	return o, models, nil
}

// recorder keeps what the page draws of a run.
type recorder struct {
	all     []spec.Event
	started spec.Started
	done    spec.Done
	epochs  int
	losses  []float64
}

func (r *recorder) event(e spec.Event) {
	switch e := e.(type) {
	case spec.Reading:
		return // long past when the page opens
	case spec.Started:
		r.started = e
	case spec.Step:
		r.losses = append(r.losses, e.Loss)
	case spec.Epoch:
		r.epochs = e.Epoch
	case spec.Done:
		r.done = e
	}
	r.all = append(r.all, e)
}

// mostOfAKind is how many events of one kind a saved run holds.
const mostOfAKind = 500

// events are those kept, as spec.Encode writes them: of steps every n-th, the last included.
func (r *recorder) events() []json.RawMessage {
	every := (len(r.losses) + mostOfAKind - 1) / mostOfAKind
	var kept []json.RawMessage
	steps := 0
	for _, e := range r.all {
		if _, ok := e.(spec.Step); ok {
			if steps++; (len(r.losses)-steps)%every != 0 {
				continue
			}
		}
		kept = append(kept, spec.Encode(e))
	}
	return kept
}

// curve is n losses at most, evenly spread.
func (r *recorder) curve(n int) []float64 {
	if len(r.losses) <= n {
		return r.losses
	}
	curve := make([]float64, n)
	for i := range curve {
		curve[i] = r.losses[i*(len(r.losses)-1)/(n-1)]
	}
	return curve
}

// fingerprint is a hash over the Go sources below the paths and all that they embed; tests are left out.
func fingerprint(paths []string) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, runtime.Version())
	for _, root := range paths {
		err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() {
				if d.Name() == "testdata" {
					return filepath.SkipDir
				}
				return nil
			}
			if strings.HasSuffix(p, "_test.go") || strings.HasSuffix(p, ".md") {
				return nil
			}
			b, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			sum := sha256.Sum256(bytes.TrimSpace(b))
			fmt.Fprintf(h, "%s %x\n", filepath.ToSlash(p), sum)
			return nil
		})
		if errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("run it in the repository's root: %w", err)
		}
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
