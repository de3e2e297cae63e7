package server

import (
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// policy allows what Clove is made of and nothing else: no inline script or style,
// nothing from elsewhere. ancestors may frame it, and it may ask connect.
func policy(ancestors, connect string) string {
	return strings.Join([]string{
		"default-src 'self'",
		"script-src 'self' 'wasm-unsafe-eval'",
		"worker-src 'self'",
		"style-src 'self'",
		"img-src 'self' data:",
		"connect-src " + connect,
		"object-src 'none'",
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors " + ancestors,
	}, "; ")
}

// script is the module that other pages load to have an embed.
const script = "/embed.js"

// framed says whether a path is an embed, which alone may stand in other sites' frames.
func framed(path string) bool {
	return path == "/embed" || path == "/embed.html" || strings.HasPrefix(path, "/embed/") || strings.HasPrefix(path, "/embed-")
}

// shared says whether other sites' pages, and frames without an origin, may have what lies
// there: embeds and what they load, and nothing else.
func shared(path string) bool {
	return framed(path) || path == script || strings.HasPrefix(path, "/a/embed-")
}

// connect is where an embed may fetch from: here, and where its model lies.
func connect(query url.Values) string {
	u, err := url.Parse(query.Get("model"))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || !hostnames.MatchString(u.Host) {
		return "'self'"
	}
	return "'self' " + u.Scheme + "://" + u.Host
}

// hostnames are those that mean nothing else in a policy.
var hostnames = regexp.MustCompile(`^[A-Za-z0-9.-]+(:[0-9]+)?$`)

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
	h.Set("Content-Security-Policy", policy("'self'", "'self'"))
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Embedder-Policy", "require-corp")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if framed(r.URL.Path) {
		h.Set("Content-Security-Policy", policy("*", connect(r.URL.Query())))
	}
	if shared(r.URL.Path) {
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		h.Set("Access-Control-Allow-Origin", "*")
	}
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
