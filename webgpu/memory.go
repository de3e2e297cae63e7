package webgpu

import "slices"

// memory deals out the places of the card's buffer: first fit, from a list of what is free in
// order of its place. Sizes are in floats; each is rounded up to a cache line.
type memory struct {
	size int    // of the whole
	used int    // dealt out
	free []span // ascending, never two that touch
}

type span struct{ at, n int }

const line = 64

func newMemory(size int) memory { return memory{size: size, free: []span{{0, size}}} }

func rounded(n int) int { return (max(n, 1) + line - 1) / line * line }

// take is a place for n floats; ok is false where there is none.
func (m *memory) take(n int) (s span, ok bool) {
	n = rounded(n)
	for i, f := range m.free {
		if f.n < n {
			continue
		}
		if f.n == n {
			m.free = slices.Delete(m.free, i, i+1)
		} else {
			m.free[i] = span{f.at + n, f.n - n}
		}
		m.used += n
		return span{f.at, n}, true
	}
	return span{}, false
}

// give takes a place back.
func (m *memory) give(s span) {
	m.used -= s.n
	m.insert(s)
}

func (m *memory) insert(s span) {
	i, _ := slices.BinarySearchFunc(m.free, s.at, func(f span, at int) int { return f.at - at })
	if i < len(m.free) && s.at+s.n == m.free[i].at {
		s.n += m.free[i].n
		m.free = slices.Delete(m.free, i, i+1)
	}
	if i > 0 && m.free[i-1].at+m.free[i-1].n == s.at {
		m.free[i-1].n += s.n
		return
	}
	m.free = slices.Insert(m.free, i, s)
}

// grow has room for size floats altogether.
func (m *memory) grow(size int) {
	if size > m.size {
		m.insert(span{m.size, size - m.size})
		m.size = size
	}
}
