// Command site writes dist/: the page as it is served. It renders the first
// sight of the page, puts a hash of the content into the name of every asset, and
// lays a brotli and a gzip twin beside each.
//
//	go run ./server/site [-quality 9] [-out dist]
//
// Sources are static/, the built programs in .cache/wasm, and what earlier steps
// of the build left in dist itself (data/, builtin.*). Scripts, styles, the HTML
// and the web manifest of static/ are templates with these functions:
//
//	{{asset "worker.wasm"}}      its URL, "/a/worker.1f2e3d4c.wasm"
//	{{assets}}                   JSON array of the URLs of all assets
//	{{version}}                  a hash of all assets, which changes when any does
//	{{page}}                     in index.html alone: the page's first sight
//
// index.html, sw.js, the web manifest and the licences keep their names, since
// others know them by name; the server has them revalidated. All else lives
// under /a/ and never changes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	o := options{license: "LICENSE", notice: "NOTICE"}
	flag.StringVar(&o.static, "static", "static", "folder of what is served as it is")
	flag.StringVar(&o.programs, "programs", ".cache/wasm", "folder of page.wasm, worker.wasm and wasm_exec.js")
	flag.StringVar(&o.out, "out", "dist", "folder to write; its data/ and builtin.* are sources")
	flag.StringVar(&o.cache, "cache", ".cache/compressed", "folder that remembers what was compressed before")
	flag.IntVar(&o.quality, "quality", 9, "of brotli, 0 to 11; 11 takes a quarter of a minute a program")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := build(ctx, o); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "site:", err)
		os.Exit(1)
	}
}
