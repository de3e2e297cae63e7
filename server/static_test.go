package server

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// newStaticSite serves a small dist, with a secret beside it.
func newStaticSite(t *testing.T) *site {
	t.Helper()
	dir := t.TempDir()
	dist := filepath.Join(dir, "dist")
	for name, body := range map[string]string{
		"secret.txt": "secret", "dist/index.html": "<p>hello", "dist/sw.js": "sw",
		"dist/embed.html": "embed", "dist/embed/index.html": "embed, deeper",
		"dist/a/page.12345678.wasm": "raw", "dist/a/page.12345678.wasm.br": "brotli", "dist/a/page.12345678.wasm.gz": "gzip",
		"dist/.hidden": "hidden",
	} {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "secret.txt"), filepath.Join(dist, "link.txt")); err != nil {
		t.Fatal(err)
	}
	return newSite(t, func(o *Options) { o.Site = dist })
}

func TestAssetsComeInTheCodingThatTheBrowserTakes(t *testing.T) {
	s := newStaticSite(t)
	const page = "/a/page.12345678.wasm"
	for _, c := range []struct{ accept, body, encoding string }{
		{"gzip, deflate, br, zstd", "brotli", "br"},
		{"gzip", "gzip", "gzip"},
		{"br;q=0, gzip;q=0.5", "gzip", "gzip"},
		{"identity", "raw", ""},
	} {
		resp := s.do("GET", page, "", func(r *http.Request) { r.Header.Set("Accept-Encoding", c.accept) })
		b, _ := io.ReadAll(resp.Body)
		if string(b) != c.body || resp.Header.Get("Content-Encoding") != c.encoding {
			t.Errorf("%s: %q in %q", c.accept, b, resp.Header.Get("Content-Encoding"))
		}
		if resp.Header.Get("Content-Type") != "application/wasm" || resp.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: headers %v", c.accept, resp.Header)
		}
		if !strings.Contains(resp.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("a hashed asset has Cache-Control %q", resp.Header.Get("Cache-Control"))
		}
	}
}

func TestARouteIsADocument(t *testing.T) {
	s := newStaticSite(t)
	for path, want := range map[string]string{
		"/": "<p>hello", "/?spec=mail": "<p>hello", "/embed": "embed", "/embed?v=1": "embed", "/embed/?v=1": "embed, deeper", "/nowhere": "404 page not found\n",
	} {
		if b, _ := io.ReadAll(s.do("GET", path, "", nil).Body); string(b) != want {
			t.Errorf("%s: %q", path, b)
		}
	}
}

func TestThePageIsRevalidated(t *testing.T) {
	s := newStaticSite(t)
	resp := s.do("GET", "/", "", nil)
	etag := resp.Header.Get("ETag")
	if resp.Header.Get("Cache-Control") != "no-cache" || etag == "" {
		t.Fatalf("headers %v", resp.Header)
	}
	again := s.do("GET", "/", "", func(r *http.Request) { r.Header.Set("If-None-Match", etag) })
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("unchanged: %s", again.Status)
	}
	if err := os.WriteFile(filepath.Join(s.server.options.Site, "index.html"), []byte("<p>new page"), 0o644); err != nil {
		t.Fatal(err)
	}
	changed := s.do("GET", "/", "", func(r *http.Request) { r.Header.Set("If-None-Match", etag) })
	if b, _ := io.ReadAll(changed.Body); string(b) != "<p>new page" || changed.Header.Get("ETag") == etag {
		t.Errorf("changed: %s %q", changed.Status, b)
	}
}

func TestNothingOutsideTheSiteIsServed(t *testing.T) {
	s := newStaticSite(t)
	for _, path := range []string{
		"/../secret.txt", "/%2e%2e/secret.txt", "/a/..%2f..%2fsecret.txt", "/a/../../secret.txt", "/..%5csecret.txt",
		"/link.txt", "/.hidden", "/a/page.12345678.wasm.br", "/a", "/a/", "/nothing.js", "//etc/passwd.txt", "/secret.txt%00.js",
	} {
		// As it stands on the wire: a client of Go's would clean it.
		resp := s.do("GET", "/", "", func(r *http.Request) { r.URL.Opaque = "//" + r.URL.Host + path })
		b, _ := io.ReadAll(resp.Body)
		if resp.StatusCode == http.StatusOK || strings.Contains(string(b), "secret\n") || string(b) == "secret" || string(b) == "hidden" {
			t.Errorf("%s: %s %q", path, resp.Status, b)
		}
	}
}

func TestASiteThatIsNotBuiltSaysSo(t *testing.T) {
	s := newSite(t, func(o *Options) { o.Site = t.TempDir() })
	resp := s.do("GET", "/", "", nil)
	if b, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusNotFound || !strings.Contains(string(b), "make build") {
		t.Errorf("%s %q", resp.Status, b)
	}
}

func TestOnlyReading(t *testing.T) {
	s := newStaticSite(t)
	if resp := s.do("POST", "/", "", nil); resp.StatusCode != http.StatusMethodNotAllowed {
		t.Error(resp.Status)
	}
	if resp := s.do("HEAD", "/", "", nil); resp.StatusCode != http.StatusOK || resp.ContentLength != 8 {
		t.Error(resp.Status, resp.ContentLength)
	}
}
