package server

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/clove-ml/clove/engine/run/spec"
)

// fakeEngine trains as the test says, step by step.
type fakeEngine struct {
	jobs    chan *fakeJob    // one for each run that begins
	encodes chan *fakeEncode // one for each reading
}

// fakeJob is a run that the test plays.
type fakeJob struct {
	Job
	ctx    context.Context
	result chan fakeResult
}

type fakeResult struct {
	model []byte
	err   error
	panic string
}

// fakeEncode is a reading that the test plays.
type fakeEncode struct {
	spec     spec.Spec
	ctx      context.Context
	progress func(spec.Reading)
	result   chan fakeResult
}

func newFakeEngine() *fakeEngine {
	return &fakeEngine{make(chan *fakeJob, 16), make(chan *fakeEncode, 16)}
}

func (*fakeEngine) Device() string { return "fake" }
func (*fakeEngine) Threads() int   { return 4 }
func (*fakeEngine) Data() []string { return []string{"reviews", "mail"} }

func (e *fakeEngine) Encode(ctx context.Context, s spec.Spec, progress func(spec.Reading)) ([]byte, error) {
	x := &fakeEncode{s, ctx, progress, make(chan fakeResult)}
	e.encodes <- x
	select {
	case r := <-x.result:
		return r.model, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (e *fakeEngine) Train(ctx context.Context, j Job) ([]byte, error) {
	job := &fakeJob{j, ctx, make(chan fakeResult)}
	e.jobs <- job
	select {
	case r := <-job.result:
		if r.panic != "" {
			panic(r.panic)
		}
		return r.model, r.err
	case <-ctx.Done():
		// As the real one: keep a checkpoint, say failed, return why.
		err := j.Keep([]byte("checkpoint at the end"))
		j.Sink(spec.Failed{Code: "cancelled", Message: context.Cause(ctx).Error()})
		return nil, errors.Join(context.Cause(ctx), err)
	}
}

// finish ends the run well.
func (j *fakeJob) finish(model string) {
	j.Sink(spec.Done{SHA256: "cafe"})
	j.result <- fakeResult{model: []byte(model)}
}

// site is a server under test, with the words of a client.
type site struct {
	t      *testing.T
	server *Server
	http   *httptest.Server
	engine *fakeEngine
}

func newSite(t *testing.T, change func(*Options)) *site {
	t.Helper()
	e := newFakeEngine()
	o := Options{Engine: e, State: t.TempDir()}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	t.Cleanup(func() {
		s.Stop()
		h.Close()
	})
	return &site{t, s, h, e}
}

// do sends a request; change may be nil.
func (s *site) do(method, path, body string, change func(*http.Request)) *http.Response {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.http.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	resp, err := s.http.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { resp.Body.Close() })
	return resp
}

// specJSON is a valid Spec with the source.
func specJSON(source string) string {
	s := spec.Default()
	s.Data.Source = source
	return string(s.JSON())
}
