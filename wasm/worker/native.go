package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

// native has the server's engine run the same Spec. Data that it lacks is sent only
// with q.SendData, which a person pressed.
func (w *worker) native(ctx context.Context, q protocol.Native) (result, error) {
	s := q.Spec
	s.Data.Path = ""
	if err := s.Validate(); err != nil {
		return result{}, err
	}
	key := s.DataID()
	w.mu.Lock()
	sum := w.sent[key]
	w.mu.Unlock()
	id, err := w.nativeBegin(ctx, s, sum)
	if errors.Is(err, errNeedsData) {
		enc, terr := w.texts(ctx, s, w.tellReading())
		if terr != nil {
			return result{}, terr
		}
		body, terr := enc.MarshalBinary()
		if terr != nil {
			return result{}, terr
		}
		if !q.SendData {
			return result{body: protocol.NativeStarted{NeedsData: true, Bytes: int64(len(body))}}, nil
		}
		if sum, err = w.sendData(ctx, body); err != nil {
			return result{}, err
		}
		w.mu.Lock()
		w.sent[key] = sum
		w.mu.Unlock()
		id, err = w.nativeBegin(ctx, s, sum)
	}
	if err != nil {
		return result{}, err
	}
	listen, stop := context.WithCancel(context.Background())
	w.mu.Lock()
	w.natives[id] = func() {
		// The stream ends by itself once the server has cancelled the run.
		go func() {
			if r, err := w.m.Fetch(listen, "POST", "api/runs/"+id+"/cancel", "", nil); err == nil {
				r.Body.Close()
			} else {
				stop()
			}
		}()
	}
	w.mu.Unlock()
	return result{body: protocol.NativeStarted{Run: id}, then: func() {
		defer stop()
		w.listen(listen, id)
	}}, nil
}

var errNeedsData = errors.New("the server lacks the data")

// nativeBegin starts the run and gives its id.
func (w *worker) nativeBegin(ctx context.Context, s spec.Spec, sum string) (string, error) {
	url := "api/runs"
	if sum != "" {
		url += "?data=" + sum
	}
	r, err := w.m.Fetch(ctx, "POST", url, "application/json", s.JSON())
	if err != nil {
		return "", problem("no_server", "the server does not answer: %v", err)
	}
	defer r.Body.Close()
	if r.Status == 409 {
		return "", errNeedsData
	}
	if r.Status != 200 {
		return "", serverProblem(r)
	}
	var started struct {
		Run string `json:"run"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&started); err != nil || started.Run == "" {
		return "", problem("no_server", "the server's answer can't be read; perhaps it is no Clove")
	}
	return started.Run, nil
}

// sendData puts encoded texts on the server, unless they are there, and gives their name.
func (w *worker) sendData(ctx context.Context, body []byte) (string, error) {
	h := sha256.Sum256(body)
	sum := hex.EncodeToString(h[:])
	r, err := w.m.Fetch(ctx, "HEAD", "api/data/"+sum, "", nil)
	if err == nil {
		r.Body.Close()
		if r.Status/100 == 2 {
			return sum, nil
		}
	}
	r, err = w.m.Fetch(ctx, "PUT", "api/data/"+sum, "application/octet-stream", body)
	if err != nil {
		return "", problem("no_server", "sending the data: %v", err)
	}
	defer r.Body.Close()
	if r.Status/100 != 2 {
		return "", serverProblem(r)
	}
	return sum, nil
}

// serverProblem is what the server says is wrong.
func serverProblem(r *Response) *protocol.Problem {
	var p protocol.Problem
	if json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&p) != nil || p.Code == "" {
		return problem("no_server", "the server answered %d", r.Status)
	}
	return &p
}

// listen pushes the events of a run on the server until it ends. A stream that
// breaks off, or a server that is gone, is a failed run and no silence.
func (w *worker) listen(ctx context.Context, id string) {
	ended := false
	push := func(e spec.Event, line []byte) {
		switch e := e.(type) {
		case spec.Done, spec.Failed:
			ended = true
		case spec.Compressed:
			e.Variant.Flips = nil // they may be a megabyte, and are the server's own
			line = spec.Encode(e)
		}
		w.push(protocol.KindNativeEvent, protocol.NativeEvent{Run: id, Event: line})
	}
	err := func() error {
		r, err := w.m.Fetch(ctx, "GET", "api/runs/"+id+"/events", "", nil)
		if err != nil {
			return err
		}
		defer r.Body.Close()
		if r.Status != 200 {
			return serverProblem(r)
		}
		return readStream(r.Body, func(line []byte) error {
			e, err := spec.Decode(line)
			if err != nil {
				return err
			}
			push(e, line)
			return nil
		})
	}()
	w.mu.Lock()
	delete(w.natives, id)
	w.mu.Unlock()
	if !ended {
		message := "the connection to the server broke off"
		if err != nil {
			message += ": " + err.Error()
		}
		f := spec.Failed{Code: "no_server", Message: message}
		push(f, spec.Encode(f))
	}
}

// readStream reads Server-Sent Events and gives the data of each.
// https://html.spec.whatwg.org/multipage/server-sent-events.html, of which we need
// data lines, comments and the blank line that ends an event.
func readStream(r io.Reader, each func(data []byte) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	var data []byte
	for lines.Scan() {
		line := bytes.TrimSuffix(lines.Bytes(), []byte("\r"))
		if len(line) == 0 {
			if data != nil {
				if err := each(data); err != nil {
					return err
				}
			}
			data = nil
			continue
		}
		if value, ok := bytes.CutPrefix(line, []byte("data:")); ok {
			if data != nil {
				data = append(data, '\n')
			}
			data = append(data, bytes.TrimPrefix(value, []byte(" "))...)
		}
	}
	return lines.Err()
}
