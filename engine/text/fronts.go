package text

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Fronts is the vocabulary front-coded: of each token after <pad> and <unk>, in order of
// their ids, how many bytes it shares with the one before, how many follow, both as
// varints, and these. Sorted tokens share most.
func (v *Vocab) Fronts() (shared, lengths, letters []byte) {
	before := ""
	for _, t := range v.tokens[2:] {
		n := 0
		for n < len(t) && n < len(before) && t[n] == before[n] {
			n++
		}
		shared = binary.AppendUvarint(shared, uint64(n))
		lengths = binary.AppendUvarint(lengths, uint64(len(t)-n))
		letters = append(letters, t[n:]...)
		before = t
	}
	return shared, lengths, letters
}

// maxLetters bounds all tokens together, which front coding may make of a few kilobytes:
// the 200,000 tokens of the largest vocabulary with 40 bytes each fit twice.
const maxLetters = 16 << 20

// FromFronts is Fronts' inverse and refuses what it could not have written.
func FromFronts(shared, lengths, letters []byte) (*Vocab, error) {
	tokens, before := []string{PadToken, UnkToken}, ""
	s, l, rest := shared, lengths, letters
	all := uint64(0)
	for len(s) > 0 {
		n, a := binary.Uvarint(s)
		m, b := binary.Uvarint(l)
		if a <= 0 || b <= 0 || n > uint64(len(before)) || m > uint64(len(rest)) {
			return nil, fmt.Errorf("text: entry %d of the vocabulary reaches beyond its bytes", len(tokens))
		}
		if all += n + m; all > maxLetters {
			return nil, fmt.Errorf("text: the tokens of the vocabulary have more than %d bytes", maxLetters)
		}
		t := before[:n] + string(rest[:m])
		if t == "" || !utf8.ValidString(t) {
			return nil, fmt.Errorf("text: entry %d of the vocabulary, %.40q, is no token", len(tokens), t)
		}
		tokens, before = append(tokens, t), t
		s, l, rest = s[a:], l[b:], rest[m:]
	}
	v := NewVocab(tokens)
	if len(v.ids) != len(tokens)-2 {
		return nil, fmt.Errorf("text: the vocabulary holds a token twice")
	}
	if x, y, z := v.Fronts(); !bytes.Equal(x, shared) || !bytes.Equal(y, lengths) || !bytes.Equal(z, letters) {
		return nil, fmt.Errorf("text: the vocabulary is not written as it would be again")
	}
	return v, nil
}

// Sorted is the vocabulary in order of its tokens' bytes, after <pad> and <unk>, and for
// each new id the old one.
func (v *Vocab) Sorted() (*Vocab, []int32) {
	order := make([]int32, len(v.tokens))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order[2:], func(a, b int32) int {
		if v.tokens[a] < v.tokens[b] {
			return -1
		}
		return 1 // tokens differ
	})
	tokens := make([]string, len(order))
	for i, old := range order {
		tokens[i] = v.tokens[old]
	}
	return NewVocab(tokens), order
}
