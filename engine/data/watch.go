package data

import (
	"context"

	"github.com/clove-ml/clove/engine/run/spec"
)

// tickBytes of text or file are a few milliseconds of work, in a browser too.
const tickBytes = 64 << 10

// watch calls a reading's hooks and ends it with its context.
type watch struct {
	ctx   context.Context
	hooks Hooks
	state spec.Reading
	since int // bytes of work since the last tick
}

// each reads src to its end and says so.
func (w *watch) each(src Source, add func(Row) error) (Report, error) {
	metered, ok := src.(Metered)
	yield := func(r Row) error {
		w.state.Rows++
		n := len(r.Text) + len(r.Label)
		if !ok {
			w.state.Bytes += int64(n)
		}
		if err := add(r); err != nil {
			return err
		}
		return w.work(n)
	}
	var report Report
	var err error
	if ok {
		report, err = metered.EachMetered(w.ctx, func(done, total int64) {
			w.state.Bytes, w.state.Total = done, total
			w.tick()
		}, yield)
	} else {
		report, err = src.Each(w.ctx, yield)
	}
	if err == nil && w.state.Rows == 0 {
		err = &Error{Code: CodeEmpty, Message: "there is no text in it"}
	}
	if err == nil && w.hooks.Progress != nil {
		w.hooks.Progress(w.state)
	}
	return report, err
}

// work counts bytes gone through; every tickBytes the hooks get their turn.
func (w *watch) work(bytes int) error {
	if w.since += bytes; w.since < tickBytes {
		return nil
	}
	w.tick()
	return w.ctx.Err()
}

func (w *watch) tick() {
	w.since = 0
	if w.hooks.Progress != nil {
		w.hooks.Progress(w.state)
	}
	if w.hooks.Yield != nil {
		w.hooks.Yield()
	}
}
