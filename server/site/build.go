package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
)

type options struct {
	static, programs, out, cache string
	license, notice              string // go with what is shipped
	quality                      int
}

// named are the files that others know by their name, beside the documents.
var named = []string{"sw.js", "embed.js", "manifest.webmanifest", "robots.txt", "license.txt", "notice.txt"}

// keepsName says whether a file is known by its name: documents are.
func keepsName(name string) bool { return path.Ext(name) == ".html" || slices.Contains(named, name) }

// index is the page. A document of another name is a route as well, "embed" of
// embed.html; a plain file server answers that with the index of a folder, which
// the build writes beside it.
const index = "index.html"

// templated are the kinds of file in static/ that may ask for an asset's URL.
var templated = []string{".html", ".js", ".css", ".webmanifest"}

// site is dist/ in the making.
type site struct {
	sources   map[string]source // by name, "data/mail.tsv"
	done      map[string]asset
	resolving []string // names whose templates are being filled in, to tell a circle
	first     string   // the page's first sight
	rooms     string   // and that of its rooms
}

type source struct {
	path     string
	template bool
	body     []byte // of one that was made, without a path
}

// asset is a file as served.
type asset struct {
	url  string // from the site's root, "a/page.1f2e3d4c.wasm"
	body []byte
}

func build(ctx context.Context, o options) error {
	s := &site{sources: map[string]source{}, done: map[string]asset{}}
	if err := s.collect(o); err != nil {
		return err
	}
	var err error
	if s.first, s.rooms, err = firstSight(); err != nil {
		return fmt.Errorf("rendering the page: %w", err)
	}

	version, err := s.version()
	if err != nil {
		return err
	}
	files := map[string][]byte{} // by path below out
	for _, name := range s.names() {
		a, err := s.resolve(name)
		if err != nil {
			return err
		}
		if path.Ext(name) == ".html" && !bytes.Contains(a.body, []byte(version)) {
			return fmt.Errorf("%s must say {{version}}, by which the service worker knows that it goes with these assets", name)
		}
		files[a.url] = a.body
	}
	if err := write(o.out, files); err != nil {
		return err
	}
	total, err := compress(ctx, o, files)
	if err != nil {
		return fmt.Errorf("compressing: %w", err)
	}
	fmt.Printf("site: %d files in %s, %s as brotli\n", len(files), o.out, total)
	return nil
}

// collect finds the sources.
func (s *site) collect(o options) error {
	err := filepath.WalkDir(o.static, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(o.static, p)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		s.sources[name] = source{path: p, template: slices.Contains(templated, filepath.Ext(p))}
		if route, ok := strings.CutSuffix(name, ".html"); ok && name != index {
			s.sources[route+"/"+index] = s.sources[name]
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading %s: %w", o.static, err)
	}
	for _, pattern := range []string{
		filepath.Join(o.programs, "*"),
		filepath.Join(o.out, "data", "*.tsv"), filepath.Join(o.out, "data", "*.json"),
		filepath.Join(o.out, "builtin*"),
	} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		for _, p := range found {
			if strings.HasSuffix(p, ".br") || strings.HasSuffix(p, ".gz") {
				continue
			}
			name := filepath.Base(p)
			if filepath.Base(filepath.Dir(p)) == "data" {
				name = "data/" + name
			}
			s.sources[name] = source{path: p}
		}
	}
	if err := s.collectEmbed(); err != nil {
		return err
	}
	for name, p := range map[string]string{"license.txt": o.license, "notice.txt": o.notice} {
		if p != "" {
			s.sources[name] = source{path: p}
		}
	}
	return nil
}

func (s source) read() ([]byte, error) {
	if s.path == "" {
		return s.body, nil
	}
	return os.ReadFile(s.path)
}

func (s *site) names() []string {
	var names []string
	for name := range s.sources {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// resolve makes an asset, those it names before it.
func (s *site) resolve(name string) (asset, error) {
	if a, ok := s.done[name]; ok {
		return a, nil
	}
	src, ok := s.sources[name]
	if !ok {
		return asset{}, fmt.Errorf("no asset is called %q; there are %s", name, strings.Join(s.names(), ", "))
	}
	if slices.Contains(s.resolving, name) {
		return asset{}, fmt.Errorf("assets name each other in a circle: %s, %s", strings.Join(s.resolving, ", "), name)
	}
	body, err := src.read()
	if err != nil {
		return asset{}, err
	}
	if src.template {
		s.resolving = append(s.resolving, name)
		body, err = s.fill(name, string(body))
		s.resolving = s.resolving[:len(s.resolving)-1]
		if err != nil {
			return asset{}, err
		}
	}
	a := asset{name, body}
	if !keepsName(name) {
		ext := path.Ext(name)
		a.url = fmt.Sprintf("a/%s.%s%s", strings.TrimSuffix(path.Base(name), ext), hash(body)[:8], ext)
	}
	s.done[name] = a
	return a, nil
}

func (s *site) fill(name, text string) ([]byte, error) {
	dir := "a" // where the file will lie: all ways are relative, so that the site works wherever it is laid
	if keepsName(name) {
		dir = path.Dir(name)
	}
	functions := template.FuncMap{
		"asset": func(n string) (string, error) {
			a, err := s.resolve(n)
			if err != nil {
				return "", err
			}
			way, err := filepath.Rel(dir, filepath.FromSlash(a.url))
			return filepath.ToSlash(way), err
		},
		"live":       live,
		"judge":      judge,
		"embedWords": embedWords,
		"built":      s.built,
		"assets":     s.assets,
		"documents":  s.documents,
		"version":    s.version,
		"page": func() (string, error) {
			if name != index {
				return "", fmt.Errorf("only index.html shows the page")
			}
			return s.first, nil
		},
		"rooms": func() string { return s.rooms },
	}
	t, err := template.New(name).Funcs(functions).Parse(text)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, nil); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// hashed are the assets with a hash in their name, by URL.
func (s *site) hashed() ([]asset, error) {
	var all []asset
	for _, name := range s.names() {
		if keepsName(name) {
			continue
		}
		a, err := s.resolve(name)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b asset) int { return strings.Compare(a.url, b.url) })
	return all, nil
}

func (s *site) assets() (string, error) {
	all, err := s.hashed()
	if err != nil {
		return "", err
	}
	urls := make([]string, len(all))
	for i, a := range all {
		urls[i] = a.url
	}
	b, err := json.Marshal(urls)
	return string(b), err
}

// documents is a JSON array of what the pages of the site are called.
func (s *site) documents() (string, error) {
	var all []string
	for _, name := range s.names() {
		if path.Ext(name) == ".html" && !strings.Contains(name, "/") {
			all = append(all, name)
		}
	}
	b, err := json.Marshal(all)
	return string(b), err
}

// version is a hash of all assets and of what the documents are made of.
func (s *site) version() (string, error) {
	assets, err := s.assets()
	if err != nil {
		return "", err
	}
	h := sha256.New()
	h.Write([]byte(assets))
	h.Write([]byte(s.first))
	for _, name := range s.names() {
		if !keepsName(name) {
			continue
		}
		body, err := s.sources[name].read()
		if err != nil {
			return "", err
		}
		h.Write(body)
	}
	return hex.EncodeToString(h.Sum(nil))[:12], nil
}

func hash(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// write lays the files down and removes the assets of earlier builds.
func write(out string, files map[string][]byte) error {
	old, err := filepath.Glob(filepath.Join(out, "a", "*"))
	if err != nil {
		return err
	}
	for _, p := range old {
		name := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(p), ".br"), ".gz")
		if _, ok := files["a/"+name]; !ok {
			if err := os.Remove(p); err != nil {
				return err
			}
		}
	}
	for name, body := range files {
		p := filepath.Join(out, filepath.FromSlash(name))
		if same(p, body) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(p, body, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func same(path string, body []byte) bool {
	b, err := os.ReadFile(path)
	return err == nil && bytes.Equal(b, body)
}
