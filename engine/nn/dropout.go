package nn

import "github.com/clove-ml/clove/engine/tensor"

// Dropout sets a random share of numbers to 0 and scales the others by
// 1/(1−share), in training only (Srivastava et al. 2014,
// https://jmlr.org/papers/v15/srivastava14a.html). Forward and backward are the
// same product with the mask. On embeddings one mask serves all tokens of a
// sequence (Gal & Ghahramani 2016, https://arxiv.org/abs/1512.05287).
//
// A mask's row is a function of seed, step and the row's number in the whole
// batch, so the cut into shards changes nothing. A share of 0 does nothing.
type Dropout struct {
	dev    tensor.Device
	n      int
	share  float32
	seed   uint64
	stream uint32
	mask   tensor.Buffer // [rows, n]
}

// NewDropout makes masks n wide for up to so many rows.
func NewDropout(dev tensor.Device, n, rows int, share float32, seed uint64, stream uint32) *Dropout {
	d := &Dropout{dev: dev, n: n, share: share, seed: seed, stream: stream}
	if share > 0 {
		d.mask = dev.Alloc(rows * n)
	}
	return d
}

// Draw makes the mask for rows of these numbers.
func (d *Dropout) Draw(numbers []int32, step uint64) {
	if d.share > 0 {
		d.dev.DropoutMask(d.n, numbers, d.share, tensor.Draw{Seed: d.seed, Stream: d.stream, Step: uint32(step)}, d.mask)
	}
}

// All multiplies x [rows, n], or its gradient, by the mask.
func (d *Dropout) All(rows int, x tensor.Buffer) {
	if d.share > 0 {
		d.dev.Mul(rows*d.n, d.mask, x)
	}
}

// Rows multiplies x[i], or its gradient, by the mask's row rows[i].
func (d *Dropout) Rows(rows []int32, x tensor.Buffer) {
	if d.share > 0 {
		d.dev.MulRows(d.n, rows, d.mask, x)
	}
}
