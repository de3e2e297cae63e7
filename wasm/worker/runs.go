package main

import (
	"cmp"
	"context"
	"errors"

	"github.com/clove-ml/clove/engine/export"
	"github.com/clove-ml/clove/wasm/protocol"
	"github.com/clove-ml/clove/wasm/store"
)

func (w *worker) listRuns(ctx context.Context, _ struct{}) (result, error) {
	list, err := w.list(ctx)
	return result{body: list}, err
}

func (w *worker) open(ctx context.Context, q protocol.Run) (result, error) {
	o, err := w.opened(ctx, q.Run)
	return result{body: o}, err
}

// opened is a saved run whole, or the one in progress as it stands.
func (w *worker) opened(ctx context.Context, id string) (protocol.Opened, error) {
	if o, ok := w.running(id); ok {
		return o, nil
	}
	if id == builtinRun {
		o, err := w.builtinNow(ctx)
		if err == nil && o == nil {
			err = problem("not_found", "this site has no built-in model")
		}
		if err != nil {
			return protocol.Opened{}, err
		}
		return *o, nil
	}
	if g := w.visiting(id); g != nil {
		return g.opened, nil
	}
	r, err := w.store.Run(ctx, id)
	if err != nil {
		return protocol.Opened{}, err
	}
	r = w.owned(r, w.m.Held())
	w.mu.Lock()
	w.watched[id] = true
	w.mu.Unlock()
	if r.Summary.Owner == "elsewhere" {
		if o, ok := w.askOwner(ctx, id); ok {
			o.Summary.Owner = "elsewhere"
			return o, nil
		}
	}
	o := protocol.Opened{Summary: r.Summary, Spec: r.Spec, Facts: r.Facts, From: r.From}
	if o.Events, err = w.store.Events(ctx, id); err != nil {
		return o, err
	}
	if o.Variants, err = w.store.Variants(ctx, r); err != nil {
		return o, err
	}
	w.mu.Lock()
	_, here := w.files[r.Spec.Data.SHA256]
	w.mu.Unlock()
	o.NeedFile = r.NeedFile && !here
	return o, nil
}

func (w *worker) remove(ctx context.Context, q protocol.Run) (result, error) {
	if w.visiting(q.Run) != nil {
		w.mu.Lock()
		w.guest = nil
		w.mu.Unlock()
		w.forget(q.Run)
		return result{then: w.changed}, nil
	}
	w.deleting.Lock()
	defer w.deleting.Unlock()
	w.mu.Lock()
	j := w.job
	w.mu.Unlock()
	if j != nil && j.id == q.Run {
		j.cancel()
		<-j.over
	}
	release, ok := w.m.Lock(lockName(q.Run))
	if !ok {
		return result{}, &protocol.Problem{Code: "owned", Message: "another tab is at work on this run", Args: []string{q.Run}}
	}
	defer release()
	if err := w.store.Delete(ctx, q.Run); err != nil {
		return result{}, err
	}
	w.forget(q.Run)
	return result{then: w.changed}, nil
}

func (w *worker) restore(ctx context.Context, q protocol.Run) (result, error) {
	w.deleting.Lock() // an undo may come before the deletion is done
	defer w.deleting.Unlock()
	if err := w.store.Undelete(ctx, q.Run); err != nil {
		return result{}, err
	}
	return result{then: w.changed}, nil
}

func (w *worker) download(ctx context.Context, q protocol.Download) (result, error) {
	format, err := export.Of(cmp.Or(q.Format, "clove"))
	if err != nil {
		return result{}, err
	}
	id := runOf(q.Model)
	r, err := w.store.Run(ctx, id)
	w.mu.Lock()
	b := w.builtin
	w.mu.Unlock()
	if errors.Is(err, store.ErrNotFound) && id == builtinRun && b != nil {
		r, err = store.Run{Spec: b.opened.Spec}, nil
	}
	if g := w.visiting(id); g != nil {
		r, err = store.Run{Spec: g.opened.Spec}, nil
	}
	if err != nil {
		return result{}, err
	}
	m, err := w.model(ctx, q.Model)
	if err != nil {
		return result{}, err
	}
	return result{body: protocol.File{Name: fileName(r, m.Config.Pipeline) + format.Suffix}, data: format.Bytes(m)}, nil
}

func (w *worker) flips(ctx context.Context, q protocol.Flips) (result, error) {
	list, err := w.store.Flips(ctx, q.Model)
	if errors.Is(err, store.ErrNotFound) && runOf(q.Model) == builtinRun {
		list, err = w.builtinFlips(q.Model), nil
	}
	return result{body: protocol.FlipsPage{Model: q.Model, Flips: list}}, err
}
