package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/clove-ml/clove/engine/data"
)

var dataCommand = command{
	name:    "data",
	summary: "list the data sets that are here, or bring one in",
	help: `
Usage: clove data list
       clove data import [--as imdb] PATH

list tells which data sets a spec can name here, where they come from and on what
terms. import reads a set whole, says what it left out, and keeps it by a name in
the data folder, so that clove train --spec imdb and clove serve find it.

  clove data import aclImdb_v1.tar.gz
  clove data list`,
	prepare: func(f *flag.FlagSet) func(context.Context, *console, []string) error {
		dir := f.String("dir", dataDir(), "`DIR` where sets are kept; CLOVE_DATA names another")
		as := f.String("as", "imdb", "`NAME` to keep it by")
		return func(ctx context.Context, c *console, args []string) error {
			switch {
			case len(args) == 1 && args[0] == "list":
				return listData(c, *dir)
			case len(args) == 2 && args[0] == "import":
				return importData(ctx, c, args[1], *dir, *as)
			case len(args) == 0:
				return usage("say what: list or import")
			case args[0] == "import":
				return usage("import wants one PATH")
			}
			return usage("%q is neither list nor import", strings.Join(args, " "))
		}
	},
}

func listData(c *console, dir string) error {
	here := sets()
	here.Own = dir
	w := bufio.NewWriter(c.out)
	found := map[string]string{}
	for _, f := range here.List() {
		found[f.Name] = f.Path
	}
	for _, b := range data.Builtins() {
		path, ok := found[b.Name]
		state := "here"
		switch {
		case b.Synthetic:
			state = "made here, synthetic"
		case !ok && b.Packed:
			state = "not here: make build packs it"
		case !ok:
			state = "not here: clove data import --as " + b.Name + " PATH"
		case path != "":
			state = path
		}
		fmt.Fprintf(w, "%s\t%s\n", b.Name, state)
		for _, text := range []string{b.Origin, b.Terms} {
			if text != "" {
				fmt.Fprintf(w, "\t%s\n", text)
			}
		}
	}
	return w.Flush()
}

// importData reads the set and writes it as label<TAB>text, one gzip a part.
func importData(ctx context.Context, c *console, path, dir, as string) (err error) {
	if !importable(as) {
		return usage("--as %s: no spec names such a set; imdb is one", as)
	}
	target := filepath.Join(dir, as)
	if _, err := os.Stat(target); err == nil {
		return fmt.Errorf("%s is there already; remove it first", target)
	}
	src, err := data.Open(path, data.ReadOptions{})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	part, err := os.MkdirTemp(dir, ".import-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(part) // moved away already when all went well
	files := map[data.Split]*partFile{}
	report, err := src.Each(ctx, func(r data.Row) error {
		f := files[r.Split]
		if f == nil {
			var err error
			if f, err = createPart(filepath.Join(part, partNames[r.Split])); err != nil {
				return err
			}
			files[r.Split] = f
		}
		return f.add(r)
	})
	counts := []string{}
	for _, split := range []data.Split{data.Train, data.Valid, data.Test, data.Whole} {
		if f := files[split]; f != nil {
			err = errors.Join(err, f.close())
			counts = append(counts, fmt.Sprintf("%s %s", amount(f.rows), split))
		}
	}
	if err != nil {
		return err
	}
	if files[data.Train] == nil || files[data.Test] == nil {
		return errors.New("it has no train and test parts; use a single file by its path, with --data")
	}
	if err := os.Chmod(part, 0o755); err != nil {
		return err
	}
	if err := os.Rename(part, target); err != nil {
		return err
	}
	if report.Skipped > 0 {
		fmt.Fprintf(c.err, "%s\n", skipped(report))
	}
	_, err = fmt.Fprintf(c.out, "%s: %s\n", target, strings.Join(counts, ", "))
	return err
}

func importable(name string) bool {
	for _, b := range data.Builtins() {
		if b.Name == name {
			return !b.Packed && !b.Synthetic
		}
	}
	return false
}

func skipped(r data.Report) string {
	return fmt.Sprintf("%s rows left out: %s", amount(r.Skipped), strings.Join(r.Reasons, "; "))
}

var partNames = map[data.Split]string{
	data.Train: "train.tsv.gz", data.Valid: "valid.tsv.gz", data.Test: "test.tsv.gz", data.Whole: "all.tsv.gz",
}

// partFile is one of them in the making.
type partFile struct {
	file *os.File
	zip  *gzip.Writer
	rows int
}

func createPart(path string) (*partFile, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	return &partFile{file: f, zip: gzip.NewWriter(f)}, nil
}

// flat makes a text fit a line; no tokenizer tells these from a space.
var flat = strings.NewReplacer("\t", " ", "\n", " ", "\r", " ")

func (p *partFile) add(r data.Row) error {
	p.rows++
	_, err := fmt.Fprintf(p.zip, "%s\t%s\n", flat.Replace(r.Label), flat.Replace(r.Text))
	return err
}

func (p *partFile) close() error { return errors.Join(p.zip.Close(), p.file.Close()) }
