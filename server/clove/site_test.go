package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// built is a small dist.
func built(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, body := range map[string]string{
		"index.html": `<html data-version="1">`, "index.html.br": "br", "embed/index.html": "deeper", "sw.js": "sw", "a/page.12345678.wasm": "wasm",
		"a/page.12345678.wasm.br": "br", "data/mail.tsv": "source", "builtin.json": "source", ".builtin.stamp": "source",
	} {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestASiteIsWhatAVisitorMayAskForAndNoMore(t *testing.T) {
	out := filepath.Join(t.TempDir(), "public")
	for range 2 { // over an older one too
		if r := clove(t, "", "site", "--site", built(t), "--out", out, "--base", "/x/"); r.code != 0 {
			t.Fatal(r.err)
		}
	}
	for name, want := range map[string]string{
		"index.html": "data-version", "index.html.br": "br", "embed/index.html": "deeper", "a/page.12345678.wasm": "wasm", "a/page.12345678.wasm.br": "br",
		"api/info": "null", "404.html": `href="/x/"`,
	} {
		if b, err := os.ReadFile(filepath.Join(out, filepath.FromSlash(name))); err != nil || !strings.Contains(string(b), want) {
			t.Errorf("%s: %q %v", name, b, err)
		}
	}
	for _, name := range []string{"data", "builtin.json", ".builtin.stamp"} {
		if _, err := os.Stat(filepath.Join(out, name)); err == nil {
			t.Errorf("%s is published", name)
		}
	}
}

func TestASiteIsNotWrittenWhereItWouldHarm(t *testing.T) {
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "index.html"), []byte("my own page"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--site", built(t)}, exitUsage, "--out"},
		{[]string{"--site", built(t), "--out", t.TempDir(), "--base", "x"}, exitUsage, "slash"},
		{[]string{"--site", t.TempDir(), "--out", t.TempDir()}, exitFailed, "make build"},
		{[]string{"--site", built(t), "--out", other}, exitFailed, "another site"},
	} {
		if r := clove(t, "", append([]string{"site"}, c.args...)...); r.code != c.code || !strings.Contains(r.err, c.says) {
			t.Errorf("%v: %d %s", c.args, r.code, r.err)
		}
	}
}
