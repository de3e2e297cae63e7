package store

import (
	"context"
	"encoding/json"
	"fmt"
)

// KeepFound keeps, under a name, what was found out about this machine.
func (s *Store) KeepFound(ctx context.Context, name string, v any) error {
	if err := s.b.Write(ctx, []Op{{Machine, name, marshal(v)}}); err != nil {
		return fmt.Errorf("keeping %s: %w", name, err)
	}
	return nil
}

// Found reads into v what was kept under a name; false where there is nothing of
// use: what can't be read any more was of another version, and is measured anew.
func (s *Store) Found(ctx context.Context, name string, v any) (bool, error) {
	b, err := s.b.Get(ctx, Machine, name)
	if err != nil {
		return false, err
	}
	return b != nil && json.Unmarshal(b, v) == nil, nil
}
