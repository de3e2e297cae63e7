package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/clove-ml/clove/engine/run/spec"
)

func TestAModelSurvivesItsFile(t *testing.T) {
	for name, m := range inEveryEncoding(small(t, 60, 8, 6)) {
		file := m.Bytes()
		got, err := Read(file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(m.Config, got.Config); diff != "" {
			t.Errorf("%s: config: %s", name, diff)
		}
		if diff := cmp.Diff(m.Params, got.Params); diff != "" {
			t.Errorf("%s: parameters: %s", name, diff)
		}
		if got.SHA256() != m.SHA256() || !bytes.Equal(got.Bytes(), file) {
			t.Errorf("%s: another SHA-256 or file after reading", name)
		}
	}
}

func TestAClassifierOfManyLabelsSurvivesToo(t *testing.T) {
	m := small(t, 20, 4, 3, "a", "b", "c", "d")
	got, err := Read(m.Bytes())
	if err != nil || got.Config.Outputs != 4 {
		t.Fatalf("%d outputs, %v", got.Config.Outputs, err)
	}
}

func TestReadingKeepsNothingOfTheBytes(t *testing.T) {
	for name, m := range inEveryEncoding(small(t, 30, 4, 4)) {
		file := m.Bytes()
		got, err := Read(file)
		if err != nil {
			t.Fatal(err)
		}
		clear(file)
		if got.SHA256() != m.SHA256() {
			t.Errorf("%s: the model changed with the bytes it was read from", name)
		}
	}
}

func TestTheFileDoesNotTellWhereItsDataLay(t *testing.T) {
	m := small(t, 20, 4, 4)
	file := m.Bytes()
	m.Config.Spec.Data.Path = "/home/someone/reviews"
	if !bytes.Equal(m.Bytes(), file) {
		t.Error("the path of the data is in the file")
	}
}

func TestThePartsAddUpToTheFile(t *testing.T) {
	for name, m := range inEveryEncoding(small(t, 61, 9, 7)) {
		sum := 0
		for _, p := range m.Parts() {
			if p.Bytes <= 0 {
				t.Errorf("%s: %s takes %d bytes", name, p.Name, p.Bytes)
			}
			sum += p.Bytes
		}
		if n := len(m.Bytes()); sum != n || m.FileBytes() != n {
			t.Errorf("%s: the parts add up to %d, FileBytes is %d, the file has %d", name, sum, m.FileBytes(), n)
		}
	}
}

func TestThePlanIsTheFileToTheByte(t *testing.T) {
	m := small(t, 2412, 64, 33)
	table, n := Plan(m.Config, m.Vocab)
	if n != len(m.Bytes()) {
		t.Errorf("planned %d bytes, the file has %d", n, len(m.Bytes()))
	}
	if diff := cmp.Diff(m.Layers(), table); diff != "" {
		t.Error(diff)
	}
	weights := 0
	for _, l := range table {
		weights += l.Weights
	}
	if table[0].Shape != "2,412 × 64" || weights != m.Config.Parameters(m.Vocab.Size()) {
		t.Errorf("the table is %+v, %d weights", table, weights)
	}
}

// The worst case of the promise "at most 30 %": the vocabulary is in both files, and
// invented words of 9 letters are longer than real ones (a mean of 6.5 in film reviews).
func TestInt8TakesUnder30PercentOfTheFile(t *testing.T) {
	m := small(t, 10000, 64, 64)
	quantized := matrices(m, rounded(Rounding{Bits: 8}))
	a, b := m.FileBytes(), quantized.FileBytes()
	t.Logf("%d → %d bytes, %.1f %%", a, b, 100*float64(b)/float64(a))
	if float64(b) > 0.3*float64(a) {
		t.Errorf("int8 takes %d of %d bytes, %.1f %%", b, a, 100*float64(b)/float64(a))
	}
}

func TestTheSHAIsOfNamesAndStoredBytes(t *testing.T) {
	m := small(t, 20, 4, 4)
	for name, other := range inEveryEncoding(m) {
		if name != "f32" && other.SHA256() == m.SHA256() {
			t.Errorf("%s has the SHA-256 of the original", name)
		}
	}
	// It knows the weights alone.
	other := *m
	other.Config.Labels = []string{"x", "y"}
	if other.SHA256() != m.SHA256() {
		t.Error("labels are in the SHA-256")
	}
	changed := m.With(func(p Param) Encoding {
		v := p.Values()
		if p.Name == LinearBias {
			v[0]++
		}
		return F32(v)
	})
	if changed.SHA256() == m.SHA256() {
		t.Error("a bias is not in the SHA-256")
	}
}

// refile changes the metadata and the tensors of a sound file.
func refile(t *testing.T, m *Model, change func(meta map[string]string, tensors map[string]Tensor)) []byte {
	t.Helper()
	meta, list, err := ReadTensors(m.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	tensors := map[string]Tensor{}
	for _, x := range list {
		tensors[x.Name] = Tensor{x.Name, x.DType, x.Shape, slices.Clone(x.Data)}
	}
	change(meta, tensors)
	return WriteTensors(meta, slices.Collect(maps.Values(tensors)))
}

func TestAFileThatIsNoModelOfItsConfigIsRefusedWithTheReason(t *testing.T) {
	all := inEveryEncoding(small(t, 30, 8, 5)) // 5 rows × 30 columns and others end within a byte
	config := func(old, new string) func(map[string]string, map[string]Tensor) {
		return func(meta map[string]string, _ map[string]Tensor) {
			if !strings.Contains(meta[metaConfig], old) {
				t.Fatalf("no %q in %s", old, meta[metaConfig])
			}
			meta[metaConfig] = strings.Replace(meta[metaConfig], old, new, 1)
		}
	}
	poke := func(name string, at int, b ...byte) func(map[string]string, map[string]Tensor) {
		return func(_ map[string]string, tensors map[string]Tensor) { copy(tensors[name].Data[at:], b) }
	}
	type change = func(meta map[string]string, tensors map[string]Tensor)
	for _, c := range []struct {
		name, of, code, want string
		change               change
	}{
		{"someone else's file", "f32", Shape, "metadata", func(meta map[string]string, _ map[string]Tensor) { clear(meta) }},
		{"no vocabulary", "f32", Shape, "vocabulary", func(meta map[string]string, _ map[string]Tensor) { delete(meta, metaVocabulary) }},
		{"a config that is no JSON", "f32", Corrupt, "config", config("{", "")},
		{"a vocabulary without <pad>", "f32", Corrupt, "vocabulary", func(meta map[string]string, _ map[string]Tensor) { meta[metaVocabulary] = "a b c" }},
		{"a vocabulary of another length", "f32", Shape, Embedding, func(meta map[string]string, _ map[string]Tensor) { meta[metaVocabulary] += " more" }},
		{"other widths", "f32", Shape, "wants", config(`"hidden":5`, `"hidden":6`)},
		{"a width beyond bounds", "f32", Shape, "out of bounds", config(`"hidden":5`, `"hidden":99999999`)},
		{"an unknown tokenizer", "f32", Shape, "out of bounds", config(`"kind":"words"`, `"kind":"bytes"`)},
		{"one label", "f32", Shape, "labels", config(`"negative",`, ``)},
		{"labels out of order", "f32", Shape, "labels", config(`"negative","positive"`, `"positive","negative"`)},
		{"outputs that are not the labels'", "f32", Shape, "outputs", config(`"outputs":1`, `"outputs":2`)},
		{"a parameter missing", "f32", Shape, LSTMHidden, func(_ map[string]string, tensors map[string]Tensor) { delete(tensors, LSTMHidden) }},
		{"a tensor too many", "f32", Shape, "extra", func(_ map[string]string, tensors map[string]Tensor) {
			tensors["extra"] = Tensor{"extra", "U8", []int{1}, []byte{0}}
		}},
		{"a type that we can't run", "f32", Shape, "wants F32", func(_ map[string]string, tensors map[string]Tensor) {
			tensors[LinearBias] = Tensor{LinearBias, "F16", []int{1}, []byte{0, 0}}
		}},
		{"a weight that is infinite", "f32", Corrupt, "finite", poke(LinearBias, 0, 0, 0, 0x80, 0x7f)},
		{"a weight that is NaN", "sparse f32", Corrupt, "finite", poke(Embedding, 0, 0, 0, 0xc0, 0x7f)},
		{"codes without a scale", "int8", Shape, scaleSuffix, func(_ map[string]string, tensors map[string]Tensor) { delete(tensors, LSTMInput+scaleSuffix) }},
		{"codes without a zero point", "sparse int8", Shape, zeroSuffix, func(_ map[string]string, tensors map[string]Tensor) { delete(tensors, LSTMInput+zeroSuffix) }},
		{"a negative scale", "int8", Corrupt, "scale of row 0", poke(LSTMInput+scaleSuffix, 0, 0, 0, 0x80, 0xbf)},
		{"a scale that is NaN", "int8", Corrupt, "scale of row 1", poke(LSTMInput+scaleSuffix, 4, 0, 0, 0xc0, 0x7f)},
		{"a scale of zero", "sparse int8", Corrupt, "scale of row 0", poke(LSTMInput+scaleSuffix, 0, 0, 0, 0, 0)},
		{"a bitmap with a mark too many", "sparse f32", Shape, LSTMHidden, poke(LSTMHidden+bitmapSuffix, 0, 0xff, 0xff)},
		{"a bitmap of another length", "sparse f32", Shape, bitmapSuffix, func(_ map[string]string, tensors map[string]Tensor) {
			tensors[LSTMHidden+bitmapSuffix] = Tensor{LSTMHidden + bitmapSuffix, "U8", []int{1}, []byte{0}}
		}},
		{"a bitmap that marks beyond its end", "sparse f32", Corrupt, "beyond its end", func(_ map[string]string, tensors map[string]Tensor) {
			b := tensors[LSTMHidden+bitmapSuffix].Data // 20 × 5 = 100 weights: 4 bits of the last byte are none
			b[len(b)-1] |= 0x80
		}},
	} {
		_, err := Read(refile(t, all[c.of], c.change))
		var e *Error
		if !errors.As(err, &e) || e.Code != c.code || !strings.Contains(e.Message, c.want) {
			t.Errorf("%s: %v, want %s with %q", c.name, err, c.code, c.want)
		}
	}
}

func TestFromFloatsCopiesAndChecks(t *testing.T) {
	m := small(t, 20, 4, 4)
	values := map[string][]float32{}
	for _, p := range m.Params {
		values[p.Name] = p.Values()
	}
	again, err := FromFloats(m.Config, m.Vocab, func(name string) []float32 { return values[name] })
	if err != nil {
		t.Fatal(err)
	}
	before := again.SHA256()
	for _, v := range values {
		clear(v)
	}
	if again.SHA256() != before {
		t.Error("the model shares memory with what it was made of")
	}
	_, err = FromFloats(m.Config, m.Vocab, func(string) []float32 { return nil })
	var e *Error
	if !errors.As(err, &e) || e.Code != Shape {
		t.Errorf("no values: %v", err)
	}
	if m.Floats("no such") != nil {
		t.Error("an unknown parameter has values")
	}
}

func TestAConfigHasOneLogitForTwoLabelsAndOneALabelForMore(t *testing.T) {
	for n, want := range map[int]int{2: 1, 3: 3, 6: 6} {
		if got := NewConfig(spec.Default(), make([]string, n)).Outputs; got != want {
			t.Errorf("%d labels: %d outputs, want %d", n, got, want)
		}
	}
}

// The figures were made natively on amd64, without the metadata, which grows with the Spec.
// A change of how tensors are stored changes them, and makes every saved model unreadable.
func TestTheFileIsTheSameOnEveryPlatformAndTomorrow(t *testing.T) {
	want := map[string]string{
		"f32":              "7d9619d1e7e2699b 9086960679002177",
		"int8":             "028de586610b5e21 3139cfe98d398d9d",
		"sparse f32":       "0a62a0a4240346a2 d05d5c4591c18d22",
		"sparse int8":      "0d3cac2653ad4b08 ce345e0f15dfa963",
		"bf16":             "3037c36f22e648b0 f03f2cf6ca40d71c",
		"binary":           "73e317a8c986e218 5ae1c056a125b87f",
		"cluster5":         "9724355814bce036 f58b9717d7529cb5",
		"deep":             "752569f8ab12d49d 30cfe14465b42d1e",
		"f16":              "0e186b464283a0db 8262ff3e28878f1a",
		"int4/group32":     "c486672372cb6e5f 525fcada7d285bf3",
		"int4/group64/sym": "66bce328523cc0da 38cb745323a3a338",
		"int8/gate":        "e8fa3e6136df460c b4cc533505eb0ee8",
		"int8/tensor/sym":  "6178ac524d49c073 72b5c5e0fd82d8b2",
		"lowrank":          "95093a11f0c3755a 9ec9e661f34416c2",
		"pq":               "ee7ac799763b64a0 dbffecb56c91e1f2",
		"sign":             "6adce2212211701a 64576c8dd9576404",
		"ternary":          "6261577e6afa445c 8a996f94e695fe4c",
	}
	all := inEveryEncoding(small(t, 60, 8, 6))
	if len(all) != len(want) {
		t.Errorf("%d encodings, %d figures", len(all), len(want))
	}
	for name, m := range all {
		sum := sha256.Sum256(WriteTensors(nil, m.tensors()))
		if got := hex.EncodeToString(sum[:8]) + " " + m.SHA256()[:16]; got != want[name] {
			t.Errorf("%s: file and weights begin with %s, want %s", name, got, want[name])
		}
	}
}

// A file is damaged in each of its tensors in turn; whatever comes of it, it is no panic, and
// what is missing, of another type or cut off is always refused.
func TestEveryEncodingRefusesADamagedFile(t *testing.T) {
	for name, m := range inEveryEncoding(small(t, 20, 8, 5)) {
		file := m.Bytes()
		_, tensors, err := ReadTensors(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range tensors {
			if len(x.Data) == 0 {
				continue
			}
			for what, change := range map[string]func(map[string]string, map[string]Tensor){
				"missing": func(_ map[string]string, all map[string]Tensor) { delete(all, x.Name) },
				"of another type": func(_ map[string]string, all map[string]Tensor) {
					all[x.Name] = Tensor{x.Name, "BOOL", []int{len(x.Data)}, x.Data}
				},
				"cut off": func(_ map[string]string, all map[string]Tensor) {
					all[x.Name] = Tensor{x.Name, "U8", []int{len(x.Data) - 1}, x.Data[:len(x.Data)-1]}
				},
				"longer": func(_ map[string]string, all map[string]Tensor) {
					all[x.Name] = Tensor{x.Name, "U8", []int{len(x.Data) + 1}, append(x.Data, 0)}
				},
				"there twice": func(_ map[string]string, all map[string]Tensor) {
					all[x.Name+".huffman"] = Tensor{x.Name + ".huffman", "U8", []int{len(x.Data)}, x.Data}
				},
			} {
				_, err := Read(refile(t, m, change))
				var e *Error
				if !errors.As(err, &e) || e.Message == "" {
					t.Errorf("%s: %s %s: %v", name, x.Name, what, err)
				}
			}
		}
		for n := range len(file) {
			var e *Error
			if _, err := Read(file[:n]); !errors.As(err, &e) {
				t.Fatalf("%s: its first %d bytes: %v", name, n, err)
			}
		}
		r := rand.New(rand.NewPCG(5, 6))
		for range 400 {
			bad := slices.Clone(file)
			bad[r.IntN(len(bad))] ^= 1 << r.IntN(8)
			got, err := Read(bad)
			var e *Error
			if err != nil && !errors.As(err, &e) {
				t.Fatalf("%s: %v is no *Error", name, err)
			}
			if err == nil {
				for _, p := range got.Params {
					p.Values()
				}
			}
		}
	}
}

func TestAKindThatIsNoneIsRefused(t *testing.T) {
	m := inEveryEncoding(small(t, 20, 8, 5))["int4/group32"]
	for _, kind := range []string{
		"int3", "int", "int4/", "int4/group32/sym/sym", "int4/group48", "int4/gate", "cluster", "cluster9", "cluster0", "pq9/sub2 f32", "pq4 f32",
		"lowrank0 f32 f32", "lowrank99 f32 f32", "lowrank2 f32", "sparse", "huffman", "huffman huffman int4/group32", "f32 f32", " ", "f32 ", "F32", "-1", "/",
		"int4/group32 ", "huffman  int4/group32", "lowrank02 f32 f32", "sparse sparse sparse sparse sparse sparse sparse sparse sparse f32",
	} {
		_, err := Read(refile(t, m, func(meta map[string]string, _ map[string]Tensor) {
			meta[metaEncodings] = string(plainJSON(map[string]string{Embedding: kind, LSTMHidden: "int4/group32", LSTMInput: "int4/group32", LinearWeight: "int4/group32"}))
		}))
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q: %v", kind, err)
		}
	}
	for _, encodings := range []string{"{", "[]", `{"embedding.weight":4}`, `{"nobody":"f16"}`} {
		_, err := Read(refile(t, m, func(meta map[string]string, _ map[string]Tensor) { meta[metaEncodings] = encodings }))
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("encodings %s: %v", encodings, err)
		}
	}
}

func TestAFileIsAsSmallAsItsBits(t *testing.T) {
	m := small(t, 20000, 128, 128) // as the imdb model, its words invented and long
	whole := float64(m.FileBytes())
	for _, c := range []struct {
		name   string
		most   float64
		encode func(w []float32, rows, cols int) Encoding
	}{
		{"int8", 0.285, rounded(Rounding{Bits: 8})},
		{"int4/group32", 0.175, rounded(Rounding{Bits: 4, Per: 32})},
		{"binary", 0.07, func(w []float32, rows, cols int) Encoding { return Binarize(w, rows, cols, true) }},
	} {
		n := matrices(m, c.encode).FileBytes()
		t.Logf("%s: %d bytes, %.1f %%", c.name, n, 100*float64(n)/whole)
		if float64(n) > c.most*whole {
			t.Errorf("%s takes %d bytes, %.1f %% of %.0f", c.name, n, 100*float64(n)/whole, whole)
		}
	}
}

func TestTheCompactVocabularyIsTheSameOne(t *testing.T) {
	m := small(t, 500, 8, 4)
	got, err := Read(m.Compacted().Bytes())
	if err != nil || !got.Compact {
		t.Fatalf("compact: %v", err)
	}
	a, _ := m.Vocab.MarshalText()
	b, _ := got.Vocab.MarshalText()
	if !bytes.Equal(a, b) {
		t.Errorf("another vocabulary: %s", b)
	}
	if got.SHA256() != m.SHA256() {
		t.Error("the vocabulary's form changed the weights' hash")
	}
	if n, of := m.Compacted().FileBytes(), m.FileBytes(); n >= of {
		t.Errorf("%d bytes, plain %d", n, of)
	}
}

func FuzzRead(f *testing.F) {
	all := inEveryEncoding(small(f, 12, 3, 2))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		f.Add(all[name].Bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Read(b)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Message == "" {
				t.Fatalf("%v is no *Error", err)
			}
			return
		}
		for _, p := range m.Params {
			p.Values()
		}
		again, err := Read(m.Bytes())
		if err != nil || again.SHA256() != m.SHA256() {
			t.Fatalf("what was read can't be written: %v", err)
		}
	})
}
