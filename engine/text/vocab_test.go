package text

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTheVocabularyIsByFrequencyAndTiesByString(t *testing.T) {
	counts := func() []Count { return []Count{{"b", 2}, {"c", 5}, {"a", 2}, {"d", 1}, {"é", 2}} }
	for _, c := range []struct {
		size, minCount int
		want           string
	}{
		{10, 1, "<pad> <unk> c a b é d"},
		{10, 2, "<pad> <unk> c a b é"},
		{4, 1, "<pad> <unk> c a"},
		{2, 1, "<pad> <unk>"},
		{10, 9, "<pad> <unk>"},
	} {
		v := Build(counts(), c.size, c.minCount)
		if got, _ := v.MarshalText(); string(got) != c.want {
			t.Errorf("size %d, at least %d: %s, want %s", c.size, c.minCount, got, c.want)
		}
	}
}

func TestATokenThatTheVocabularyLacksIsUnknown(t *testing.T) {
	v := Build([]Count{{"a", 1}}, 10, 1)
	for token, want := range map[string]int32{"a": 2, "b": UnkID, "": UnkID, PadToken: UnkID, UnkToken: UnkID} {
		if got := v.ID(token); got != want {
			t.Errorf("%q is %d, want %d", token, got, want)
		}
	}
	for id, want := range map[int32]string{0: PadToken, 1: UnkToken, 2: "a", 3: UnkToken, -1: UnkToken} {
		if got := v.Token(id); got != want {
			t.Errorf("%d is %q, want %q", id, got, want)
		}
	}
	if ids := v.IDs(nil, nil); len(ids) != 1 || ids[0] != UnkID {
		t.Errorf("a text without tokens is %v", ids)
	}
}

func TestAVocabularySurvivesItsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tokens := rapid.SliceOfDistinct(rapid.OneOf(rapid.SampledFrom([]string{" ", `\`, `\s`, `\\s`, "␣", "<pad>"}), rapid.StringN(1, 5, -1)),
			func(s string) string { return s }).Draw(t, "tokens")
		var counts []Count
		for _, s := range tokens {
			counts = append(counts, Count{s, 1})
		}
		v := Build(counts, 1000, 1)
		b, err := v.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var w Vocab
		if err := w.UnmarshalText(b); err != nil {
			t.Fatalf("%q: %v", b, err)
		}
		if w.Size() != v.Size() {
			t.Fatalf("%d entries became %d", v.Size(), w.Size())
		}
		for id := int32(0); int(id) < v.Size(); id++ {
			if v.Token(id) != w.Token(id) || w.ID(v.Token(id)) != v.ID(v.Token(id)) {
				t.Fatalf("%q became %q", v.Token(id), w.Token(id))
			}
		}
	})
}

func TestAVocabularyThatNobodyWroteIsRefused(t *testing.T) {
	for _, s := range []string{
		"", "<pad>", "<unk> <pad>", "<pad> <unk> ", "<pad> <unk>  a", "<pad> <unk> a a", `<pad> <unk> \x`, `<pad> <unk> a\`, "<pad> <unk> \xff",
	} {
		if err := new(Vocab).UnmarshalText([]byte(s)); err == nil {
			t.Errorf("%q was read", s)
		}
	}
}

func FuzzVocab(f *testing.F) {
	f.Add([]byte(`<pad> <unk> the \s \\`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var v Vocab
		if v.UnmarshalText(b) != nil {
			return
		}
		if again, _ := v.MarshalText(); string(again) != string(b) {
			t.Fatalf("%q became %q", b, again)
		}
		if strings.Count(string(b), " ")+1 != v.Size() {
			t.Fatalf("%q has %d entries", b, v.Size())
		}
	})
}
