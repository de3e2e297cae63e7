package tensor

// GenericOptions are what the generic device can be told.
type GenericOptions struct {
	// Yield, if not nil, is called about every 10 ms of work, also inside long
	// kernels, so that a single thread can answer messages meanwhile. It comes
	// from whichever goroutine runs the kernel, and may run kernels itself.
	Yield func()
}

// generic is the device in plain Go: always there, and the definition of each kernel.
type generic struct {
	yield  func()
	spaces Pool[scratch]
}

var (
	_ Device = (*generic)(nil)
	_ Cell   = (*generic)(nil)
	_ Int8   = (*generic)(nil)
	_ Sparse = (*generic)(nil)
	_ Coder  = (*generic)(nil)
)

// Generic is the plain Go device.
func Generic(o GenericOptions) Device { return &generic{yield: o.Yield} }

func (d *generic) Name() string { return "generic" }

// scratch is a kernel's private working space, and the account of its work.
type scratch struct {
	a     []float32     // a block of A, transposed
	b     [][nr]float32 // a block of B as panels
	w     [][nr]float32 // recurrent weights as panels
	pairs []int64       // of int8 weights
	acc   []int32       // sums of int8 products
	row   []float32     // a row of zeros, or the sum of the biases
	work  int           // multiply-adds, about, since the last yield
}

// between is how many multiply-adds go by between two yields: 6 ms in wasm at
// 1.3e9 a second, half of it natively.
const between = 8 << 20

// spend counts work done and yields when enough has come together.
func (d *generic) spend(s *scratch, work int) {
	if s.work += work; s.work >= between {
		s.work = 0
		if d.yield != nil {
			d.yield()
		}
	}
}

// room is buf with length n, grown where needed.
func room(buf []float32, n int) []float32 {
	if cap(buf) < n {
		return make([]float32, n)
	}
	return buf[:n]
}

func data(b Buffer) []float32 { return b.(*Host).Data }

func (d *generic) Alloc(n int) Buffer                 { return &Host{Data: make([]float32, n)} }
func (d *generic) Upload(dst Buffer, src []float32)   { copy(data(dst)[:len(src)], src) }
func (d *generic) Download(dst []float32, src Buffer) { copy(dst, data(src)[:len(dst)]) }
