package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

// served says whether texts come from the server, which reads and encodes them as a
// run of its own would: what is neither built in nor the person's own file.
func served(source string) bool {
	if source == "file" {
		return false
	}
	for _, b := range data.Builtins() {
		if b.Name == source {
			return !b.Packed && !b.Synthetic
		}
	}
	return false
}

// maxServed bounds the texts that a server sends, as the server bounds them itself.
const maxServed = 256 << 20

// away is what a person reads where the texts can't be had.
func away(source, why string) *protocol.Problem {
	return &protocol.Problem{
		Code:    "data_away",
		Message: fmt.Sprintf("the data %q lies on no server that answers here (%s): start clove serve --data with its folder, or drop its archive on the page", source, why),
		Args:    []string{source},
	}
}

// fetchEncoded asks the server for the texts of a Spec. The answer begins with lines:
// how far its reading is, then how many bytes follow, or why none do.
func (w *worker) fetchEncoded(ctx context.Context, s spec.Spec, sink func(spec.Event)) (*data.Encoded, error) {
	r, err := w.m.Fetch(ctx, "POST", "api/encoded", "application/json", s.JSON())
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, away(s.Data.Source, err.Error())
	}
	defer r.Body.Close()
	switch r.Status {
	case 200:
	case 404, 405, 409: // an older server; one without the data
		return nil, away(s.Data.Source, fmt.Sprintf("the server answered %d", r.Status))
	default:
		return nil, serverProblem(r)
	}
	in := bufio.NewReaderSize(r.Body, 64<<10)
	rows := 0
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return nil, brokenOff(ctx, err)
		}
		var head struct {
			Event string `json:"event"`
			Bytes int64  `json:"bytes"`
		}
		if err := json.Unmarshal(line, &head); err != nil {
			return nil, problem("no_server", "the server's answer can't be read: %v", err)
		}
		if head.Event == "encoded" {
			return w.readEncoded(ctx, in, rows, head.Bytes, sink)
		}
		switch e, err := spec.Decode(line); e := e.(type) {
		case spec.Reading:
			rows = e.Rows
			sink(e)
		case spec.Failed:
			return nil, &protocol.Problem{Code: e.Code, Message: e.Message}
		default:
			return nil, problem("no_server", "the server's answer can't be read: %v", err)
		}
	}
}

// readEncoded reads the bytes themselves. They count as part of the reading, since
// over a slow line they are most of it.
func (w *worker) readEncoded(ctx context.Context, in io.Reader, rows int, size int64, sink func(spec.Event)) (*data.Encoded, error) {
	if size < 0 || size > maxServed {
		return nil, problem("no_server", "the server sends %d bytes of texts, more than fit", size)
	}
	tell := w.paced(func(r spec.Reading) { sink(r) })
	b := make([]byte, size)
	for at := 0; at < len(b); {
		n, err := in.Read(b[at:min(len(b), at+1<<20)])
		if at += n; err != nil && at < len(b) {
			return nil, brokenOff(ctx, err)
		}
		tell(spec.Reading{Rows: rows, Bytes: int64(at), Total: size})
		w.m.Yield()
	}
	enc, err := data.UnmarshalEncoded(b)
	if err != nil {
		return nil, fmt.Errorf("the texts that the server sent: %w", err)
	}
	return enc, nil
}

func brokenOff(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return problem("no_server", "the connection to the server broke off: %v", err)
}
