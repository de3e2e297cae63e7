package data

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/text"
)

func sameEncoded(want, got *Encoded) string {
	return cmp.Diff(want, got, cmp.Comparer(func(a, b *text.Vocab) bool {
		x, _ := a.MarshalText()
		y, _ := b.MarshalText()
		return bytes.Equal(x, y)
	}))
}

func TestEncodedDataSurvivesItsBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rows list
		texts := rapid.SliceOfN(rapid.StringN(0, 30, -1), 20, 60).Draw(t, "texts")
		for i, s := range texts {
			split := []Split{Train, Valid, Test, Whole}[rapid.IntRange(0, 3).Draw(t, "split")]
			rows = append(rows, Row{split, fmt.Sprint(i % 3), s})
		}
		rows = append(rows, made(Train, 4)...)
		s := spec.Default()
		s.Tokenizer.Kind = rapid.SampledFrom([]string{"words", "characters"}).Draw(t, "kind")
		s.Tokenizer.MinCount = 1
		want, err := Encode(t.Context(), rows, s, Hooks{})
		if err != nil {
			t.Skip(err)
		}
		b, err := want.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		got, err := UnmarshalEncoded(b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := sameEncoded(want, got); diff != "" {
			t.Fatal(diff)
		}
		if again, _ := got.MarshalBinary(); !bytes.Equal(again, b) {
			t.Fatal("the bytes are others the second time")
		}
	})
}

// wide is data whose vocabulary does not fit two bytes.
func wide(t testing.TB) *Encoded {
	var counts []text.Count
	for i := range smallVocab + 10 {
		counts = append(counts, text.Count{Token: fmt.Sprint(i), N: 1})
	}
	e := encodedAs(t, made(Whole, 60), nil)
	e.Vocab = text.Build(counts, 1<<20, 1)
	e.Train.IDs[0] = smallVocab + 5
	e.Tokenizer.Vocabulary = spec.MaxVocabulary
	return e
}

func TestIDsTakeTwoBytesWhereTheyFitElseFour(t *testing.T) {
	e := wide(t)
	b, _ := e.MarshalBinary()
	got, err := UnmarshalEncoded(b)
	if err != nil || got.Train.IDs[0] != smallVocab+5 {
		t.Fatal(err)
	}
	small := encodedAs(t, made(Whole, 60), nil)
	s, _ := small.MarshalBinary()
	vocab := func(e *Encoded) int { b, _ := e.Vocab.MarshalText(); return len(b) }
	ids := len(e.Train.IDs) + len(e.Valid.IDs) + len(e.Test.IDs)
	if got, want := (len(b)-vocab(e))-(len(s)-vocab(small)), 2*ids; got < want || got > want+8 {
		t.Errorf("%d ids take %d bytes more, want %d", ids, got, want)
	}
}

// resealed is b with a checksum that fits, so that what is behind it is tried too.
func resealed(b []byte) []byte {
	if len(b) < checksumLen {
		return b
	}
	b = bytes.Clone(b[:len(b)-checksumLen])
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

func TestCorruptBytesAreRefusedAndNeverPanic(t *testing.T) {
	e := encodedAs(t, made(Whole, 60), nil)
	b, err := e.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	for n := range b { // cut anywhere
		_, err := UnmarshalEncoded(b[:n])
		wantCode(t, err, CodeCorrupt, "")
		_, err = UnmarshalEncoded(resealed(b[:n]))
		wantCode(t, err, CodeCorrupt, "")
	}
	for i := range b { // another byte anywhere
		bad := bytes.Clone(b)
		bad[i] ^= 0xff
		_, err := UnmarshalEncoded(bad)
		wantCode(t, err, CodeCorrupt, "")
		if got, err := UnmarshalEncoded(resealed(bad)); err == nil {
			checkEncoded(t, got)
		}
	}
	newer := bytes.Clone(b)
	newer[len(magic)-1]++
	_, err = UnmarshalEncoded(newer)
	wantCode(t, err, CodeCorrupt, "version 2")
	_, err = UnmarshalEncoded(resealed(append(bytes.Clone(b), 0)))
	wantCode(t, err, CodeCorrupt, "follow")
}

// checkEncoded fails unless all that a trainer relies on holds.
func checkEncoded(t testing.TB, e *Encoded) {
	t.Helper()
	for _, p := range e.parts() {
		n := p.Len()
		if len(p.Offsets) != n+1 || p.Offsets[0] != 0 || int(p.Offsets[n]) != len(p.IDs) || p.Texts != nil && len(p.Texts) != n {
			t.Fatalf("offsets: %v of %d", p.Offsets, len(p.IDs))
		}
		for i, l := range p.Labels {
			if l < 0 || int(l) >= len(e.Labels) || len(p.Text(i)) == 0 {
				t.Fatalf("text %d: label %d, ids %v", i, l, p.Text(i))
			}
		}
		for _, id := range p.IDs {
			if id <= text.PadID || int(id) >= e.Vocab.Size() {
				t.Fatalf("id %d", id)
			}
		}
	}
}

func FuzzUnmarshalEncoded(f *testing.F) {
	b, err := encodedAs(f, made(Whole, 20), nil).MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[:len(b)/2])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := UnmarshalEncoded(resealed(b))
		if err != nil {
			return
		}
		checkEncoded(t, e)
		again, err := e.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		same, err := UnmarshalEncoded(again)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(e.Train, same.Train) || !reflect.DeepEqual(e.Test, same.Test) {
			t.Fatal("it did not survive")
		}
	})
}
