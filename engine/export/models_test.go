package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/text"
)

var generic = tensor.Generic(tensor.GenericOptions{})

// trained is an LSTM, or a bag, with values as training leaves them, about.
func trained(t testing.TB, kind string, e, h, labels int) *model.Model {
	t.Helper()
	words := []string{"the", "it's", "naïve", "film", "não", "电", "影", "!", ",", `\s`, "ﬁn"}
	var counts []text.Count
	for i := range 58 {
		word := fmt.Sprintf("w%d", i)
		if i < len(words) {
			word = words[i]
		}
		counts = append(counts, text.Count{Token: word, N: 1})
	}
	s := spec.Default()
	s.Model.Kind, s.Model.Embedding, s.Model.Hidden = kind, e, h
	s.Tokenizer.MaxTokens, s.Tokenizer.Cut = 12, "both"
	var names []string
	for i := range labels {
		names = append(names, fmt.Sprintf("label%d", i))
	}
	c, v := model.NewConfig(s, names), text.Build(counts, 60, 1)
	r := rand.New(rand.NewPCG(uint64(e), uint64(h)))
	values := map[string][]float32{}
	for _, p := range c.Shapes(v.Size()) {
		n := 1
		for _, d := range p.Shape {
			n *= d
		}
		w := make([]float32, n)
		for i := range w {
			w[i] = float32(r.IntN(2867)-1433) / 2048 // multiples of 2⁻¹¹ in ±0.7
		}
		if p.Name == model.Embedding {
			clear(w[:e])
		}
		values[p.Name] = w
	}
	m, err := model.FromFloats(c, v, func(name string) []float32 { return values[name] })
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// encode stores a matrix.
type encode func(w []float32, rows, cols int) model.Encoding

func integral(o model.Rounding) encode {
	return func(w []float32, rows, cols int) model.Encoding { return o.Round(w, rows, cols) }
}

func half(brain bool) encode {
	return func(w []float32, rows, cols int) model.Encoding { return model.ToHalf(w, rows, cols, brain) }
}

func clustered(bits int) encode {
	return func(w []float32, rows, cols int) model.Encoding {
		book := make([]float32, 1<<bits)
		for i := range book {
			book[i] = 0.7 * (2*float32(i)/float32(len(book)-1) - 1)
		}
		return model.Cluster(w, rows, cols, bits, book)
	}
}

// kept stores one weight in so many, a row alone of them where it is whole.
func kept(one int, inner encode) encode {
	return func(w []float32, rows, cols int) model.Encoding {
		for i := range w {
			if i%one != 0 {
				w[i] = 0
			}
		}
		if inner == nil {
			return model.SparseF32(w, rows, cols)
		}
		return model.SparseOf(w, rows, cols, func(k []float32) model.Encoding { return inner(k, 1, len(k)) })
	}
}

func split(bits, sub int, norms bool) encode {
	return func(w []float32, rows, cols int) model.Encoding {
		m := (cols + sub - 1) / sub
		codes, book := make([]byte, rows*m), make([]float32, cols<<bits)
		for i := range codes {
			codes[i] = byte(i*7) & byte(1<<bits-1)
		}
		for i := range book {
			book[i] = w[i%len(w)]
		}
		p := &model.Product{Rows: rows, Cols: cols, Sub: sub, Bits: bits, Packed: model.Pack(codes, rows, m, bits), Codebook: half(false)(book, 1<<bits, cols)}
		if norms {
			n := make([]float32, rows)
			for i := range n {
				n[i] = 0.5 + float32(i%4)/8
			}
			p.Norms = clustered(8)(n, 1, rows)
		}
		return p
	}
}

func narrowed(inner encode) encode {
	return func(w []float32, rows, cols int) model.Encoding {
		k := min(3, rows, cols)
		return &model.LowRank{Rows: rows, Cols: cols, Rank: k, U: inner(w[:rows*k], rows, k), V: inner(w[:k*cols], k, cols)}
	}
}

func squeezed(inner encode) encode {
	return func(w []float32, rows, cols int) model.Encoding { return &model.Huffman{Of: inner(w, rows, cols)} }
}

// How far a logit on the stored form may be from that on the decoded weights: package
// infer's suite holds these bounds.
const (
	exact    = 0
	reorders = 2e-4
	rounds   = 0.1
)

// kinds are all the encodings, and mixes of them.
var kinds = map[string]struct {
	encode
	bound float64
}{
	"f32":              {func(w []float32, _, _ int) model.Encoding { return model.F32(w) }, exact},
	"f16":              {half(false), exact},
	"bf16":             {half(true), exact},
	"int8":             {integral(model.Rounding{Bits: 8}), rounds},
	"int8/sym":         {integral(model.Rounding{Bits: 8, Symmetric: true}), rounds},
	"int8/tensor":      {integral(model.Rounding{Bits: 8, Per: model.PerTensor}), rounds},
	"int8/group32":     {integral(model.Rounding{Bits: 8, Per: 32}), rounds},
	"int4":             {integral(model.Rounding{Bits: 4}), rounds},
	"int4/tensor/sym":  {integral(model.Rounding{Bits: 4, Per: model.PerTensor, Symmetric: true}), rounds},
	"int4/group32":     {integral(model.Rounding{Bits: 4, Per: 32}), rounds},
	"int4/group64/sym": {integral(model.Rounding{Bits: 4, Per: 64, Symmetric: true}), rounds},
	"int8/gate": {func(w []float32, rows, cols int) model.Encoding {
		if rows%4 != 0 {
			return model.Quantize(w, rows, cols)
		}
		return model.Rounding{Bits: 8, Per: model.PerGate}.Round(w, rows, cols)
	}, rounds},
	"binary":      {func(w []float32, rows, cols int) model.Encoding { return model.Binarize(w, rows, cols, true) }, rounds},
	"sign":        {func(w []float32, rows, cols int) model.Encoding { return model.Binarize(w, rows, cols, false) }, 4 * rounds},
	"ternary":     {func(w []float32, rows, cols int) model.Encoding { return model.Ternarize(w, rows, cols) }, rounds},
	"cluster1":    {clustered(1), exact},
	"cluster3":    {clustered(3), exact},
	"cluster8":    {clustered(8), exact},
	"pq2/sub3":    {split(2, 3, false), exact},
	"pq5/norm":    {split(5, 4, true), exact},
	"lowrank":     {narrowed(func(w []float32, _, _ int) model.Encoding { return model.F32(w) }), reorders},
	"lowrank int": {narrowed(integral(model.Rounding{Bits: 8})), rounds},
	"sparse f32":  {kept(3, nil), exact},
	"sparse f16":  {kept(3, half(false)), exact},
	"sparse int8": {func(w []float32, rows, cols int) model.Encoding {
		for i := range w {
			if i%3 != 0 {
				w[i] = 0
			}
		}
		return model.SparseInt8(model.Quantize(w, rows, cols))
	}, rounds},
	"huffman ternary": {squeezed(func(w []float32, rows, cols int) model.Encoding { return model.Ternarize(w, rows, cols) }), rounds},
	"huffman int8":    {squeezed(integral(model.Rounding{Bits: 8})), rounds},
	"huffman int4":    {squeezed(integral(model.Rounding{Bits: 4, Per: 32})), rounds},
	"huffman pq":      {squeezed(split(3, 2, true)), exact},
	"deep":            {squeezed(kept(9, clustered(5))), exact},
	"deeper":          {squeezed(kept(300, clustered(2))), exact},
}

func encoded(m *model.Model, e encode) *model.Model {
	return m.With(func(p model.Param) model.Encoding {
		if len(p.Shape) < 2 {
			return p.Enc
		}
		return e(p.Values(), p.Shape[0], p.Shape[1])
	})
}

// each calls f with an LSTM and a bag in every kind, every other vocabulary compact.
func each(t *testing.T, f func(name string, m *model.Model, bound float64)) {
	compact := false
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		k := kinds[name]
		for _, net := range []struct {
			kind         string
			e, h, labels int
		}{{"lstm", 10, 7, 2}, {"lstm", 45, 38, 3}, {model.Bag, 45, 45, 3}} {
			m := encoded(trained(t, net.kind, net.e, net.h, net.labels), k.encode)
			if compact = !compact; compact {
				m = m.Compacted()
			}
			f(fmt.Sprintf("%s, %s of %d", name, net.kind, net.e), m, k.bound)
		}
	}
}

// logits of texts, one after the other.
func logits(t *testing.T, m *model.Model, texts [][]int32, options ...infer.Option) []float32 {
	t.Helper()
	p, err := infer.New(m, generic, options...)
	if err != nil {
		t.Fatal(err)
	}
	z, err := p.Logits(texts)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// near fails unless all of got lie within bound of want, of greater ones in proportion.
func near(t *testing.T, what string, got []float64, want []float32, bound float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d logits, want %d", what, len(got), len(want))
	}
	for i, z := range got {
		if d := math.Abs(z - float64(want[i])); !(d <= bound*max(1, math.Abs(float64(want[i])))) {
			t.Errorf("%s: logit %d is %g, want %g within %g", what, i, z, want[i], bound)
			return
		}
	}
}

// file writes one of a test's.
func file(t *testing.T, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), strings.NewReplacer("/", "-", " ", "-").Replace(name))
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// ask gives a script questions as JSON, and reads its answers into the other.
func ask(t *testing.T, program, script string, questions, answers any) {
	t.Helper()
	in, err := json.Marshal(questions)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, script)
	var said bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", program, script, err, said.String())
	}
	if err := json.Unmarshal(out, answers); err != nil {
		t.Fatalf("%s answers %.200q: %v", script, out, err)
	}
}

// needs skips a test where a program does not run so.
func needs(t *testing.T, why string, command ...string) {
	t.Helper()
	if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
		t.Skipf("%s: %v %.200s", why, err, out)
	}
}
