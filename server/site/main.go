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
//	{{asset "worker.wasm"}}      the way to it from this file, "a/worker.1f2e3d4c.wasm"
//	{{assets}}                   JSON array of the ways to all assets from the site's root
//	{{documents}}                JSON array of the names of the documents
//	{{version}}                  of the site: changes when any part does; not for assets
//	{{page}}                     in index.html alone: the page's first sight
//	{{rooms}}                    and that of its rooms
//
// Documents (x.html, which is the route x), sw.js, embed.js, the web manifest and the
// licences keep their names, since others know them by name; the server has them
// revalidated. All else lies under a/ and never changes. No way begins with a slash,
// so the site works under any path: a script resolves what it names against its own
// URL (document.currentScript.src, import.meta.url, a worker's location).
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
