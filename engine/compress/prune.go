package compress

import (
	"context"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/clove-ml/clove/engine/model"
)

// Magnitude pruning (LeCun, Denker & Solla 1989; Han et al. 2015, arXiv:1506.02626):
// of all the weights in the chosen matrices together, the asked share with the smallest
// |w| becomes 0, as torch.nn.utils.prune.global_unstructured with L1Unstructured:
//
//	mask = |w| > threshold,  threshold: the value at rank round(share × n), to nearest even
//
// Equal values are pruned in order of their place (parameter by name, then row-major),
// so that exactly the asked share goes. Chosen are the embedding, W_ih, W_hh and the
// Linear's matrix; with the option lstm, W_ih and W_hh alone. Biases are few and
// matter much, and the embedding's padding row is 0 by definition: neither counts.
// A weight that was pruned before stays so: it is 0, among the first to go, and never
// comes back where the share is smaller than before.
//
// It hurts when the share is high and nothing is tuned afterwards; it saves bytes since
// the file keeps only what is left, and time only where skipping beats a dense kernel.
func prune(ctx context.Context, s state, j job) (state, error) {
	share, err := strconv.ParseFloat(j.step.Value, 64)
	if err != nil {
		return s, err
	}
	names := []string{model.Embedding, model.LinearWeight, model.LSTMHidden, model.LSTMInput}
	if slices.Contains(j.step.Options, "lstm") {
		names = names[2:]
	}
	values, masks := map[string][]float32{}, maps.Clone(s.masks)
	if masks == nil {
		masks = map[string][]bool{}
	}
	var chosen [][]float32 // what counts of each, in order
	for _, name := range names {
		p, _ := s.m.Param(name)
		v := p.Values()
		values[name] = v
		chosen = append(chosen, v[pad(p):])
	}
	keep := Smallest(chosen, share)
	for i, name := range names {
		p, _ := s.m.Param(name)
		mask := make([]bool, len(values[name]))
		for c := range pad(p) {
			mask[c] = true // of the padding row: 0 already, and no part of the count
		}
		copy(mask[pad(p):], keep[i])
		for c, kept := range s.masks[name] {
			mask[c] = mask[c] && kept
		}
		for c, kept := range mask {
			if !kept {
				values[name][c] = 0
			}
		}
		masks[name] = mask
		j.yield()
	}
	m := s.m.With(func(p model.Param) model.Encoding {
		if v, ok := values[p.Name]; ok {
			return model.F32(v)
		}
		return p.Enc
	})
	return state{m, masks}, ctx.Err()
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
	gone := int(math.RoundToEven(share * float64(n)))
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
