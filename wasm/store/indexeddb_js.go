//go:build js && wasm

package store

import (
	"context"
	"errors"
	"fmt"
	"syscall/js"

	"github.com/hack-pad/go-indexeddb/idb"
	"github.com/hack-pad/safejs"
)

// migrations bring the database from the version of their index to the next. A
// change of the tables is a new line here; those before it stay as they are.
var migrations = []func(*idb.Database) error{
	func(db *idb.Database) error { // 0 → 1
		for _, t := range []Table{Runs, Events, Checkpoints, Models, Variants, Flips, Data} {
			if _, err := db.CreateObjectStore(string(t), idb.ObjectStoreOptions{}); err != nil {
				return fmt.Errorf("creating the table %s: %w", t, err)
			}
		}
		return nil
	},
	func(db *idb.Database) error { // 1 → 2
		if _, err := db.CreateObjectStore(string(Machine), idb.ObjectStoreOptions{}); err != nil {
			return fmt.Errorf("creating the table %s: %w", Machine, err)
		}
		return nil
	},
}

// IndexedDB is the browser's storage. A transaction of it ends by itself as soon as
// nothing waits for it, so each method asks all that it asks before it waits.
type IndexedDB struct{ db *idb.Database }

var _ Backend = (*IndexedDB)(nil)

// OpenIndexedDB opens the database of that name by factory, the browser's
// indexedDB. Its getter throws in some frames, so the caller fetches it.
func OpenIndexedDB(ctx context.Context, factory js.Value, name string) (*IndexedDB, error) {
	refused := func(err error) error {
		return &Error{"storage_refused", fmt.Errorf("opening the database: %w", err)}
	}
	if !factory.Truthy() {
		return nil, refused(errors.New("this browser gives none to this page"))
	}
	f, err := idb.WrapFactory(factory)
	if err != nil {
		return nil, refused(err)
	}
	var failed error
	request, err := f.Open(ctx, name, uint(len(migrations)), func(db *idb.Database, from, to uint) error {
		for v := from; v < to && failed == nil; v++ {
			failed = migrations[v](db)
		}
		return nil // an error here would end the program
	})
	if err != nil {
		return nil, refused(err)
	}
	db, err := request.Await(ctx)
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, refused(err)
	}
	return &IndexedDB{db}, nil
}

// Get implements Backend.
func (b *IndexedDB) Get(ctx context.Context, t Table, key string) ([]byte, error) {
	table, err := b.table(t)
	if err != nil {
		return nil, err
	}
	k, err := safejs.ValueOf(key)
	if err != nil {
		return nil, err
	}
	request, err := table.Get(safejs.Unsafe(k))
	if err != nil {
		return nil, failure("reading "+string(t), err)
	}
	v, err := request.Await(ctx)
	if err != nil {
		return nil, failure("reading "+string(t), err)
	}
	return bytesOf(v), nil
}

// All implements Backend.
func (b *IndexedDB) All(ctx context.Context, t Table) ([]Record, error) {
	table, err := b.table(t)
	if err != nil {
		return nil, err
	}
	ask, err := table.GetAllKeys()
	if err != nil {
		return nil, failure("listing "+string(t), err)
	}
	keys, err := ask.Await(ctx)
	if err != nil {
		return nil, failure("listing "+string(t), err)
	}
	requests := make([]*idb.Request, len(keys))
	for i, key := range keys {
		if requests[i], err = table.Get(key); err != nil {
			return nil, failure("reading "+string(t), err)
		}
	}
	var rs []Record
	for i, r := range requests {
		// All were asked before the first wait, and the answers come in order, so
		// the last answer proves that the others are here.
		if i == 0 {
			if _, err := requests[len(requests)-1].Await(ctx); err != nil {
				return nil, failure("reading "+string(t), err)
			}
		}
		v, err := r.Result()
		if err != nil {
			return nil, failure("reading "+string(t), err)
		}
		rs = append(rs, Record{keys[i].String(), bytesOf(v)})
	}
	sortRecords(rs)
	return rs, nil
}

// Write implements Backend: one transaction, over when the browser says complete.
func (b *IndexedDB) Write(ctx context.Context, ops []Op) error {
	if len(ops) == 0 {
		return nil
	}
	names := make([]string, 0, len(Tables))
	seen := map[Table]bool{}
	for _, op := range ops {
		if !seen[op.Table] {
			seen[op.Table] = true
			names = append(names, string(op.Table))
		}
	}
	// Copied before the transaction begins, so that it is short.
	values := make([]js.Value, len(ops))
	for i, op := range ops {
		if op.Value != nil {
			values[i] = js.Global().Get("Uint8Array").New(len(op.Value))
			js.CopyBytesToJS(values[i], op.Value)
		}
	}
	txn, err := b.db.Transaction(idb.TransactionReadWrite, names[0], names[1:]...)
	if err != nil {
		return failure("writing", err)
	}
	for i, op := range ops {
		table, err := txn.ObjectStore(string(op.Table))
		if err != nil {
			_ = txn.Abort() // nothing was promised yet
			return failure("writing "+string(op.Table), err)
		}
		key := js.ValueOf(op.Key)
		if op.Value == nil {
			_, err = table.Delete(key)
		} else {
			_, err = table.PutKey(key, values[i])
		}
		if err != nil {
			_ = txn.Abort()
			return failure("writing "+string(op.Table), err)
		}
	}
	if err := txn.Await(ctx); err != nil {
		return failure("writing", err)
	}
	return nil
}

func (b *IndexedDB) table(t Table) (*idb.ObjectStore, error) {
	txn, err := b.db.Transaction(idb.TransactionReadOnly, string(t))
	if err != nil {
		return nil, failure("reading "+string(t), err)
	}
	table, err := txn.ObjectStore(string(t))
	if err != nil {
		return nil, failure("reading "+string(t), err)
	}
	return table, nil
}

func failure(doing string, err error) error {
	code := "storage_refused"
	if errors.Is(err, idb.NewDOMException("QuotaExceededError")) {
		code = "storage_full"
	}
	return &Error{code, fmt.Errorf("%s: %w", doing, err)}
}

func bytesOf(v js.Value) []byte {
	if v.Type() != js.TypeObject {
		return nil
	}
	b := make([]byte, v.Get("length").Int())
	js.CopyBytesToGo(b, v)
	return b
}
