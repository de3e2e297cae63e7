package main

import (
	"context"
	"errors"
	"slices"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

// sensitivityFact is under which the store has the pictures that were measured last.
const sensitivityFact = "sensitivity"

// keptPictures bounds them: one is some kilobytes.
const keptPictures = 12

// picture is a sensitivity that was measured whole.
type picture struct {
	Model string           `json:"model"` // SHA-256 of its weights
	Data  string           `json:"data"`  // key of the texts
	Steps []string         `json:"steps"`
	Found spec.Sensitivity `json:"found"`
}

func (p picture) of(q picture) bool {
	return p.Model == q.Model && p.Data == q.Data && slices.Equal(p.Steps, q.Steps)
}

func (w *worker) sensitivity(ctx context.Context, q protocol.Sensitivity) (result, error) {
	m, err := w.model(ctx, q.Run)
	if err != nil {
		return result{}, err
	}
	if q.Steps == nil {
		q.Steps = spec.Sensitive(m.Config.Model)
	}
	want := picture{Model: m.SHA256(), Data: m.Config.Spec.DataID(), Steps: q.Steps}
	var all []picture
	if _, err := w.store.Found(ctx, sensitivityFact, &all); err != nil {
		return result{}, err
	}
	told := protocol.Sensed{Run: q.Run, Over: true}
	if i := slices.IndexFunc(all, want.of); i >= 0 {
		told.Found = &all[i].Found
		return result{body: told}, nil
	}
	if !q.Measure {
		return w.forecast(m, told, q.Steps)
	}
	j, err := w.begin(protocol.MeasureRun, "bench")
	if err != nil {
		return result{}, err
	}
	told.Over = false
	return result{body: told, then: func() {
		told.Found, err = j.sense(m, q)
		if err == nil {
			want.Found = *told.Found
			all = append([]picture{want}, all...)
			err = w.store.KeepFound(context.WithoutCancel(j.ctx), sensitivityFact, all[:min(len(all), keptPictures)])
		}
		w.drop(j)
		if told.Over = true; err != nil {
			told.Problem = problemOf(err)
		}
		w.push(protocol.KindSensed, told)
	}}, nil
}

// sense measures, and pushes what is known as it goes.
func (j *job) sense(m *model.Model, q protocol.Sensitivity) (sofar *spec.Sensitivity, err error) {
	defer crashed(&err)
	enc, err := j.w.testFor(j.ctx, m, func(spec.Event) {})
	if err != nil {
		return nil, err
	}
	s, err := run.Sensitivity(j.ctx, m, enc, q.Steps, j.env(), func(s spec.Sensitivity) {
		sofar = &s
		j.w.push(protocol.KindSensed, protocol.Sensed{Run: q.Run, Found: &s})
	})
	if err != nil {
		return sofar, err
	}
	return &s, nil
}

// forecast tells how long the measuring takes, where that can be known without bringing
// texts from the server first, and nothing else is at work.
func (w *worker) forecast(m *model.Model, told protocol.Sensed, steps []string) (result, error) {
	err := w.aside(m, func(j *job, enc *data.Encoded) (err error) {
		told.Seconds, told.Cells, err = run.Forecast(j.ctx, m, enc, steps, j.env())
		return err
	})
	return result{body: told}, err
}

// aside does something with a model's texts that gives way to all that a person wants, and
// is left undone while something is at work or the texts would have to come from the server.
func (w *worker) aside(m *model.Model, do func(*job, *data.Encoded) error) error {
	s := m.Config.Spec
	if served(s.Data.Source) && w.cachedTexts(s.DataID()) == nil {
		return nil
	}
	j, err := w.begin(protocol.MeasureRun, "probe")
	for err != nil { // another of this kind is waited for
		w.mu.Lock()
		other := w.job
		w.mu.Unlock()
		if other != nil && other.kind != "probe" {
			return nil
		}
		if other != nil {
			<-other.over
		}
		j, err = w.begin(protocol.MeasureRun, "probe")
	}
	defer w.drop(j)
	enc, err := w.testFor(j.ctx, m, func(spec.Event) {})
	if err == nil {
		err = do(j, enc)
	}
	if errors.Is(context.Cause(j.ctx), run.ErrCancelled) {
		return nil // it gave way
	}
	return err
}
