// Package server is Clove over HTTP: the page's files, and the native engine
// behind an API, so that the page can set its own run beside the same run here.
//
//	GET  /api/info                  what this machine is and which data it has: Info
//	POST /api/runs?data=SHA256      a Spec as JSON → {"run": ID}. Without the data: 409 {"needs_data": true}
//	GET  /api/runs/ID/events        its Events, from the first one, as Server-Sent Events; ids count from 1
//	GET  /api/runs/ID/model         the trained model, a safetensors file
//	POST /api/runs/ID/cancel
//	POST /api/encoded               a Spec as JSON → its texts, encoded as a run here would: see Encoding
//	HEAD /api/data/SHA256           is it here?
//	PUT  /api/data/SHA256           encoded texts (data.Encoded), named by the SHA-256 of the body
//
// An error is a protocol.Problem as JSON. Whatever a stranger could make grow is
// bounded: bodies, the store, runs at once, the time of each and how many are kept.
package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/clove-ml/clove/wasm/protocol"
)

// Options of a Server. The zero value of each field but Engine is good.
type Options struct {
	Site   string       // folder of the built page; "" serves the API alone
	State  string       // folder for uploads and stopped runs; "" keeps nothing beyond the process
	Hosts  []string     // names it answers to beside localhost
	Engine Engine       // that trains
	Log    *slog.Logger // nil: none

	MaxRuns     int           // at once; 0: 2
	MaxRunTime  time.Duration // of one; 0: two hours
	MaxReadTime time.Duration // of encoding texts for a page; 0: ten minutes
	MaxStreams  int           // of events and of encoded texts, open at once; 0: 64
	MaxKept     int           // ended runs that can still be asked for; 0: 16
	MaxUpload   int64         // bytes of one upload; 0: 256 MB
	MaxUploads  int64         // bytes of all; 0: 1 GB
	Heartbeat   time.Duration // between comments on a silent stream; 0: 15 s
	GracePeriod time.Duration // for runs to keep a checkpoint at the end; 0: 10 s
}

func (o *Options) defaults() {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MaxRuns == 0 {
		o.MaxRuns = 2
	}
	if o.MaxRunTime == 0 {
		o.MaxRunTime = 2 * time.Hour
	}
	if o.MaxReadTime == 0 {
		o.MaxReadTime = 10 * time.Minute
	}
	if o.MaxStreams == 0 {
		o.MaxStreams = 64
	}
	if o.MaxKept == 0 {
		o.MaxKept = 16
	}
	if o.MaxUpload == 0 {
		o.MaxUpload = 256 << 20
	}
	if o.MaxUploads == 0 {
		o.MaxUploads = 1 << 30
	}
	if o.Heartbeat == 0 {
		o.Heartbeat = 15 * time.Second
	}
	if o.GracePeriod == 0 {
		o.GracePeriod = 10 * time.Second
	}
}

// Server is the handler of it all. Stop ends it.
type Server struct {
	options   Options
	handler   http.Handler
	static    *Static
	runs      *runs
	store     *store
	encodings *encodings
	streams   chan struct{} // holds one for each open stream
	ending    context.Context
	end       context.CancelFunc
}

// New makes a Server, and goes on with the runs that an earlier one left in State.
func New(o Options) (*Server, error) {
	o.defaults()
	s := &Server{options: o, encodings: newEncodings(), streams: make(chan struct{}, o.MaxStreams)}
	s.ending, s.end = context.WithCancel(context.Background())
	var err error
	if s.store, err = openStore(o); err != nil {
		return nil, err
	}
	s.runs = newRuns(o, s.store)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/info", s.info)
	mux.HandleFunc("POST /api/runs", s.begin)
	mux.HandleFunc("GET /api/runs/{id}/events", s.events)
	mux.HandleFunc("GET /api/runs/{id}/model", s.model)
	mux.HandleFunc("POST /api/runs/{id}/cancel", s.cancel)
	mux.HandleFunc("POST /api/encoded", s.encoded)
	mux.HandleFunc("HEAD /api/data/{sha256}", s.hasData)
	mux.HandleFunc("PUT /api/data/{sha256}", s.putData)
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		problem(w, http.StatusNotFound, "not_found", "the API has no "+r.Method+" "+r.URL.Path)
	})
	if o.Site != "" {
		if s.static, err = NewStatic(o.Site); err != nil {
			return nil, err
		}
		mux.Handle("/", s.static)
	}
	s.handler = newGuard(mux, o.Hosts)
	s.runs.resume()
	return s, nil
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Serve answers on the listener until ctx ends, then stops: no new requests, and
// the runs in progress keep a checkpoint each.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	h := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.options.Log.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(l) }()
	select {
	case err := <-ended:
		return errors.Join(fmt.Errorf("serving: %w", err), s.Stop())
	case <-ctx.Done():
	}
	err := s.Stop() // first the runs, which ends their streams
	closing, done := context.WithTimeout(context.Background(), 5*time.Second)
	defer done()
	if late := h.Shutdown(closing); late != nil {
		h.Close() // somebody is still downloading
	}
	return err
}

// Stop ends the runs; those in progress leave a checkpoint in State.
func (s *Server) Stop() error {
	s.end()
	err := s.runs.stop()
	if s.static != nil {
		err = errors.Join(err, s.static.Close())
	}
	return err
}

// problem answers with an error.
func problem(w http.ResponseWriter, status int, code, message string) {
	answer(w, status, protocol.Problem{Code: code, Message: message})
}

func answer(w http.ResponseWriter, status int, body any) {
	b, err := json.Marshal(body)
	if err != nil {
		panic(err) // plain structs of our own
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(append(b, '\n'))
}

func quoted(s string) string { return fmt.Sprintf("%.100q", s) }
