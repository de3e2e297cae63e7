package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/clove-ml/clove/engine/infer"
)

// maxLine is longer than any text that a model reads.
const maxLine = 1 << 20

var predictCommand = command{
	name:    "predict",
	summary: "label texts",
	help: `
Usage: clove predict --model M ["text" …]

Prints a line for each text: the label, a tab, the label's probability. Without a
text it reads lines from standard input and answers each as it comes.

  clove predict --model m.safetensors "A dull plot, but I could not look away."
  clove predict --model m.safetensors < reviews.txt > labels.tsv
  clove predict --model m.safetensors -- "-- a text that begins with dashes"`,
	prepare: func(f *flag.FlagSet) func(context.Context, *console, []string) error {
		path := f.String("model", "", "`FILE` of the model")
		on := deviceFlag(f)
		return func(ctx context.Context, c *console, args []string) error {
			m, err := readModel(*path)
			if err != nil {
				return err
			}
			p, err := infer.New(m, on.choice())
			if err != nil {
				return err
			}
			return predict(ctx, p, c.out, c.in, args)
		}
	},
}

// predict answers texts, or the lines of in where there are none.
func predict(ctx context.Context, p *infer.Predictor, out io.Writer, in io.Reader, texts []string) error {
	r := &predictor{p: p, out: bufio.NewWriter(out)}
	for _, t := range texts {
		if err := r.answer(t); err != nil {
			return err
		}
	}
	if len(texts) == 0 {
		return r.lines(ctx, in)
	}
	return r.out.Flush()
}

type predictor struct {
	p   *infer.Predictor
	out *bufio.Writer
}

// answer one text.
func (r *predictor) answer(s string) error {
	logits, err := r.p.Logits([][]int32{r.p.Encode(s)})
	if err != nil {
		return err
	}
	labels := r.p.Model().Config.Labels
	answer := r.p.Answer(logits)
	probabilities := make([]float32, len(labels))
	r.p.Probabilities(probabilities, logits)
	_, err = fmt.Fprintf(r.out, "%s\t%.6f\n", labels[answer], probabilities[answer])
	return err
}

// lines answers each line of in, at once where nothing more waits. The reading has
// a goroutine of its own, so that Ctrl-C ends the command while it waits for a line.
func (r *predictor) lines(ctx context.Context, in io.Reader) error {
	read := make(chan line)
	go func() {
		defer close(read)
		b := bufio.NewReaderSize(in, 64<<10)
		for n := 1; ; n++ {
			s, err := readLine(b)
			if err == io.EOF && s == "" {
				return
			}
			select {
			case read <- line{s, n, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	for {
		var l line
		var more bool
		select {
		case l, more = <-read:
		default: // nothing waits: let out what is answered
			if err := r.out.Flush(); err != nil {
				return err
			}
			select {
			case l, more = <-read:
			case <-ctx.Done():
				return errors.New("cancelled")
			}
		}
		if !more {
			return r.out.Flush()
		}
		if l.err != nil && l.err != io.EOF {
			return errors.Join(r.out.Flush(), fmt.Errorf("standard input, line %d: %w", l.n, l.err))
		}
		if err := r.answer(l.text); err != nil {
			return err
		}
	}
}

// line of standard input, the last one with io.EOF.
type line struct {
	text string
	n    int
	err  error
}

// readLine reads to the next line end, without it.
func readLine(b *bufio.Reader) (string, error) {
	var s strings.Builder
	for {
		part, err := b.ReadSlice('\n')
		s.Write(part)
		if s.Len() > maxLine {
			return "", fmt.Errorf("a line longer than %d bytes; give one text a line", maxLine)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		return strings.TrimSuffix(strings.TrimSuffix(s.String(), "\n"), "\r"), err
	}
}
