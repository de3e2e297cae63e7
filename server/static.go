package server

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Static serves the folder that the build wrote: name.br or name.gz in place of
// name where the browser takes it. What lies under a/ has a hash in its name and
// is kept for ever; anything else is revalidated by its ETag.
type Static struct {
	root *os.Root

	mu    sync.Mutex
	etags map[string]stamp
}

// stamp is a file's ETag, good as long as size and time stay.
type stamp struct {
	size int64
	time time.Time
	etag string
}

// types are by extension, not asked of the machine, whose tables differ.
var types = map[string]string{
	".css":         "text/css; charset=utf-8",
	".html":        "text/html; charset=utf-8",
	".ico":         "image/x-icon",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json",
	".png":         "image/png",
	".safetensors": "application/octet-stream",
	".svg":         "image/svg+xml",
	".tsv":         "text/tab-separated-values; charset=utf-8",
	".txt":         "text/plain; charset=utf-8",
	".wasm":        "application/wasm",
	".webmanifest": "application/manifest+json",
}

// NewStatic serves dir. Nothing outside it can be reached, by links neither.
func NewStatic(dir string) (*Static, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the site's folder: %w", err)
	}
	return &Static{root: root, etags: map[string]stamp{}}, nil
}

// Close lets go of the folder.
func (s *Static) Close() error { return s.root.Close() }

func (s *Static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	name := document(strings.TrimPrefix(r.URL.Path, "/"))
	kind, known := types[path.Ext(name)]
	if !known || !fs.ValidPath(name) {
		http.NotFound(w, r)
		return
	}
	f, encoding, err := s.open(name, r.Header.Get("Accept-Encoding"))
	if errors.Is(err, fs.ErrNotExist) {
		if name == "index.html" {
			http.Error(w, "The page is not built. Run: make build", http.StatusNotFound)
			return
		}
		http.NotFound(w, r)
		return
	}
	if err != nil {
		http.Error(w, "cannot be read", http.StatusInternalServerError)
		return
	}
	defer f.Close()
	etag, size, err := s.etag(f, name+encoding)
	if err != nil {
		http.Error(w, "cannot be read", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("ETag", etag)
	h.Add("Vary", "Accept-Encoding")
	if strings.HasPrefix(name, "a/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	if matches(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	if r.Method == http.MethodHead {
		return
	}
	io.Copy(w, f) // the browser went away: nobody is left to tell
}

// document is the file of a route: "" is the page, "embed" is embed.html, "embed/"
// the index of that folder, which asks for its assets one level up.
func document(route string) string {
	switch {
	case route == "" || strings.HasSuffix(route, "/"):
		return route + "index.html"
	case path.Ext(route) == "":
		return route + ".html"
	}
	return route
}

// open finds the smallest twin that the browser takes.
func (s *Static) open(name, accept string) (*os.File, string, error) {
	for _, twin := range []struct{ encoding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if !accepts(accept, twin.encoding) {
			continue
		}
		if f, err := s.root.Open(name + twin.suffix); err == nil {
			return f, twin.encoding, nil
		}
	}
	f, err := s.root.Open(name)
	if err != nil {
		return nil, "", err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, "", fs.ErrNotExist
	}
	return f, "", nil
}

func (s *Static) etag(f *os.File, key string) (string, int64, error) {
	info, err := f.Stat()
	if err != nil {
		return "", 0, err
	}
	s.mu.Lock()
	known, ok := s.etags[key]
	s.mu.Unlock()
	if ok && known.size == info.Size() && known.time.Equal(info.ModTime()) {
		return known.etag, known.size, nil
	}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", 0, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", 0, err
	}
	made := stamp{info.Size(), info.ModTime(), `"` + hex.EncodeToString(h.Sum(nil))[:32] + `"`}
	s.mu.Lock()
	s.etags[key] = made
	s.mu.Unlock()
	return made.etag, made.size, nil
}

// accepts reads an Accept-Encoding header; a coding with q=0 is refused.
func accepts(header, coding string) bool {
	for _, part := range strings.Split(header, ",") {
		name, parameters, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		q, found := strings.CutPrefix(strings.TrimSpace(parameters), "q=")
		if !found {
			return true
		}
		weight, err := strconv.ParseFloat(q, 64)
		return err == nil && weight > 0
	}
	return false
}

// matches reads an If-None-Match header.
func matches(header, etag string) bool {
	for _, part := range strings.Split(header, ",") {
		part = strings.TrimPrefix(strings.TrimSpace(part), "W/")
		if part == etag || part == "*" {
			return true
		}
	}
	return false
}
