package compress

import (
	"context"
	"strconv"
	"strings"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
)

// quantize rounds matrices to whole numbers of 8 or 4 bits after training, q = round(w/s) + z
// (model.Ints has the formula and the papers). Its options say what one scale serves
// (tensor, gate, row, groupN), whether zero points are used (affine, symmetric), and how the
// range is chosen (model.Rounding: minmax, percentile, mse). The value article is the
// article's Round(x·Scale + Bias) with one Scale and Bias a matrix: the same map, written
// the other way round.
//
// A row of LSTM or Linear is one output, a row of the embedding one word. Biases stay
// float32, they are few, and the cell is kept wide at inference. It needs no data. It hurts
// where a row holds an outlier far from the rest, and with 4 bits always a little: groups
// and mse mend most of it, qat the rest. What was pruned stays 0, for 0 is exact.
//
// What is multiplied by the matrices is rounded at inference: a word's vector stands in codes
// already, the state h to 8 bits, |h| < 1 by nature (bounded), by the greatest of each
// step (dynamic), or within what it was seen to reach on training texts (calibrated, by the
// range's rule: calibrate.go).
func quantize(ctx context.Context, s state, j job) (state, error) {
	how := rounding(j.step)
	switch j.step.Word("state") {
	case "dynamic":
		s = s.rounding(model.Dynamic)
	case "calibrated":
		reach, err := calibrate(ctx, s, j, how)
		if err != nil {
			return s, err
		}
		s = s.rounding(reach)
	}
	for _, name := range s.matrices(j.step.Parts()) {
		s = s.encoded(name, func(v []float32, rows, cols int) model.Encoding {
			o := how
			if o.Per == model.PerGate && rows%4 != 0 {
				o.Per = model.PerRow // no gates: the embedding, the Linear
			}
			return o.Round(v, rows, cols)
		})
		j.yield()
	}
	return s, ctx.Err()
}

// rounding is what the options of a step say.
func rounding(step spec.PipelineStep) model.Rounding {
	r := model.Rounding{Bits: 8, Symmetric: step.Word("form") == "symmetric"}
	switch step.Value {
	case "int4":
		r.Bits = 4
	case "article":
		r.Per = model.PerTensor
		return r
	}
	switch grain := step.Word("grain"); grain {
	case "tensor":
		r.Per = model.PerTensor
	case "gate":
		r.Per = model.PerGate
	case "row":
	default:
		n, _ := strconv.Atoi(strings.TrimPrefix(grain, "group"))
		r.Per = model.Per(n)
	}
	switch step.Word("range") {
	case "percentile":
		r.Keep = 0.999
	case "mse":
		r.Search = true
	}
	return r
}

// matrices that these parts of the model have, by name.
func (s state) matrices(parts []string) (names []string) {
	for _, p := range s.m.Params {
		if len(p.Shape) < 2 {
			continue
		}
		for _, part := range parts {
			if model.LayerOf(p.Name) == part {
				names = append(names, p.Name)
			}
		}
	}
	return names
}

// encoded is s with one parameter stored another way.
func (s state) encoded(name string, encode func(v []float32, rows, cols int) model.Encoding) state {
	return s.with(s.m.With(func(p model.Param) model.Encoding {
		if p.Name != name {
			return p.Enc
		}
		rows, cols := p.Dims()
		return encode(p.Values(), rows, cols)
	}))
}
