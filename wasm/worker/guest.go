package main

import (
	"context"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/link"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

// guest is a model that came in a link: in memory alone, until the person keeps it.
type guest struct {
	file   []byte
	model  *model.Model
	opened protocol.Opened
}

// visiting is the guest, where that id is the run's or its model's; nil where not.
func (w *worker) visiting(id string) *guest {
	if runOf(id) != protocol.GuestRun {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.guest
}

// invite reads a model that came in a link, and tries it before it is let in.
func (w *worker) invite(_ context.Context, q protocol.Guest) (result, error) {
	if len(q.File) > link.MaxModel {
		return result{}, problem("model_corrupt", "a link carries no model of %d bytes", len(q.File))
	}
	m, err := model.ReadGuest(q.File)
	if err != nil {
		return result{}, err
	}
	rec, v := w.recordOf(protocol.GuestRun, "", q.File, m)
	rec.Summary.Variants = 1
	if _, err := w.newReader(v.ID, m); err != nil {
		return result{}, err
	}
	w.forget(protocol.GuestRun)
	o := protocol.Opened{Summary: rec.Summary, Spec: rec.Spec, Facts: rec.Facts, Variants: []spec.Variant{v}}
	w.mu.Lock()
	w.guest = &guest{q.File, m, o}
	w.mu.Unlock()
	return result{body: o}, nil
}

// keepGuest makes a run of the guest.
func (w *worker) keepGuest(ctx context.Context, _ struct{}) (result, error) {
	g := w.visiting(protocol.GuestRun)
	if g == nil {
		return result{}, problem("not_found", "no model came in a link")
	}
	kept, err := w.keepModel(ctx, "", g.file, g.model)
	if err != nil {
		return result{}, err
	}
	w.mu.Lock()
	w.guest = nil
	w.mu.Unlock()
	w.forget(protocol.GuestRun)
	return kept, nil
}

// share gives a model as a link carries it.
func (w *worker) share(ctx context.Context, q protocol.Model) (result, error) {
	b, err := w.modelFile(ctx, q.Model)
	if err != nil {
		return result{}, err
	}
	if len(b) > link.MaxModel {
		return result{}, problem("model_shape", "%d bytes are more than a link carries", len(b))
	}
	return result{body: protocol.Shared{Model: q.Model, Text: link.Fragment(b)}}, nil
}
