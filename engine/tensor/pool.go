package tensor

import "sync"

// Pool lends working space. Kernels may run side by side and inside another's
// yield, so there is one for each at work; they go back and are used again. Unlike
// sync.Pool it forgets none, so that after the first step nothing is allocated.
// The zero Pool is empty and ready.
type Pool[T any] struct {
	mu   sync.Mutex
	free []*T
}

// Get is the space that went back last, or a new, zero one.
func (p *Pool[T]) Get() *T {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		x := p.free[n-1]
		p.free = p.free[:n-1]
		return x
	}
	return new(T)
}

// Put gives a space back.
func (p *Pool[T]) Put(x *T) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, x)
}
