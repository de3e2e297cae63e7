// Package store keeps models and runs where the tab runs: in IndexedDB, and in
// memory where the browser refuses that or has no room.
//
// A Backend is a set of tables of bytes under keys, whose writes are all or
// nothing. IndexedDB and Memory are two; Spill puts a second one behind a first
// that may fail, so that nothing is lost while the tab lives. Store, on top of
// any of them, knows what a run is.
package store

import (
	"context"
	"errors"
	"slices"
)

// Table is an object store of the database.
type Table string

// The tables. Keys: a run's id, but for models, variants and flips a variant's id,
// for data the key of its content, for machine a name.
const (
	Runs        Table = "runs"        // Run as JSON, small: the list reads them all
	Events      Table = "events"      // a JSON array of events
	Checkpoints Table = "checkpoints" // what run.Env.Resume takes
	Models      Table = "models"      // safetensors; under the run's id the best of its checkpoint
	Variants    Table = "variants"    // spec.Variant as JSON, without its flips
	Flips       Table = "flips"       // []spec.Flip as JSON
	Data        Table = "data"        // data.Encoded, shared by the runs that have the key
	Machine     Table = "machine"     // what was found out about this machine, as JSON, by its name
)

// Tables are all of them.
var Tables = []Table{Runs, Events, Checkpoints, Models, Variants, Flips, Data, Machine}

// Op is a write: of Value under Key, or where Value is nil the removal of Key.
type Op struct {
	Table Table
	Key   string
	Value []byte
}

// Record is what a table holds under a key.
type Record struct {
	Key   string
	Value []byte
}

// Backend keeps records. What it is given and what it gives is not changed by anyone afterwards.
type Backend interface {
	// Get returns nil where there is no record.
	Get(ctx context.Context, t Table, key string) ([]byte, error)
	// All returns the records of a table in order of their keys.
	All(ctx context.Context, t Table) ([]Record, error)
	// Write does all of ops or, with an error, none.
	Write(ctx context.Context, ops []Op) error
}

// Error is a storage that does not serve. Code is that of protocol.Problem.
type Error struct {
	Code string // storage_full, storage_refused
	Err  error
}

func (e *Error) Error() string { return "storage: " + e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// ErrNotFound says that no such run or model is kept.
var ErrNotFound = errors.New("not kept here")

func size(ops []Op) int64 {
	var n int64
	for _, op := range ops {
		n += int64(len(op.Value))
	}
	return n
}

func sortRecords(rs []Record) {
	slices.SortFunc(rs, func(a, b Record) int {
		switch {
		case a.Key < b.Key:
			return -1
		case a.Key > b.Key:
			return 1
		}
		return 0
	})
}
