package compress

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
)

// With the words of real reviews, the file of imdb-small in int8 takes at most 30 % of the
// original's, the vocabulary in both. The weights' values do not change a byte of either.
func TestInt8OfRealReviewsTakesUnder30Percent(t *testing.T) {
	root := os.Getenv("CLOVE_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	path := filepath.Join(root, "imdb", "train.tsv.gz")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no %s here; name the folder of the sets as CLOVE_DATA", path)
	}
	src, err := data.Open(path, data.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s, _ := spec.Preset("imdb-small")
	s.Data.Limit = 5000
	enc, err := data.Encode(context.Background(), src, s, data.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	if n := enc.Vocab.Size(); n != 10000 {
		t.Fatalf("a vocabulary of %d", n)
	}
	c := model.NewConfig(s, enc.Labels)
	values := map[string][]float32{}
	for _, p := range c.Shapes(10000) {
		n := 1
		for _, d := range p.Shape {
			n *= d
		}
		values[p.Name] = make([]float32, n)
	}
	m, err := model.FromFloats(c, enc.Vocab, func(name string) []float32 { return values[name] })
	if err != nil {
		t.Fatal(err)
	}
	small, err := quantize(context.Background(), state{m: m}, job{})
	if err != nil {
		t.Fatal(err)
	}
	before, after := m.FileBytes(), small.m.FileBytes()
	t.Logf("%d → %d bytes, %.1f %%; %v", before, after, 100*float64(after)/float64(before), small.m.Parts())
	if float64(after) > 0.3*float64(before) {
		t.Errorf("int8 takes %d of %d bytes", after, before)
	}
}
