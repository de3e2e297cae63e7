package compress

import (
	"fmt"
	"math"
	"slices"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
)

// Weights shows a matrix of a variant beside the original's.
//
//	bins    n = 61 of width 2R/n, R the 99.9th percentile of |w|, of both; 0 itself apart
//	map     step k of w's tint by |w| / the 98th percentile of |w|: < 0.06 → 0, < 0.14 → 1,
//	        < 0.35 → 2, < 0.58 → 3, else 4; 5 ± k, and 0 where w is exactly 0
//	close   the weights of row r that share a scale, the grid that they were rounded to,
//	        and the greatest |ŵ − w|
//
// Row −1 is the row in which rounding was worst.
func Weights(before, after *model.Model, tensor string, row int) (spec.Weights, error) {
	w := spec.Weights{Tensor: tensor, Tensors: matrices(after)}
	p, ok := after.Param(tensor)
	if !ok || !slices.Contains(w.Tensors, tensor) {
		return w, fmt.Errorf("the model has no matrix %q", tensor)
	}
	w.Kind, w.Rows, w.Cols = p.Enc.Kind(), p.Shape[0], p.Shape[1]
	if row >= w.Rows {
		return w, fmt.Errorf("%s has %d rows, there is no row %d", tensor, w.Rows, row)
	}
	w.Gates = model.LayerOf(tensor) == spec.PartLSTM
	now := p.Values()
	var was []float32
	if q, ok := before.Param(tensor); ok {
		was = q.Values()
		w.Same = slices.Equal(p.Shape, q.Shape) && Related(before, after)
	}
	w.Range = math.Max(percentile(was, 0.999), percentile(now, 0.999))
	w.Before, w.After = histogram(was, w.Range), histogram(now, w.Range)
	parts := 1
	if w.Gates {
		parts = 4
	}
	for part := range slices.Chunk(now, max(1, len(now)/parts)) {
		zeros := histogram(part, 1).Zeros
		w.Kept = append(w.Kept, 1-float64(zeros)/float64(len(part)))
	}
	w.MapRows = min(w.Rows, max(1, mapped/w.Cols))
	w.Map = tints(now[:w.MapRows*w.Cols], percentile(now, 0.98))
	if w.Same {
		w.Close = closeUp(p.Enc, was, now, w.Rows, w.Cols, row)
	}
	return w, nil
}

// Related says whether two models are of one training, so that a unit of the one is that of
// the other: a student's weights are its own, whatever shape they have.
func Related(a, b *model.Model) bool {
	return a.Config.Model.Kind == b.Config.Model.Kind && lesson(a.Config.Pipeline) == lesson(b.Config.Pipeline)
}

// lesson is the step by which a model became a student, "" where it is none: no other
// makes a model anew, and it comes first.
func lesson(pipeline string) string {
	steps, err := spec.ParsePipeline(pipeline)
	if err != nil || len(steps) == 0 || steps[0].Name != "distill" {
		return ""
	}
	return steps[0].String()
}

// bins is odd, so that the middle one is around 0.
const bins = 61

// mapped bounds the weights of a map: that of an LSTM of 128 units is 65,536.
const mapped = 1 << 16

// matrices are the names of m's, as data flows.
func matrices(m *model.Model) (names []string) {
	for _, name := range []string{model.Embedding, model.LSTMInput, model.LSTMHidden, model.LinearWeight} {
		if _, ok := m.Param(name); ok {
			names = append(names, name)
		}
	}
	return names
}

// percentile q of the absolute values that are not 0; never 0 itself. Of many, every so
// manieth is enough.
func percentile(v []float32, q float64) float64 {
	const enough = 50_000
	var a []float64
	for i := 0; i < len(v); i += max(1, len(v)/enough) {
		if x := v[i]; x != 0 {
			a = append(a, abs(float64(x)))
		}
	}
	if len(a) == 0 {
		return 1
	}
	slices.Sort(a)
	return a[int(float64(len(a)-1)*q)]
}

func histogram(v []float32, edge float64) spec.Histogram {
	h := spec.Histogram{Weights: len(v), Bins: make([]int, bins)}
	for _, x := range v {
		if x == 0 {
			h.Zeros++
			continue
		}
		at := math.Floor((float64(x)/edge + 1) / 2 * bins)
		h.Bins[int(math.Max(0, math.Min(bins-1, at)))]++
	}
	return h
}

// tints are the map of v.
func tints(v []float32, scale float64) []byte {
	steps := make([]byte, len(v))
	for i, x := range v {
		if x == 0 {
			continue
		}
		k := byte(0)
		for _, cut := range []float64{0.06, 0.14, 0.35, 0.58} {
			if abs(float64(x)) >= cut*scale {
				k++
			}
		}
		if steps[i] = 5 + k; x < 0 {
			steps[i] = 5 - k
		}
	}
	return steps
}

// closeUp is nil where the encoding has no grid of values.
func closeUp(e model.Encoding, was, now []float32, rows, cols, row int) *spec.CloseUp {
	span := cols // columns that share a grid
	if q, ok := within(e).(*model.Ints); ok && q.Per > 0 && q.Cols == cols {
		span = int(q.Per)
	}
	worst, at := -1.0, 0
	for from := 0; from < len(now); from += step(from, span, cols) {
		if row >= 0 && from/cols != row {
			continue
		}
		if d := farthest(was[from:from+step(from, span, cols)], now[from:]); d > worst {
			worst, at = d, from
		}
	}
	c := &spec.CloseUp{Row: at / cols, From: at % cols, Most: worst}
	n := step(at, span, cols)
	c.Before, c.After = was[at:at+n], now[at:at+n]
	if !grid(c, e, rows, cols) {
		return nil
	}
	slices.Sort(c.Grid)
	c.Grid = slices.Compact(c.Grid)
	return c
}

// step is how many of the values from on share a scale: a group ends with its row.
func step(from, span, cols int) int { return min(span, cols-from%cols) }

func farthest(a, b []float32) (most float64) {
	for i, x := range a {
		most = math.Max(most, abs(float64(x)-float64(b[i])))
	}
	return most
}

// within is the encoding inside those that only pack.
func within(e model.Encoding) model.Encoding {
	switch e := e.(type) {
	case *model.Huffman:
		return within(e.Of)
	case *model.Sparse:
		if e.Inner != nil {
			return within(e.Inner)
		}
	}
	return e
}

// grid fills in the values that weights of c's row can have; false where they have none.
func grid(c *spec.CloseUp, e model.Encoding, rows, cols int) bool {
	switch e := within(e).(type) {
	case *model.Ints:
		i := 0 // kept weights of a sparse matrix are one row
		if e.Rows == rows && e.Cols == cols {
			i = e.Per.Index(c.Row, c.From, rows, cols)
		} else if e.Per > 0 {
			return false // its groups are of kept weights, and no columns
		}
		zero := int8(0)
		if e.Zero != nil {
			zero = e.Zero[i]
		}
		whole(c, e.Scale[i], zero, e.Bits)
	case *model.Sparse:
		if e.Codes == nil {
			return false
		}
		whole(c, e.Scale[c.Row], e.Zero[c.Row], 8)
	case *model.Binary:
		s := float32(1)
		if e.Scale != nil {
			s = rowScale(e.Scale, c.Row)
		}
		c.Grid = []float32{-s, s}
	case *model.Ternary:
		s := rowScale(e.Scale, c.Row)
		c.Grid = []float32{-s, 0, s}
	case *model.Clustered:
		c.Grid = slices.Clone(e.Codebook)
	default:
		return false
	}
	return true
}

// rowScale is a row's: kept weights of a sparse matrix have one in all.
func rowScale(scale []float32, row int) float32 {
	if row < len(scale) {
		return scale[row]
	}
	return scale[0]
}

// whole is the grid s (q − z) of codes of so many bits.
func whole(c *spec.CloseUp, scale float32, zero int8, bits int) {
	c.Scale, c.Zero = float64(scale), int(zero)
	low := -(int(1) << (bits - 1))
	for q := low; q < -low; q++ {
		c.Grid = append(c.Grid, scale*float32(q-int(zero)))
	}
}
