package bench

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/train"
)

// encoding is a way to store the matrices of a model of workload W.
type encoding struct {
	name  string
	units int // one in so many hidden units stays
	of    func(w []float32, rows, cols int) model.Encoding
}

// encodings that are measured, f32 first: the others are compared with it.
var encodings = []encoding{
	{"f32", 1, func(w []float32, _, _ int) model.Encoding { return model.F32(w) }},
	{"int8", 1, func(w []float32, rows, cols int) model.Encoding { return model.Quantize(w, rows, cols) }},
	{"int4/group32", 1, func(w []float32, rows, cols int) model.Encoding {
		return model.Rounding{Bits: 4, Per: 32}.Round(w, rows, cols)
	}},
	{"binary", 1, func(w []float32, rows, cols int) model.Encoding { return model.Binarize(w, rows, cols, true) }},
	{"ternary", 1, func(w []float32, rows, cols int) model.Encoding { return model.Ternarize(w, rows, cols) }},
	{"half", 1, func(w []float32, rows, cols int) model.Encoding { return model.ToHalf(w, rows, cols, false) }},
	{"units 50 %", 2, func(w []float32, _, _ int) model.Encoding { return model.F32(w) }},
	{"sparse 80 %", 1, kept(0.8)},
	{"sparse 90 %", 1, kept(0.9)},
	{"sparse 95 %", 1, kept(0.95)},
}

// kept is the encoding of what is left when this share of the smallest weights is gone.
func kept(gone float64) func(w []float32, rows, cols int) model.Encoding {
	return func(w []float32, rows, cols int) model.Encoding {
		sizes := make([]float32, len(w))
		for i, x := range w {
			sizes[i] = float32(math.Abs(float64(x)))
		}
		slices.Sort(sizes)
		least := sizes[int(gone*float64(len(w)))]
		few := slices.Clone(w)
		for i, x := range few {
			if float32(math.Abs(float64(x))) < least {
				few[i] = 0
			}
		}
		return model.SparseF32(few, rows, cols)
	}
}

// Encodings measures what each way to store a model's weights is worth in time, by Device
// on one thread: one text, a batch, a batch by the table of what words add, and the
// LSTM's recurrent matrix alone. They all take turns with each other.
func Encodings(ctx context.Context, o Options) (spec.Bench, error) {
	return encodingsAt(ctx, o, sizes)
}

func encodingsAt(ctx context.Context, o Options, sizes []size) (spec.Bench, error) {
	b := begin(ctx, o)
	for _, z := range sizes {
		for _, e := range encodings {
			if err := b.encoding(z, e); err != nil {
				return spec.Bench{}, fmt.Errorf("measuring %s, %s: %w", e.name, z.name, err)
			}
		}
	}
	return b.finish()
}

// encoding adds the probes of one.
func (b *bench) encoding(z size, e encoding) error {
	z.h /= e.units
	t, err := train.New(b.Device, b.enc, z.spec(), train.Options{Now: b.Now}) // for its initial weights
	if err != nil {
		return err
	}
	m := stored(t.View(), e)
	texts := make([][]int32, batch)
	for i := range texts {
		texts[i] = b.enc.Valid.Text(i)
	}
	answers := func(n int, tabulate bool) (*probe, error) {
		p, err := infer.New(m, b.Device)
		if err != nil {
			return nil, err
		}
		p.Yield = b.Yield
		if tabulate {
			p.Tabulate()
		}
		var z []float32
		return b.times(func() { z, b.err = p.AppendLogits(z[:0], texts[:n]) }), nil
	}
	one, err := answers(1, false)
	if err != nil {
		return err
	}
	many, err := answers(batch, false)
	if err != nil {
		return err
	}
	tabled, err := answers(batch, true)
	if err != nil {
		return err
	}
	hidden, _ := m.Param(model.LSTMHidden)
	product, err := infer.Product(hidden.Enc, hidden.Shape[0], hidden.Shape[1], b.Device)
	if err != nil {
		return err
	}
	h, pre := make([]float32, batch*z.h), make([]float32, batch*4*z.h)
	for i := range h {
		h[i] = float32(i%15-7) / 8
	}
	alone := b.rate(1e-6, func() {
		for range products {
			product(1, h[:z.h], pre[:4*z.h])
		}
	})
	together := b.rate(1e-6, func() {
		for range products / 8 {
			product(batch, h, pre)
		}
	})
	b.after = append(b.after, func() {
		b.result.Encodings = append(b.result.Encodings, spec.EncodingSpeed{
			Encoding: e.name, Size: z.name, Bytes: m.FileBytes(),
			OneMS: one.median(), OneQuartiles: one.quartiles(),
			BatchMS: many.median(), BatchQuartiles: many.quartiles(),
			TableMS: tabled.median(), TableQuartiles: tabled.quartiles(),
			MatrixOneUS: 1 / alone.median() / products, MatrixBatchUS: 1 / together.median() / (products / 8),
		})
	})
	return nil
}

// stored is a model with all its matrices in an encoding.
func stored(m *model.Model, e encoding) *model.Model {
	return m.With(func(p model.Param) model.Encoding {
		if len(p.Shape) < 2 {
			return p.Enc
		}
		return e.of(p.Values(), p.Shape[0], p.Shape[1])
	})
}

// products is how often a small one is made between two looks at the clock.
const products = 64
