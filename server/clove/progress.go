package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/clove-ml/clove/engine/run/spec"
)

// reporter tells a person or a program what a run says.
type reporter struct {
	c     *console
	json  bool
	tty   bool // standard error is a terminal: a bar that moves; else a line now and then
	now   func() time.Time
	last  time.Time // a line was written
	bar   bool      // one is on the terminal
	total int       // steps
	epoch int       // steps in one
	of    int       // epochs
	wrong error     // of writing events: the reader went away
}

// lineEvery is how often progress is told where there is no terminal.
const lineEvery = 10 * time.Second

func newReporter(c *console, json bool) *reporter {
	return &reporter{c: c, json: json, tty: terminal(c.err), now: time.Now, last: time.Now()}
}

func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// Event takes one event of the run.
func (r *reporter) Event(e spec.Event) {
	if r.json {
		if _, err := r.c.out.Write(append(spec.Encode(e), '\n')); err != nil && r.wrong == nil {
			r.wrong = fmt.Errorf("writing events: %w", err)
		}
		return
	}
	switch e := e.(type) {
	case spec.Reading:
		r.progress("reading " + amount(e.Rows) + " texts" + share(e.Bytes, e.Total))
	case spec.Started:
		r.total, r.epoch, r.of = e.Steps, e.StepsAnEpoch, e.Spec.Train.Epochs
		f := e.Facts
		r.line(fmt.Sprintf("%s texts to train on, %s to validate, %s to test; labels %s; vocabulary %s",
			amount(f.Texts.Train), amount(f.Texts.Validation), amount(f.Texts.Test), strings.Join(f.Labels, ", "), amount(f.Vocabulary)))
		if f.Skipped > 0 {
			r.line(fmt.Sprintf("%s rows left out: %s", amount(f.Skipped), strings.Join(f.Reasons, "; ")))
		}
		from := ""
		if e.FromStep > 0 {
			from = fmt.Sprintf(", from the checkpoint at step %s", amount(e.FromStep))
		}
		r.line(fmt.Sprintf("%s weights, %s steps of %s, %d threads of %s%s", amount(e.Parameters), amount(e.Steps), texts(e.Spec.Train.Batch), e.Threads, e.Device, from))
	case spec.Step:
		r.progress(fmt.Sprintf("epoch %d/%d %s%3.0f %%  loss %.3f  accuracy %.3f  %s texts/s  %s left", e.Epoch, r.of,
			r.drawn(e.Step), 100*ratio(e.Step, r.total), e.Loss, e.Accuracy, amount(int(e.TextsPerSecond)), duration(e.SecondsLeft)))
	case spec.Epoch:
		best := ""
		if e.Best {
			best = ", best so far"
		}
		r.line(fmt.Sprintf("epoch %d: loss %.4f, accuracy %.4f; validation loss %.4f, accuracy %.4f%s (%s)",
			e.Epoch, e.Loss, e.Accuracy, e.Validation.Loss, e.Validation.Accuracy, best, duration(e.Seconds)))
	case spec.Compressing:
		r.progress(fmt.Sprintf("%s, step %d of %d %3.0f %%", e.Text, e.Stage+1, e.Of, 100*e.Share))
	case spec.Compressed:
		r.variant(e.Variant)
	case spec.Notice:
		r.line("note: " + e.Message)
	}
}

// variant tells what was measured of one.
func (r *reporter) variant(v spec.Variant) {
	r.line(fmt.Sprintf("%s: %s, %s bytes; answers changed: %s, of them now right: %s",
		v.Name, measure(v.Test), amount(v.FileBytes), amount(v.Changed), amount(v.NowRight)))
	var parts []string
	for _, p := range v.Parts {
		if p.Bytes > 0 {
			parts = append(parts, p.Name+" "+amount(p.Bytes))
		}
	}
	r.line("bytes: " + strings.Join(parts, ", "))
	if d := v.Versus; d != nil {
		r.line(fmt.Sprintf("against the original: agrees on %.2f %%, loses %.2f points (95 %%: %.2f to %.2f), McNemar's p %.2g",
			100*d.Agreement, 100*d.Lost, 100*d.Low, 100*d.High, d.McNemar))
	}
	if len(v.Errors) > 0 {
		var errors []string
		for _, e := range v.Errors {
			if e.Exact {
				errors = append(errors, e.Layer+" exact")
			} else {
				errors = append(errors, fmt.Sprintf("%s %.1f dB", e.Layer, e.DB))
			}
		}
		r.line("signal to noise of the weights: " + strings.Join(errors, ", "))
	}
	if v.LatencyMS > 0 {
		r.line(fmt.Sprintf("one text: %.3f ms, half of them %.3f to %.3f, on %s", v.LatencyMS, v.LatencyQ1, v.LatencyQ3, v.Where))
	}
	if p := v.Pretend; p != nil {
		r.line(fmt.Sprintf("decoded to float32: %.3f ms, the same answer to %s of %s, probabilities differ by %.2g at most",
			p.LatencyMS, amount(p.Agree), texts(p.Texts), p.Most))
	}
}

// done prints the result on standard output.
func (r *reporter) done(d spec.Done, path string) error {
	r.clear()
	if r.json {
		r.Event(d)
		return r.wrong
	}
	_, err := fmt.Fprintf(r.c.out, "test %s, loss %.4f, in %s\n", measure(d.Test), d.Test.Loss, duration(d.Seconds))
	if err == nil && path != "" {
		_, err = fmt.Fprintf(r.c.out, "%s: %s bytes, weights SHA-256 %s\n", path, amount(d.FileBytes), d.SHA256)
	}
	return err
}

// line writes one that stays.
func (r *reporter) line(text string) {
	r.clear()
	fmt.Fprintln(r.c.err, text)
	r.last = r.now()
}

// progress writes over itself on a terminal, and seldom elsewhere.
func (r *reporter) progress(text string) {
	if r.tty {
		fmt.Fprintf(r.c.err, "\r\x1b[K%s", text)
		r.bar = true
		return
	}
	if r.now().Sub(r.last) >= lineEvery {
		r.line(text)
	}
}

func (r *reporter) clear() {
	if r.bar {
		fmt.Fprint(r.c.err, "\r\x1b[K")
		r.bar = false
	}
}

// drawn is a bar of the steps done, on a terminal; a log has no use for one.
func (r *reporter) drawn(step int) string {
	if !r.tty {
		return ""
	}
	const width = 20
	full := int(width * ratio(step, r.total))
	return strings.Repeat("█", full) + strings.Repeat("░", width-full) + " "
}

func ratio(n, of int) float64 {
	if of <= 0 || n >= of {
		return 1
	}
	return float64(n) / float64(of)
}

func share(n, of int64) string {
	if of <= 0 {
		return ""
	}
	return fmt.Sprintf(", %d %%", 100*n/of)
}

func measure(m spec.Measure) string {
	return fmt.Sprintf("accuracy %.4f (95 %%: %.4f to %.4f, %s)", m.Accuracy, m.Low, m.High, texts(m.Texts))
}

func texts(n int) string { return amount(n) + " texts" }

func duration(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// amount writes a number as people read it: 12,345.
func amount(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
