package kernels

import (
	"errors"
	"sync"
	"syscall/js"

	"github.com/clove-ml/clove/engine/tensor"
)

// device is the host device whose loops run in the kernel modules.
type device struct {
	yield  func()
	m      module // where a kernel is in both
	twin   func() tensor.Device
	spaces tensor.Pool[scratch]
}

var (
	_ tensor.Device   = (*device)(nil)
	_ tensor.Cell     = (*device)(nil)
	_ tensor.Int8     = (*device)(nil)
	_ tensor.Sparse   = (*device)(nil)
	_ tensor.Rounder  = (*device)(nil)
	_ tensor.Stepper  = (*device)(nil)
	_ tensor.Coder    = (*device)(nil)
	_ tensor.Gatherer = (*device)(nil)
	_ tensor.Reader   = (*device)(nil)
	_ tensor.Preparer = (*device)(nil)
	_ tensor.Faster   = (*device)(nil)
	_ tensor.Meter    = (*device)(nil)
)

// What the device, and its twin of Fast arithmetic, are called on the page and in Events.
const (
	Name     = "wasm-simd"
	NameFast = "wasm-relaxed-simd"
)

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
	d := &device{yield: yield, m: strict}
	d.twin = sync.OnceValue(func() tensor.Device {
		if !loadFast() {
			return nil
		}
		return &device{yield: yield, m: fast}
	})
	return d, nil
}

func (d *device) Name() string {
	if d.m == fast {
		return NameFast
	}
	return Name
}

// Fast waits for the module of Fast arithmetic, which is loaded when it is first wanted;
// so it must not be called where the browser calls Go. It is nil where there is no relaxed SIMD.
func (d *device) Fast() tensor.Device {
	if d.m == fast {
		return d
	}
	return d.twin()
}

func loadFast() bool {
	reason := make(chan string, 1)
	then := js.FuncOf(func(_ js.Value, args []js.Value) any {
		reason <- args[0].String()
		return nil
	})
	defer then.Release()
	js.Global().Get("kernels").Call("fast").Call("then", then)
	return <-reason == ""
}

// Peak is tensor.Meter's, in a few registers that the module fills as its Gemm does.
func (d *device) Peak(rounds int) (flop int) {
	s := d.spaces.Get()
	defer d.spaces.Put(s)
	for range rounds {
		peakF32(d.m, 1000, 1)
		d.spend(s, 56*1000)
	}
	return 2 * 56 * 1000 * rounds
}

// scratch is a kernel's private working space, and the account of its work.
type scratch struct {
	a      []float32        // a block of A in rows of four, or a batch by columns
	b      []float32        // a block of B as panels
	w      []float32        // recurrent weights as panels
	row    []float32        // a row of zeros, or the sum of the biases
	c      []float32        // the cells' state where no trace is left
	layout                  // of weights that nobody prepared
	x16    []int16          // a batch of codes, by rows or by columns
	rows   []tensor.Int8Row // how rounded ones are read
	work   int              // multiply-adds, about, since the last yield
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
