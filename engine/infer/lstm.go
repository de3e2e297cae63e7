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
	dev    stepper
	E, H   int
	biases []float32     // b_ih + b_hh
	run    run           // nil: step by step
	table  tensor.Buffer // [V, 4H] these and W_ih·x of every word; nil: not tabulated
}

type stepper interface {
	tensor.Device
	tensor.Cell
}

// run does the steps from one on, of which pre holds what the tokens add.
type run func(p *tensor.Packed, from int, pre, c, h []float32)

// runOf is the device's, where it has one for such recurrent weights.
func runOf(dev tensor.Device, hidden *rounded) run {
	d, ok := dev.(tensor.Stepper)
	m, dense := hidden.of.(*denseInt8)
	if !ok || !dense {
		return nil
	}
	return func(p *tensor.Packed, from int, pre, c, state []float32) {
		d.LSTMStepsInt8(p, from, hidden.cols, hidden.reach, m.w, pre, c, state)
	}
}

// states runs the layer over texts of different lengths, longest first, step by step:
// the rows still running are the first ones, and a row that has ended keeps its state.
func (c *cells) states(w *work, texts [][]int32, last []float32, each func(h []float32)) {
	w.lay(texts)
	B, H, p := len(texts), c.H, w.pack
	few := p.Few() // what the tokens of these add is summed for all in one
	w.pre = room(w.pre, (few+B)*4*H)
	early, now := w.pre[:few*4*H], w.pre[few*4*H:]
	part := between/(4*H*c.E) + 1
	for from := 0; from < few; from += part {
		to := min(from+part, few)
		c.tokens(w, w.ids[from:to], early[from*4*H:to*4*H])
	}
	w.c = zeroed(w.c, B*H)
	h := last[:B*H]
	clear(h[p.Started()*H:])
	for t := range p.Steps {
		n, at := int(p.Active[t]), int(p.First[t])
		if c.run != nil && at < few && each == nil {
			c.run(p, t, early, w.c, h)
			break
		}
		pre := now[:n*4*H]
		if at < few {
			pre = early[at*4*H : (at+n)*4*H]
		} else {
			c.tokens(w, w.ids[at:at+n], pre)
		}
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

// tokens writes what these add before the state does: b_ih + b_hh + W_ih·x.
func (c *cells) tokens(w *work, ids []int32, pre []float32) {
	n := 4 * c.H
	if c.table != nil {
		w.out.Data = pre
		c.dev.Gather(n, ids, c.table, &w.out)
		return
	}
	fill(pre, c.biases)
	c.inputs(w, ids, pre)
	w.spend(len(ids) * n * c.E)
}

func (c *cells) tabulate(w *work, words int) int {
	if c.table == nil {
		table := c.dev.Alloc(words * 4 * c.H)
		to := tensor.HostData(table)
		w.each(words, func(from, end int) { c.tokens(w, w.ids, to[from*4*c.H:end*4*c.H]) })
		c.table = table
	}
	return 4 * c.table.Len()
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
