package server

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/clove-ml/clove/engine/run/spec"
)

// maxSpec is far more than a Spec takes.
const maxSpec = 64 << 10

// Info is what the page asks first.
type Info struct {
	Engine  string   `json:"engine"` // device
	Go      string   `json:"go"`
	CPU     string   `json:"cpu"`
	Threads int      `json:"threads"`
	Data    []string `json:"data"` // sources that need not be sent
}

func (s *Server) info(w http.ResponseWriter, _ *http.Request) {
	e := s.options.Engine
	answer(w, http.StatusOK, Info{e.Device(), runtime.Version(), CPU(), e.Threads(), e.Data()})
}

// CPU is the processor's name where the system tells it, else its kind.
func CPU() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.Lines(string(b)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				return strings.TrimSpace(value)
			}
		}
	}
	return runtime.GOOS + "/" + runtime.GOARCH
}

// readSpec reads the Spec that a page sends, or answers what is wrong with it.
func readSpec(w http.ResponseWriter, r *http.Request) (sp spec.Spec, ok bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxSpec))
	if tooBig(err) {
		problem(w, http.StatusRequestEntityTooLarge, "too_big", fmt.Sprintf("a spec has at most %d bytes", maxSpec))
		return sp, false
	}
	if err != nil {
		problem(w, http.StatusBadRequest, "spec", "reading the body: "+err.Error())
		return sp, false
	}
	sp, err = spec.Parse(body)
	if err != nil {
		problem(w, http.StatusBadRequest, "spec", err.Error())
		return sp, false
	}
	if sp.Data.Path != "" {
		problem(w, http.StatusBadRequest, "spec", "data.path is for the command line; a page sends its data or names a source")
		return sp, false
	}
	return sp, true
}

// begin starts a run.
func (s *Server) begin(w http.ResponseWriter, r *http.Request) {
	sp, ok := readSpec(w, r)
	if !ok {
		return
	}
	sum := r.URL.Query().Get("data")
	if sum == "" && s.store.has(sp.Data.SHA256) {
		sum = sp.Data.SHA256
	}
	var encoded []byte
	var err error
	switch {
	case sum != "":
		encoded, err = s.store.read(sum)
		if errors.Is(err, fs.ErrNotExist) {
			needsData(w)
			return
		}
		if err != nil {
			s.options.Log.Error("reading an upload", "error", err)
			problem(w, http.StatusInternalServerError, "internal", "the data cannot be read")
			return
		}
	case !slices.Contains(s.options.Engine.Data(), sp.Data.Source):
		needsData(w)
		return
	}
	started, err := s.runs.begin(sp, sum, encoded)
	switch {
	case errors.Is(err, errBusy):
		w.Header().Set("Retry-After", "10")
		problem(w, http.StatusTooManyRequests, "busy", err.Error())
	case err != nil:
		problem(w, http.StatusServiceUnavailable, "no_server", err.Error())
	default:
		answer(w, http.StatusOK, map[string]string{"run": started.id})
	}
}

func needsData(w http.ResponseWriter) {
	answer(w, http.StatusConflict, map[string]bool{"needs_data": true})
}

func tooBig(err error) bool {
	var limit *http.MaxBytesError
	return errors.As(err, &limit) || errors.Is(err, errTooBig)
}

// named finds the run that the path names, or answers that there is none.
func (s *Server) named(w http.ResponseWriter, r *http.Request) (*run, bool) {
	found, ok := s.runs.get(r.PathValue("id"))
	if !ok {
		problem(w, http.StatusNotFound, "not_found", "no such run here; ended runs are forgotten after a while")
	}
	return found, ok
}

// events streams a run's events. A browser that lost the stream comes again with
// the id of the last event that it has.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	run, ok := s.named(w, r)
	if !ok {
		return
	}
	last, err := strconv.Atoi(r.Header.Get("Last-Event-ID"))
	if err != nil {
		last = 0
	}
	if entries, over, _ := run.since(last); over && len(entries) == 0 && last > 0 {
		w.WriteHeader(http.StatusNoContent) // tells an EventSource to come no more
		return
	}
	if !s.takeStream(w) {
		return
	}
	defer s.leaveStream()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy between would hold it back
	control := http.NewResponseController(w)
	beat := time.NewTicker(s.options.Heartbeat)
	defer beat.Stop()
	for {
		entries, over, changed := run.since(last)
		for _, e := range entries {
			control.SetWriteDeadline(time.Now().Add(30 * time.Second)) // nobody holds a stream that reads nothing
			if _, err := fmt.Fprintf(w, "id: %d\ndata: %s\n\n", e.ID, e.Line); err != nil {
				return
			}
			last = e.ID
		}
		if control.Flush() != nil || over {
			return
		}
		select {
		case <-changed:
		case <-beat.C:
			control.SetWriteDeadline(time.Now().Add(30 * time.Second))
			if _, err := io.WriteString(w, ": still here\n\n"); err != nil {
				return
			}
		case <-r.Context().Done():
			return
		}
	}
}

// takeStream takes the place of one more stream, or answers that there is none.
func (s *Server) takeStream(w http.ResponseWriter) bool {
	select {
	case s.streams <- struct{}{}:
		return true
	default:
		w.Header().Set("Retry-After", "10")
		problem(w, http.StatusTooManyRequests, "busy", "as many streams as this server feeds are open")
		return false
	}
}

func (s *Server) leaveStream() { <-s.streams }

func (s *Server) model(w http.ResponseWriter, r *http.Request) {
	run, ok := s.named(w, r)
	if !ok {
		return
	}
	run.mu.Lock()
	model, over := run.model, run.over
	run.mu.Unlock()
	switch {
	case !over:
		problem(w, http.StatusConflict, "busy", "the run is still in progress")
	case model == nil:
		problem(w, http.StatusNotFound, "not_found", "the run ended without a model")
	default:
		h := w.Header()
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", `attachment; filename="clove-`+run.id+`.safetensors"`)
		h.Set("Content-Length", strconv.Itoa(len(model)))
		h.Set("Cache-Control", "no-store")
		w.Write(model)
	}
}

func (s *Server) cancel(w http.ResponseWriter, r *http.Request) {
	if run, ok := s.named(w, r); ok {
		run.stop(errCancel)
		w.WriteHeader(http.StatusNoContent)
	}
}

func (s *Server) hasData(w http.ResponseWriter, r *http.Request) {
	if s.store.has(r.PathValue("sha256")) {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.WriteHeader(http.StatusNotFound)
}

func (s *Server) putData(w http.ResponseWriter, r *http.Request) {
	tell := func() {
		problem(w, http.StatusRequestEntityTooLarge, "too_big", fmt.Sprintf("an upload has at most %d MB", s.options.MaxUpload>>20))
	}
	if r.ContentLength > s.options.MaxUpload {
		tell()
		return
	}
	err := s.store.put(r.PathValue("sha256"), http.MaxBytesReader(w, r.Body, s.options.MaxUpload))
	switch {
	case tooBig(err):
		tell()
	case err != nil:
		problem(w, http.StatusBadRequest, "data", err.Error())
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}
