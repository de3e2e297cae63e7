// Package tensor is where arithmetic lives: a Device is a small set of kernels
// over opaque Buffers, coarse enough for a GPU and for SIMD. Layers are written
// once, against Device. The generic device in this package is plain Go and the
// definition of every kernel; package devicetest puts any other through it.
//
// Strict arithmetic, which every host device obeys, so that the same run gives
// the same bits everywhere:
//   - Gemm adds along k in ascending order, multiply then add, each rounded to float32;
//   - reductions use 16 interleaved lanes, then a pairwise tree;
//   - exp, tanh and sigmoid are our own float32 polynomials;
//   - min and max are b < a ? b : a and its twin, never Go's;
//   - rounding is to nearest even; values are clamped and NaN made 0 before any float-to-int;
//   - x*y+z is written float32(x*y)+z, which forbids the compiler to fuse it;
//   - +0 is stored for |x| < 2⁻¹⁰⁰ in what is gathered of an embedding, in gate
//     gradients, dh and dc (no denormal slows a loop).
//
// spec.ArithmeticVersion numbers it.
//
// Letters that mean the same in the whole engine: B rows of a batch, T steps of
// its longest sequence, N slots (the sum of the lengths), V vocabulary,
// E embedding, H hidden units, K outputs. Matrices are row-major; sizes and
// strides are in elements.
package tensor

import "fmt"

// Buffer is a device's memory of float32.
type Buffer interface {
	Len() int
	// View is the part [from, from+n), sharing memory. It may allocate: make
	// views where a layer is made, not in a step.
	View(from, n int) Buffer
}

// Device is the set of kernels that a model needs. A kernel reads and writes
// the first elements of its buffers, as many as its sizes say; the buffers may
// be longer. Kernels may be called from several goroutines at once, on buffers
// that nobody else writes. Wrong sizes are a programmer's mistake and panic.
type Device interface {
	Name() string

	Alloc(n int) Buffer // zeroed
	Upload(dst Buffer, src []float32)
	Download(dst []float32, src Buffer)

	// Zero: x[:n] = +0.
	Zero(n int, x Buffer)
	// Add: y[:n] += x[:n].
	Add(n int, x, y Buffer)
	// Mul: y[:n] *= x[:n].
	Mul(n int, x, y Buffer)
	// Scale: x[:n] *= by.
	Scale(n int, by float32, x Buffer)
	// Mask: x = +0 where keep is 0, for [:n].
	Mask(n int, keep, x Buffer)
	// MulRows: x[i, :] *= factors[rows[i], :], x [len(rows), n].
	MulRows(n int, rows []int32, factors, x Buffer)
	// Gather: out[i, :] = x[rows[i], :], both n wide.
	Gather(n int, rows []int32, x, out Buffer)
	// DropoutMask: out[i, :] is 0 with probability share, else 1/(1−share);
	// out [len(rows), n]. The draw is a pure function of d, the number rows[i]
	// and the column, so how a batch is cut into shards changes nothing.
	DropoutMask(n int, rows []int32, share float32, d Draw, out Buffer)

	// Gemm: c [m, n] = op(a) [m, k] · op(b) [k, n], added to c where accumulate;
	// op transposes the stored matrix where its flag is set.
	//
	//	s := accumulate ? c[i,j] : 0
	//	for p := 0; p < k; p++ { s = s + float32(a[i,p]*b[p,j]) }
	Gemm(transA, transB bool, m, n, k int, a, b Buffer, accumulate bool, c Buffer)
	// AddBias: x[i, :] += bias, x [rows, n].
	AddBias(rows, n int, bias, x Buffer)
	// SumRows: out[j] = x[0,j] + x[1,j] + …, in this order from +0; x [rows, n].
	SumRows(rows, n int, x, out Buffer)

	// EmbeddingGather: out[i, :] = weight[ids[i], :], E wide, +0 for |x| < 2⁻¹⁰⁰.
	EmbeddingGather(E int, ids []int32, weight, out Buffer)
	// EmbeddingScatterAdd: grad[ids[i], :] += dout[i, :], i ascending; an id below 0 is skipped.
	EmbeddingScatterAdd(E int, ids []int32, dout, grad Buffer)

	// LSTMForward and LSTMBackward are the whole sequence; see LSTM.
	LSTMForward(l *LSTM)
	LSTMBackward(l *LSTM, g *LSTMGrad)

	// BCEWithLogits of z = logits [B] and targets y [B] in [0, 1]:
	//
	//	losses[i]  = max(z, 0) − z·y + log1p(exp(−|z|))
	//	dlogits[i] = (sigmoid(z) − y)·scale
	BCEWithLogits(B int, scale float32, logits, targets, losses, dlogits Buffer)
	// SoftmaxCrossEntropy of logits [B, K] and soft targets y [B, K]; sums over k ascending:
	//
	//	losses[i]    = Σ y[k]·(log Σ exp(z − max z) − (z[k] − max z))
	//	dlogits[i,k] = (softmax(z)[k]·Σ y − y[k])·scale
	SoftmaxCrossEntropy(B, K int, scale float32, logits, targets, losses, dlogits Buffer)

	// FakeQuantize: out is x rounded to the codes lo … hi, as quantised weights or
	// activations will be (Jacob et al. 2018, https://arxiv.org/abs/1712.05877) and as
	// torch.fake_quantize_per_channel_affine does it; pass is 1 where no code was cut
	// off, else 0: the gradient of out by x, straight through. x, out and pass [rows, n],
	// where out may be x; scale above 0 and zero, whole numbers, [rows]. NaN stays.
	//
	//	q         = nearest even(x[i,j]·(1/scale[i])) + zero[i]
	//	pass[i,j] = lo ≤ q ≤ hi
	//	out[i,j]  = (min(max(q, lo), hi) − zero[i])·scale[i]
	FakeQuantize(rows, n int, lo, hi float32, scale, zero, x, out, pass Buffer)

	// Adam updates w, m and v [n] by the gradient g; see AdamStep.
	Adam(s AdamStep, n int, g, w, m, v Buffer)
	// AdamRows is Adam for w, m and v [V, E] whose gradient is 0 but in the rows
	// named, ascending; g [len(rows), E]. In the other rows a weight whose m is 0 stays.
	AdamRows(s AdamStep, V, E int, rows []int32, g, w, m, v Buffer)

	// SumSquares of x[:n]: lane[i mod 16] += x[i]², then the lanes pairwise.
	SumSquares(n int, x Buffer) float32
	// Finite says whether x[:n] holds neither NaN nor an infinity.
	Finite(n int, x Buffer) bool
}

// Draw numbers the random draws of one purpose at one step.
type Draw struct {
	Seed   uint64
	Stream uint32 // the purpose: one of the Stream constants
	Step   uint32
}

// Streams of random draws. The numbers are part of what a seed means.
const (
	StreamEmbedding        = 1 // initial values
	StreamLSTM             = 2
	StreamLinear           = 3
	StreamEmbeddingDropout = 4
	StreamDropout          = 5
)

// AdamStep is one step of Adam (Kingma & Ba 2015, https://arxiv.org/abs/1412.6980),
// as torch.optim.Adam computes it:
//
//	g = |g| < 2⁻⁵⁰ ? 0 : g
//	m = β1·m + (1−β1)·g      stored as 0 below 2⁻⁶⁰
//	v = β2·v + (1−β2)·g·g    stored as 0 below 2⁻¹¹⁰
//	w = w − Size·(m / (√v·InvRoot + Epsilon))
//
// The bounds keep denormals out: without them m of an untouched weight sticks
// at 6e-45 for ever, and every step over it is ten times slower.
type AdamStep struct {
	Beta1, Rest1 float32 // β1, 1−β1
	Beta2, Rest2 float32 // β2, 1−β2
	Size         float32 // rate / (1−β1ᵗ)
	InvRoot      float32 // 1 / √(1−β2ᵗ)
	Epsilon      float32
}

// Cell is an optional interface of host devices: a step of an LSTM at a time.
type Cell interface {
	// LSTMCell: pre [B, 4H] is overwritten, c [B, H] goes from c_{t−1} to c_t, h [B, H]
	// becomes h_t. The same bits as LSTMForward's.
	LSTMCell(B, H int, pre, c, h []float32)
}

// Int8Matrix is weights [N, K] in affine codes: row r is Scale[r]·(Codes[r, :] − Zero[r]).
type Int8Matrix struct {
	N, K  int
	Codes []int8
	Zero  []int8
	Scale []float32
	Sum   []int32 // Σ (q − zero) of each row

	// Group is how many neighbours of a row share a zero and a scale, where a row has more
	// than one: then Zero, Scale and Sum are [Groups, N].
	Group int

	// Panels are the codes as a device lays them out for AddInt8: at its first, or, if it
	// is a Preparer, when told to. They are nil before, and no other device's.
	Panels []int8
	// Form says how the device that made Panels laid them out. It comes with them.
	Form uint8
}

// Groups is how many scales a row has.
func (w *Int8Matrix) Groups() int {
	if w.Group == 0 {
		return 1
	}
	return (w.K + w.Group - 1) / w.Group
}

// GroupSize is Group, or all of K.
func (w *Int8Matrix) GroupSize() int {
	if w.Group == 0 {
		return w.K
	}
	return w.Group
}

// Int8Row says how a row of codes q is to be read: Scale·(q − Zero). Sum is Σ q.
type Int8Row struct {
	Scale     float32
	Zero, Sum int32
}

// Int8 is an optional interface of host devices: integer products for quantised
// models. Sums are exact in int32, for which K must stay below 2¹⁵.
type Int8 interface {
	// GemmInt8: c [m, n] = a [m, k] · b [n, k]ᵀ.
	GemmInt8(m, n, k int, a, b []int8, c []int32)
	// AddInt8: y [m, N] += x [m, K] · wᵀ, row i of x read as by[i] says:
	//
	//	acc = Σ x[i,k]·w[j,k] − Zero[j]·by[i].Sum − by[i].Zero·Sum[j]
	//	y[i,j] += float32(float32(acc) * float32(by[i].Scale*Scale[j]))
	//
	// Where w has groups it does so for one after the other, by [m, Groups]. Of these the
	// Sums are not looked at.
	AddInt8(m int, x []int8, by []Int8Row, w *Int8Matrix, y []float32)
	// GatherInt8: codes[i, :] = w.Codes[rows[i], :], and by[i] how it is read.
	GatherInt8(rows []int32, w *Int8Matrix, codes []int8, by []Int8Row)
	// RoundInt8: codes[i, :] = x[i, :]·127 to nearest even, within ±127, NaN as 0;
	// x [len(by), n]. For numbers in (−1, 1), as a state of an LSTM is.
	RoundInt8(n int, x []float32, codes []int8, by []Int8Row)
	// RoundRows does so with a scale a row, for numbers of any size: a = max |x[i, :]|,
	// NaN left out, at most 2¹²⁶; where a ≥ 2⁻¹⁰⁰
	//
	//	codes[i,j] = float32(x[i,j]·(1/a))·127 to nearest even, within ±127, NaN as 0
	//	by[i]      = {a/127, 0, Σ codes}
	//
	// and else 0, read by the scale 1.
	RoundRows(n int, x []float32, codes []int8, by []Int8Row)
}

// Bits are codes [N, K] of Bits bits, 1, 2 or 4. A row begins at a byte. It is cut into blocks
// of 128/Bits codes, the last perhaps shorter; in a block of L bytes code i stands in byte
// i mod L, at bits Bits·⌊i/L⌋ and up. 0 and 1 mean −1 and 1, two bits are in two's
// complement, of four 8 is to be taken.
type Bits struct {
	N, K, Bits int
	Packed     []byte
}

// BitsRoom is how much more room than for its codes GatherBits needs.
const BitsRoom = 16

// Gatherer is an optional interface of host devices.
type Gatherer interface {
	// GatherBits: codes[i, :] = w[rows[i], :] and by[i].Sum their sum; what by holds else stays.
	GatherBits(rows []int32, w *Bits, codes []int8, by []Int8Row)
}

// Rounder is an optional interface of host devices: AddInt8 of numbers that are rounded on the way.
type Rounder interface {
	// AddRounded: y [m, N] += x [m, K] · wᵀ, x in codes of 8 bits within ±reach, or where
	// that is 0 each row within its greatest. It is
	//
	//	codes, rows = RoundInt8 of x·(1/reach), Scale·reach; where reach is 0, RoundRows of x
	//	AddInt8(m, codes, rows, w, y), each row read so in all groups
	AddRounded(m int, x []float32, reach float32, w *Int8Matrix, y []float32)
}

// Stepper is an optional interface of host devices: many steps of an LSTM whose recurrent
// weights w [4H, H] are whole numbers, at one call.
type Stepper interface {
	// LSTMStepsInt8 does the steps of p from that one on. pre holds what the input adds by
	// slot, c and h [B, H] the states. It is for each step t, n = Active[t], g = pre[First[t]·4H:]
	//
	//	t > 0: Rounder.AddRounded(n, h, reach, w, g)
	//	LSTMCell(n, H, g, c, h)
	LSTMStepsInt8(p *Packed, from, H int, reach float32, w *Int8Matrix, pre, c, h []float32)
}

// Reader is an optional interface of host devices: LSTMForward where nothing follows
// but the state at the end.
type Reader interface {
	// LSTMRead is LSTMForward without a trace: it writes Last, and neither reads nor
	// writes Gates, C, TanhC and HPrev, which may be nil.
	LSTMRead(l *LSTM)
}

// Preparer is an optional interface of host devices that can lay weights out once, for
// many products with them. The weights must not change afterwards.
type Preparer interface {
	// PrepareLSTM gives what LSTMRead wants in l.Layout: l's weights and biases as this
	// device reads them. Where l.Table is set, all but WeightHH may be nil.
	PrepareLSTM(l *LSTM) any
	// PrepareInt8 does so for AddInt8, in w.Panels.
	PrepareInt8(w *Int8Matrix)
}

// Faster is an optional interface of host devices that have kernels of Fast arithmetic.
type Faster interface {
	// Fast is this device, but free to round a multiplication and the addition after it
	// once instead of twice, and to add in another order. Its bits are those of no other.
	// Nil where this machine lacks what they need. Ask by FastOf.
	Fast() Device
}

// Meter is an optional interface of devices that can say what is the most that the
// processor could do, for benchmarks to compare with.
type Meter interface {
	// Peak multiplies and adds in registers alone, as the device's Gemm does at best,
	// and returns how many floating-point operations that were: about so many rounds of a thousand.
	Peak(rounds int) (flop int)
}

// CSR is a sparse matrix [N, K]: row r holds Val[i] at column Col[i] for i in [Row[r], Row[r+1]).
type CSR struct {
	N, K int
	Row  []int32 // [N+1]
	Col  []int32 // ascending within a row
	Val  []float32
}

// Int8CSR is the same of an Int8Matrix: Diff are the kept differences q − zero.
type Int8CSR struct {
	N, K  int
	Row   []int32  // [N+1]
	Col   []uint16 // ascending within a row
	Diff  []int16
	Scale []float32
	Sum   []int32 // Σ Diff of each row
}

// Sparse is an optional interface of host devices: products that touch only the kept weights.
type Sparse interface {
	// GemmSparse: y [B, N] += x [B, K] · wᵀ, adding along K in ascending order.
	// For finite x the same bits as Gemm, accumulating, with the zeros left in.
	GemmSparse(B int, x []float32, w *CSR, y []float32)
	// AddSparseInt8 is AddInt8 with the kept weights alone:
	//
	//	acc = Σ x[i,k]·diff[j,k] − by[i].Zero·Sum[j]
	AddSparseInt8(m int, x []int8, by []Int8Row, w *Int8CSR, y []float32)
	// SparsePays says whether GemmSparse of B rows with so many of all weights kept takes
	// less time here than the dense product of prepared weights.
	SparsePays(B, kept, all int) bool
}

// ErrUnsupported says that a device lacks a kernel.
type ErrUnsupported struct{ Op, Device string }

func (e *ErrUnsupported) Error() string {
	return fmt.Sprintf("tensor: device %s has no kernel %s", e.Device, e.Op)
}
