package store

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// Spill is a Backend that does not fail while the tab lives: what Kept refuses is
// held in memory, and offered again once there may be room.
type Spill struct {
	kept Backend // nil: refused from the start
	warn func(*Error)

	mu   sync.Mutex
	held [][]Op // refused writes, the oldest first; no slot occurs twice
	last string // code of the last warning, so as to say it once
}

var _ Backend = (*Spill)(nil)

// small is what is offered again with every write that succeeds. More is offered
// only after something was removed: copying it in vain would cost each time.
const small = 1 << 20

// NewSpill puts memory behind kept, which may be nil. warn is told once each time
// that writing begins to fail.
func NewSpill(kept Backend, warn func(*Error)) *Spill { return &Spill{kept: kept, warn: warn} }

// Held is how many bytes are in memory alone.
func (s *Spill) Held() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var n int64
	for _, ops := range s.held {
		n += size(ops)
	}
	return n
}

// find is the held write of a slot.
func (s *Spill) find(t Table, key string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ops := range s.held {
		for _, op := range ops {
			if op.Table == t && op.Key == key {
				return op.Value, true
			}
		}
	}
	return nil, false
}

// Get implements Backend.
func (s *Spill) Get(ctx context.Context, t Table, key string) ([]byte, error) {
	if v, ok := s.find(t, key); ok || s.kept == nil {
		return v, nil
	}
	return s.kept.Get(ctx, t, key)
}

// All implements Backend.
func (s *Spill) All(ctx context.Context, t Table) ([]Record, error) {
	all := map[string][]byte{}
	if s.kept != nil {
		rs, err := s.kept.All(ctx, t)
		if err != nil {
			return nil, err
		}
		for _, r := range rs {
			all[r.Key] = r.Value
		}
	}
	s.mu.Lock()
	for _, ops := range s.held {
		for _, op := range ops {
			if op.Table == t {
				all[op.Key] = op.Value
			}
		}
	}
	s.mu.Unlock()
	var rs []Record
	for k, v := range all {
		if v != nil {
			rs = append(rs, Record{k, v})
		}
	}
	sortRecords(rs)
	return rs, nil
}

// Write implements Backend. It fails only with ctx.
func (s *Spill) Write(ctx context.Context, ops []Op) error {
	var err error
	if s.kept != nil {
		if err = s.kept.Write(ctx, ops); err == nil {
			s.supersede(ops)
			s.offer(ctx, slices.ContainsFunc(ops, func(op Op) bool { return op.Value == nil }))
			return nil
		}
		if ctx.Err() != nil {
			return err
		}
	}
	s.hold(ops, err)
	return nil
}

// supersede drops what newer writes made stale.
func (s *Spill) supersede(ops []Op) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, old := range s.held {
		s.held[i] = slices.DeleteFunc(slices.Clone(old), func(o Op) bool {
			return slices.ContainsFunc(ops, func(op Op) bool { return op.Table == o.Table && op.Key == o.Key })
		})
	}
	s.held = slices.DeleteFunc(s.held, func(ops []Op) bool { return len(ops) == 0 })
	if len(s.held) == 0 {
		s.last = ""
	}
}

// offer writes what is held, the oldest first, until one write is refused.
func (s *Spill) offer(ctx context.Context, roomier bool) {
	s.mu.Lock()
	held := slices.Clone(s.held)
	s.mu.Unlock()
	for _, ops := range held {
		if !roomier && size(ops) > small {
			continue
		}
		if s.kept.Write(ctx, ops) != nil {
			return
		}
		s.supersede(ops)
	}
}

func (s *Spill) hold(ops []Op, why error) {
	s.supersede(ops)
	var e *Error
	if why != nil && !errors.As(why, &e) {
		e = &Error{"storage_refused", why}
	}
	s.mu.Lock()
	s.held = append(s.held, slices.Clone(ops))
	tell := e != nil && e.Code != s.last
	if tell {
		s.last = e.Code
	}
	s.mu.Unlock()
	if tell {
		s.warn(e)
	}
}
