package data

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// ReadOptions of a file.
type ReadOptions struct {
	TextColumn  string // of a CSV, a TSV with a header or JSON Lines; "" by its header
	LabelColumn string
	Size        int64 // in bytes, for progress; 0 unknown
}

// Open is the source at path: a folder with train*, test* (valid*, val*, dev*)
// files, the aclImdb folder, or a single file of any kind that OpenReader knows.
func Open(path string, o ReadOptions) (Source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("opening the data: %w", err)
	}
	if info.IsDir() {
		return openFolder(path, o)
	}
	if !info.Mode().IsRegular() {
		return nil, &Error{Code: CodeFormat, Where: path, Message: "it is neither a file nor a folder"}
	}
	o.Size = info.Size()
	return OpenReader(filepath.Base(path), func() (io.ReadCloser, error) { return os.Open(path) }, o)
}

// OpenReader is the source in one file that open opens anew for each reading,
// as a browser's dropped file: the aclImdb tar, CSV, label<TAB>text lines or
// JSON Lines, each also gzipped. The kind is found by content and name when it
// is read.
func OpenReader(name string, open func() (io.ReadCloser, error), o ReadOptions) (Source, error) {
	if name == "" {
		return nil, &Error{Code: CodeFormat, Message: "a file needs a name"}
	}
	return &file{name: name, split: Whole, open: open, options: o}, nil
}

// file is a Source of one file.
type file struct {
	name    string
	split   Split // of its rows, if the file itself does not say
	open    func() (io.ReadCloser, error)
	options ReadOptions
	among   bool // one of several: reasons name it
}

func (f *file) Each(ctx context.Context, yield func(Row) error) (Report, error) {
	return f.EachMetered(ctx, func(int64, int64) {}, yield)
}

func (f *file) EachMetered(ctx context.Context, tick func(done, total int64), yield func(Row) error) (Report, error) {
	r := &rows{yield: yield, report: Report{Where: f.name}}
	raw, err := f.read(ctx, tick, r)
	if err == nil {
		err = r.end()
	}
	if err != nil {
		return r.report, locate(err, f.name)
	}
	r.report.SHA256 = raw.sum()
	return r.report, nil
}

// read hands all of the file to r, without judging the whole.
func (f *file) read(ctx context.Context, tick func(done, total int64), r *rows) (*rawReader, error) {
	rc, err := f.open()
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", f.name, err)
	}
	defer rc.Close()
	r.split, r.file = f.split, ""
	if f.among {
		r.file = f.name
	}
	raw := newRawReader(ctx, rc, f.options.Size, tick)
	body, name, err := unpack(raw, f.name)
	if err != nil {
		return nil, err
	}
	kind, err := sniff(body, name)
	if err != nil {
		return nil, err
	}
	if err := kind(body, r, f.options); err != nil {
		return nil, err
	}
	// To its end, so that a truncated archive is found and the checksum is that of the whole.
	if _, err := io.Copy(io.Discard, body); err != nil {
		return nil, err
	}
	_, err = io.Copy(io.Discard, raw)
	return raw, err
}
