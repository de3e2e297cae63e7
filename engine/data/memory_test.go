package data

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/clove-ml/clove/engine/run/spec"
)

// An archive as large as the published one (84 MB), 50,000 unlabelled reviews
// included, is encoded in less than 300 MB: all that Go takes from the system, or
// the whole memory of the wasm module. Run it alone: CLOVE_SLOW=1 go test -run 300MB.
func TestTheArchiveOfAclImdbIsEncodedIn300MB(t *testing.T) {
	if os.Getenv("CLOVE_SLOW") == "" {
		t.Skip("takes a minute; set CLOVE_SLOW=1")
	}
	reviews, err := Open(realData(t, "imdb"), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	size := &counter{w: w}
	go func() { w.CloseWithError(writeArchive(size, reviews)) }()
	src, err := OpenReader("aclImdb_v1.tar.gz", func() (io.ReadCloser, error) { return r, nil }, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s, _ := spec.Preset("imdb") // the one with most tokens a text
	e, err := Encode(context.Background(), src, s, Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	if got := e.Facts.Texts; got.Train+got.Validation != 25000 || got.Test != 25000 {
		t.Errorf("%+v", got)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	kept := 0
	if b, err := e.MarshalBinary(); err == nil {
		kept = len(b)
	}
	t.Logf("an archive of %d MB took %d MB; its encoded texts are %d MB", size.n>>20, m.Sys>>20, kept>>20)
	if size.n < 84e6 || m.Sys > 300<<20 {
		t.Errorf("%d MB for an archive of %d MB", m.Sys>>20, size.n>>20)
	}
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return c.w.Write(p)
}

// writeArchive writes reviews as aclImdb does, and others twice over as its unlabelled ones.
func writeArchive(out io.Writer, reviews Source) error {
	z, err := gzip.NewWriterLevel(out, gzip.HuffmanOnly)
	if err != nil {
		return err
	}
	w := tar.NewWriter(z)
	n := 0
	add := func(folder, text string) error {
		n++
		h := &tar.Header{Name: fmt.Sprintf("aclImdb/%s/%d_0.txt", folder, n), Mode: 0o644, Size: int64(len(text)), Typeflag: tar.TypeReg}
		if err := w.WriteHeader(h); err != nil {
			return err
		}
		_, err := io.WriteString(w, text)
		return err
	}
	_, err = reviews.Each(context.Background(), func(r Row) error {
		folder := map[Split]string{Train: "train/", Test: "test/"}[r.Split] + map[string]string{"0": "neg", "1": "pos"}[r.Label]
		if err := add(folder, r.Text); err != nil {
			return err
		}
		return add("train/unsup", strings.ToUpper(r.Text))
	})
	if err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return z.Close()
}
