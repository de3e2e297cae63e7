package text

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"
)

// The first two entries of every vocabulary.
const (
	PadID int32 = 0 // fills a batch's shorter rows; never in a text
	UnkID int32 = 1 // any token that the vocabulary lacks

	PadToken = "<pad>"
	UnkToken = "<unk>"
)

// Count says how often a token occurs.
type Count struct {
	Token string
	N     int
}

// Vocab numbers tokens: 0 <pad>, 1 <unk>, then the most frequent first.
type Vocab struct {
	tokens []string
	ids    map[string]int32
}

// Build takes the most frequent tokens seen at least minCount times, ties by
// string, so that the vocabulary has at most size entries, <pad> and <unk>
// included. Counts is sorted in place; a token may be in it only once.
func Build(counts []Count, size, minCount int) *Vocab {
	sort.Slice(counts, func(i, j int) bool { // a total order, for tokens differ
		if counts[i].N != counts[j].N {
			return counts[i].N > counts[j].N
		}
		return counts[i].Token < counts[j].Token
	})
	tokens := []string{PadToken, UnkToken}
	for _, c := range counts {
		if len(tokens) >= size || c.N < minCount {
			break
		}
		tokens = append(tokens, c.Token)
	}
	return NewVocab(tokens)
}

// NewVocab numbers tokens as they stand: <pad>, <unk>, then others, each once.
func NewVocab(tokens []string) *Vocab {
	v := &Vocab{tokens: tokens, ids: make(map[string]int32, len(tokens))}
	for id := 2; id < len(tokens); id++ {
		v.ids[tokens[id]] = int32(id)
	}
	return v
}

// Size counts the entries, <pad> and <unk> included.
func (v *Vocab) Size() int { return len(v.tokens) }

// ID of a token; UnkID if the vocabulary lacks it.
func (v *Vocab) ID(token string) int32 {
	if id, ok := v.ids[token]; ok {
		return id
	}
	return UnkID
}

// Token of an id; <unk> for one out of bounds.
func (v *Vocab) Token(id int32) string {
	if id < 0 || int(id) >= len(v.tokens) {
		return UnkToken
	}
	return v.tokens[id]
}

// IDs appends the ids of tokens to dst; a text without tokens is one <unk>, for
// a model has to read something.
func (v *Vocab) IDs(dst []int32, tokens []Token) []int32 {
	if len(tokens) == 0 {
		return append(dst, UnkID)
	}
	for _, t := range tokens {
		dst = append(dst, v.ID(t.Text))
	}
	return dst
}

// A token holds no white space but the single space, which is the only one to escape.
var (
	escape   = strings.NewReplacer(`\`, `\\`, " ", `\s`)
	unescape = strings.NewReplacer(`\\`, `\`, `\s`, " ")
)

// MarshalText is the tokens in order, joined by one space; within a token a
// space is written \s and a backslash \\.
func (v *Vocab) MarshalText() ([]byte, error) {
	var b bytes.Buffer
	for i, t := range v.tokens {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(escape.Replace(t))
	}
	return b.Bytes(), nil
}

// UnmarshalText is MarshalText's inverse and refuses what it could not have written.
func (v *Vocab) UnmarshalText(b []byte) error {
	if !utf8.Valid(b) {
		return fmt.Errorf("text: the vocabulary is not UTF-8")
	}
	tokens := strings.Split(string(b), " ")
	if len(tokens) < 2 || tokens[0] != PadToken || tokens[1] != UnkToken {
		return fmt.Errorf("text: the vocabulary does not begin with %s %s", PadToken, UnkToken)
	}
	for i, written := range tokens {
		t := unescape.Replace(written)
		if t == "" || escape.Replace(t) != written {
			return fmt.Errorf("text: entry %d of the vocabulary, %.40q, is no token", i, written)
		}
		tokens[i] = t
	}
	w := NewVocab(tokens)
	if len(w.ids) != len(tokens)-2 {
		return fmt.Errorf("text: the vocabulary holds a token twice")
	}
	*v = *w
	return nil
}
