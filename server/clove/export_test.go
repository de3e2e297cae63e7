package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clove-ml/clove/engine/export"
)

func TestExportWritesEveryFormatAndSaysWhatItDecoded(t *testing.T) {
	path, data := trained(t)
	small := filepath.Join(t.TempDir(), "small.safetensors")
	if r := clove(t, "", "compress", "--model", path, "--pipeline", "quantize=int8", "--data", data, "--out", small); r.code != 0 {
		t.Fatal(r.err)
	}
	for _, f := range export.Formats {
		out := filepath.Join(t.TempDir(), "out"+f.Suffix)
		r := clove(t, "", "export", "--model", small, "--to", f.Name, "--out", out)
		b, err := os.ReadFile(out)
		if r.code != 0 || err != nil || !strings.HasPrefix(r.out, out+": "+amount(len(b))+" bytes") {
			t.Errorf("--to %s: %d %q %s %v", f.Name, r.code, r.out, r.err, err)
		}
		if says := strings.Contains(r.out, "decoded to float32 from int8"); says != f.Decoded {
			t.Errorf("--to %s: %q", f.Name, r.out)
		}
	}
	again := filepath.Join(t.TempDir(), "again.safetensors")
	clove(t, "", "export", "--model", small, "--to", "clove", "--out", again)
	was, _ := os.ReadFile(small)
	if is, _ := os.ReadFile(again); string(is) != string(was) {
		t.Error("--to clove is another file")
	}
}
