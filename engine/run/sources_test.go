package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/run/spec"
)

// some collects up to n rows.
func some(t *testing.T, src data.Source, n int) []data.Row {
	t.Helper()
	var rows []data.Row
	enough := errors.New("enough")
	_, err := src.Each(context.Background(), func(r data.Row) error {
		if rows = append(rows, r); len(rows) == n {
			return enough
		}
		return nil
	})
	if err != nil && !errors.Is(err, enough) {
		t.Fatal(err)
	}
	return rows
}

func TestReviewsNeedNothing(t *testing.T) {
	src, about, err := Sources{}.Open(context.Background(), spec.Default())
	if err != nil {
		t.Fatal(err)
	}
	if !about.Synthetic || len(some(t, src, 5)) != 5 {
		t.Errorf("%+v", about)
	}
}

func TestPackedSetsAreFetched(t *testing.T) {
	s := spec.Default()
	for _, source := range []string{"mail", "names"} {
		s.Data.Source = source
		asked := ""
		src, about, err := Sources{Fetch: func(_ context.Context, name string) (io.ReadCloser, error) {
			asked = name
			return io.NopCloser(strings.NewReader("ham\thello there\nspam\tbuy now\n")), nil
		}}.Open(context.Background(), s)
		if err != nil {
			t.Fatal(err)
		}
		if rows := some(t, src, 9); len(rows) != 2 || rows[1].Label != "spam" || rows[1].Text != "buy now" {
			t.Errorf("%+v", rows)
		}
		if asked != source+".tsv" || about.Synthetic || about.Origin == "" || about.Terms == "" {
			t.Errorf("asked for %q, %+v", asked, about)
		}
	}
}

func TestPackedSetsLieInAFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "names.tsv"), []byte("female\tAda\nmale\tBob\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := spec.Default()
	s.Data.Source = "names"
	src, _, err := Sources{Dir: dir}.Open(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	if rows := some(t, src, 9); len(rows) != 2 {
		t.Errorf("%+v", rows)
	}
}

func TestAFileMustBeTheOneThatTheSpecNames(t *testing.T) {
	path := filepath.Join(t.TempDir(), "set.tsv")
	text := []byte("no\tbad film\nyes\tgood film\n")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	for _, c := range []struct{ source, path, sha, code string }{
		{"file", path, "", ""},
		{"file", path, hex.EncodeToString(sum[:]), ""},
		{"file", path, strings.Repeat("0", 64), "data_other_file"},
		{"file", "", "", "data_missing"},
		{"imdb", "", "", "data_missing"},
	} {
		s := spec.Default()
		s.Data = spec.Data{Source: c.source, Path: c.path, SHA256: c.sha, Validation: 0.1}
		src, _, err := Sources{}.Open(context.Background(), s)
		var e *data.Error
		switch {
		case c.code == "" && err != nil:
			t.Errorf("%+v: %v", c, err)
		case c.code == "" && len(some(t, src, 9)) != 2:
			t.Errorf("%+v: the rows are others", c)
		case c.code != "" && (!errors.As(err, &e) || e.Code != c.code):
			t.Errorf("%+v: %v", c, err)
		}
	}
}
