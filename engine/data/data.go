// Package data reads labelled texts and makes them ready to train on.
//
// A Source streams rows: a folder, an archive or a single file (open.go), or a
// set that is built in. Encode reads one in a single pass into an Encoded: token
// ids of train, validation and test, the vocabulary, and the facts that a page
// shows. What is wrong with a file is an *Error with a stable code.
package data

import (
	"context"

	"github.com/clove-ml/clove/engine/run/spec"
)

// Split says which part a row belongs to.
type Split int

// The parts. Whole means that the source does not say.
const (
	Train Split = iota
	Valid
	Test
	Whole
)

func (s Split) String() string { return [...]string{"train", "validation", "test", "whole"}[s] }

// Row is a labelled text. Its strings are its own: they may be kept.
type Row struct {
	Split Split
	Label string
	Text  string
}

// Report says how the reading went.
type Report struct {
	Where   string   // name of the file or folder, before messages; "" for anything else
	Rows    int      // handed out
	Skipped int      // left out
	Reasons []string // the first few: "line 12: no label"
	Notes   []string // what was decided on the way: "label 0 is read as ham"
	SHA256  string   // of a single file's bytes, hex; "" for anything else
}

// maxReasons bounds Report.Reasons.
const maxReasons = 5

// Skip counts a row left out and keeps the first reasons.
func (r *Report) Skip(reason string) {
	r.Skipped++
	if len(r.Reasons) < maxReasons {
		r.Reasons = append(r.Reasons, reason)
	}
}

// Source streams labelled texts, the same each time.
type Source interface {
	// Each calls yield with every row in order until one of them fails, ctx ends
	// or the source does. An error of yield is returned as it is.
	Each(ctx context.Context, yield func(Row) error) (Report, error)
}

// Metered is a Source that says how far it is, also where it yields nothing
// for long, as in the part of a tar that is skipped.
type Metered interface {
	Source
	// EachMetered is Each with a tick every 64 KB or so: bytes done, of total (0 unknown).
	EachMetered(ctx context.Context, tick func(done, total int64), yield func(Row) error) (Report, error)
}

// Hooks of a long reading; both may be nil.
type Hooks struct {
	Progress func(spec.Reading) // every few hundred rows
	Yield    func()             // every few milliseconds of work, so that a single-threaded worker can answer messages
}

// Error is bad input, as data: what, where and what to do.
type Error struct {
	Code    string // of the list below; stable, a page words it
	Where   string // "reviews.csv, line 12"
	Message string // what it is and what to do next, lower case
	Err     error  // beneath, or nil
}

// Codes of Error.
const (
	CodeEmpty     = "data_empty"     // no row that could be used
	CodeOneLabel  = "data_one_label" // nothing to tell apart
	CodeLabels    = "data_labels"    // too many labels, or none that the model knows
	CodeFew       = "data_few"       // too few rows to split
	CodeEncoding  = "data_encoding"  // not UTF-8
	CodeTruncated = "data_truncated" // the file ends too early, or is damaged
	CodeTooLong   = "data_too_long"  // a line or entry beyond any text
	CodePath      = "data_path"      // an archive's path that climbs out of it
	CodeFormat    = "data_format"    // unknown, binary, or not what its name says
	CodeColumns   = "data_columns"   // a CSV that does not tell text from label
	CodeCorrupt   = "data_corrupt"   // encoded data that is not what MarshalBinary wrote
)

func (e *Error) Error() string {
	if e.Where == "" {
		return e.Message
	}
	return e.Where + ": " + e.Message
}

func (e *Error) Unwrap() error { return e.Err }
