package data

import (
	"errors"
	"io"
)

// ReadOptions of a single file.
type ReadOptions struct {
	TextColumn  string // of a CSV, a TSV with a header or JSON Lines; "" by its header
	LabelColumn string
	Size        int64 // in bytes, for progress; 0 unknown
}

// Open is the source at path: a folder with train*, test* (valid*, val*, dev*)
// files, the aclImdb folder, or a single file of any kind that OpenReader knows.
func Open(path string, o ReadOptions) (Source, error) { return nil, errors.New("data: not yet") }

// OpenReader is the source in one file that open opens anew for each reading,
// as a browser's dropped file: the aclImdb tar, CSV, label<TAB>text lines or
// JSON Lines, each also gzipped. The kind is found by content and name.
func OpenReader(name string, open func() (io.ReadCloser, error), o ReadOptions) (Source, error) {
	return nil, errors.New("data: not yet")
}
