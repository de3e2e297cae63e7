package infer

import "github.com/clove-ml/clove/engine/tensor"

// layer is an LSTM as its matrices are stored: the two sums before the nonlinearities,
//
//	pre = b_ih + b_hh + W_ih·x(ids) + W_hh·h        [n, 4H]
type layer interface {
	// inputs adds W_ih·x(ids) to pre.
	inputs(w *work, ids []int32, pre []float32)
	// state adds W_hh·h to pre.
	state(w *work, n int, h, pre []float32)
}

// cells is a layer with all that goes on around its products. The cell and its
// nonlinearities are float32 in every arithmetic: c has no bound that a code could hold.
type cells struct {
	layer
	dev    tensor.Cell
	E, H   int
	biases []float32 // b_ih + b_hh
}

// states runs the layer over texts of different lengths, longest first. What the
// tokens add does not depend on the states, so it is summed for all of them before
// the first step; then it goes step by step: the rows still running are the first
// ones, and a row that has ended keeps its state.
func (c *cells) states(w *work, texts [][]int32, last []float32, each func(h []float32)) {
	w.lay(texts)
	B, N, H := len(texts), w.pack.Slots, c.H
	w.pre = room(w.pre, N*4*H)
	part := between/(4*H*c.E) + 1
	for from := 0; from < N; from += part {
		to := min(from+part, N)
		pre := w.pre[from*4*H : to*4*H]
		fill(pre, c.biases)
		c.inputs(w, w.ids[from:to], pre)
		w.spend((to - from) * 4 * H * c.E)
	}
	w.c = zeroed(w.c, B*H)
	h := last[:B*H]
	clear(h[w.pack.Started()*H:])
	for t := range w.pack.Steps {
		n, at := int(w.pack.Active[t]), int(w.pack.First[t])
		pre := w.pre[at*4*H : (at+n)*4*H]
		if t > 0 { // there is no state before the first
			c.state(w, n, h[:n*H], pre)
		}
		c.dev.LSTMCell(n, H, pre, w.c, h)
		if each != nil {
			each(h[:H])
		}
		w.spend(n * 4 * H * H)
	}
}

// fill writes the bias to each of n rows.
func fill(dst, bias []float32) {
	for ; len(dst) > 0; dst = dst[len(bias):] {
		copy(dst, bias)
	}
}

// biases adds the LSTM's two.
func biases(in, hid []float32) []float32 {
	sum := make([]float32, len(in))
	for i := range sum {
		sum[i] = in[i] + hid[i]
	}
	return sum
}
