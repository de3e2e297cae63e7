package main

import (
	"context"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
	"github.com/clove-ml/clove/wasm/store"
)

func (w *worker) compress(ctx context.Context, q protocol.Compress) (result, error) {
	if _, err := spec.ParsePipeline(q.Pipeline); err != nil {
		return result{}, problem("spec", "%v", err)
	}
	j, err := w.begin(q.Run, "compress")
	if err != nil {
		return result{}, err
	}
	m, err := j.original(ctx)
	if err != nil {
		w.drop(j)
		return result{}, err
	}
	return result{body: protocol.Run{Run: q.Run}, then: func() {
		j.do(func(ctx context.Context) (store.Change, error) { return j.compress(ctx, m, q.Pipeline) })
	}}, nil
}

// original is the model that a run's variants are made of, with the run's record.
func (j *job) original(ctx context.Context) (*model.Model, error) {
	rec, err := j.w.store.Run(ctx, j.id)
	if err != nil && j.id == builtinRun {
		j.w.mu.Lock()
		b := j.w.builtin
		j.w.mu.Unlock()
		if b == nil {
			return nil, err
		}
		rec = store.Run{
			Spec: b.opened.Spec, Original: b.model.SHA256(),
			Summary: protocol.RunSummary{Run: builtinRun, Source: b.opened.Spec.Data.Source, State: "done"},
		}
		err = nil
	}
	if err != nil {
		return nil, err
	}
	if rec.Summary.State != "done" {
		return nil, problem("busy", "the run %s has no finished model yet", j.id)
	}
	j.prepared(rec, readLog(nil))
	return j.w.model(ctx, j.id)
}

func (j *job) compress(ctx context.Context, m *model.Model, pipeline string) (change store.Change, err error) {
	enc, err := j.w.testFor(ctx, m, j.sink)
	if err != nil {
		return change, err
	}
	if err := j.measure(ctx, m, enc); err != nil {
		return change, err
	}
	small, v, err := run.Compress(ctx, m, enc, pipeline, j.env(), j.sink)
	if err != nil {
		return change, err
	}
	v.ID = j.id + "/" + v.ID
	told := v
	told.Flips = nil // the page asks for them: they may be a megabyte
	j.mu.Lock()
	j.last = spec.Compressed{Variant: told}
	j.mu.Unlock()
	return store.Change{Models: map[string][]byte{v.ID: small.Bytes()}, Variants: []spec.Variant{v}}, nil
}

// measure fills in what an imported model came without: its accuracy here.
func (j *job) measure(ctx context.Context, m *model.Model, enc *data.Encoded) error {
	variants, err := j.w.store.Variants(ctx, j.rec)
	if err != nil || len(variants) == 0 || variants[0].Test.Texts > 0 {
		return err
	}
	v, err := run.Measure(ctx, m, enc, j.env())
	if err != nil {
		return err
	}
	v.ID = variants[0].ID
	j.note(spec.Done{Test: v.Test})
	if err := j.keep(ctx, store.Change{Variants: []spec.Variant{v}}); err != nil {
		return err
	}
	j.more = append(j.more, spec.Compressed{Variant: v})
	return nil
}
