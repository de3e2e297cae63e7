package data

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// openFolder is the source in a folder: train/LABEL/….txt (aclImdb, also one
// level down), or files whose names begin with train, test, valid, val or dev,
// or else the only data file there.
func openFolder(path string, o ReadOptions) (Source, error) {
	for _, root := range []string{path, filepath.Join(path, "aclImdb")} {
		if isFolder(filepath.Join(root, "train")) || isFolder(filepath.Join(root, "test")) {
			return &tree{root}, nil
		}
	}
	entries, err := os.ReadDir(path) // in order of name
	if err != nil {
		return nil, fmt.Errorf("opening the data: %w", err)
	}
	var parts, others []*file
	for _, e := range entries {
		full := filepath.Join(path, e.Name())
		info, err := os.Stat(full) // a link counts as what it leads to
		if err != nil || !info.Mode().IsRegular() || !isDataFile(e.Name()) {
			continue
		}
		f := &file{name: e.Name(), split: partOf(e.Name()), options: o, open: func() (io.ReadCloser, error) { return os.Open(full) }}
		f.options.Size = info.Size()
		if f.split == Whole {
			others = append(others, f)
		} else {
			f.among = true
			parts = append(parts, f)
		}
	}
	switch {
	case len(parts) > 0:
		return &folder{path, parts}, nil
	case len(others) == 1:
		return others[0], nil
	case len(others) > 1:
		return nil, &Error{Code: CodeFormat, Where: path, Message: fmt.Sprintf("which of its %d files? Name them train…, test… and valid…, or give one of them", len(others))}
	}
	return nil, &Error{Code: CodeFormat, Where: path, Message: "no data in this folder: want train… and test… files (.csv, .tsv, .txt, .jsonl, also .gz), or aclImdb's train/pos, train/neg, test/pos, test/neg"}
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func isDataFile(name string) bool {
	name = strings.TrimSuffix(strings.ToLower(name), ".gz")
	switch filepath.Ext(name) {
	case ".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".tar", ".tgz":
		return name[0] != '.'
	}
	return false
}

// partOf reads the part off a file's name: train.tsv, train-sample.tsv.gz, dev_2.csv.
func partOf(name string) Split {
	name = strings.ToLower(name)
	end := strings.IndexFunc(name, func(r rune) bool { return r < 'a' || r > 'z' })
	if end < 0 {
		end = len(name)
	}
	for _, p := range []string{"train", "test", "valid", "val", "dev"} {
		if strings.HasPrefix(name[:end], p) {
			return splitNames[p]
		}
	}
	return Whole
}

// folder is a Source of several files.
type folder struct {
	path  string
	files []*file
}

func (f *folder) Each(ctx context.Context, yield func(Row) error) (Report, error) {
	return f.EachMetered(ctx, func(int64, int64) {}, yield)
}

func (f *folder) EachMetered(ctx context.Context, tick func(done, total int64), yield func(Row) error) (Report, error) {
	r := &rows{yield: yield, report: Report{Where: f.path}}
	var before, total int64
	for _, part := range f.files {
		total += part.options.Size
	}
	for _, part := range f.files {
		if _, err := part.read(ctx, func(done, _ int64) { tick(before+done, total) }, r); err != nil {
			return r.report, locate(err, part.name)
		}
		before += part.options.Size
	}
	return r.report, locate(r.end(), f.path)
}

// tree is a Source of a folder train/LABEL/….txt.
type tree struct{ root string }

func (t *tree) Each(ctx context.Context, yield func(Row) error) (Report, error) {
	r := &rows{yield: yield, report: Report{Where: t.root}}
	a := &archive{rows: r}
	for _, part := range []string{"train", "valid", "validation", "val", "dev", "test"} {
		labels, err := os.ReadDir(filepath.Join(t.root, part))
		if err != nil && !os.IsNotExist(err) {
			return r.report, fmt.Errorf("reading the data: %w", err)
		}
		for _, label := range labels {
			if err := t.label(ctx, a, part+"/"+label.Name()); err != nil {
				return r.report, locate(err, t.root)
			}
		}
	}
	err := a.end()
	if err == nil {
		err = r.end()
	}
	return r.report, locate(err, t.root)
}

// label reads the files of train/LABEL.
func (t *tree) label(ctx context.Context, a *archive, folder string) error {
	dir := filepath.Join(t.root, filepath.FromSlash(folder))
	if !isFolder(dir) {
		return nil
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("reading the data: %w", err)
	}
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		name := folder + "/" + f.Name()
		split, label, ok, err := a.place(name)
		if err != nil {
			return err
		}
		if !ok || f.IsDir() {
			continue
		}
		text, err := readFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return locate(err, name)
		}
		if err := a.add(name, split, label, text); err != nil {
			return err
		}
	}
	return nil
}

func readFile(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("reading the data: %w", err)
	}
	if info.Size() > maxLine {
		return "", entryTooLong("")
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("reading the data: %w", err)
	}
	return string(b), nil
}
