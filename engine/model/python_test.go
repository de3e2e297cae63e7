package model

import (
	"encoding/binary"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestAReaderInPythonFindsTheSameWeights holds docs/read_clove.py, which knows the format
// from docs/format.md alone, against our own reader. A low rank it adds in another order.
func TestAReaderInPythonFindsTheSameWeights(t *testing.T) {
	python := "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import numpy").Run(); err != nil {
		t.Skipf("no %s with numpy here: %v", python, err)
	}
	const script = `import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import read_clove
for path in sys.argv[2:]:
    for name, w in sorted(read_clove.read(path).items()):
        sys.stdout.buffer.write(w.astype("<f4").tobytes())
`
	dir := t.TempDir()
	all := inEveryEncoding(small(t, 150, 40, 12))
	all["deeper"] = sparselyMarked(all["f32"])
	bag := all["f32"].Config
	bag.Model.Kind = Bag
	mean, err := FromFloats(bag, all["f32"].Vocab, func(name string) []float32 {
		if name == LinearWeight {
			return make([]float32, bag.Outputs*bag.Model.Embedding)
		}
		return all["f32"].Floats(name)
	})
	if err != nil {
		t.Fatal(err)
	}
	all["bag"] = matrices(mean, rounded(Rounding{Bits: 4, Per: 32}))
	args := []string{"-c", script, "../../docs"}
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		path := filepath.Join(dir, strings.ReplaceAll(name, "/", "-")+".safetensors")
		if err := os.WriteFile(path, all[name].Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	cmd := exec.Command(python, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", python, err)
	}
	for _, name := range names {
		for _, p := range all[name].Params {
			want := p.Values()
			if len(out) < 4*len(want) {
				t.Fatalf("%s: %s: %d bytes are left", name, p.Name, len(out))
			}
			bound := 0.0
			if _, ok := p.Enc.(*LowRank); ok {
				bound = 1e-5
			}
			for i, x := range want {
				got := math.Float32frombits(binary.LittleEndian.Uint32(out[4*i:]))
				if d := math.Abs(float64(got) - float64(x)); !(d <= bound) {
					t.Fatalf("%s: %s %s: weight %d is %g for it, %g for us", name, p.Name, p.Enc.Kind(), i, got, x)
				}
			}
			out = out[4*len(want):]
		}
	}
	if len(out) != 0 {
		t.Errorf("%d bytes are left over", len(out))
	}
}

// sparselyMarked keeps 1 weight in 100, so that bitmaps are coded as gaps.
func sparselyMarked(m *Model) *Model {
	return matrices(m, func(w []float32, rows, cols int) Encoding {
		for i := range w {
			if i%100 != 7 {
				w[i] = 0
			}
		}
		return &Huffman{SparseOf(w, rows, cols, func(kept []float32) Encoding { return Rounding{Bits: 4, Per: 32}.Round(kept, 1, len(kept)) })}
	})
}
