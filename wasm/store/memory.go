package store

import (
	"context"
	"sync"
)

// Memory is a Backend that lasts as long as the program.
type Memory struct {
	mu     sync.Mutex
	tables map[Table]map[string][]byte
}

var _ Backend = (*Memory)(nil)

// NewMemory is an empty one.
func NewMemory() *Memory {
	m := &Memory{tables: map[Table]map[string][]byte{}}
	for _, t := range Tables {
		m.tables[t] = map[string][]byte{}
	}
	return m
}

// Get implements Backend.
func (m *Memory) Get(_ context.Context, t Table, key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.tables[t][key], nil
}

// All implements Backend.
func (m *Memory) All(_ context.Context, t Table) ([]Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var rs []Record
	for k, v := range m.tables[t] {
		rs = append(rs, Record{k, v})
	}
	sortRecords(rs)
	return rs, nil
}

// Write implements Backend.
func (m *Memory) Write(_ context.Context, ops []Op) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, op := range ops {
		if op.Value == nil {
			delete(m.tables[op.Table], op.Key)
		} else {
			m.tables[op.Table][op.Key] = op.Value
		}
	}
	return nil
}
