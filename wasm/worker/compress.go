package main

import (
	"context"

	"github.com/clove-ml/clove/engine/compress"
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
		j.do(func(ctx context.Context) (store.Change, error) {
			w.remember(compressingFact, q)
			defer w.remember(compressingFact, protocol.Compress{})
			return j.compress(ctx, m, q.Pipeline)
		})
	}}, nil
}

// compressingFact is the compression under way: where a tab ends before it does, the next
// page says so.
const compressingFact = "compressing"

// cutOff is a compression that ended with its tab, told once; nil where there is none. A
// tab that is reloaded may still hold its lock: then it is told once that is free.
func (w *worker) cutOff(ctx context.Context) (*protocol.Compress, error) {
	var q protocol.Compress
	ok, err := w.store.Found(ctx, compressingFact, &q)
	if !ok || err != nil || q.Run == "" {
		return nil, err
	}
	w.mu.Lock()
	ours := w.job != nil && w.job.id == q.Run
	w.mu.Unlock()
	if ours {
		return nil, nil
	}
	if lock := lockName(q.Run); w.m.Held()[lock] {
		w.m.Freed(lock, func() {
			if q, err := w.cutOff(context.Background()); err == nil && q != nil {
				w.push(protocol.KindCutOff, q)
			}
		})
		return nil, nil
	}
	return &q, w.store.KeepFound(ctx, compressingFact, protocol.Compress{})
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
	env := j.env()
	if env.Answers, err = j.measure(ctx, m, enc); err != nil {
		return change, err
	}
	small, v, err := run.Compress(ctx, m, enc, pipeline, env, j.sink)
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

// measured is what this tab found out about an original: kept so that the next
// variant of it need not ask it again.
type measured struct {
	sha     string // of its weights
	texts   string // key of the data that measured it
	answers *compress.Answers
}

// keptMeasured bounds them: the answers to 25,000 texts are 300 KB.
const keptMeasured = 4

func (w *worker) know(m *model.Model, a *compress.Answers) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.known = append([]measured{{m.SHA256(), m.Config.Spec.DataID(), a}}, w.known...)
	w.known = w.known[:min(len(w.known), keptMeasured)]
}

func (w *worker) answersOf(m *model.Model) *compress.Answers {
	sha, texts := m.SHA256(), m.Config.Spec.DataID()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, k := range w.known {
		if k.sha == sha && k.texts == texts {
			return k.answers
		}
	}
	return nil
}

// measure gives the original's answers on the test texts. Where this tab has not
// asked it yet, it may have been timed on another machine, or come without any
// figures, as an imported model does: it is measured here, so that its row is of
// the same machine as that of the variant beside it. It is told with the variant.
func (j *job) measure(ctx context.Context, m *model.Model, enc *data.Encoded) (*compress.Answers, error) {
	if a := j.w.answersOf(m); a != nil {
		variants, err := j.w.store.Variants(ctx, j.rec)
		for _, v := range variants {
			if v.ID == j.id+"/original" {
				j.more = append(j.more, spec.Compressed{Variant: v})
			}
		}
		return a, err
	}
	v, answers, err := run.Measure(ctx, m, enc, j.env())
	if err != nil {
		return nil, err
	}
	v.ID, v.Pipeline = j.id+"/original", m.Config.Pipeline
	j.mu.Lock()
	j.rec.Summary.Accuracy = v.Test.Accuracy
	j.mu.Unlock()
	if err := j.keep(ctx, store.Change{Variants: []spec.Variant{v}}); err != nil {
		return nil, err
	}
	j.more = append(j.more, spec.Compressed{Variant: v})
	j.w.know(m, answers)
	return answers, nil
}
