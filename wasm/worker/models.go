package main

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/wasm/protocol"
	"github.com/clove-ml/clove/wasm/store"
)

// modelFile is the file that an id names: a variant's, or of a run its original's
// or, before that, the best of its checkpoint.
func (w *worker) modelFile(ctx context.Context, id string) ([]byte, error) {
	b, err := w.store.Model(ctx, id)
	if err == nil || !errors.Is(err, store.ErrNotFound) {
		return b, err
	}
	if g := w.visiting(id); g != nil {
		return g.file, nil
	}
	if runOf(id) == builtinRun {
		if b, err := w.builtinModel(ctx, id); err != nil || b != nil {
			return b, err
		}
	}
	if r, e := w.store.Run(ctx, id); e == nil && len(r.Variants) > 0 {
		return w.store.Model(ctx, r.Variants[0])
	}
	return nil, err
}

func (w *worker) model(ctx context.Context, id string) (*model.Model, error) {
	b, err := w.modelFile(ctx, id)
	if err != nil {
		return nil, err
	}
	return model.Read(b)
}

// reader is a model ready to read sentences, and how its figures are drawn.
type reader struct {
	id    string
	p     *infer.Predictor
	view  view
	start []float32 // logits [K] of the empty text: the bias of Linear
}

// readers are the models that scored last, the newest first.
type readers []*reader

// keptReaders bounds them: a big model is some ten megabytes.
const keptReaders = 6

// reader is the model of that id, ready to read; as it is stored, or pretending.
func (w *worker) reader(ctx context.Context, id string) (*reader, error) {
	w.mu.Lock()
	i := slices.IndexFunc(w.readers, func(r *reader) bool { return r.id == id })
	if i >= 0 {
		r := w.readers[i]
		w.readers = append(readers{r}, append(w.readers[:i:i], w.readers[i+1:]...)...)
		w.mu.Unlock()
		return r, nil
	}
	w.mu.Unlock()
	name, pretends := protocol.Pretended(id)
	m, err := w.model(ctx, name)
	if err != nil {
		return nil, err
	}
	var options []infer.Option
	if pretends {
		options = append(options, infer.Decoded)
	}
	r, err := w.newReader(id, m, options...)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.readers = append(readers{r}, w.readers...)
	w.readers = w.readers[:min(len(w.readers), keptReaders)]
	return r, nil
}

// forget drops the readers of a run or variant, whose model is another now.
func (w *worker) forget(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.readers = slices.DeleteFunc(slices.Clone(w.readers), func(r *reader) bool {
		name, _ := protocol.Pretended(r.id)
		return name == id || runOf(name) == id
	})
}

func (w *worker) newReader(id string, m *model.Model, options ...infer.Option) (*reader, error) {
	p, err := infer.New(m, w.device(nil), options...)
	if err != nil {
		return nil, err
	}
	return &reader{id: id, p: p, view: newView(m), start: m.Floats(model.LinearBias)}, nil
}

// shown is how many of the embedding's dimensions, and of the units, are drawn.
const shown = 8

// view says which numbers of a model are drawn, and by what they are divided.
type view struct {
	units []int   // of H, those with the greatest |weight| in Linear first
	dims  []int   // of E, those with the greatest weights into the LSTM first
	scale float32 // 98th percentile of the embedding's absolute values
}

func newView(m *model.Model) view {
	c := m.Config
	next := model.LSTMInput // that the embedding goes into
	if c.Model.Kind == model.Bag {
		next = model.LinearWeight
	}
	return view{
		units: heaviest(m.Floats(model.LinearWeight), c.Width()),
		dims:  heaviest(m.Floats(next), c.Model.Embedding),
		scale: percentile98(m.Floats(model.Embedding)),
	}
}

// heaviest are the columns of w [rows, n] with the greatest sums of |w|, at most shown of them.
func heaviest(w []float32, n int) []int {
	sums := make([]float64, n)
	for i, x := range w {
		sums[i%n] += math.Abs(float64(x))
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case sums[a] > sums[b]:
			return -1
		case sums[a] < sums[b]:
			return 1
		}
		return 0
	})
	return order[:min(shown, n)]
}

// percentile98 of the absolute values that are not 0; never 0 itself. Of many, every
// so manieth is enough.
func percentile98(v []float32) float32 {
	const enough = 20_000
	step := max(1, len(v)/enough)
	var abs []float32
	for i := 0; i < len(v); i += step {
		if x := v[i]; x > 0 {
			abs = append(abs, x)
		} else if x < 0 {
			abs = append(abs, -x)
		}
	}
	if len(abs) == 0 {
		return 1
	}
	slices.Sort(abs)
	return abs[len(abs)*98/100]
}

// excerpt are the values of v at, divided by scale.
func excerpt(v []float32, at []int, scale float32) []float32 {
	out := make([]float32, len(at))
	for i, k := range at {
		out[i] = v[k] / scale
	}
	return out
}
