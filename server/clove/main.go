// Command clove trains small text classifiers and makes them smaller; it serves
// the page that does the same in a browser tab. `clove help` tells the rest.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := Main(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // the reason is on standard error
	exitUsage  = 2
)

// Main is the whole command: args without the program's name, the exit code back.
// It ends soon after ctx does, with what was reached kept where it was asked to.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return dispatch(ctx, args, &console{stdin, stdout, stderr})
}

// console is where a command reads and writes.
type console struct {
	in  io.Reader
	out io.Writer // results, and nothing else
	err io.Writer // progress and reasons
}
