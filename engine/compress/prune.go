package compress

import (
	"context"
	"maps"
	"math"
	"slices"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/train"
)

// Magnitude pruning (LeCun, Denker & Solla 1989; Han et al. 2015, arXiv:1506.02626):
// of all the weights in the chosen matrices together, the asked share with the smallest
// |w| becomes 0, as torch.nn.utils.prune.global_unstructured with L1Unstructured:
//
//	mask = |w| > threshold,  threshold: the value at rank round(share × n), to nearest even
//
// Equal values are pruned in order of their place (parameter by name, then row-major),
// so that exactly the asked share goes. With the option layer each matrix loses that
// share by itself. Chosen are the matrices of all parts, or of those named. Biases are
// few and matter much, and the embedding's padding row is 0 by definition: neither
// counts. Of the LSTM only the rows of one matrix or of some gates may be meant ("recurrent", "g"). A weight that was pruned before stays so: it is 0, among the first to go, and
// never comes back where the share is smaller than before.
//
// With gradualN the share grows over N epochs of training, so that what is left learns to
// do without the rest before more goes (Zhu & Gupta 2017, arXiv:1710.01878):
//
//	share(t) = share · (1 − (1 − t/n)³)   t in steps of a 32nd of n, n = ¾ of all steps
//
// It hurts when the share is high and nothing is tuned afterwards; it saves bytes since
// the file keeps only what is left, and time only where skipping beats a dense kernel.
func prune(ctx context.Context, s state, j job) (state, error) {
	share := j.step.Number("share")
	names := s.matrices(j.step.Parts())
	if n := int(j.step.Number("gradual")); n > 0 {
		return s.gradually(ctx, j, names, share, n)
	}
	values := map[string][]float32{}
	for _, name := range names {
		values[name] = s.m.Floats(name)
	}
	return s.masked(s.smallest(j.step, names, share, func(name string) []float32 { return values[name] })), ctx.Err()
}

// smallest are the masks when that share of the matrices named goes.
func (s state) smallest(step spec.PipelineStep, names []string, share float64, weights func(name string) []float32) map[string][]bool {
	masks := maps.Clone(s.masks)
	if masks == nil {
		masks = map[string][]bool{}
	}
	var groups [][]float32 // what counts, span by span
	var kept [][]bool      // where its mask goes
	var of []int           // the matrix of each
	for i, name := range names {
		p, _ := s.m.Param(name)
		parts := spans(p, step)
		if parts == nil {
			continue
		}
		w := weights(name)
		mask := make([]bool, len(w))
		for c := range mask {
			mask[c] = true // also of the padding row, which is 0 already, and of gates that are let alone
		}
		for _, span := range parts {
			groups, kept, of = append(groups, w[span.from:span.to]), append(kept, mask[span.from:span.to]), append(of, i)
		}
		masks[name] = mask
	}
	for from, to := 0, 0; from < len(groups); from = to {
		for to = from + 1; to < len(groups) && (of[to] == of[from] || !step.Has("layer")); to++ {
		}
		for i, k := range Smallest(groups[from:to], share) {
			copy(kept[from+i], k)
		}
	}
	for name, before := range s.masks {
		for c, stays := range before {
			masks[name][c] = masks[name][c] && stays
		}
	}
	return masks
}

// span of a parameter's values.
type span struct{ from, to int }

// spans of p that a step is for: all but the padding row, of the LSTM the gates meant.
func spans(p model.Param, step spec.PipelineStep) []span {
	kind := map[string]string{model.LSTMInput: spec.MatrixInput, model.LSTMHidden: spec.MatrixRecurrent}[p.Name]
	if kind == "" {
		rows, cols := p.Dims()
		return []span{{pad(p), rows * cols}}
	}
	var list []span
	for _, gate := range step.Rows(kind) {
		list = append(list, gateOf(p, gate))
	}
	return list
}

// gateOf is where a gate's weights are in a matrix of the LSTM.
func gateOf(p model.Param, gate string) span {
	rows, cols := p.Dims()
	k, n := slices.Index(spec.Gates, gate), rows/4*cols
	return span{k * n, (k + 1) * n}
}

// gradually prunes while it trains.
func (s state) gradually(ctx context.Context, j job, names []string, share float64, epochs int) (state, error) {
	last := -1
	o := train.Options{Masks: s.masks}
	o.Prune = func(step, steps int, weights func(name string) []float32) map[string][]bool {
		n := steps * 3 / 4
		every := (n + 31) / 32
		if step > n {
			step = n
		}
		at := step / every
		if at == last {
			return nil
		}
		last = at
		left := 1 - float64(at*every)/float64(n)
		if left < 0 {
			left = 0
		}
		s.masks = s.smallest(j.step, names, share*(1-float64(float64(left*left)*left)), weights)
		return s.masks
	}
	tuned, err := s.tuned(ctx, j, func(c *spec.Spec) {
		c.Train.Epochs, c.Train.KeepBest = epochs, false // the best would be one that has lost less
		c.Train.Schedule = "linear"
	}, o)
	tuned.masks = s.masks
	return tuned, err
}

// masked is s with what the masks say set to 0.
func (s state) masked(masks map[string][]bool) state {
	s.masks = masks
	return s.with(s.m.With(func(p model.Param) model.Encoding {
		mask := masks[p.Name]
		if mask == nil {
			return p.Enc
		}
		v := p.Values()
		for i, kept := range mask {
			if !kept {
				v[i] = 0
			}
		}
		return model.F32(v)
	}))
}

// pad is how many values of p belong to the padding row.
func pad(p model.Param) int {
	if p.Name == model.Embedding {
		return p.Shape[1]
	}
	return 0
}

// Smallest says of each value in the groups whether it is kept when the share with the
// smallest magnitudes over all groups goes.
func Smallest(groups [][]float32, share float64) [][]bool {
	n := 0
	for _, g := range groups {
		n += len(g)
	}
	gone := int(math.RoundToEven(float64(share * float64(n))))
	bits := make([]uint32, 0, n) // of |w|: they order as the magnitudes do
	for _, g := range groups {
		for _, w := range g {
			bits = append(bits, math.Float32bits(w)&^(1<<31))
		}
	}
	var threshold uint32 // those below it go, and the first few at it
	at := 0
	if gone > 0 {
		threshold = kth(bits, gone-1)
		for _, b := range bits {
			if b < threshold {
				at--
			}
		}
		at += gone
	}
	keep := make([][]bool, len(groups))
	i := 0
	for g := range groups {
		keep[g] = make([]bool, len(groups[g]))
		for c := range keep[g] {
			switch b := bits[i]; {
			case gone > 0 && b < threshold:
			case gone > 0 && b == threshold && at > 0:
				at--
			default:
				keep[g][c] = true
			}
			i++
		}
	}
	return keep
}

// kth is the value at rank k of v, found digit by digit from the top: two counting
// passes of 16 bits, so a million weights take milliseconds and no sort.
func kth(v []uint32, k int) uint32 {
	counts := make([]int, 1<<16)
	for _, x := range v {
		counts[x>>16]++
	}
	high := 0
	for ; k >= counts[high]; high++ {
		k -= counts[high]
	}
	clear(counts)
	for _, x := range v {
		if int(x>>16) == high {
			counts[x&0xffff]++
		}
	}
	low := 0
	for ; k >= counts[low]; low++ {
		k -= counts[low]
	}
	return uint32(high)<<16 | uint32(low)
}

// sparsity is the share of zeros in the matrices that could have been pruned, the
// padding row left out.
func sparsity(m *model.Model) float64 {
	zeros, n := 0, 0
	for _, p := range m.Params {
		if len(p.Shape) < 2 {
			continue
		}
		for _, w := range p.Values()[pad(p):] {
			if w == 0 {
				zeros++
			}
			n++
		}
	}
	return float64(zeros) / float64(n)
}
