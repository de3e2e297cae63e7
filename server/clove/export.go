package main

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/clove-ml/clove/engine/export"
	"github.com/clove-ml/clove/engine/model"
)

var exportCommand = command{
	name:    "export",
	summary: "take a model with you: ONNX, one HTML file, decoded weights",
	help: `
Usage: clove export --model M --to onnx|html|safetensors|clove --out F

Writes the model in another form:
  onnx         a graph that onnxruntime and its like run: ids [batch, time], filled up
               with 0, to logits; what makes ids of a text is in its metadata
  html         one page with the model, its words and what runs them inside; it opens
               by a double click, and needs no network
  safetensors  the weights under PyTorch's names (docs/read_weights.py reads them)
  clove        the file as it is
ONNX and safetensors hold float32; weights stored otherwise are decoded.

  clove export --model small.safetensors --to html --out small.html
  clove export --model small.safetensors --to onnx --out small.onnx`,
	prepare: func(f *flag.FlagSet) func(context.Context, *console, []string) error {
		path := f.String("model", "", "`FILE` of the model")
		to := f.String("to", "", "`FORMAT`: "+strings.Join(export.Names(), ", "))
		out := f.String("out", "", "`FILE` to write")
		return func(_ context.Context, c *console, args []string) error {
			if len(args) > 0 {
				return usage("takes no arguments, got %q", args[0])
			}
			if *to == "" {
				return usage("--to is missing: one of %s", strings.Join(export.Names(), ", "))
			}
			format, err := export.Of(*to)
			if err != nil {
				return usage("--to: %v", err)
			}
			m, err := readModel(*path)
			if err != nil {
				return err
			}
			if err := writable(*out); err != nil {
				return err
			}
			b := format.Bytes(m)
			if err := replaceFile(*out, b); err != nil {
				return fmt.Errorf("writing %s: %w", format.Name, err)
			}
			_, err = fmt.Fprintf(c.out, "%s: %s bytes%s\n", *out, amount(len(b)), decoded(format, m))
			return err
		}
	},
}

// decoded says which weights a format holds that the model stores otherwise.
func decoded(f export.Format, m *model.Model) string {
	kinds := slices.DeleteFunc(export.Stored(m), func(kind string) bool { return kind == "f32" })
	if !f.Decoded || len(kinds) == 0 {
		return ""
	}
	return ", decoded to float32 from " + strings.Join(kinds, ", ")
}
