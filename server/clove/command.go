package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// command is one word after clove.
type command struct {
	name    string
	summary string
	help    string // whole; flags are added beneath
	// prepare declares the flags and returns what runs once they are read.
	prepare func(f *flag.FlagSet) func(ctx context.Context, c *console, args []string) error
}

// commands in the order of help.
func commands() []command {
	return []command{serveCommand, siteCommand, trainCommand, compressCommand, recipesCommand, sensitivityCommand, evalCommand, predictCommand, exportCommand, shareCommand, openCommand, dataCommand, benchCommand, versionCommand}
}

// usageError is wrong use: exit code 2.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func usage(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

func dispatch(ctx context.Context, args []string, c *console) int {
	if len(args) == 0 {
		fmt.Fprint(c.err, overview())
		return exitUsage
	}
	name := args[0]
	switch name {
	case "help", "-h", "-help", "--help":
		if name == "help" && len(args) > 1 {
			if cmd, ok := find(args[1]); ok {
				printHelp(c.out, cmd)
				return exitOK
			}
			return unknown(c, args[1])
		}
		fmt.Fprint(c.out, overview())
		return exitOK
	case "-v", "-version", "--version":
		name = "version"
	}
	cmd, ok := find(name)
	if !ok {
		return unknown(c, name)
	}
	f := newFlags(cmd)
	run := cmd.prepare(f)
	rest, err := parse(f, args[1:])
	if errors.Is(err, flag.ErrHelp) {
		printHelp(c.out, cmd)
		return exitOK
	}
	if err != nil {
		err = &usageError{err.Error()}
	} else {
		err = run(ctx, c, rest)
	}
	var wrong *usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &wrong):
		fmt.Fprintf(c.err, "clove %s: %s\nSee: clove help %s\n", cmd.name, oneLine(err), cmd.name)
		return exitUsage
	}
	fmt.Fprintf(c.err, "clove %s: %s\n", cmd.name, oneLine(err))
	return exitFailed
}

func find(name string) (command, bool) {
	for _, cmd := range commands() {
		if cmd.name == name {
			return cmd, true
		}
	}
	return command{}, false
}

func unknown(c *console, name string) int {
	fmt.Fprintf(c.err, "clove: no command is called %q\nSee: clove help\n", name)
	return exitUsage
}

func newFlags(cmd command) *flag.FlagSet {
	f := flag.NewFlagSet(cmd.name, flag.ContinueOnError)
	f.SetOutput(io.Discard) // errors are printed once, in dispatch
	return f
}

// parse reads flags wherever they stand; after "--" all is text.
func parse(f *flag.FlagSet, args []string) ([]string, error) {
	var texts []string
	for i, a := range args {
		if a == "--" {
			args, texts = args[:i], args[i+1:]
			break
		}
	}
	var rest []string
	for len(args) > 0 {
		if err := f.Parse(args); err != nil {
			return nil, err
		}
		if args = f.Args(); len(args) > 0 {
			rest, args = append(rest, args[0]), args[1:]
		}
	}
	return append(rest, texts...), nil
}

func overview() string {
	var b strings.Builder
	b.WriteString(`Clove trains small text classifiers and makes them smaller: in a browser tab, and here.

Usage: clove COMMAND [options]

`)
	for _, cmd := range commands() {
		fmt.Fprintf(&b, "  %-11s %s\n", cmd.name, cmd.summary)
	}
	fmt.Fprintf(&b, "  %-11s %s\n", "help", "this, or clove help COMMAND")
	b.WriteString(`
A first go, with nothing to download:

  clove train --spec reviews --out m.safetensors
  clove predict --model m.safetensors "A dull plot, but I could not look away."
  clove compress --model m.safetensors --pipeline "prune=0.8,finetune=1,quantize=int8" --out small.safetensors

Exit codes: 0 done, 1 failed (the reason is on standard error), 2 wrong use.
`)
	return b.String()
}

func printHelp(w io.Writer, cmd command) {
	fmt.Fprintf(w, "%s\n", strings.TrimSpace(cmd.help))
	f := newFlags(cmd)
	cmd.prepare(f)
	first := true
	f.VisitAll(func(o *flag.Flag) {
		if first {
			fmt.Fprint(w, "\nOptions:\n")
			first = false
		}
		value, text := flag.UnquoteUsage(o)
		name := "--" + o.Name
		if value != "" {
			name += " " + value
			text = strings.TrimPrefix(text, value+" ") // the sentence goes on from it
		}
		if o.DefValue != "" && o.DefValue != "false" && o.DefValue != "0" {
			text += " (default " + o.DefValue + ")"
		}
		fmt.Fprintf(w, "  %-22s %s\n", name, text)
	})
}

// oneLine keeps a reason to a line, whatever it was made of.
func oneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}

// list is a flag that may be given many times.
type list []string

func (l *list) String() string     { return strings.Join(*l, ",") }
func (l *list) Set(v string) error { *l = append(*l, v); return nil }
