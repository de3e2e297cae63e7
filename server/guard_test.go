package server

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestHostAndOriginAreChecked(t *testing.T) {
	s := newSite(t, func(o *Options) { o.Hosts = []string{"Clove.Example"} })
	for _, c := range []struct {
		name, host, origin, site string
		want                     int
	}{
		{"curl", "", "", "", http.StatusOK},
		{"localhost", "localhost:8080", "http://localhost:8080", "same-origin", http.StatusOK},
		{"IPv6", "[::1]:8080", "http://[::1]:8080", "", http.StatusOK},
		{"a host that the owner named", "clove.example", "https://clove.example", "", http.StatusOK},
		{"the address bar", "localhost", "", "none", http.StatusOK},
		{"a name that leads here by DNS", "evil.example:8080", "", "", http.StatusMisdirectedRequest},
		{"a name that begins like ours", "localhost.evil.example", "", "", http.StatusMisdirectedRequest},
		{"another site's page", "localhost:8080", "https://evil.example", "cross-site", http.StatusForbidden},
		{"another site, no metadata", "localhost:8080", "https://evil.example", "", http.StatusForbidden},
		{"another port of this machine", "localhost:8080", "http://localhost:9999", "same-site", http.StatusForbidden},
		{"a sandboxed frame", "localhost:8080", "null", "", http.StatusForbidden},
	} {
		resp := s.do("GET", "/api/info", "", func(r *http.Request) {
			if c.host != "" {
				r.Host = c.host
			}
			if c.origin != "" {
				r.Header.Set("Origin", c.origin)
			}
			if c.site != "" {
				r.Header.Set("Sec-Fetch-Site", c.site)
			}
		})
		if resp.StatusCode != c.want {
			t.Errorf("%s: %s, want %d", c.name, resp.Status, c.want)
		}
	}
}

func TestEveryAnswerIsIsolatedAndUnderThePolicy(t *testing.T) {
	s := newStaticSite(t)
	for _, path := range []string{"/", "/sw.js", "/a/page.12345678.wasm", "/nothing.js", "/api/info", "/api/nothing"} {
		h := s.do("GET", path, "", nil).Header
		for name, want := range map[string]string{
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp",
			"Cross-Origin-Resource-Policy": "same-origin", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
		csp := h.Get("Content-Security-Policy")
		if strings.Contains(csp, "unsafe-inline") || !strings.Contains(csp, "script-src 'self' 'wasm-unsafe-eval'") {
			t.Errorf("%s: policy %q", path, csp)
		}
	}
}

func TestOnlyEmbedsMayBeFramedAndHadByOthers(t *testing.T) {
	s := newStaticSite(t)
	for path, c := range map[string]struct{ framed, shared bool }{
		"/": {}, "/index.html": {}, "/embedded": {}, "/sw.js": {}, "/a/page.12345678.wasm": {}, "/api/info": {}, "/examples": {},
		"/embed": {true, true}, "/embed/": {true, true}, "/embed.html": {true, true}, "/embed-live": {true, true}, "/embed-live/index.html": {true, true},
		"/embed.js": {false, true}, "/a/embed-page.12345678.js": {false, true},
	} {
		h := s.do("GET", path, "", nil).Header
		ancestors := "frame-ancestors 'self'"
		if c.framed {
			ancestors = "frame-ancestors *"
		}
		if csp := h.Get("Content-Security-Policy"); !strings.HasSuffix(csp, ancestors) {
			t.Errorf("%s: policy %q, want %s", path, csp, ancestors)
		}
		allowed, policy := "", "same-origin"
		if c.shared {
			allowed, policy = "*", "cross-origin"
		}
		if h.Get("Access-Control-Allow-Origin") != allowed || h.Get("Cross-Origin-Resource-Policy") != policy {
			t.Errorf("%s: it is for %q, %q", path, h.Get("Access-Control-Allow-Origin"), h.Get("Cross-Origin-Resource-Policy"))
		}
		if h.Get("Cross-Origin-Embedder-Policy") != "require-corp" {
			t.Errorf("%s: an isolated host could not frame it", path)
		}
	}
}

func TestAnEmbedMayAskWhereItsModelLiesAndNowhereElse(t *testing.T) {
	s := newStaticSite(t)
	for model, want := range map[string]string{
		"": "'self'", "reviews": "'self'", "https://models.example/a/b.safetensors?x=1": "'self' https://models.example", "http://127.0.0.1:8081/m": "'self' http://127.0.0.1:8081",
		"https://a.example;script-src *": "'self'", "https://a.example *": "'self'", "https://*": "'self'", "data:text/plain,x": "'self'", "//a.example/x": "'self'",
	} {
		h := s.do("GET", "/embed?model="+url.QueryEscape(model), "", nil).Header
		if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "; connect-src "+want+"; ") {
			t.Errorf("%s: policy %q, want %s", model, csp, want)
		}
		if csp := s.do("GET", "/?model="+url.QueryEscape(model), "", nil).Header.Get("Content-Security-Policy"); !strings.Contains(csp, "; connect-src 'self'; ") {
			t.Errorf("%s: the page itself may ask there: %q", model, csp)
		}
	}
}
