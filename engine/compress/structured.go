package compress

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/clove-ml/clove/engine/model"
)

// Structured pruning takes out what a dense kernel really skips.
//
// units: whole hidden units, the LSTM really gets narrower (Intrinsic Sparse Structures,
// Wen et al. 2018, arXiv:1709.05027). Unit k is
//
//	rows k, H+k, 2H+k, 3H+k of W_ih, W_hh and both biases    its four gates
//	column k of W_hh and of the Linear's matrix              all that read it
//
// and goes if the norm of these weights together is among the smallest.
//
// columns: whole dimensions of the embedding. Dimension c is column c of the embedding and
// column c of what reads it, W_ih or of a bag the Linear's matrix, and goes by
// ‖embedding[:, c]‖ · ‖W[:, c]‖.
//
// Both hurt at once, since no unit is idle, and want fine-tuning after; what is left is a
// smaller model of the same kind, faster by as much on every device.
func units(ctx context.Context, s state, j job) (state, error) {
	if err := s.floats(); err != nil {
		return s, err
	}
	if s.m.Config.Model.Kind == model.Bag {
		return s, errors.New("a bag of embeddings has no hidden units; columns takes out dimensions of the embedding")
	}
	h, e := s.m.Config.Model.Hidden, s.m.Config.Model.Embedding
	norms := make([]float64, h)
	for _, name := range []string{model.LSTMInput, model.LSTMHidden, model.LSTMBiasIn, model.LSTMBiasHid, model.LinearWeight} {
		v := s.m.Floats(name)
		rows, cols := s.dims(name)
		for r := range rows {
			for c := range cols {
				sq := square(v[r*cols+c])
				if rows == 4*h {
					norms[r%h] += sq
				}
				if name == model.LSTMHidden && c != r%h || name == model.LinearWeight {
					norms[c] += sq
				}
			}
		}
	}
	kept, err := largest(norms, j.step.Number("share"), "hidden unit")
	if err != nil {
		return s, err
	}
	gates := make([]int32, 0, 4*len(kept))
	for g := range 4 {
		for _, k := range kept {
			gates = append(gates, int32(g*h)+k)
		}
	}
	c := s.m.Config
	c.Model.Hidden, c.Spec.Model.Hidden = len(kept), len(kept)
	return s.cut(c, map[string]cutting{
		model.LSTMInput:    {gates, every(e)},
		model.LSTMHidden:   {gates, kept},
		model.LSTMBiasIn:   {gates, every(1)},
		model.LSTMBiasHid:  {gates, every(1)},
		model.LinearWeight: {every(c.Outputs), kept},
	}), ctx.Err()
}

func columns(ctx context.Context, s state, j job) (state, error) {
	if err := s.floats(); err != nil {
		return s, err
	}
	reader := model.LSTMInput
	if s.m.Config.Model.Kind == model.Bag {
		reader = model.LinearWeight
	}
	e := s.m.Config.Model.Embedding
	norms := make([]float64, e)
	for i, name := range []string{model.Embedding, reader} {
		sums := make([]float64, e)
		for at, x := range s.m.Floats(name) {
			sums[at%e] += square(x)
		}
		for c := range norms {
			if i == 0 {
				norms[c] = sums[c]
			} else {
				norms[c] *= sums[c]
			}
		}
	}
	kept, err := largest(norms, j.step.Number("share"), "column of the embedding")
	if err != nil {
		return s, err
	}
	c := s.m.Config
	c.Model.Embedding, c.Spec.Model.Embedding = len(kept), len(kept)
	rows, _ := s.dims(reader)
	return s.cut(c, map[string]cutting{
		model.Embedding: {every(s.m.Vocab.Size()), kept},
		reader:          {every(rows), kept},
	}), ctx.Err()
}

func square(x float32) float64 { return float64(float64(x) * float64(x)) }

// largest are the indexes that stay when the share with the smallest norms goes, ascending.
func largest(norms []float64, share float64, what string) ([]int32, error) {
	n := len(norms)
	gone := int(math.RoundToEven(float64(share * float64(n))))
	if gone == 0 || gone == n {
		return nil, fmt.Errorf("%g of %d leaves %d: want a share that takes at least one %s and leaves one", share, n, n-gone, what)
	}
	order := every(n)
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(norms[b], norms[a]) })
	kept := order[:n-gone]
	slices.Sort(kept)
	return kept, nil
}

// floats refuses a model with weights that are not stored as float32 any more.
func (s state) floats() error {
	for _, p := range s.m.Params {
		if _, ok := p.Enc.(model.F32); !ok {
			if sparse, ok := p.Enc.(*model.Sparse); !ok || sparse.Values == nil {
				return errQuantized
			}
		}
	}
	return nil
}

// dims are the rows and columns of a parameter; a vector is a column here.
func (s state) dims(name string) (rows, cols int) {
	p, _ := s.m.Param(name)
	if len(p.Shape) == 1 {
		return p.Shape[0], 1
	}
	return p.Shape[0], p.Shape[1]
}

// cutting is the rows and columns that stay.
type cutting struct{ rows, cols []int32 }

// cut is s with these parameters smaller.
func (s state) cut(c model.Config, by map[string]cutting) state {
	m := *s.m
	m.Config = c
	m.Params = slices.Clone(s.m.Params)
	masks := map[string][]bool{}
	for i, p := range m.Params {
		k, changed := by[p.Name]
		_, width := s.dims(p.Name)
		if mask := s.masks[p.Name]; mask != nil {
			masks[p.Name] = mask
			if changed {
				masks[p.Name] = pick(mask, width, k.rows, k.cols)
			}
		}
		if !changed {
			continue
		}
		shape := []int{len(k.rows), len(k.cols)}
		if len(p.Shape) == 1 {
			shape = shape[:1]
		}
		m.Params[i] = model.Param{Name: p.Name, Shape: shape, Enc: model.F32(pick(p.Values(), width, k.rows, k.cols))}
	}
	return state{m: &m, enc: s.enc, masks: masks, first: s.first}
}
