package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

// Format of a Run's record. A reader leaves out records of a newer one.
const Format = 1

// MaxData is how many bytes of encoded texts are kept with a run. A run with more
// asks for its file again.
const MaxData = 100 << 20

// Run is what the list needs of a run, and where the rest is.
type Run struct {
	Format   int                 `json:"format"`
	Summary  protocol.RunSummary `json:"summary"` // Owner is not kept; Stored is filled in as it is read
	Spec     spec.Spec           `json:"spec"`
	Facts    spec.Facts          `json:"facts"`
	File     string              `json:"file,omitempty"`      // name of the file that its data or model came from
	From     string              `json:"from,omitempty"`      // model whose weights it began with
	Original string              `json:"original,omitempty"`  // of "builtin": SHA-256 of the weights that its variants were made of
	Data     string              `json:"data,omitempty"`      // key of its encoded texts, "" not kept
	NeedFile bool                `json:"need_file,omitempty"` // they were too many
	Variants []string            `json:"variants,omitempty"`  // ids, the original first
	Sizes    map[string]int64    `json:"sizes,omitempty"`     // bytes of its records, by "table/key"
}

// Store keeps runs in a Backend.
type Store struct {
	b Backend

	mu  sync.Mutex
	bin map[string][]Op // what was deleted, by run, until the program ends
}

// New is a Store in b.
func New(b Backend) *Store { return &Store{b: b, bin: map[string][]Op{}} }

// Runs are all of them, the newest first. A record that can't be read is left out.
func (s *Store) Runs(ctx context.Context) ([]Run, error) {
	records, err := s.b.All(ctx, Runs)
	if err != nil {
		return nil, err
	}
	var runs []Run
	for _, record := range records {
		if r, err := decodeRun(record.Value); err == nil {
			runs = append(runs, r)
		}
	}
	slices.SortStableFunc(runs, func(a, b Run) int {
		switch {
		case a.Summary.Created > b.Summary.Created:
			return -1
		case a.Summary.Created < b.Summary.Created:
			return 1
		}
		return 0
	})
	return runs, nil
}

// Run is one of them, or ErrNotFound.
func (s *Store) Run(ctx context.Context, id string) (Run, error) {
	b, err := s.b.Get(ctx, Runs, id)
	if err != nil {
		return Run{}, err
	}
	if b == nil {
		return Run{}, fmt.Errorf("run %s: %w", id, ErrNotFound)
	}
	return decodeRun(b)
}

func decodeRun(b []byte) (Run, error) {
	var r Run
	if err := json.Unmarshal(b, &r); err != nil {
		return Run{}, fmt.Errorf("reading a saved run: %w", err)
	}
	if r.Format > Format {
		return Run{}, fmt.Errorf("the run %s was saved by a newer Clove", r.Summary.Run)
	}
	r.Summary.Stored = 0
	for _, n := range r.Sizes {
		r.Summary.Stored += n
	}
	return r, nil
}

// Change is what happens to a run at once: all of it is kept or none.
type Change struct {
	Events     []json.RawMessage // nil: as they are
	Checkpoint []byte            // nil: as it is
	Done       bool              // the checkpoint is of no use any more
	Models     map[string][]byte // files by variant, or by the run's id for the best of its checkpoint
	Variants   []spec.Variant    // that are new or measured anew
}

// Save keeps r and what changed. It updates r's list of variants and sizes.
func (s *Store) Save(ctx context.Context, r *Run, c Change) error {
	next := *r
	next.Format = Format
	next.Summary.Owner = ""
	next.Variants = slices.Clone(r.Variants)
	next.Sizes = map[string]int64{}
	for k, n := range r.Sizes {
		next.Sizes[k] = n
	}
	var ops []Op
	put := func(t Table, key string, value []byte) {
		ops = append(ops, Op{t, key, value})
		at := string(t) + "/" + key
		if value == nil {
			delete(next.Sizes, at)
		} else {
			next.Sizes[at] = int64(len(value))
		}
	}
	id := r.Summary.Run
	if c.Events != nil {
		put(Events, id, marshal(c.Events))
	}
	if c.Checkpoint != nil {
		put(Checkpoints, id, c.Checkpoint)
	}
	if c.Done {
		put(Checkpoints, id, nil)
		put(Models, id, nil)
	}
	for key, b := range c.Models {
		put(Models, key, b)
	}
	for _, v := range c.Variants {
		flips := v.Flips
		v.Flips = nil
		put(Variants, v.ID, marshal(v))
		put(Flips, v.ID, marshal(flips))
		if !slices.Contains(next.Variants, v.ID) {
			next.Variants = append(next.Variants, v.ID)
		}
	}
	next.Summary.Variants = len(next.Variants)
	ops = append(ops, Op{Runs, id, marshal(next)})
	if err := s.b.Write(ctx, ops); err != nil {
		return fmt.Errorf("saving the run %s: %w", id, err)
	}
	*r = next
	r.Summary.Stored = 0
	for _, n := range r.Sizes {
		r.Summary.Stored += n
	}
	return nil
}

// SaveData keeps encoded texts under the key of their content and ties r to them.
// It says whether they were few enough. r itself is kept with the next Save.
func (s *Store) SaveData(ctx context.Context, r *Run, key string, encoded []byte) (bool, error) {
	if len(encoded) > MaxData {
		r.NeedFile = true
		return false, nil
	}
	have, err := s.HasData(ctx, key)
	if err != nil {
		return false, err
	}
	if !have {
		if err := s.b.Write(ctx, []Op{{Data, key, encoded}}); err != nil {
			return false, fmt.Errorf("saving the texts of the run %s: %w", r.Summary.Run, err)
		}
	}
	r.Data, r.NeedFile = key, false
	if r.Sizes == nil {
		r.Sizes = map[string]int64{}
	}
	r.Sizes[string(Data)+"/"+key] = int64(len(encoded))
	return true, nil
}

// HasData says whether a run that is kept has these texts, without reading them.
func (s *Store) HasData(ctx context.Context, key string) (bool, error) {
	runs, err := s.Runs(ctx)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(runs, func(r Run) bool { return r.Data == key }), nil
}

// Data are the encoded texts under a key, or ErrNotFound.
func (s *Store) Data(ctx context.Context, key string) ([]byte, error) {
	return s.must(ctx, Data, key)
}

// Events of a run; none is no error.
func (s *Store) Events(ctx context.Context, id string) ([]json.RawMessage, error) {
	b, err := s.b.Get(ctx, Events, id)
	if err != nil || b == nil {
		return nil, err
	}
	var events []json.RawMessage
	if err := json.Unmarshal(b, &events); err != nil {
		return nil, fmt.Errorf("reading the events of the run %s: %w", id, err)
	}
	return events, nil
}

// Checkpoint of a run, or ErrNotFound.
func (s *Store) Checkpoint(ctx context.Context, id string) ([]byte, error) {
	return s.must(ctx, Checkpoints, id)
}

// Model is the file of a variant, or under a run's id the best of its checkpoint, or ErrNotFound.
func (s *Store) Model(ctx context.Context, id string) ([]byte, error) {
	return s.must(ctx, Models, id)
}

// Variants of a run in their order, without flips.
func (s *Store) Variants(ctx context.Context, r Run) ([]spec.Variant, error) {
	var all []spec.Variant
	for _, id := range r.Variants {
		b, err := s.must(ctx, Variants, id)
		if err != nil {
			return nil, err
		}
		var v spec.Variant
		if err := json.Unmarshal(b, &v); err != nil {
			return nil, fmt.Errorf("reading the variant %s: %w", id, err)
		}
		all = append(all, v)
	}
	return all, nil
}

// Flips of a variant, or ErrNotFound.
func (s *Store) Flips(ctx context.Context, id string) ([]spec.Flip, error) {
	b, err := s.must(ctx, Flips, id)
	if err != nil {
		return nil, err
	}
	var flips []spec.Flip
	if err := json.Unmarshal(b, &flips); err != nil {
		return nil, fmt.Errorf("reading the flips of %s: %w", id, err)
	}
	return flips, nil
}

// Delete removes a run and all of it, but the texts that other runs share.
// Undelete brings it back as long as the program runs.
func (s *Store) Delete(ctx context.Context, id string) error {
	r, err := s.Run(ctx, id)
	if err != nil {
		return err
	}
	slots := []Op{{Runs, id, nil}, {Events, id, nil}, {Checkpoints, id, nil}, {Models, id, nil}}
	for _, v := range r.Variants {
		slots = append(slots, Op{Models, v, nil}, Op{Variants, v, nil}, Op{Flips, v, nil})
	}
	if r.Data != "" {
		runs, err := s.Runs(ctx)
		if err != nil {
			return err
		}
		shared := slices.ContainsFunc(runs, func(o Run) bool { return o.Data == r.Data && o.Summary.Run != id })
		if !shared {
			slots = append(slots, Op{Data, r.Data, nil})
		}
	}
	var back []Op
	for _, at := range slots {
		v, err := s.b.Get(ctx, at.Table, at.Key)
		if err != nil {
			return err
		}
		if v != nil {
			back = append(back, Op{at.Table, at.Key, v})
		}
	}
	if err := s.b.Write(ctx, slots); err != nil {
		return fmt.Errorf("deleting the run %s: %w", id, err)
	}
	s.mu.Lock()
	s.bin[id] = back
	s.mu.Unlock()
	return nil
}

// Undelete undoes Delete, or gives ErrNotFound.
func (s *Store) Undelete(ctx context.Context, id string) error {
	s.mu.Lock()
	back, ok := s.bin[id]
	s.mu.Unlock()
	if !ok {
		return fmt.Errorf("run %s: %w", id, ErrNotFound)
	}
	if err := s.b.Write(ctx, back); err != nil {
		return fmt.Errorf("bringing back the run %s: %w", id, err)
	}
	s.mu.Lock()
	delete(s.bin, id)
	s.mu.Unlock()
	return nil
}

func (s *Store) must(ctx context.Context, t Table, key string) ([]byte, error) {
	b, err := s.b.Get(ctx, t, key)
	if err != nil {
		return nil, err
	}
	if b == nil {
		return nil, fmt.Errorf("%s of %s: %w", t, key, ErrNotFound)
	}
	return b, nil
}

// marshal writes what is made of plain fields, which always marshals.
func marshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
