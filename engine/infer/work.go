package infer

import "github.com/clove-ml/clove/engine/tensor"

// work is the scratch of one call; it grows and is used again.
type work struct {
	yield func()
	done  int // multiply-adds since the last yield

	ids     []int32          // [N] by slot
	lengths []int32          // [B]
	pre     []float32        // [N, 4H]
	c       []float32        // [B, H]
	x       []float32        // rows of the embedding
	q       []int8           // the same, or states, as codes
	by      []tensor.Int8Row // how these are to be read
	pack    *tensor.Packed
	lstm    tensor.LSTM
	bufs    map[string]tensor.Buffer
	in, out tensor.Host // x and y of a product
	scaled  tensor.Host // x on its way to codes

	block  tensor.Host      // some rows of weights, decoded
	sums   []float32        // y of these
	narrow []float32        // between the two factors of a low rank
	groups []tensor.Int8Row // how the groups of rows of q are to be read

	order        []int     // the texts, longest first
	sorted       [][]int32 // the same
	last, scored []float32 // [B, H], [B, K] in that order
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

// lay puts texts, longest first, into slots: pack says where, ids what.
func (w *work) lay(texts [][]int32) {
	if w.pack == nil {
		w.pack = tensor.NewPacked(len(texts), len(texts[0]))
	}
	w.lengths = room(w.lengths, len(texts))
	for i, t := range texts {
		w.lengths[i] = int32(len(t))
	}
	w.pack.Set(w.lengths)
	w.ids = room(w.ids, w.pack.Slots)
	for b, t := range texts {
		for i, id := range t {
			w.ids[w.pack.Slot(i, b)] = id
		}
	}
}

// each goes through the ids below n, some in w.ids at a time.
func (w *work) each(n int, f func(from, to int)) {
	const some = 256
	for from := 0; from < n; from += some {
		to := min(from+some, n)
		w.ids = room(w.ids, to-from)
		for i := range w.ids {
			w.ids[i] = int32(from + i)
		}
		f(from, to)
	}
}

// buffer is the device's memory of that name, of length n at least.
func (w *work) buffer(dev tensor.Device, name string, n int) tensor.Buffer {
	b := w.bufs[name]
	if b == nil || b.Len() < n {
		if w.bufs == nil {
			w.bufs = map[string]tensor.Buffer{}
		}
		b = dev.Alloc(n)
		w.bufs[name] = b
	}
	return b
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
