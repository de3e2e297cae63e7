package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/train"
	"github.com/clove-ml/clove/wasm/protocol"
	"github.com/clove-ml/clove/wasm/store"
)

// Between the checkpoints of the engine, at each epoch and pause, one is kept
// every so often, so that a killed tab costs little of a long epoch.
const keepEvery = 20 * time.Second

// The sentence is scored by the model in training at each evaluation, and else
// about this often.
const scoreEvery = 500 * time.Millisecond

func (w *worker) train(ctx context.Context, q protocol.Train) (result, error) {
	id := q.Run
	if id == "" {
		if err := q.Spec.Validate(); err != nil {
			return result{}, err
		}
		id = newID()
	}
	j, err := w.begin(id, "train")
	if err != nil {
		return result{}, err
	}
	work, err := j.prepare(ctx, q)
	if err != nil {
		w.drop(j)
		return result{}, err
	}
	return result{body: protocol.Run{Run: id}, then: func() { j.do(work) }}, nil
}

// card is the way to the card where that is asked for.
func (j *job) card(asked string) *run.Card {
	if asked != spec.OnGPU && asked != spec.OnAuto {
		return nil
	}
	return &run.Card{Asked: asked, Open: j.w.m.Card}
}

// prepare makes the job of a new run, or of one that goes on.
func (j *job) prepare(ctx context.Context, q protocol.Train) (func(context.Context) (store.Change, error), error) {
	w := j.w
	env := j.env()
	var rec store.Run
	var lines []json.RawMessage
	if q.Run == "" {
		q.Spec.Data.Path = ""
		rec = store.Run{Spec: q.Spec, From: q.From, Summary: protocol.RunSummary{
			Run: j.id, Source: q.Spec.Data.Source, Created: w.m.Now().Unix(), Epochs: q.Spec.Train.Epochs,
		}}
		w.mu.Lock()
		rec.File = w.files[q.Spec.Data.SHA256].name
		w.mu.Unlock()
		rec.Summary.Name = describeRun(rec)
	} else {
		var err error
		if rec, err = w.store.Run(ctx, q.Run); err != nil {
			return nil, err
		}
		if rec.Summary.State == "done" {
			return nil, problem("internal", "the run %s has ended; its model can be trained on as a new run", q.Run)
		}
		switch env.Resume, err = w.store.Checkpoint(ctx, q.Run); {
		case errors.Is(err, store.ErrNotFound): // killed before the first: it begins anew
			rec.Summary.Epoch, rec.Summary.Step = 0, 0
		case err != nil:
			return nil, err
		default:
			if lines, err = w.store.Events(ctx, q.Run); err != nil {
				return nil, err
			}
		}
		if rec.NeedFile && w.cachedTexts(rec.Spec.DataID()) == nil {
			if _, _, err := w.source(ctx, rec.Spec); err != nil {
				return nil, err
			}
		}
	}
	rec.Summary.State = "training"
	j.prepared(rec, readLog(lines))
	if j.rec.From != "" && env.Resume == nil {
		m, err := w.model(ctx, j.rec.From)
		if err != nil {
			return nil, err
		}
		env.Initial = m
	}
	env.Card = j.card(q.Device)
	env.Save = j.save
	env.Live = j.live
	return func(ctx context.Context) (store.Change, error) { return j.train(ctx, env) }, nil
}

func (j *job) train(ctx context.Context, env run.Env) (change store.Change, err error) {
	j.team.Start() // while the texts are read
	enc, err := j.w.texts(ctx, j.rec.Spec, j.sink)
	if err != nil {
		return change, err
	}
	keeping := context.WithoutCancel(ctx) // a run cancelled now is kept all the same
	if err := j.w.keepData(keeping, &j.rec, enc); err != nil {
		j.w.notice(problemOf(err).Code, err.Error())
	}
	// Kept before the first step: a tab that is killed leaves a run that can be begun anew.
	j.rec.Facts = run.Facts(enc, j.rec.Spec)
	if err := j.keep(keeping, store.Change{}); err != nil {
		return change, err
	}
	j.kept = j.w.m.Now()
	env.Encoded = enc
	res, err := run.Run(ctx, j.rec.Spec, env, j.timed(enc))
	if err != nil {
		return change, err
	}
	j.w.know(res.Model, res.Answers)
	change = store.Change{Done: true, Models: map[string][]byte{}}
	for i, m := range []*model.Model{res.Model, res.Compressed} {
		if m == nil {
			continue
		}
		v := res.Variants[i]
		v.ID = j.id + "/" + v.ID
		change.Models[v.ID] = m.Bytes()
		change.Variants = append(change.Variants, v)
	}
	j.mu.Lock()
	j.rec.Summary.FileBytes = res.Variants[0].FileBytes
	j.mu.Unlock()
	return change, nil
}

// save is run.Env.Save: the checkpoint, the best model so far and the events, at once.
func (j *job) save(ctx context.Context, c run.Checkpoint) error {
	j.kept = j.w.m.Now()
	j.mu.Lock()
	j.rec.Summary.Step, j.rec.Summary.Epoch = c.Step, c.Epoch
	if c.Why == "stop" {
		j.rec.Summary.State = "stopped"
	}
	j.mu.Unlock()
	return j.keep(ctx, store.Change{Checkpoint: c.Bytes, Models: map[string][]byte{j.id: c.Model.Bytes()}})
}

// live is run.Env.Live: it has the trainer between two steps.
func (j *job) live(t *train.Trainer) {
	now := j.w.m.Now()
	if now.Sub(j.kept) >= keepEvery {
		j.checkpoint(t)
	}
	if j.evaluated || now.Sub(j.scored) >= scoreEvery {
		j.evaluated = false
		j.w.scoreLive(t)
		j.scored = j.w.m.Now()
	}
}

// checkpoint keeps one in the midst of an epoch.
func (j *job) checkpoint(t *train.Trainer) {
	b, err := t.Checkpoint()
	if err == nil {
		err = j.save(context.Background(), run.Checkpoint{Step: t.Taken(), Epoch: t.Closed(), Why: "time", Bytes: b, Model: t.Best()})
	}
	if err != nil {
		j.kept = j.w.m.Now() // not again at once
		j.sink(spec.Notice{Code: problemOf(err).Code, Message: err.Error(), Step: t.Taken()})
		return
	}
	j.sink(spec.Saved{Step: t.Taken(), Epoch: t.Closed(), Bytes: len(b), Why: "time"})
}
