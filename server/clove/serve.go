package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/clove-ml/clove/server"
	"github.com/clove-ml/clove/server/native"
)

var serveCommand = command{
	name:    "serve",
	summary: "serve the page, and the native engine beside it",
	help: `
Usage: clove serve [--addr localhost:8080] [--site DIR] [--data DIR]

Serves the page that make build wrote, and the native engine that the page can
compare itself with. It listens to this machine alone unless --addr says more;
then name the hosts that it shall answer to.

  clove serve
  clove serve --data ~/sets                       offers aclImdb found in there
  clove serve --addr 0.0.0.0:8080 --host clove.example

Ctrl-C or SIGTERM stops it: runs in progress keep a checkpoint, and go on when
it is started again.`,
	prepare: func(f *flag.FlagSet) func(context.Context, *console, []string) error {
		addr := f.String("addr", "localhost:8080", "`ADDRESS` to listen at; port 0 takes a free one")
		site := f.String("site", "", "`DIR` of the built page (default: dist beside the command's folder, else ./dist)")
		sets := f.String("data", "", "`DIR` with data sets to offer (default: where clove data import keeps them)")
		state := f.String("state", "", "`DIR` for uploads and stopped runs (default: clove in the user's cache folder)")
		threads := f.Int("threads", runtime.NumCPU(), "`N` that train")
		on := deviceFlag(f)
		most := f.Int("runs", 2, "`N` runs at once at most")
		limit := f.Duration("max-time", 2*time.Hour, "`DURATION` of one run at most")
		var hosts list
		f.Var(&hosts, "host", "`NAME` that it answers to beside localhost; may be given again")
		quiet := f.Bool("quiet", false, "log warnings only")
		return func(ctx context.Context, c *console, args []string) error {
			if len(args) > 0 {
				return usage("takes no arguments, got %q", args[0])
			}
			if *most < 1 || *limit <= 0 {
				return usage("--runs and --max-time must be above 0")
			}
			level := slog.LevelInfo
			if *quiet {
				level = slog.LevelWarn
			}
			log := slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: level}))
			if *site == "" {
				*site = findSite()
			}
			if *state == "" {
				*state = cacheDir()
			}
			if *sets == "" {
				*sets = dataDir()
			}
			host, _, err := net.SplitHostPort(*addr)
			if err != nil {
				return usage("--addr %s: %v", *addr, err)
			}
			if host != "" && net.ParseIP(host) == nil {
				hosts = append(hosts, host)
			} else if ip := net.ParseIP(host); ip != nil && !ip.IsUnspecified() {
				hosts = append(hosts, ip.String())
			}
			s, err := server.New(server.Options{
				Site: *site, State: *state, Hosts: hosts, Log: log, MaxRuns: *most, MaxRunTime: *limit,
				Engine: &native.Engine{Sets: native.Sets{Packed: packedDir(*site), Own: *sets}, Workers: *threads, On: on.choice()},
			})
			if err != nil {
				return err
			}
			l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *addr)
			if err != nil {
				s.Stop()
				return fmt.Errorf("%w; is it running already? --addr localhost:0 takes a free port", err)
			}
			if host == "" || net.ParseIP(host).IsUnspecified() {
				host = "localhost"
			}
			_, port, _ := net.SplitHostPort(l.Addr().String()) // a listener's address always has both
			fmt.Fprintf(c.out, "Clove is at http://%s\n", net.JoinHostPort(host, port))
			return s.Serve(ctx, l)
		}
	},
}

// findSite looks for dist beside the folder of the command, then here.
func findSite() string {
	if exe, err := os.Executable(); err == nil {
		if exe, err = filepath.EvalSymlinks(exe); err == nil {
			dir := filepath.Join(filepath.Dir(exe), "..", "dist")
			if _, err := os.Stat(filepath.Join(dir, "index.html")); err == nil {
				return dir
			}
		}
	}
	if _, err := os.Stat("dist"); err == nil {
		return "dist"
	}
	return ""
}

// packedDir is where the build packs mail and names.
func packedDir(site string) string { return filepath.Join(site, "data") }

// dataDir is where data sets of one's own are kept.
func dataDir() string {
	if dir := os.Getenv("CLOVE_DATA"); dir != "" {
		return dir
	}
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "clove")
	}
	if home, err := os.UserHomeDir(); err == nil {
		return filepath.Join(home, ".local", "share", "clove")
	}
	return "clove-data"
}

// cacheDir is where the server keeps what it may lose.
func cacheDir() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "" // the server makes one for its own time
	}
	return filepath.Join(dir, "clove")
}
