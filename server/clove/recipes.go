package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"runtime"
	"strings"

	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
)

var recipesCommand = command{
	name:    "recipes",
	summary: "list pipelines with a name, and what they promise",
	help: `
Usage: clove recipes [--json]

Lists the pipelines that have a name, and what each promises of the model of the
preset imdb: the file's size and the test accuracy lost. make results measures them.

  clove recipes
  clove compress --model m.safetensors --recipe int8 --out m8.safetensors`,
	prepare: func(f *flag.FlagSet) func(context.Context, *console, []string) error {
		asJSON := f.Bool("json", false, "one JSON list on standard output")
		return func(_ context.Context, c *console, args []string) error {
			if len(args) > 0 {
				return usage("takes no arguments, got %q", args[0])
			}
			if *asJSON {
				return json.NewEncoder(c.out).Encode(spec.Recipes)
			}
			for _, r := range spec.Recipes {
				if _, err := fmt.Fprintf(c.out, "%s\t%s\n\t%s\n\t%s\n", r.Name, r.Says, promise(r), r.Pipeline); err != nil {
					return err
				}
			}
			return nil
		}
	},
}

// promise of a recipe in words.
func promise(r spec.Recipe) string {
	var all []string
	if r.Size > 0 {
		all = append(all, fmt.Sprintf("at most %.3g %% of the size", 100*r.Size))
	}
	if r.Bytes > 0 {
		all = append(all, fmt.Sprintf("at most %s bytes", amount(r.Bytes)))
	}
	if r.Lost > 0 {
		all = append(all, fmt.Sprintf("at most %.3g points of accuracy lost", 100*r.Lost))
	}
	return "promises " + strings.Join(all, ", ")
}

var sensitivityCommand = command{
	name:    "sensitivity",
	summary: "what each technique costs each layer and gate alone",
	help: `
Usage: clove sensitivity --model M [--data PATH] [--steps "STEP STEP …"] [--json]

Does each technique to each layer of the model and each gate of its LSTM, all else left as
it is, and to all at once, and tells the validation accuracy lost, in points, with the 95 % interval of matched
pairs; ~ stands before what is within chance. Steps are those of clove compress that don't train.

  clove sensitivity --model m.safetensors
  clove sensitivity --model m.safetensors --steps "quantize=int4 prune=0.9" --json`,
	prepare: func(f *flag.FlagSet) func(context.Context, *console, []string) error {
		path := f.String("model", "", "`FILE` of the model")
		texts := f.String("data", "", "`PATH` of the texts")
		steps := f.String("steps", "", "`STEPS` to try, blanks between; those of the page unless given")
		threads := f.Int("threads", runtime.NumCPU(), "`N` that measure")
		on := deviceFlag(f)
		asJSON := f.Bool("json", false, "one JSON object on standard output")
		return func(ctx context.Context, c *console, args []string) error {
			if len(args) > 0 {
				return usage("takes no arguments, got %q", args[0])
			}
			list := strings.Fields(*steps)
			for _, s := range list {
				if _, err := spec.ParsePipeline(s + "/" + spec.PartEmbedding); err != nil {
					return usage("--steps: %v", err)
				}
			}
			m, err := readModel(*path)
			if err != nil {
				return err
			}
			if len(list) == 0 {
				list = spec.Sensitive(m.Config.Model)
			}
			report := newReporter(c, false)
			enc, err := learntFrom(ctx, m, *texts, report)
			if err != nil {
				return err
			}
			v, err := run.Sensitivity(ctx, m, enc, list, run.Env{Device: on.choice(), Threads: *threads}, func(s spec.Sensitivity) {
				report.progress(fmt.Sprintf("%d of %d", len(s.Cells), s.Of))
			})
			report.clear()
			if err != nil {
				return explain(err, "")
			}
			if *asJSON {
				e := json.NewEncoder(c.out)
				e.SetEscapeHTML(false)
				return e.Encode(v)
			}
			fmt.Fprintf(c.out, "validation %s\npoints lost\n", measure(v.Base))
			for _, cell := range v.Cells {
				chance := ""
				if cell.Chance() {
					chance = "~"
				}
				says := fmt.Sprintf("%s%+.2f\t(%.2f to %.2f)", chance, 100*cell.Lost, 100*cell.Low, 100*cell.High)
				if cell.Bytes > 0 {
					says += fmt.Sprintf("\t%s bytes", amount(cell.Bytes))
				}
				if cell.Why != "" {
					says = cell.Why
				}
				if _, err := fmt.Fprintf(c.out, "%s\t%s\t%s\n", cell.Technique, cell.Layer, says); err != nil {
					return err
				}
			}
			return nil
		}
	},
}
