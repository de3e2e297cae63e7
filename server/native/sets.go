// Package native is the engine as this machine runs it: all its threads, and data
// from its disk. The server and the command line both train through it.
package native

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
)

// Sets finds data sets by the name that a Spec gives them.
type Sets struct {
	Packed string // folder of mail.tsv and names.tsv, as the build packs them
	Own    string // folder of what its owner put there: aclImdb, as published or imported
}

// imdbNames are what the film reviews may be called in a folder, best first.
var imdbNames = []string{"imdb", "aclImdb", "aclImdb_v1.tar.gz", "aclImdb.tar.gz", "imdb.tar.gz"}

// Found is a set that can be opened.
type Found struct {
	data.Builtin
	Path string // "" where it is made, not read
}

// List gives the sets that are here, in the order of menus.
func (s Sets) List() []Found {
	var found []Found
	for _, b := range data.Builtins() {
		if path, ok := s.find(b); ok {
			found = append(found, Found{b, path})
		}
	}
	return found
}

func (s Sets) find(b data.Builtin) (string, bool) {
	switch {
	case b.Packed:
		path := filepath.Join(s.Packed, b.Name+".tsv")
		return path, exists(path)
	case b.Name == "imdb":
		if s.Own == "" {
			return "", false
		}
		for _, name := range imdbNames {
			if path := filepath.Join(s.Own, name); exists(path) {
				return path, true
			}
		}
		return s.Own, isIMDB(s.Own)
	}
	return "", true
}

// isIMDB tells whether dir is the folder as published.
func isIMDB(dir string) bool {
	return exists(filepath.Join(dir, "train", "pos")) && exists(filepath.Join(dir, "test", "pos"))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Open is the source of s.Data: an Env.Open. Data.Path, where given, comes first.
func (s Sets) Open(ctx context.Context, sp spec.Spec) (data.Source, data.Builtin, error) {
	if sp.Data.Path == "" {
		for _, b := range data.Builtins() {
			if b.Name != sp.Data.Source {
				continue
			}
			path, ok := s.find(b)
			if !ok {
				return nil, b, &data.Error{Code: "data_missing", Message: s.missing(b)}
			}
			if !b.Packed {
				sp.Data.Path = path
			}
		}
	}
	return run.Sources{Dir: s.Packed}.Open(ctx, sp)
}

// missing says what to do about it.
func (s Sets) missing(b data.Builtin) string {
	if b.Packed {
		return fmt.Sprintf("the built-in data %q is not in %s; make build packs it there", b.Name, s.Packed)
	}
	return fmt.Sprintf("the data %q is not in %s; give its folder or file with --data, or keep it there: clove data import --as %s PATH", b.Name, s.Own, b.Name)
}
