package server

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// policy allows what Clove is made of and nothing else: no inline script or
// style, nothing from elsewhere, no frame of another site around the page.
var policy = strings.Join([]string{
	"default-src 'self'",
	"script-src 'self' 'wasm-unsafe-eval'",
	"worker-src 'self'",
	"style-src 'self'",
	"img-src 'self' data:",
	"connect-src 'self'",
	"object-src 'none'",
	"base-uri 'none'",
	"form-action 'none'",
	"frame-ancestors 'self'",
}, "; ")

// guard stands before everything. A browser can be led to this server by a name
// of somebody else's (DNS rebinding) or from somebody else's page, so the Host
// must be one of ours and the Origin, where told, the Host's own.
type guard struct {
	next  http.Handler
	hosts map[string]bool // lower case, without port
}

func newGuard(next http.Handler, hosts []string) *guard {
	g := &guard{next, map[string]bool{"localhost": true, "127.0.0.1": true, "::1": true}}
	for _, h := range hosts {
		g.hosts[strings.ToLower(h)] = true
	}
	return g
}

func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Embedder-Policy", "require-corp")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")

	if !g.hosts[hostname(r.Host)] {
		problem(w, http.StatusMisdirectedRequest, "host", "this server does not answer to the name "+quoted(r.Host)+"; clove serve --host NAME adds one")
		return
	}
	if strings.HasPrefix(r.URL.Path, "/api/") && foreign(r) {
		problem(w, http.StatusForbidden, "origin", "another site may not use this server")
		return
	}
	g.next.ServeHTTP(w, r)
}

func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// foreign tells whether another site's page sent the request.
func foreign(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		return true
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false // no page: curl, or a browser's own address bar
	}
	u, err := url.Parse(origin)
	return err != nil || !strings.EqualFold(u.Host, r.Host)
}
