package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/data/reviews"
	"github.com/clove-ml/clove/engine/run/spec"
)

// Sources finds the data that a Spec names. Its Open is an Env.Open.
type Sources struct {
	// Fetch opens a packed set by its file's name, "mail.tsv". Nil: it is a file in Dir.
	Fetch func(ctx context.Context, name string) (io.ReadCloser, error)
	// Dir is the folder of the packed sets, where Fetch is nil.
	Dir string
}

// Open is the source of s.Data, with what is known of it.
func (o Sources) Open(ctx context.Context, s spec.Spec) (data.Source, data.Builtin, error) {
	about := data.Builtin{Name: s.Data.Source}
	for _, b := range data.Builtins() {
		if b.Name == s.Data.Source {
			about = b
		}
	}
	options := data.ReadOptions{TextColumn: s.Data.TextColumn, LabelColumn: s.Data.LabelColumn}
	switch {
	case s.Data.Source == "reviews":
		return reviews.Source(s.Seed), about, nil
	case about.Packed:
		name := about.Name + ".tsv"
		src, err := data.OpenReader(name, func() (io.ReadCloser, error) { return o.fetch(ctx, name) }, options)
		return src, about, err
	case s.Data.Path == "":
		return nil, about, &data.Error{Code: "data_missing", Message: fmt.Sprintf("the data %q is not here: give the path of its folder or file", s.Data.Source)}
	}
	if s.Data.SHA256 != "" {
		if err := checkFile(ctx, s.Data.Path, s.Data.SHA256); err != nil {
			return nil, about, err
		}
	}
	src, err := data.Open(s.Data.Path, options)
	return src, about, err
}

func (o Sources) fetch(ctx context.Context, name string) (io.ReadCloser, error) {
	if o.Fetch != nil {
		return o.Fetch(ctx, name)
	}
	f, err := os.Open(filepath.Join(o.Dir, name))
	if err != nil {
		return nil, fmt.Errorf("opening the built-in data (make build packs it): %w", err)
	}
	return f, nil
}

// checkFile refuses a file whose bytes are not those that the Spec names.
func checkFile(ctx context.Context, path, want string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, reader{ctx, f}); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		return &data.Error{Code: "data_other_file", Where: filepath.Base(path),
			Message: fmt.Sprintf("this is another file than the spec's: its SHA-256 is %.12s…, not %.12s…", got, want)}
	}
	return nil
}

// reader ends with its context.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := context.Cause(r.ctx); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
