package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/link"
	"github.com/clove-ml/clove/engine/run/spec"
)

var shareCommand = command{
	name:    "share",
	summary: "print the link of a spec or a model",
	help: `
Usage: clove share NAME|SPEC.json|MODEL [--base URL] [--set FIELD=VALUE …] [--run]

Prints a link that opens the run in a page of Clove, or natively by clove open: what
differs from the spec's start, and the seed. With --run it is trained first, and the
link tells the hash of its weights, which must come out wherever it is opened.

The link of a model has its file inside, after #, which browsers send to no server;
that goes up to 64 KB. docs/links.md specifies the format.

  clove share mail --set model.hidden=32 --base https://example.org/clove/
  clove share names --run
  clove share small.safetensors`,
	prepare: func(f *flag.FlagSet) func(context.Context, *console, []string) error {
		base := f.String("base", "http://localhost:8080/", "`URL` of the page that the link opens")
		var changes list
		f.Var(&changes, "set", "`FIELD=VALUE` changes any field of the spec; may be given again")
		first := f.Bool("run", false, "train it, and tell the hash of its weights")
		threads := f.Int("threads", runtime.NumCPU(), "`N` that train")
		on := deviceFlag(f)
		return func(ctx context.Context, c *console, args []string) error {
			if len(args) != 1 {
				return usage("want one name, spec file or model, got %d", len(args))
			}
			l, err := linkTo(args[0], changes)
			if err != nil {
				return err
			}
			if *first {
				if len(l.Model) > 0 {
					return usage("--run is for a spec; %s is a model", args[0])
				}
				if l, err = ran(ctx, c, l, run.Env{Open: sets().Open, Device: on.choice(), Threads: *threads}, newReporter(c, false)); err != nil {
					return err
				}
			}
			address := l.String(*base)
			if _, err := link.Parse(address); err != nil {
				return fmt.Errorf("it can't be told in a link: %w", err)
			}
			_, err = fmt.Fprintln(c.out, address)
			return err
		}
	},
}

// linkTo is the link of a preset, a spec's file or a model's.
func linkTo(name string, changes list) (link.Link, error) {
	var l link.Link
	if strings.HasSuffix(name, ".safetensors") {
		m, b, err := readModelFile(name)
		if err != nil {
			return l, err
		}
		if len(changes) > 0 {
			return l, usage("--set is for a spec; %s is a model", name)
		}
		if len(b) > link.MaxModel {
			return l, fmt.Errorf("%s has %s bytes, and a link carries %s: make it smaller (clove recipes), or send it as a file", name, amount(len(b)), amount(link.MaxModel))
		}
		l.Spec, l.Model = m.Config.Spec, b
		l.Spec.Compress = m.Config.Pipeline
		return l, nil
	}
	s, err := readSpec(name)
	if err != nil {
		return l, err
	}
	if err := change(&s, changes); err != nil {
		return l, err
	}
	if err := s.Validate(); err != nil {
		return l, usage("%v", err)
	}
	l.Spec = s
	return l, nil
}

// ran is the link with what came out of its run.
func ran(ctx context.Context, c *console, l link.Link, env run.Env, report *reporter) (link.Link, error) {
	var done spec.Done
	result, err := run.Run(ctx, l.Spec, env, func(e spec.Event) {
		if d, ok := e.(spec.Done); ok {
			done = d
			return
		}
		report.Event(e)
	})
	report.clear()
	if err != nil {
		return l, explain(err, "")
	}
	l.Arithmetic, l.Weights = done.Arithmetic, result.Model.SHA256()
	if result.Compressed != nil {
		l.Small = result.Compressed.SHA256()
	}
	fmt.Fprintf(c.err, "test %s, loss %.4f, in %s\n", measure(done.Test), done.Test.Loss, duration(done.Seconds))
	return l, nil
}

var openCommand = command{
	name:    "open",
	summary: "run what a link says, and compare",
	help: `
Usage: clove open LINK [--data PATH]
       clove open LINK-WITH-A-MODEL ["text" …]

Trains what the link says and tells the hash of the weights; where the link has one of
the same version of the arithmetic, whether it is equal: other bits are a failure. A
link whose run is on a file of one's own needs that file again, by --data.

With a model inside, it answers texts as clove predict does: those given, or the lines
of standard input. With - in place of the link, its first line is the link.

  clove open "http://localhost:8080/?v=1&spec=names&seed=1"
  clove open - "A dull plot, but I could not look away." < link.txt`,
	prepare: func(f *flag.FlagSet) func(context.Context, *console, []string) error {
		path := f.String("data", "", "`PATH` of the texts of a run on a file of one's own")
		threads := f.Int("threads", runtime.NumCPU(), "`N` that train")
		on := deviceFlag(f)
		return func(ctx context.Context, c *console, args []string) error {
			if len(args) == 0 {
				return usage("the link is missing")
			}
			address, in := args[0], bufio.NewReaderSize(c.in, 64<<10)
			if address == "-" {
				var err error
				if address, err = readLine(in); err != nil && err != io.EOF {
					return fmt.Errorf("reading the link: %w", err)
				}
			}
			l, err := link.Parse(strings.TrimSpace(address))
			switch {
			case err != nil:
				return err
			case len(l.Model) > 0:
				return answer(ctx, c, l.Model, in, on, args[1:])
			case l.Version == 0:
				return errors.New("there is no run in this link: it has neither v nor spec nor any field of one")
			case len(args) > 1:
				return usage("texts are for a link with a model inside, got %q", args[1])
			}
			if err := own(&l.Spec, *path); err != nil {
				return err
			}
			here, err := ran(ctx, c, l, run.Env{Open: sets().Open, Device: on.choice(), Threads: *threads}, newReporter(c, false))
			if err != nil {
				return err
			}
			return compare(c.out, l, here)
		}
	},
}

// own names the file of a link's run on texts of one's own.
func own(s *spec.Spec, path string) error {
	want := s.Data.SHA256
	switch {
	case path != "":
		if err := replaceData(s, path); err != nil {
			return err
		}
		if want != "" && s.Data.SHA256 != want {
			return fmt.Errorf("--data %s is not the file of the link: its SHA-256 is %.12s…, the link's is %.12s…", path, s.Data.SHA256, want)
		}
	case s.Data.Source == "file":
		return errors.New("the link's run is on a file of somebody's own, which no link carries; give it with --data PATH")
	}
	return nil
}

// compare tells the hashes, and whether they are those of the link.
func compare(out io.Writer, there, here link.Link) error {
	var wrong []error
	for _, x := range []struct{ what, here, there string }{{"weights", here.Weights, there.Weights}, {"smaller weights", here.Small, there.Small}} {
		says := ""
		switch {
		case x.here == "":
			continue
		case x.there == "":
			says = "the link tells none"
		case !there.Comparable() || here.Arithmetic != there.Arithmetic:
			says = fmt.Sprintf("can't be compared with the link's: its arithmetic is of version %d, here is %d", there.Arithmetic, here.Arithmetic)
		case x.here == x.there:
			says = "the same bits as in the link"
		default:
			says = "not those of the link, " + x.there
			wrong = append(wrong, fmt.Errorf("the %s are not those of the link, by the same arithmetic: the link was changed, or the texts are others, or one of the two machines errs", x.what))
		}
		if _, err := fmt.Fprintf(out, "%s SHA-256 %s: %s\n", x.what, x.here, says); err != nil {
			return err
		}
	}
	return errors.Join(wrong...)
}

// answer has the model of a link label texts.
func answer(ctx context.Context, c *console, file []byte, in io.Reader, on *device, texts []string) error {
	m, err := model.ReadGuest(file)
	if err != nil {
		return fmt.Errorf("the model in the link: %w", err)
	}
	p, err := infer.New(m, on.choice())
	if err != nil {
		return fmt.Errorf("the model in the link: %w", err)
	}
	return predict(ctx, p, c.out, in, texts)
}
