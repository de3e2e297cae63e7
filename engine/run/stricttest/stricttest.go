// Package stricttest holds a machine to Strict arithmetic: short runs on two built-in
// sets of data, whose weights golden.json tells by their SHA-256. Whatever trains them
// must come to these: any device, any number of threads or workers, any processor,
// natively, in Node and in a browser (e2e/strict.test.mjs reads the same file), with or
// without a pause. A change of a hash is a change of what every Spec gives, and needs a
// new spec.ArithmeticVersion: by that a link knows which hashes can be compared.
package stricttest

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
)

//go:embed golden.json
var file []byte

// Golden is a run and what it must give.
type Golden struct {
	Name       string
	Spec       spec.Spec
	Trained    string // SHA-256 of the weights as trained
	Compressed string // and of the small model that the Spec makes of them

	Encoded *data.Encoded `json:"-"` // its data, read and encoded
}

// Goldens are all of them, without their data.
func Goldens() (goldens []Golden, err error) {
	err = json.Unmarshal(file, &goldens)
	return goldens, err
}

// Each calls f with each golden run. It skips where the data was not packed: make
// test packs it before the tests.
func Each(t *testing.T, f func(t *testing.T, g Golden)) {
	goldens, err := Goldens()
	if err != nil {
		t.Fatal(err)
	}
	dir := packed(t)
	for _, g := range goldens {
		t.Run(g.Name, func(t *testing.T) {
			if _, err := os.Stat(filepath.Join(dir, g.Spec.Data.Source+".tsv")); errors.Is(err, fs.ErrNotExist) {
				t.Skipf("dist/data has no %s.tsv; make build packs it", g.Spec.Data.Source)
			}
			enc, _, err := run.Describe(context.Background(), g.Spec, run.Env{Open: run.Sources{Dir: dir}.Open}, func(spec.Event) {})
			if err != nil {
				t.Fatal(err)
			}
			g.Encoded = enc
			f(t, g)
		})
	}
}

// packed is the folder of the packed sets, in the repository's root.
func packed(t *testing.T) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "dist", "data")
		}
		above := filepath.Dir(dir)
		if above == dir {
			t.Fatal("no go.mod above this test")
		}
		dir = above
	}
}

// Check runs the Spec in this environment, whole.
func (g Golden) Check(t *testing.T, env run.Env) {
	t.Helper()
	env.Encoded = g.Encoded
	res, err := run.Run(context.Background(), g.Spec, env, func(spec.Event) {})
	if err != nil {
		t.Fatal(err)
	}
	if got := res.Model.SHA256(); got != g.Trained {
		t.Errorf("trained: the weights' SHA-256 is %s, want %s", got, g.Trained)
	}
	if got := res.Compressed.SHA256(); got != g.Compressed {
		t.Errorf("compressed: the weights' SHA-256 is %s, want %s", got, g.Compressed)
	}
}

// CheckStopped runs it in two parts: stopped in the middle of an epoch by the one
// environment, and from its checkpoint to the end by the other. The row of padding
// must be as it was.
func (g Golden) CheckStopped(t *testing.T, first, then run.Env) {
	t.Helper()
	var kept run.Checkpoint
	stepsAnEpoch, turns := 0, 0
	first.Encoded, first.Control = g.Encoded, run.NewControl()
	first.Save = func(_ context.Context, c run.Checkpoint) error {
		kept = c
		return nil
	}
	first.Yield = func() { // called after every step
		if turns++; turns == 5 {
			first.Control.Cancel()
		}
	}
	_, err := run.Run(context.Background(), g.Spec, first, func(e spec.Event) {
		if s, ok := e.(spec.Started); ok {
			stepsAnEpoch = s.StepsAnEpoch
		}
	})
	if !errors.Is(err, run.ErrCancelled) {
		t.Fatalf("the run was to be stopped, it gives %v", err)
	}
	if kept.Step == 0 || kept.Step%stepsAnEpoch == 0 {
		t.Fatalf("stopped at step %d of %d an epoch, which is not within one", kept.Step, stepsAnEpoch)
	}
	checkPadding(t, g.Spec.Model.Embedding, kept.Bytes)
	then.Resume = kept.Bytes
	g.Check(t, then)
}

// checkPadding looks at the embedding's first row in a checkpoint: padding is no token,
// and neither it nor Adam's moments of it are ever touched.
func checkPadding(t *testing.T, E int, checkpoint []byte) {
	t.Helper()
	_, tensors, err := model.ReadTensors(checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, x := range tensors {
		if !strings.HasSuffix(x.Name, "embedding.weight") {
			continue
		}
		found++
		for i, b := range x.Data[:4*E] {
			if b != 0 {
				t.Errorf("%s: byte %d of the row of padding is %02x", x.Name, i, b)
				break
			}
		}
	}
	if found < 3 {
		t.Errorf("the checkpoint holds %d of an embedding's weights, first and second moments", found)
	}
}
