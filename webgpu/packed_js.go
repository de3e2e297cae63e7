package webgpu

import (
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/tensor"
)

// Weights in whole numbers of 8 or 4 bits, multiplied as they are packed (packed_*.wgsl).
// They lie in a buffer of their own, as words; their scales and zeros are tensors.

// coded is a matrix [n, k] in whole numbers:
//
//	w[j, i] = scale[j, ⌊i/group⌋]·(q[j, i] − zero[j, ⌊i/group⌋])
type coded struct {
	n, k, bits    int
	words         int // of a row
	group, groups int
	at            int // word where it begins
	scale, zero   tensor.Buffer
}

// code lays out a matrix on the card; false where it is no dense one of whole numbers.
func (d *Device) code(e model.Encoding) (c coded, ok bool) {
	m, ok := e.(*model.Ints)
	if !ok {
		return c, false
	}
	per := 32 / m.Bits
	c = coded{n: m.Rows, k: m.Cols, bits: m.Bits, words: (m.Cols + per - 1) / per, group: m.Cols, groups: 1}
	if m.Per > 0 && int(m.Per) < m.Cols {
		c.group = int(m.Per)
		c.groups = (m.Cols + c.group - 1) / c.group
	}
	words, room := make([]uint32, c.n*c.words), make([]int8, c.k)
	scale, zero := make([]float32, c.n*c.groups), make([]float32, c.n*c.groups)
	for r := range c.n {
		for i, q := range m.RowCodes(room, r) {
			words[r*c.words+i/per] |= uint32(q) & (1<<m.Bits - 1) << (i % per * m.Bits)
		}
		for g := range c.groups {
			s := m.Per.Index(r, g*c.group, m.Rows, m.Cols)
			scale[r*c.groups+g] = m.Scale[s]
			if m.Zero != nil {
				zero[r*c.groups+g] = float32(m.Zero[s])
			}
		}
	}
	c.at = d.pack(words)
	c.scale, c.zero = d.tensor(scale), d.tensor(zero)
	return c, true
}

// tensor is a new one with these numbers.
func (d *Device) tensor(v []float32) tensor.Buffer {
	b := d.Alloc(len(v))
	d.Upload(b, v)
	return b
}

// pack appends words to the buffer of codes, which is made anew, and gives their place. They
// stay as long as the device.
func (d *Device) pack(words []uint32) (at int) {
	d.lock()
	defer d.mu.Unlock()
	at = len(d.coded)
	d.coded = append(d.coded, words...)
	d.submit()
	d.destroy(d.codes)
	d.codes = d.buffer(4*len(d.coded), usageStorage|usageCopyDst)
	d.write(d.codes, 0, wordBytes(d.coded))
	d.bind()
	return at
}

// packedRows: out[i, :] = w[rows[i], :].
func (d *Device) packedRows(w coded, rows []int32, out tensor.Buffer) {
	d.lock()
	defer d.mu.Unlock()
	at := d.give(rows)
	d.each("packed_rows", len(rows)*w.k, 256, u(len(rows)), u(w.k), u(w.bits), u(w.words), u(w.group), u(w.groups),
		at[0], u(w.at), place(w.scale, 0), place(w.zero, 0), place(out, len(rows)*w.k))
}

// packedGemm: c [m, n] = bias1 + bias2 + x [m, k]·wᵀ.
func (d *Device) packedGemm(m int, x tensor.Buffer, w coded, bias1, bias2, c tensor.Buffer) {
	d.lock()
	defer d.mu.Unlock()
	d.run("packed_gemm", (w.n+15)/16, (m+15)/16, 1, u(m), u(w.n), u(w.k), u(w.bits), u(w.words), u(w.group), u(w.groups),
		place(x, m*w.k), u(w.at), place(w.scale, 0), place(w.zero, 0), place(bias1, w.n), place(bias2, w.n), place(c, m*w.n))
}

// packedLSTM runs the sequence over gates, which hold what the inputs add, to the last states.
func (d *Device) packedLSTM(p *tensor.Packed, w coded, gates, last tensor.Buffer) {
	d.lock()
	defer d.mu.Unlock()
	first, lengths := d.steps(p)
	d.run("packed_lstm", p.Rows, 1, 1, u(w.k), first, lengths, place(gates, p.Slots*w.n), place(last, p.Rows*w.k),
		u(w.bits), u(w.words), u(w.group), u(w.groups), u(w.at), place(w.scale, 0), place(w.zero, 0))
}
