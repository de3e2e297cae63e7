package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
	"github.com/clove-ml/clove/wasm/store"
)

// dropped is a file that the person gave. It is read again when other settings want it.
type dropped struct {
	file File
	name string
}

// cached is the data read last: describing it, training on it and compressing
// follow one another, and each would read it anew. Only one is held at a time.
type cached struct {
	key string
	enc *data.Encoded
}

// texts are the data of a Spec: those read last, those kept with a run, or read from where they come from.
func (w *worker) texts(ctx context.Context, s spec.Spec, sink func(spec.Event)) (*data.Encoded, error) {
	end, err := w.reading.begin(ctx, sink)
	if err != nil {
		return nil, err
	}
	defer end()
	sink = w.reading.heard(sink)
	key := s.DataID()
	if enc := w.cachedTexts(key); enc != nil {
		return enc, nil
	}
	// The one before is let go of first: two big ones might not fit.
	w.keepTexts("", nil)
	if b, err := w.store.Data(ctx, key); err == nil {
		if enc, err := data.UnmarshalEncoded(b); err == nil {
			w.keepTexts(key, enc)
			return enc, nil
		}
		// What is damaged is read anew from where it came from.
	}
	var enc *data.Encoded
	if served(s.Data.Source) {
		enc, err = w.fetchEncoded(ctx, s, sink)
	} else {
		enc, _, err = run.Describe(ctx, s, run.Env{Open: w.source, Now: w.m.Now, Yield: w.m.Yield}, sink)
	}
	if err != nil {
		return nil, err
	}
	w.keepTexts(key, enc)
	return enc, nil
}

func (w *worker) cachedTexts(key string) *data.Encoded {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cache.key == key {
		return w.cache.enc
	}
	return nil
}

func (w *worker) keepTexts(key string, enc *data.Encoded) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cache = cached{key, enc}
}

// source is a run.Env.Open: a dropped file by its hash, else what is built in.
func (w *worker) source(ctx context.Context, s spec.Spec) (data.Source, data.Builtin, error) {
	if s.Data.Source != "file" {
		if served(s.Data.Source) {
			return nil, data.Builtin{}, problem("need_file", "the data %q is on its server alone: drop its file or archive on the page", s.Data.Source)
		}
		return run.Sources{Fetch: w.fetchSet}.Open(ctx, s)
	}
	w.mu.Lock()
	f, ok := w.files[s.Data.SHA256]
	w.mu.Unlock()
	if !ok {
		return nil, data.Builtin{}, problem("need_file", "its texts are not kept here: give the same file again")
	}
	src, err := openFile(f.name, f.file, s)
	return src, data.Builtin{Name: "file", Origin: f.name}, err
}

// opens is a run.Env.Open of a file at hand.
func opens(src data.Source, name string) func(context.Context, spec.Spec) (data.Source, data.Builtin, error) {
	return func(context.Context, spec.Spec) (data.Source, data.Builtin, error) {
		return src, data.Builtin{Name: "file", Origin: name}, nil
	}
}

func openFile(name string, f File, s spec.Spec) (data.Source, error) {
	return data.OpenReader(name, func() (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(f, 0, f.Size())), nil
	}, data.ReadOptions{TextColumn: s.Data.TextColumn, LabelColumn: s.Data.LabelColumn, Size: f.Size()})
}

// fetchSet opens a packed set of the site.
func (w *worker) fetchSet(ctx context.Context, name string) (io.ReadCloser, error) {
	r, err := w.m.Fetch(ctx, "GET", w.m.Asset(name), "", nil)
	if err != nil {
		return nil, problem("no_server", "fetching %s: %v", name, err)
	}
	if r.Status != 200 {
		r.Body.Close()
		return nil, problem("no_server", "fetching %s: the server answered %d", name, r.Status)
	}
	return r.Body, nil
}

func (w *worker) describe(ctx context.Context, q protocol.Describe) (result, error) {
	if err := q.Spec.Validate(); err != nil {
		return result{}, err
	}
	// Of settings that change as they are typed only the last are wanted.
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	w.mu.Lock()
	before := w.settle
	w.settle = stop
	w.mu.Unlock()
	if before != nil {
		before(problem("cancelled", "other settings are asked about"))
	}
	enc, err := w.texts(ctx, q.Spec, w.tellReading())
	switch {
	case err != nil && ctx.Err() != nil: // not what became of a fetch that was ended
		return result{}, context.Cause(ctx)
	case err != nil:
		return result{}, err
	}
	return result{
		body: protocol.Described{Spec: q.Spec, Facts: run.Facts(enc, q.Spec)},
		then: func() { w.estimate(enc, q.Spec) },
	}, nil
}

// tellReading is a sink that tells the page how far the reading of a file is.
func (w *worker) tellReading() func(spec.Event) {
	tell := w.paced(func(r spec.Reading) { w.push(protocol.KindReading, r) })
	return func(e spec.Event) {
		if r, ok := e.(spec.Reading); ok {
			tell(r)
		}
	}
}

// paced calls tell at most ten times a second.
func (w *worker) paced(tell func(spec.Reading)) func(spec.Reading) {
	var last time.Time
	return func(r spec.Reading) {
		if now := w.m.Now(); now.Sub(last) >= 100*time.Millisecond {
			last = now
			tell(r)
		}
	}
}

// testFor is what measures m and fine-tunes it: the data of its Spec where its
// vocabulary is the model's own, as it is for a model that was trained here, else the
// same texts in the same parts, read with the model's vocabulary.
func (w *worker) testFor(ctx context.Context, m *model.Model, sink func(spec.Event)) (*data.Encoded, error) {
	s := m.Config.Spec
	own := s.DataID() + " for " + m.SHA256()
	if enc := w.cachedTexts(own); enc != nil {
		return enc, nil
	}
	enc, err := w.texts(ctx, s, sink)
	if err != nil {
		return nil, err
	}
	theirs, err := enc.Vocab.MarshalText()
	if err != nil {
		return nil, err
	}
	ours, err := m.Vocab.MarshalText()
	if err != nil {
		return nil, err
	}
	if slices.Equal(enc.Labels, m.Config.Labels) && bytes.Equal(theirs, ours) {
		return enc, nil
	}
	end, err := w.reading.begin(ctx, sink)
	if err != nil {
		return nil, err
	}
	defer end()
	sink = w.reading.heard(sink)
	w.keepTexts("", nil)
	src, about, err := w.source(ctx, s)
	if err != nil {
		return nil, err
	}
	with := data.With{Vocab: m.Vocab, Labels: m.Config.Labels, Tokenizer: m.Config.Tokenizer, Label: s.Data.Label}
	hooks := data.Hooks{Yield: w.m.Yield, Progress: w.paced(func(r spec.Reading) { sink(r) })}
	if enc, err = data.EncodeFor(ctx, src, s.Data, with, hooks); err != nil {
		return nil, err
	}
	enc.Facts.Synthetic, enc.Facts.Origin, enc.Facts.Terms = about.Synthetic, about.Origin, about.Terms
	w.keepTexts(own, enc)
	return enc, nil
}

// keepData keeps the encoded texts with a run, unless they are too many.
func (w *worker) keepData(ctx context.Context, r *store.Run, enc *data.Encoded) error {
	key := r.Spec.DataID()
	have, err := w.store.HasData(ctx, key)
	if err != nil || have && r.Data == key {
		return err
	}
	b, err := enc.MarshalBinary()
	if err != nil {
		return fmt.Errorf("encoding the texts: %w", err)
	}
	_, err = w.store.SaveData(ctx, r, key, b)
	if r.Spec.Data.Source != "file" {
		r.NeedFile = false // it is read again from where it came from
	}
	return err
}
