package infer

import "github.com/clove-ml/clove/engine/tensor"

// gates is one step's sum before the nonlinearities, over n rows:
//
//	pre [n, 4H] = b_ih + b_hh + W_ih·x(ids) + W_hh·h
type gates func(w *work, ids []int32, h, pre []float32)

// cell is tensor.LSTMCell.
type cell func(B, H int, pre, c, h []float32)

// cellOf is the device's own, where it has one.
func cellOf(dev tensor.Device) cell {
	if d, ok := dev.(tensor.Cell); ok {
		return d.LSTMCell
	}
	return tensor.LSTMCell
}

// run is the LSTM step by step over texts of different lengths, longest first, so that
// the rows still running are the first ones and a row that has ended keeps its state.
// The cell and its nonlinearities are float32 in every arithmetic: c has no bound that
// a code could hold.
func run(w *work, cell cell, H int, cost int, texts [][]int32, last []float32, sum gates, each func(h []float32)) {
	B := len(texts)
	h := last[:B*H]
	w.c, w.pre, w.ids = zeroed(w.c, B*H), zeroed(w.pre, B*4*H), w.ids[:0]
	clear(h)
	n := B
	for t := range texts[0] {
		for len(texts[n-1]) <= t {
			n--
		}
		w.ids = w.ids[:0]
		for _, ids := range texts[:n] {
			w.ids = append(w.ids, ids[t])
		}
		sum(w, w.ids, h[:n*H], w.pre[:n*4*H])
		cell(n, H, w.pre, w.c, h)
		if each != nil {
			each(h[:H])
		}
		w.spend(n * cost)
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
