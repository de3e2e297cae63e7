package infer

import "github.com/clove-ml/clove/engine/tensor"

// work is the scratch of one call; it grows and is used again.
type work struct {
	yield func()
	done  int // multiply-adds since the last yield

	ids  []int32
	pre  []float32 // [B, 4H]
	c    []float32 // [B, H]
	x    []float32 // [B, E]
	qx   []int8    // [B, E] codes of the embedding's rows
	qh   []int8    // [B, H] codes of the state
	by   []operand // [B] how qx is to be read
	acc  []int32   // [B, 4H]
	pack *tensor.Packed
	lstm tensor.LSTM
	bufs map[string]tensor.Buffer
}

// between is how many multiply-adds go by between two yields: some 5 ms in wasm.
const between = 4 << 20

func (w *work) spend(n int) {
	if w.done += n; w.done >= between {
		w.done = 0
		if w.yield != nil {
			w.yield()
		}
	}
}

// buffer is the device's memory of that name, of length n at least.
func (w *work) buffer(dev tensor.Device, name string, n int) tensor.Buffer {
	b := w.bufs[name]
	if b == nil || b.Len() < n {
		b = dev.Alloc(n)
		w.bufs[name] = b
	}
	return b
}

func (p *Predictor) acquire() *work {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		w := p.free[n-1]
		p.free = p.free[:n-1]
		return w
	}
	return &work{yield: p.Yield, bufs: map[string]tensor.Buffer{}}
}

func (p *Predictor) release(w *work) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, w)
}

// room is s with length n, grown where needed; it may hold what was in it before.
func room[E any](s []E, n int) []E {
	if cap(s) < n {
		return make([]E, n)
	}
	return s[:n]
}

func zeroed(s []float32, n int) []float32 {
	s = room(s, n)
	clear(s)
	return s
}
