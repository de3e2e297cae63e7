package server

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"sync"
	"time"
)

// store keeps uploads and stopped runs in a folder:
//
//	data/SHA256            encoded texts as sent
//	runs/ID/job.json       what was asked, and the events so far
//	runs/ID/checkpoint     where it stopped
//
// Texts that somebody sent are kept no longer than the server runs, but for
// those of a run that goes on the next time.
type store struct {
	dir     string
	made    bool     // by us, for this process alone
	held    *os.File // the folder's lock
	upload  int64
	uploads int64

	mu sync.Mutex // one upload is let in at a time to count what there is
}

var errTooBig = errors.New("too big")

var digest = regexp.MustCompile(`^[0-9a-f]{64}$`)

func openStore(o Options) (*store, error) {
	s := &store{dir: o.State, upload: o.MaxUpload, uploads: o.MaxUploads}
	if err := s.hold(o.Log); err != nil {
		return nil, fmt.Errorf("making a folder for uploads and runs: %w", err)
	}
	for _, sub := range []string{"data", "runs"} {
		if err := os.MkdirAll(filepath.Join(s.dir, sub), 0o700); err != nil {
			return nil, errors.Join(fmt.Errorf("making a folder for uploads and runs: %w", err), s.close())
		}
	}
	return s, s.tidy()
}

// hold takes the folder, or makes one for the time of this process where none is
// named or another server has it.
func (s *store) hold(log *slog.Logger) error {
	if s.dir != "" {
		if err := os.MkdirAll(s.dir, 0o700); err != nil {
			return err
		}
		held, err := lock(s.dir)
		if err != nil {
			return err
		}
		if held != nil {
			s.held = held
			return nil
		}
		log.Warn("another server uses the folder of uploads and stopped runs, so this one keeps nothing when it ends", "folder", s.dir)
	}
	dir, err := os.MkdirTemp("", "clove-")
	s.dir, s.made = dir, true
	return err
}

func (s *store) close() error {
	if s.made {
		return os.RemoveAll(s.dir)
	}
	return errors.Join(s.tidy(), s.held.Close())
}

// tidy drops the uploads that no stopped run needs.
func (s *store) tidy() error {
	needed := map[string]bool{}
	for _, j := range s.stopped(slog.New(slog.DiscardHandler)) {
		needed[j.Data] = true
	}
	entries, err := os.ReadDir(filepath.Join(s.dir, "data"))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !needed[e.Name()] {
			if err := os.Remove(filepath.Join(s.dir, "data", e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *store) data(sum string) string { return filepath.Join(s.dir, "data", sum) }

func (s *store) has(sum string) bool {
	if !digest.MatchString(sum) {
		return false
	}
	_, err := os.Stat(s.data(sum))
	return err == nil
}

// read gives an upload, and keeps it from being thrown out for a while.
func (s *store) read(sum string) ([]byte, error) {
	if !digest.MatchString(sum) {
		return nil, fs.ErrNotExist
	}
	b, err := os.ReadFile(s.data(sum))
	if err == nil {
		now := time.Now()
		os.Chtimes(s.data(sum), now, now) // only the order of throwing out hangs on it
	}
	return b, err
}

// open is read for one that may be big.
func (s *store) open(sum string) (*os.File, error) {
	f, err := os.Open(s.data(sum))
	if err == nil {
		now := time.Now()
		os.Chtimes(s.data(sum), now, now)
	}
	return f, err
}

// put keeps a body whose SHA-256 is sum. The oldest uploads make room.
func (s *store) put(sum string, body io.Reader) error {
	if !digest.MatchString(sum) {
		return fmt.Errorf("%q is no SHA-256 in lower-case hex", sum)
	}
	f, err := os.CreateTemp(filepath.Join(s.dir, "data"), "part-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already when all went well
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, h), io.LimitReader(body, s.upload+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if n > s.upload {
		return errTooBig
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != sum {
		return fmt.Errorf("the body's SHA-256 is %s, not %s", got, sum)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.makeRoom(n); err != nil {
		return err
	}
	return os.Rename(f.Name(), s.data(sum))
}

// makeRoom throws out the uploads that were used least lately.
func (s *store) makeRoom(n int64) error {
	entries, err := os.ReadDir(filepath.Join(s.dir, "data"))
	if err != nil {
		return err
	}
	var kept []fs.FileInfo
	total := n
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !digest.MatchString(e.Name()) {
			continue
		}
		kept = append(kept, info)
		total += info.Size()
	}
	sort.Slice(kept, func(i, j int) bool { return kept[i].ModTime().Before(kept[j].ModTime()) })
	for _, info := range kept {
		if total <= s.uploads {
			return nil
		}
		if err := os.Remove(s.data(info.Name())); err != nil {
			return err
		}
		total -= info.Size()
	}
	if total > s.uploads {
		return errTooBig
	}
	return nil
}
