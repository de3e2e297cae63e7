package bench

import (
	"slices"
	"time"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
)

// ledger is a device that keeps account of the time spent in each kernel of a
// training step. Kernels are coarse, some sixty a step, so that two looks at the
// clock for each cost less than a thousandth of it. One goroutine may use it.
type ledger struct {
	tensor.Device
	now     func() time.Time
	entries []entry
}

type entry struct {
	kernel string
	spent  time.Duration
	calls  int
}

func newLedger(d tensor.Device, now func() time.Time) *ledger { return &ledger{Device: d, now: now} }

// enter a kernel that began then and ends now.
func (l *ledger) enter(kernel string, began time.Time) {
	spent := l.now().Sub(began)
	for i := range l.entries {
		if e := &l.entries[i]; e.kernel == kernel {
			e.spent += spent
			e.calls++
			return
		}
	}
	l.entries = append(l.entries, entry{kernel, spent, 1})
}

// clear forgets what was spent, the warming up.
func (l *ledger) clear() { l.entries = l.entries[:0] }

// shares of the time that so many steps took, the greatest first, and what is no kernel last.
func (l *ledger) shares(steps int, took time.Duration) []spec.KernelUse {
	if steps == 0 || took <= 0 {
		return nil
	}
	use := func(kernel string, spent time.Duration, calls int) spec.KernelUse {
		return spec.KernelUse{
			Kernel: kernel, Share: spent.Seconds() / took.Seconds(),
			MS: 1000 * spent.Seconds() / float64(steps), Calls: float64(calls) / float64(steps),
		}
	}
	all := slices.Clone(l.entries)
	slices.SortStableFunc(all, func(a, b entry) int { return int(b.spent - a.spent) })
	var out []spec.KernelUse
	other := took
	for _, e := range all {
		out = append(out, use(e.kernel, e.spent, e.calls))
		other -= e.spent
	}
	return append(out, use("other", max(other, 0), 0))
}

func (l *ledger) Zero(n int, x tensor.Buffer) {
	defer l.enter("Zero", l.now())
	l.Device.Zero(n, x)
}

func (l *ledger) Add(n int, x, y tensor.Buffer) {
	defer l.enter("Add", l.now())
	l.Device.Add(n, x, y)
}

func (l *ledger) Mul(n int, x, y tensor.Buffer) {
	defer l.enter("Mul", l.now())
	l.Device.Mul(n, x, y)
}

func (l *ledger) Scale(n int, by float32, x tensor.Buffer) {
	defer l.enter("Scale", l.now())
	l.Device.Scale(n, by, x)
}

func (l *ledger) Mask(n int, keep, x tensor.Buffer) {
	defer l.enter("Mask", l.now())
	l.Device.Mask(n, keep, x)
}

func (l *ledger) MulRows(n int, rows []int32, factors, x tensor.Buffer) {
	defer l.enter("MulRows", l.now())
	l.Device.MulRows(n, rows, factors, x)
}

func (l *ledger) Gather(n int, rows []int32, x, out tensor.Buffer) {
	defer l.enter("Gather", l.now())
	l.Device.Gather(n, rows, x, out)
}

func (l *ledger) DropoutMask(n int, rows []int32, share float32, d tensor.Draw, out tensor.Buffer) {
	defer l.enter("DropoutMask", l.now())
	l.Device.DropoutMask(n, rows, share, d, out)
}

func (l *ledger) Gemm(transA, transB bool, m, n, k int, a, b tensor.Buffer, accumulate bool, c tensor.Buffer) {
	defer l.enter("Gemm", l.now())
	l.Device.Gemm(transA, transB, m, n, k, a, b, accumulate, c)
}

func (l *ledger) AddBias(rows, n int, bias, x tensor.Buffer) {
	defer l.enter("AddBias", l.now())
	l.Device.AddBias(rows, n, bias, x)
}

func (l *ledger) SumRows(rows, n int, x, out tensor.Buffer) {
	defer l.enter("SumRows", l.now())
	l.Device.SumRows(rows, n, x, out)
}

func (l *ledger) EmbeddingGather(E int, ids []int32, weight, out tensor.Buffer) {
	defer l.enter("EmbeddingGather", l.now())
	l.Device.EmbeddingGather(E, ids, weight, out)
}

func (l *ledger) EmbeddingScatterAdd(E int, ids []int32, dout, grad tensor.Buffer) {
	defer l.enter("EmbeddingScatterAdd", l.now())
	l.Device.EmbeddingScatterAdd(E, ids, dout, grad)
}

func (l *ledger) LSTMForward(x *tensor.LSTM) {
	defer l.enter("LSTMForward", l.now())
	l.Device.LSTMForward(x)
}

func (l *ledger) LSTMBackward(x *tensor.LSTM, g *tensor.LSTMGrad) {
	defer l.enter("LSTMBackward", l.now())
	l.Device.LSTMBackward(x, g)
}

func (l *ledger) BCEWithLogits(B int, scale float32, logits, targets, losses, dlogits tensor.Buffer) {
	defer l.enter("BCEWithLogits", l.now())
	l.Device.BCEWithLogits(B, scale, logits, targets, losses, dlogits)
}

func (l *ledger) SoftmaxCrossEntropy(B, K int, scale float32, logits, targets, losses, dlogits tensor.Buffer) {
	defer l.enter("SoftmaxCrossEntropy", l.now())
	l.Device.SoftmaxCrossEntropy(B, K, scale, logits, targets, losses, dlogits)
}

func (l *ledger) Adam(s tensor.AdamStep, n int, g, w, m, v tensor.Buffer) {
	defer l.enter("Adam", l.now())
	l.Device.Adam(s, n, g, w, m, v)
}

func (l *ledger) AdamRows(s tensor.AdamStep, V, E int, rows []int32, g, w, m, v tensor.Buffer) {
	defer l.enter("AdamRows", l.now())
	l.Device.AdamRows(s, V, E, rows, g, w, m, v)
}

func (l *ledger) SumSquares(n int, x tensor.Buffer) float32 {
	defer l.enter("SumSquares", l.now())
	return l.Device.SumSquares(n, x)
}

func (l *ledger) Finite(n int, x tensor.Buffer) bool {
	defer l.enter("Finite", l.now())
	return l.Device.Finite(n, x)
}
