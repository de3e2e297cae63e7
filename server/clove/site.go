package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"html"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

var siteCommand = command{
	name:    "site",
	summary: "write the whole page as plain files, for any host",
	help: `
Usage: clove site --out DIR [--base /path/]

Writes what make build made as files that any host can serve: no program behind
them, no special headers, at whatever path. What needs the native engine says on
the page that there is none; training goes by messages between workers, since
memory is shared only where a host sends the headers that clove serve sends.

  clove site --out public
  clove site --out public --base /clove/
  cd public && python3 -m http.server

Beside each file lie its .br and .gz, for hosts that serve such. DIR may hold an
older version: its assets stay, so that tabs that are open find them.`,
	prepare: func(f *flag.FlagSet) func(context.Context, *console, []string) error {
		out := f.String("out", "", "`DIR` to write")
		base := f.String("base", "/", "`PATH` at which the host will show it, for 404.html")
		from := f.String("site", "", "`DIR` of the built page (default: dist beside the command's folder, else ./dist)")
		return func(ctx context.Context, c *console, args []string) error {
			switch {
			case len(args) > 0:
				return usage("takes no arguments, got %q", args[0])
			case *out == "":
				return usage("--out is missing: the folder to write")
			case !strings.HasPrefix(*base, "/") || !strings.HasSuffix(*base, "/"):
				return usage("--base %s: begins and ends with a slash, as /clove/", *base)
			}
			if *from == "" {
				*from = findSite()
			}
			files, size, err := writeSite(ctx, *from, *out, *base)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.out, "%s: %s files, %s bytes\n", *out, amount(files), amount(int(size)))
			return err
		}
	},
}

// writeSite copies what a visitor may ask for, and lays beside it what a server would answer.
func writeSite(ctx context.Context, from, out, base string) (files int, size int64, err error) {
	page, err := os.ReadFile(filepath.Join(from, "index.html"))
	if err != nil {
		return 0, 0, errors.New("the page is not built: run make build, or name its folder with --site")
	}
	if old, err := os.ReadFile(filepath.Join(out, "index.html")); err == nil && !bytes.Contains(old, []byte("data-version=")) {
		return 0, 0, fmt.Errorf("%s holds another site's index.html: name another folder", out)
	}
	write := func(name string, body []byte) error {
		to := filepath.Join(out, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		files, size = files+1, size+int64(len(body))
		return os.WriteFile(to, body, 0o644)
	}
	root := os.DirFS(from)
	err = fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case name == "data": // what assets are made of
			return fs.SkipDir
		case d.IsDir() || strings.HasPrefix(name, "builtin") || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "index.html"):
			return nil
		}
		body, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		return write(name, body)
	})
	if err != nil {
		return files, size, fmt.Errorf("copying %s: %w", from, err)
	}
	// The answer of a server that has no engine: the page asks once, and says so.
	if err := write("api/info", []byte("null\n")); err != nil {
		return files, size, err
	}
	if err := write("404.html", notFound(base)); err != nil {
		return files, size, err
	}
	// The page last: what it names is there by then.
	for _, twin := range []string{".br", ".gz", ""} {
		body := page
		if twin != "" {
			if body, err = os.ReadFile(filepath.Join(from, "index.html"+twin)); err != nil {
				continue // a twin that gained nothing was not kept
			}
		}
		if err := write("index.html"+twin, body); err != nil {
			return files, size, err
		}
	}
	return files, size, nil
}

// notFound is what hosts show at an address where nothing is, however deep.
func notFound(base string) []byte {
	return fmt.Appendf(nil, `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Nothing here</title>
<p>There is nothing at this address. <a href="%[1]s">Clove is here.</a></p>
<p lang="zh-Hans">这个地址没有内容。<a href="%[1]s">Clove 在这里。</a></p>
</html>
`, html.EscapeString(base))
}
