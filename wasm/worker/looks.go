package main

import (
	"context"
	"math"
	"slices"

	"github.com/clove-ml/clove/engine/compress"
	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/linear"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

// reality measures a variant as it is stored beside its twin that pretends and the original.
func (w *worker) reality(ctx context.Context, q protocol.Model) (result, error) {
	original, m, err := w.pair(ctx, q.Model)
	if err != nil {
		return result{}, err
	}
	j, err := w.begin(protocol.MeasureRun, "bench")
	if err != nil {
		return result{}, err
	}
	defer w.drop(j)
	enc, err := w.testFor(j.ctx, original, func(spec.Event) {})
	if err != nil {
		return result{}, err
	}
	r, err := run.Reality(j.ctx, original, m, enc, j.env())
	return result{body: r}, err
}

// counted is how far one comes on a model's texts by counting its words.
func (w *worker) counted(ctx context.Context, q protocol.Model) (result, error) {
	m, err := w.model(ctx, q.Model)
	if err != nil {
		return result{}, err
	}
	r := protocol.Counted{Model: q.Model}
	err = w.aside(m, func(j *job, enc *data.Encoded) (err error) {
		r.Test, err = linear.Measure(j.ctx, enc, w.m.Yield)
		return err
	})
	return result{body: r}, err
}

// pair is a variant with the original that it was made of.
func (w *worker) pair(ctx context.Context, id string) (original, m *model.Model, err error) {
	if m, err = w.model(ctx, id); err != nil {
		return nil, nil, err
	}
	original, err = w.model(ctx, runOf(id))
	return original, m, err
}

func (w *worker) weights(ctx context.Context, q protocol.Weights) (result, error) {
	original, m, err := w.pair(ctx, q.Model)
	if err != nil {
		return result{}, err
	}
	if q.Tensor == "" {
		q.Tensor = model.LSTMHidden
		if m.Config.Model.Kind == model.Bag {
			q.Tensor = model.Embedding
		}
	}
	r, err := compress.Weights(original, m, q.Tensor, q.Row)
	return result{body: r}, err
}

func (w *worker) beside(ctx context.Context, q protocol.Beside) (result, error) {
	left, err := w.reader(ctx, q.Left)
	if err != nil {
		return result{}, err
	}
	right, err := w.reader(ctx, q.Right)
	if err != nil {
		return result{}, err
	}
	r := protocol.Besides{Seq: q.Seq, Left: q.Left, Right: q.Right, Readings: []protocol.Reading{}}
	for _, text := range q.Texts {
		reading, err := besides(text, left, right)
		if err != nil {
			return result{}, err
		}
		r.Readings = append(r.Readings, lean(reading))
		w.m.Yield()
	}
	return result{body: r}, nil
}

// besides is a text read by two.
func besides(text string, left, right *reader) (protocol.Reading, error) {
	r := protocol.Reading{Text: text, Parts: -1}
	var a, b infer.Trace
	var err error
	if r.Left, a, err = left.look(text); err != nil {
		return r, err
	}
	if r.Right, b, err = right.look(text); err != nil {
		return r, err
	}
	where := kept(r.Left)
	if !slices.Equal(where, kept(r.Right)) {
		return r, nil // by other tokens, there is no place to compare
	}
	apart, parts := infer.Apart(a, b)
	if !compress.Related(left.p.Model(), right.p.Model()) {
		apart = nil
	}
	if apart == nil {
		parts = slices.IndexFunc(where, func(i int) bool {
			return math.Abs(r.Left.Tokens[i].Score-r.Right.Tokens[i].Score) > infer.Parted
		})
	} else {
		r.Apart = make([]float64, len(r.Left.Tokens))
		for k, i := range where {
			r.Apart[i] = apart[k]
		}
	}
	if parts >= 0 {
		r.Parts = where[parts]
	}
	return r, nil
}

// lean is a reading without what is drawn of embedding and state: of a long text that would
// be most of the message.
func lean(r protocol.Reading) protocol.Reading {
	for _, t := range []protocol.Trace{r.Left, r.Right} {
		for i := range t.Tokens {
			t.Tokens[i].Embed, t.Tokens[i].Hidden = nil, nil
		}
	}
	return r
}

// kept are the tokens of a trace that were read.
func kept(t protocol.Trace) (at []int) {
	for i, k := range t.Tokens {
		if !k.Cut {
			at = append(at, i)
		}
	}
	return at
}
