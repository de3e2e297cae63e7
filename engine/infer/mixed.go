package infer

import (
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/tensor"
)

// mixed is the arithmetic of a model whose matrices are of any encodings, each product as
// productOf has it. Where no matrix is in whole numbers the bits are those of the decoded
// weights, but of low rank, which adds in another order.
//
// Else x and h are rounded to int8 before a product in whole numbers, x to its row's
// greatest unless the embedding is in codes already, h as the model says (Config.State):
//
//	|x̂ − x| ≤ max|x| / 254      |ĥ − h| ≤ 1/254
type mixed struct {
	dev                   tensor.Device
	e, h, k               int
	embedding             rows
	codes                 codes       // the embedding where it and the input's weights are in codes
	groups                *model.Ints // the same where both have scales for as many neighbours
	bits                  *gathered   // how the device unpacks either; nil: here
	input, hidden, linear product
	biasLinear            []float32
	*cells
}

func newMixed(m *model.Model, dev tensor.Device) (network, error) {
	d, ok := dev.(stepper)
	if !ok {
		return nil, &tensor.ErrUnsupported{Op: "LSTMCell", Device: dev.Name()}
	}
	c := m.Config
	n := &mixed{dev: dev, e: c.Model.Embedding, h: c.Model.Hidden, k: c.Outputs, biasLinear: m.Floats(model.LinearBias)}
	for _, x := range []struct {
		to    *product
		name  string
		reach float32
	}{{&n.input, model.LSTMInput, 0}, {&n.hidden, model.LSTMHidden, c.StateReach()}, {&n.linear, model.LinearWeight, c.StateReach()}} {
		p, _ := m.Param(x.name)
		var err error
		if *x.to, err = productOf(p.Enc, p.Shape[0], p.Shape[1], dev, x.reach); err != nil {
			return nil, err
		}
	}
	p, _ := m.Param(model.Embedding)
	n.embedding = rowsBy(dev, p.Enc, p.Shape[0], p.Shape[1])
	if in, ok := n.input.(*rounded); ok {
		n.codes, _ = n.embedding.(codes)
		e, ok := inside(p.Enc).(*model.Ints)
		if g, dense := in.of.(*denseInt8); ok && dense && e.Per > 0 && int(e.Per) == g.w.Group {
			n.groups = e
		}
		n.bits = gatheredOf(dev, p.Enc, p.Shape[0], p.Shape[1])
	}
	n.cells = &cells{layer: n, dev: d, E: n.e, H: n.h, biases: biases(m.Floats(model.LSTMBiasIn), m.Floats(model.LSTMBiasHid))}
	if h, ok := n.hidden.(*rounded); ok {
		n.cells.run = runOf(dev, h)
	}
	return n, nil
}

func (m *mixed) row(dst []float32, id int32) { m.embedding.row(dst, id) }

func (m *mixed) inputs(w *work, ids []int32, pre []float32) {
	n := len(ids)
	if m.groups != nil {
		m.grouped(w, ids, pre)
		return
	}
	if m.codes != nil {
		w.q, w.by = room(w.q, n*m.e+tensor.BitsRoom), room(w.by, n)
		if m.bits != nil {
			m.bits.codes(w.q, w.by, ids)
		} else {
			m.codes.codes(w.q, w.by, ids)
		}
		m.input.(*rounded).of.add(w, n, w.q[:n*m.e], w.by, pre)
		return
	}
	w.x = room(w.x, n*m.e)
	for i, id := range ids {
		m.embedding.row(w.x[i*m.e:(i+1)*m.e], id)
	}
	m.input.add(w, n, w.x, pre)
}

// grouped adds W_ih·x group by group, each in the scales of both.
func (m *mixed) grouped(w *work, ids []int32, pre []float32) {
	e, n := m.groups, len(ids)
	in := m.input.(*rounded).of.(*denseInt8)
	groups := in.w.Groups()
	w.q, w.by, w.groups = room(w.q, n*m.e+tensor.BitsRoom), room(w.by, n), room(w.groups, n*groups)
	if m.bits != nil {
		m.bits.dev.GatherBits(ids, m.bits.of, w.q, w.by)
	}
	for i, id := range ids {
		more := int32(0)
		if m.bits == nil {
			more = rowCodes(w.q[i*m.e:(i+1)*m.e], e, id)
		}
		by, at := w.groups[i*groups:(i+1)*groups], int(id)*groups
		for g, scale := range e.Scale[at : at+groups] {
			by[g] = tensor.Int8Row{Scale: scale, Zero: more}
			if e.Zero != nil {
				by[g].Zero += int32(e.Zero[at+g])
			}
		}
	}
	in.dev.AddInt8(n, w.q[:n*m.e], w.groups, in.w, pre)
}

func (m *mixed) state(w *work, n int, h, pre []float32) { m.hidden.add(w, n, h, pre) }

func (m *mixed) score(w *work, n int, h, logits []float32) {
	clear(logits)
	m.linear.add(w, n, h, logits)
	for i := range logits {
		logits[i] += m.biasLinear[i%m.k]
	}
}
