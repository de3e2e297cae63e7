package webgpu

import (
	"math/rand/v2"
	"testing"
)

func TestPlacesNeverOverlapAndComeBackWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	m := newMemory(1 << 14)
	var held []span
	for range 2000 {
		if len(held) > 0 && r.IntN(3) == 0 {
			i := r.IntN(len(held))
			m.give(held[i])
			held = append(held[:i], held[i+1:]...)
			continue
		}
		n := r.IntN(900)
		s, ok := m.take(n)
		if !ok {
			m.grow(2 * m.size)
			if s, ok = m.take(n); !ok {
				t.Fatalf("no place for %d of %d", n, m.size)
			}
		}
		for _, h := range held {
			if s.at < h.at+h.n && h.at < s.at+s.n {
				t.Fatalf("%v overlaps %v", s, h)
			}
		}
		if s.n < n || s.at+s.n > m.size {
			t.Fatalf("%v for %d of %d", s, n, m.size)
		}
		held = append(held, s)
	}
	for _, h := range held {
		m.give(h)
	}
	if m.used != 0 || len(m.free) != 1 || m.free[0] != (span{0, m.size}) {
		t.Errorf("%d used, %v free of %d after all came back", m.used, m.free, m.size)
	}
}
