package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Brotli is Node's: nothing to install, and no Go encoder to ship.
//
//go:embed compress.mjs
var script string

type job struct {
	From    string `json:"from"`
	To      string `json:"to"`
	Kind    string `json:"kind"` // br or gz
	Quality int    `json:"quality"`
}

var compressible = []string{".html", ".js", ".css", ".webmanifest", ".txt", ".svg", ".json", ".tsv", ".wasm", ".safetensors"}

// compress lays name.br and name.gz beside each file that gains by it, and tells
// what all weighs as brotli. What was compressed before is taken from the cache.
func compress(ctx context.Context, o options, files map[string][]byte) (string, error) {
	if err := os.MkdirAll(o.cache, 0o755); err != nil {
		return "", err
	}
	var names []string
	for name := range files {
		if slices.Contains(compressible, filepath.Ext(name)) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var jobs []job
	wanted := map[string]bool{} // two files may hold the same
	kept := func(name, kind string) string {
		return filepath.Join(o.cache, fmt.Sprintf("%s.%d.%s", hash(files[name]), o.quality, kind))
	}
	for _, name := range names {
		for _, kind := range []string{"br", "gz"} {
			if to := kept(name, kind); wanted[to] {
				continue
			} else if _, err := os.Stat(to); err != nil {
				wanted[to] = true
				jobs = append(jobs, job{filepath.Join(o.out, filepath.FromSlash(name)), kept(name, kind), kind, o.quality})
			}
		}
	}
	if err := runNode(ctx, jobs); err != nil {
		return "", err
	}
	total := 0
	for _, name := range names {
		for _, kind := range []string{"br", "gz"} {
			b, err := os.ReadFile(kept(name, kind))
			if err != nil {
				return "", err
			}
			p := filepath.Join(o.out, filepath.FromSlash(name)) + "." + kind
			if kind == "br" {
				total += len(b)
			}
			if len(b) >= len(files[name]) {
				if err := os.Remove(p); err != nil && !os.IsNotExist(err) {
					return "", err
				}
				continue
			}
			if same(p, b) {
				continue
			}
			if err := os.WriteFile(p, b, 0o644); err != nil {
				return "", err
			}
		}
	}
	return fmt.Sprintf("%.2f MB", float64(total)/1e6), nil
}

func runNode(ctx context.Context, jobs []job) error {
	if len(jobs) == 0 {
		return nil
	}
	in, err := json.Marshal(jobs)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "node", "--input-type=module", "-e", script)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("node: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}
