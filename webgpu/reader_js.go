package webgpu

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/tensor"
)

// Reader answers texts by an LSTM on the card. Its matrices of 8 or 4 bits are multiplied as
// they are packed, all others decoded to float32. Activations stay float32, so that each
// logit is that of the decoded weights but for float32's rounding in another order: at most
//
//	|z − z'| ≤ 10⁻⁵·(1 + |z'|)
//
// which a test holds it to. It pays in batches: an answer costs a round trip to the card.
type Reader struct {
	d               *Device
	m               *model.Model
	embedding       matrix
	input, hidden   matrix
	biasIn, biasHid tensor.Buffer
	linear, bias    []float32 // Linear's, which is small
	pack            *tensor.Packed
	rows, steps     int // that there is room for

	x, gates, last  tensor.Buffer
	c, tanhc, hprev tensor.Buffer // where the recurrent weights are decoded
	ids, count      []int32
}

// matrix is one in either form.
type matrix struct {
	coded
	isCoded bool
	floats  tensor.Buffer
}

// Packed says of how many of the three large matrices the codes are multiplied.
func (r *Reader) Packed() (n int) {
	for _, m := range []*matrix{&r.embedding, &r.input, &r.hidden} {
		if m.isCoded {
			n++
		}
	}
	return n
}

// NewReader lays m out on the card. A bag of embeddings has no product worth it: an error.
func NewReader(ctx context.Context, d *Device, m *model.Model) (*Reader, error) {
	if m.Config.Model.Kind == model.Bag {
		return nil, &tensor.ErrUnsupported{Op: "a bag of embeddings", Device: Name}
	}
	if err := d.card.make(ctx, func(name string) bool { return strings.HasPrefix(name, packedKernels) }); err != nil {
		return nil, err
	}
	r := &Reader{d: d, m: m, linear: m.Floats(model.LinearWeight), bias: m.Floats(model.LinearBias)}
	for _, x := range []struct {
		to   *matrix
		name string
	}{{&r.embedding, model.Embedding}, {&r.input, model.LSTMInput}, {&r.hidden, model.LSTMHidden}} {
		p, _ := m.Param(x.name)
		if x.to.coded, x.to.isCoded = d.code(p.Enc); !x.to.isCoded {
			x.to.floats = d.tensor(m.Floats(x.name))
		}
	}
	r.biasIn, r.biasHid = d.tensor(m.Floats(model.LSTMBiasIn)), d.tensor(m.Floats(model.LSTMBiasHid))
	return r, nil
}

// room for so many texts of so many tokens.
func (r *Reader) room(rows, steps int) {
	if rows <= r.rows && steps <= r.steps {
		return
	}
	r.rows, r.steps = max(rows, r.rows), max(steps, r.steps)
	n, e, h := r.rows*r.steps, r.m.Config.Model.Embedding, r.m.Config.Model.Hidden
	r.pack = tensor.NewPacked(r.rows, r.steps)
	r.x, r.gates, r.last = r.d.Alloc(n*e), r.d.Alloc(n*4*h), r.d.Alloc(r.rows*h)
	if !r.hidden.isCoded || !r.input.isCoded {
		r.c, r.tanhc, r.hprev = r.d.Alloc(n*h), r.d.Alloc(n*h), r.d.Alloc(n*h)
	}
}

// Logits [texts, K] of a batch, none of which is empty.
func (r *Reader) Logits(texts [][]int32) ([]float32, error) {
	order := make([]int, len(texts)) // longest first
	longest := 0
	for i, t := range texts {
		if len(t) == 0 {
			return nil, fmt.Errorf("webgpu: text %d is empty", i)
		}
		for _, id := range t {
			if id < 0 || int(id) >= r.m.Vocab.Size() {
				return nil, fmt.Errorf("webgpu: text %d has the token %d of a vocabulary of %d", i, id, r.m.Vocab.Size())
			}
		}
		order[i], longest = i, max(longest, len(t))
	}
	slices.SortStableFunc(order, func(a, b int) int { return len(texts[b]) - len(texts[a]) })
	r.room(len(texts), longest)
	r.count = r.count[:0]
	for _, i := range order {
		r.count = append(r.count, int32(len(texts[i])))
	}
	r.pack.Set(r.count)
	N, E, H := r.pack.Slots, r.m.Config.Model.Embedding, r.m.Config.Model.Hidden
	r.ids = slices.Grow(r.ids[:0], N)[:N]
	for t := range r.pack.Steps {
		for i := range int(r.pack.Active[t]) {
			r.ids[r.pack.Slot(t, i)] = texts[order[i]][t]
		}
	}

	if r.embedding.isCoded {
		r.d.packedRows(r.embedding.coded, r.ids, r.x)
	} else {
		r.d.EmbeddingGather(E, r.ids, r.embedding.floats, r.x)
	}
	if r.input.isCoded && r.hidden.isCoded {
		r.d.packedGemm(N, r.x, r.input.coded, r.biasIn, r.biasHid, r.gates)
		r.d.packedLSTM(r.pack, r.hidden.coded, r.gates, r.last)
	} else {
		r.d.LSTMForward(&tensor.LSTM{
			Packed: r.pack, E: E, H: H, X: r.x, WeightIH: r.decoded(&r.input, model.LSTMInput), WeightHH: r.decoded(&r.hidden, model.LSTMHidden),
			BiasIH: r.biasIn, BiasHH: r.biasHid, Gates: r.gates, C: r.c, TanhC: r.tanhc, HPrev: r.hprev, Last: r.last,
		})
	}
	last := make([]float32, len(texts)*H)
	r.d.Download(last, r.last)

	k := r.m.Config.Outputs
	logits := make([]float32, len(texts)*k)
	for row, i := range order {
		for j := range k {
			sum := r.bias[j]
			for u, h := range last[row*H : (row+1)*H] {
				sum += float32(h * r.linear[j*H+u])
			}
			logits[i*k+j] = sum
		}
	}
	return logits, nil
}

// decoded is a matrix as float32, also where it came in codes but its twin did not.
func (r *Reader) decoded(m *matrix, name string) tensor.Buffer {
	if m.floats == nil {
		m.floats = r.d.tensor(r.m.Floats(name))
	}
	return m.floats
}
