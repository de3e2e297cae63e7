package main

import (
	"context"

	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

// other has the Spec of a run that has ended trained once more, on the other device: the
// page draws both curves over time, and is told how far the two models answer alike.
func (w *worker) other(ctx context.Context, q protocol.Other) (result, error) {
	rec, err := w.store.Run(ctx, q.Run)
	if err != nil {
		return result{}, err
	}
	j, err := w.begin(protocol.MeasureRun, "bench")
	if err != nil {
		return result{}, err
	}
	s := rec.Spec
	s.Compress = ""
	return result{body: protocol.Run{Run: protocol.MeasureRun}, then: func() {
		told := protocol.OtherEvent{Run: q.Run}
		agreement, err := j.other(q, s, rec.From)
		w.drop(j)
		if told.Agreement = agreement; err != nil {
			told.Problem = problemOf(err)
		}
		w.push(protocol.KindOtherEvent, told)
	}}, nil
}

func (j *job) other(q protocol.Other, s spec.Spec, from string) (_ *spec.Agreement, err error) {
	defer crashed(&err)
	w := j.w
	here, err := w.model(j.ctx, q.Run)
	if err != nil {
		return nil, err
	}
	env := j.env()
	if env.Encoded, err = w.texts(j.ctx, s, func(spec.Event) {}); err != nil {
		return nil, err
	}
	if from != "" {
		if env.Initial, err = w.model(j.ctx, from); err != nil {
			return nil, err
		}
	}
	env.Card = j.card(q.Device)
	res, err := run.Run(j.ctx, s, env, func(e spec.Event) {
		w.push(protocol.KindOtherEvent, protocol.OtherEvent{Run: q.Run, Event: spec.Encode(e)})
	})
	if err != nil {
		return nil, err
	}
	env.Control = nil // which was the run's
	agreement, err := run.Agree(j.ctx, here, res.Model, env.Encoded, env)
	return &agreement, err
}
