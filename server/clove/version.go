package main

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
)

var versionCommand = command{
	name:    "version",
	summary: "what was built, and from which source",
	help: `
Usage: clove version

Prints the version, the source's revision where it is known, and the Go that built it.`,
	prepare: func(*flag.FlagSet) func(context.Context, *console, []string) error {
		return func(_ context.Context, c *console, args []string) error {
			if len(args) > 0 {
				return usage("takes no arguments, got %q", args[0])
			}
			version, revision := "devel", ""
			if info, ok := debug.ReadBuildInfo(); ok {
				if v := info.Main.Version; v != "" && v != "(devel)" {
					version = v
				}
				for _, s := range info.Settings {
					if s.Key == "vcs.revision" {
						revision = " " + s.Value
					}
				}
			}
			_, err := fmt.Fprintf(c.out, "clove %s%s, %s %s/%s\n", version, revision, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		}
	},
}
