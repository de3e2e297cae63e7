package main

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"
)

// The packages themselves, where npm has installed them.
func TestTheRealPackagesHoldWhatIsToldOfThem(t *testing.T) {
	node := filepath.Join("..", "..", "node_modules")
	if _, err := packagePath(node, mailPackage, "data"); err != nil {
		t.Skip(err)
	}
	if testing.Short() || runtime.GOOS == "js" {
		t.Skip("reads 6,046 letters, for seconds")
	}
	letters, err := packMail(node)
	if err != nil {
		t.Fatal(err)
	}
	if letters.read != 6046 || len(letters.rows) < 5700 || len(letters.rows) > 5917 {
		t.Errorf("%d letters of %d", len(letters.rows), letters.read)
	}
	masked := map[string]int{}
	for _, r := range letters.rows {
		if !utf8.ValidString(r.text) || utf8.RuneCountInString(r.text) > 2000 || strings.ContainsAny(r.text, "\t\n\r") {
			t.Errorf("untidy: %.80q", r.text)
		}
		for _, w := range []string{"<email>", "<url>", "<phone>"} {
			if strings.Contains(r.text, w) {
				masked[w]++
			}
		}
		// Marks of the lists and of the corpus would give the label away.
		for _, w := range []string{"deathtospam", "zzzzteana", "geek heaven", "listinfo"} {
			if strings.Contains(strings.ToLower(r.text), w) {
				t.Errorf("%q is left in %.80q", w, r.text)
			}
		}
	}
	if masked["<email>"] < 1000 || masked["<url>"] < 1000 || masked["<phone>"] < 100 {
		t.Errorf("masked %v", masked)
	}
	names, err := packNames(node)
	if err != nil {
		t.Fatal(err)
	}
	if len(names.rows) < 7500 || names.dropped["female and male"] < 500 {
		t.Errorf("%d names, dropped %v", len(names.rows), names.dropped)
	}
}
