package text

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestAVocabularySurvivesFrontCoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfDistinct(rapid.OneOf(rapid.StringMatching(`[ab]{1,5}`), rapid.StringN(1, 9, -1), rapid.StringN(150, 300, -1)), rapid.ID[string]).Draw(t, "words")
		v := NewVocab(append([]string{PadToken, UnkToken}, words...))
		w, err := FromFronts(v.Fronts())
		if err != nil || !slices.Equal(w.tokens, v.tokens) {
			t.Fatalf("%q came back as %v, %v", v.tokens, w, err)
		}
		s, order := v.Sorted()
		if !slices.IsSorted(s.tokens[2:]) {
			t.Fatalf("%q is not sorted", s.tokens)
		}
		for i, old := range order {
			if s.Token(int32(i)) != v.Token(old) {
				t.Fatalf("id %d was %d, but %q is not %q", i, old, s.Token(int32(i)), v.Token(old))
			}
		}
	})
}

func FuzzFromFronts(f *testing.F) {
	f.Add([]byte{0, 1}, []byte{1, 1}, []byte("ab"))
	f.Add([]byte{0}, []byte{}, []byte("a"))
	f.Add([]byte{0, 0}, []byte{1, 1}, []byte("aa"))
	f.Add([]byte{0x80}, []byte{1}, []byte("a"))
	f.Fuzz(func(t *testing.T, shared, lengths, letters []byte) {
		v, err := FromFronts(shared, lengths, letters)
		if err != nil {
			return
		}
		if a, b, c := v.Fronts(); !slices.Equal(a, shared) || !slices.Equal(b, lengths) || !slices.Equal(c, letters) {
			t.Fatal("what was read is written otherwise")
		}
	})
}
