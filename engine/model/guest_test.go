package model

import (
	"encoding/binary"
	"errors"
	"runtime"
	"strings"
	"testing"
)

// linked is as much as a link carries.
const linked = 64 << 10

// zeros is a file of a few kilobytes that tells of e·h·4 weights and more, all of them zero.
func zeros(t *testing.T, e, h int) []byte {
	t.Helper()
	return small(t, 5, e, h).With(func(p Param) Encoding {
		rows, cols := p.Dims()
		if rows == 1 {
			return p.Enc
		}
		return &Huffman{SparseF32(make([]float32, rows*cols), rows, cols)}
	}).Bytes()
}

func TestAModelOfALinkThatWouldSwellIsRefusedBeforeItDoes(t *testing.T) {
	config := func(old, new string) []byte {
		return refile(t, small(t, 30, 8, 5), func(meta map[string]string, _ map[string]Tensor) {
			if !strings.Contains(meta[metaConfig], old) {
				t.Fatalf("no %q in %s", old, meta[metaConfig])
			}
			meta[metaConfig] = strings.Replace(meta[metaConfig], old, new, 1)
		})
	}
	// Front coding: a token of 20,000 letters, and 3,000 that share them all.
	var shared, lengths []byte
	letters := strings.Repeat("a", 20_000)
	shared, lengths = append(shared, 0), binary.AppendUvarint(lengths, 20_000)
	for i := range 3000 {
		shared, lengths = binary.AppendUvarint(shared, 20_000), append(lengths, 2)
		letters += string([]byte{'a' + byte(i/60), 'A' + byte(i%60)})
	}
	vocabulary := refile(t, small(t, 30, 8, 5).Compacted(), func(_ map[string]string, tensors map[string]Tensor) {
		for name := range tensors {
			if strings.HasPrefix(name, PartVocabulary) {
				delete(tensors, name)
			}
		}
		for i, b := range [][]byte{shared, lengths, []byte(letters)} {
			tensors[vocabularyNames[i]] = Tensor{vocabularyNames[i], "U8", []int{len(b)}, b}
		}
	})
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"eight million zeros", zeros(t, 600, 1200), "more than the 4194304"},
		{"a vocabulary of 60 MB", vocabulary, "more than 16777216 bytes"},
		{"widths without weights", config(`"hidden":5`, `"hidden":2048`), "more than the 4194304"},
		{"a label with script in it", config(`"negative"`, `"<script>"`), "its label"},
		{"a label of a kilobyte", config(`"negative"`, `"`+strings.Repeat("n", 1000)+`"`), "its label"},
		{"nothing", nil, "fewer than a header"},
		{"a header of exabytes", []byte("\xff\xff\xff\xff\xff\xff\xff\x7f{}"), "more than the"},
	} {
		if len(c.file) > linked {
			t.Errorf("%s: %d bytes are more than a link carries", c.name, len(c.file))
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := ReadGuest(c.file)
		runtime.ReadMemStats(&after)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Message, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 64 {
			t.Errorf("%s: refusing it took %d MB", c.name, took)
		}
	}
	if _, err := Read(zeros(t, 300, 300)); err != nil {
		t.Errorf("a pruned one of 720,000: %v", err)
	}
	if _, err := ReadGuest(zeros(t, 300, 300)); err != nil {
		t.Errorf("the same by a link: %v", err)
	}
}
