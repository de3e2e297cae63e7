package devicetest

import "github.com/clove-ml/clove/engine/tensor"

// Fragile is a device that is lost at one of its kernels, as a graphics card can be, and
// from then on whatever is asked of it. Until then it gives the bits of the device that it
// wraps, so that a run that survived it can be compared with one that never had it.
type Fragile struct {
	tensor.Device
	Kernels int    // until it is lost; below 0 it never is
	Code    string // one of the Lost constants of package tensor
	Slow    func() // called by each step, in Adam
	Closed  bool
}

// Name implements tensor.Device.
func (f *Fragile) Name() string { return "fragile" }

// Close implements tensor.Closer.
func (f *Fragile) Close() { f.Closed = true }

func (f *Fragile) kernel() {
	if f.Closed {
		panic("devicetest: a closed device is used")
	}
	if f.Kernels == 0 {
		panic(&tensor.Lost{Device: f.Name(), Code: f.Code, Message: "lost by this test"})
	}
	f.Kernels--
}

// Gemm implements tensor.Device.
func (f *Fragile) Gemm(transA, transB bool, m, n, k int, a, b tensor.Buffer, accumulate bool, c tensor.Buffer) {
	f.kernel()
	f.Device.Gemm(transA, transB, m, n, k, a, b, accumulate, c)
}

// EmbeddingGather implements tensor.Device.
func (f *Fragile) EmbeddingGather(E int, ids []int32, weight, out tensor.Buffer) {
	f.kernel()
	f.Device.EmbeddingGather(E, ids, weight, out)
}

// LSTMForward implements tensor.Device.
func (f *Fragile) LSTMForward(l *tensor.LSTM) {
	f.kernel()
	f.Device.LSTMForward(l)
}

// LSTMBackward implements tensor.Device.
func (f *Fragile) LSTMBackward(l *tensor.LSTM, g *tensor.LSTMGrad) {
	f.kernel()
	f.Device.LSTMBackward(l, g)
}

// Adam implements tensor.Device.
func (f *Fragile) Adam(s tensor.AdamStep, n int, g, w, m, v tensor.Buffer) {
	f.kernel()
	f.Device.Adam(s, n, g, w, m, v)
}

// AdamRows implements tensor.Device.
func (f *Fragile) AdamRows(s tensor.AdamStep, V, E int, rows []int32, g, w, m, v tensor.Buffer) {
	f.kernel()
	if f.Slow != nil {
		f.Slow()
	}
	f.Device.AdamRows(s, V, E, rows, g, w, m, v)
}

// SumSquares implements tensor.Device.
func (f *Fragile) SumSquares(n int, x tensor.Buffer) float32 {
	f.kernel()
	return f.Device.SumSquares(n, x)
}

// Download implements tensor.Device.
func (f *Fragile) Download(dst []float32, src tensor.Buffer) {
	f.kernel()
	f.Device.Download(dst, src)
}
