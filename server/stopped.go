package server

import (
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/clove-ml/clove/engine/run/spec"
)

// stopped is a run as the store keeps it with each checkpoint, so that the
// server can be stopped, or killed, and the run goes on when it is back.
type stopped struct {
	ID     string    `json:"id"`
	Spec   spec.Spec `json:"spec"`
	Data   string    `json:"data,omitempty"` // the upload's SHA-256
	Last   int       `json:"last"`           // event
	Events []entry   `json:"events"`

	checkpoint []byte
}

func (j stopped) journal() journal { return journal{j.Events, j.Last} }

func (s *store) run(id string) string { return filepath.Join(s.dir, "runs", id) }

// keep writes the run down with its checkpoint.
func (s *store) keep(r *run) error {
	r.mu.Lock()
	job := stopped{ID: r.id, Spec: r.spec, Data: r.data, Last: r.log.last, Events: r.log.after(0)}
	checkpoint := r.checkpoint
	r.mu.Unlock()
	b, err := json.Marshal(job)
	if err != nil {
		return err
	}
	dir := s.run(r.id)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	// The checkpoint first: a job without one starts again, one with an older one repeats some steps.
	return errors.Join(replace(filepath.Join(dir, "checkpoint"), checkpoint), replace(filepath.Join(dir, "job.json"), b))
}

// replace writes a file whole or not at all.
func replace(path string, b []byte) error {
	if err := os.WriteFile(path+".part", b, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

// forget drops a run that has ended.
func (s *store) forget(id string) {
	os.RemoveAll(s.run(id)) // what is left of it would only be resumed once more
}

// stopped lists what an earlier server left.
func (s *store) stopped(log *slog.Logger) []stopped {
	paths, err := filepath.Glob(filepath.Join(s.dir, "runs", "*", "job.json"))
	if err != nil {
		return nil
	}
	var jobs []stopped
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err == nil {
			var j stopped
			if err = json.Unmarshal(b, &j); err == nil && j.ID == filepath.Base(filepath.Dir(p)) {
				if j.checkpoint, err = os.ReadFile(filepath.Join(filepath.Dir(p), "checkpoint")); err == nil {
					jobs = append(jobs, j)
					continue
				}
			}
		}
		log.Warn("a stopped run cannot be read, so it is left alone", "file", p, "error", err)
	}
	return jobs
}
