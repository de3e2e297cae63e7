package run

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/clove-ml/clove/engine/run/spec"
)

// reviews25k is the folder of the real IMDB reviews, or skips the test.
func reviews25k(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("CLOVE_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	path := filepath.Join(dir, "imdb")
	if _, err := os.Stat(path); err != nil {
		t.Skip("needs the IMDB reviews: set CLOVE_DATA to a folder with imdb/train.tsv.gz and imdb/test.tsv.gz")
	}
	return path
}

// What the spec imdb-small must reach on 25,000 reviews, and what int8 may cost. Minutes; `make slow` runs it.
func TestSlowRealReviews(t *testing.T) {
	if os.Getenv("CLOVE_SLOW") == "" {
		t.Skip("takes minutes; set CLOVE_SLOW=1")
	}
	s, _ := spec.Preset("imdb-small")
	s.Data.Path = reviews25k(t)
	s.Compress = "quantize=int8"
	res, err := Run(context.Background(), s, Env{Open: Sources{}.Open, Threads: 4}, func(e spec.Event) {
		switch e.(type) {
		case spec.Epoch, spec.Done:
			t.Logf("%s", spec.Encode(e))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	whole, small := res.Variants[0], res.Variants[1]
	t.Logf("original %.4f (%.4f to %.4f), %d bytes, %.2f ms a text", whole.Test.Accuracy, whole.Test.Low, whole.Test.High, whole.FileBytes, whole.LatencyMS)
	t.Logf("int8 %.4f (%.4f to %.4f), %d bytes (%.1f %%), %.2f ms a text, %d answers changed",
		small.Test.Accuracy, small.Test.Low, small.Test.High, small.FileBytes, 100*float64(small.FileBytes)/float64(whole.FileBytes), small.LatencyMS, small.Changed)
	if whole.Test.Accuracy < 0.83 || whole.Test.Texts != 25000 {
		t.Errorf("accuracy %.4f on %d reviews, want 0.83 on 25,000", whole.Test.Accuracy, whole.Test.Texts)
	}
	if lost := whole.Test.Accuracy - small.Test.Accuracy; lost > 0.003 {
		t.Errorf("int8 loses %.4f, may lose 0.003", lost)
	}
	if share := float64(small.FileBytes) / float64(whole.FileBytes); share > 0.3 {
		t.Errorf("the int8 file is %.1f %% of the original's, may be 30 %%", 100*share)
	}
}
