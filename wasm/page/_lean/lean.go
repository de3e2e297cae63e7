// The page's go-app is without its HTTP server, which alone reaches TLS and all of
// cryptography, whose tables and self-tests are a fifth of the program, and without
// regular expressions. This file stands in for the files that the Makefile leaves out
// (http.go, static.go, resource.go, crypto.go, route.go): it has what the browser's
// half asks of them.

package app

import "errors"

// Handler is the server, which there is none of here.
type Handler struct{}

// clientResourceResolver leaves locations as they are: the page writes its own.
func clientResourceResolver(string) func(string) string {
	return func(location string) string { return location }
}

var errNoCipher = errors.New("this go-app keeps nothing encrypted")

func encrypt(string, []byte) ([]byte, error) { return nil, errNoCipher }

func decrypt(string, []byte) ([]byte, error) { return nil, errNoCipher }

// router leads everywhere to the same component: the page has one.
type router struct{ newComponent func() Composer }

func makeRouter() router { return router{} }

func (r *router) route(_ string, newComponent func() Composer) { r.newComponent = newComponent }

func (r *router) routeWithRegexp(_ string, newComponent func() Composer) {
	r.newComponent = newComponent
}

func (r *router) routed(string) bool { return r.newComponent != nil }

func (r *router) createComponent(string) (Composer, bool) {
	if r.newComponent == nil {
		return nil, false
	}
	return r.newComponent(), true
}
