package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	engine "github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
)

// Encoding says how encoded texts come: lines of JSON, which tell how far the reading
// is (spec.Reading) and end with one of these, and then so many Bytes, which are the
// texts. Or they end with a spec.Failed, and nothing follows.
type Encoding struct {
	Event  string `json:"event"` // encoded
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // of those bytes, hex
}

// encodings are the texts that were encoded for pages: in the store like those that
// pages sent, and thrown out with them, the least lately used first. One is made at a
// time, since a big one takes a hundred megabytes.
type encodings struct {
	slot chan struct{}

	mu  sync.Mutex
	sum map[string]string // SHA-256 of the bytes, by Spec.DataID
}

// maxEncodings bounds the names that are remembered; the texts themselves are the store's.
const maxEncodings = 256

func newEncodings() *encodings {
	return &encodings{slot: make(chan struct{}, 1), sum: map[string]string{}}
}

func (e *encodings) find(id string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.sum[id]
}

func (e *encodings) remember(id, sum string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.sum) >= maxEncodings {
		clear(e.sum) // they are encoded again when they are asked for
	}
	e.sum[id] = sum
}

// encoded gives a page the texts of a Spec that lie here, exactly as a run here reads them.
func (s *Server) encoded(w http.ResponseWriter, r *http.Request) {
	sp, ok := readSpec(w, r)
	if !ok {
		return
	}
	if !slices.Contains(s.options.Engine.Data(), sp.Data.Source) {
		needsData(w)
		return
	}
	if !s.takeStream(w) {
		return
	}
	defer s.leaveStream()
	ctx, stop := context.WithTimeout(r.Context(), s.options.MaxReadTime)
	defer stop()
	defer context.AfterFunc(s.ending, stop)()

	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy between would hold the first lines back
	line := newLines(w)
	line.control.Flush() // who waits for another's reading knows that it is heard
	f, err := s.encode(ctx, sp, line)
	if err != nil {
		line.write(spec.Encode(spec.Failed{Code: codeOf(err), Message: err.Error()}))
		return
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		s.options.Log.Error("reading encoded texts", "error", err)
		line.write(spec.Encode(spec.Failed{Code: "internal", Message: "the encoded texts cannot be read"}))
		return
	}
	head, err := json.Marshal(Encoding{"encoded", size, s.encodings.find(sp.DataID())})
	if err != nil {
		panic(err) // plain fields always marshal
	}
	line.write(head)
	line.copy(f)
}

func codeOf(err error) string {
	var e *engine.Error
	switch {
	case errors.As(err, &e):
		return e.Code
	case errors.Is(err, errTooBig):
		return "too_big"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "cancelled"
	}
	return "internal"
}

// encode gives the file of a Spec's encoded texts, made if it is not there.
func (s *Server) encode(ctx context.Context, sp spec.Spec, line *lines) (*os.File, error) {
	// Who wants the same waits for the one that makes it.
	select {
	case s.encodings.slot <- struct{}{}:
		defer func() { <-s.encodings.slot }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	id := sp.DataID()
	if sum := s.encodings.find(id); sum != "" {
		if f, err := s.store.open(sum); err == nil {
			return f, nil
		} // else thrown out since
	}
	body, err := s.options.Engine.Encode(ctx, sp, func(r spec.Reading) { line.write(spec.Encode(r)) })
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(body)
	sum := hex.EncodeToString(digest[:])
	if err := s.store.put(sum, bytes.NewReader(body)); err != nil {
		return nil, fmt.Errorf("keeping the encoded texts, %d MB: %w", len(body)>>20, err)
	}
	s.encodings.remember(id, sum)
	return s.store.open(sum)
}

// lines writes an answer that begins with lines. Nobody holds one that reads nothing.
type lines struct {
	w       io.Writer
	control *http.ResponseController
}

const patience = 30 * time.Second

func newLines(w http.ResponseWriter) *lines {
	return &lines{w, http.NewResponseController(w)}
}

func (l *lines) write(line []byte) {
	l.control.SetWriteDeadline(time.Now().Add(patience))
	l.w.Write(append(line, '\n')) // to nobody, perhaps: then the request's context ends
	l.control.Flush()
}

func (l *lines) copy(r io.Reader) {
	piece := make([]byte, 1<<20)
	for {
		n, err := r.Read(piece)
		l.control.SetWriteDeadline(time.Now().Add(patience))
		if _, gone := l.w.Write(piece[:n]); gone != nil || err != nil {
			return
		}
	}
}
