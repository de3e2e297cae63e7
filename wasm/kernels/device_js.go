package kernels

import (
	"errors"
	"syscall/js"

	"github.com/clove-ml/clove/engine/tensor"
)

// device is the host device whose loops run in the kernel module.
type device struct {
	yield  func()
	spaces tensor.Pool[scratch]
}

var (
	_ tensor.Device = (*device)(nil)
	_ tensor.Cell   = (*device)(nil)
	_ tensor.Int8   = (*device)(nil)
	_ tensor.Sparse = (*device)(nil)
)

// Name is what the device is called on the page and in Events.
const Name = "wasm-simd"

// New is the device, or an error that says why the module could not be had.
// Yield, if not nil, is called every few milliseconds of work, as
// tensor.GenericOptions has it.
func New(yield func()) (tensor.Device, error) {
	state := js.Global().Get("kernels")
	if state.Type() != js.TypeObject {
		return nil, errors.New("this program was started without the kernel module")
	}
	if !state.Get("ready").Bool() {
		return nil, errors.New(state.Get("reason").String())
	}
	return &device{yield: yield}, nil
}

func (d *device) Name() string { return Name }

// scratch is a kernel's private working space, and the account of its work.
type scratch struct {
	a    []float32 // a block of A in rows of four, or a batch by columns
	b    []float32 // a block of B as panels
	w    []float32 // recurrent weights as panels
	row  []float32 // a row of zeros, or the sum of the biases
	x16  []int16   // a batch of codes, by rows or by columns
	work int       // multiply-adds, about, since the last yield
}

// between is how many multiply-adds go by between two yields: 2 ms at 15e9 a
// second, and no more than 10 on a machine five times as slow.
const between = 32 << 20

// spend counts work done and yields when enough has come together.
func (d *device) spend(s *scratch, work int) {
	if s.work += work; s.work >= between {
		s.work = 0
		if d.yield != nil {
			d.yield()
		}
	}
}

// share is how many pieces of this much work fit before a yield, one at least.
func (s *scratch) share(work int) int {
	n := (between-s.work)/work + 1
	if n < 1 {
		return 1
	}
	return n
}

// room is buf with length n, grown where needed.
func room[E any](buf []E, n int) []E {
	if cap(buf) < n {
		return make([]E, n)
	}
	return buf[:n]
}

func floats(b tensor.Buffer) []float32 { return b.(*tensor.Host).Data }

func (d *device) Alloc(n int) tensor.Buffer {
	return tensor.NewHost(make([]float32, n))
}
func (d *device) Upload(dst tensor.Buffer, src []float32)   { copy(floats(dst)[:len(src)], src) }
func (d *device) Download(dst []float32, src tensor.Buffer) { copy(dst, floats(src)[:len(dst)]) }

func least(a, b int) int {
	if b < a {
		return b
	}
	return a
}
