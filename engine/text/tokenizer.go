// Package text turns a text into numbers: tokenizers, the vocabulary, the cut
// and batches of like length. It knows no files and no models.
//
// Start at Tokenizer (words.go and characters.go are the two there are), then
// Vocab, Kept and Batches.
package text

import (
	"fmt"
	"strings"
)

// Token of a text.
type Token struct {
	Text       string // as the vocabulary knows it: lower case
	Start, End int    // bytes in the original, which a page tints
}

// Tokenizer cuts a text into tokens.
type Tokenizer interface {
	// Name is its kind in a Spec.
	Name() string
	// Tokens appends the tokens of s to dst. A token's text may share memory with s.
	Tokens(dst []Token, s string) []Token
}

// New is the tokenizer of that kind: words or characters.
func New(kind string) (Tokenizer, error) {
	switch kind {
	case "words":
		return Words{}, nil
	case "characters":
		return Characters{}, nil
	}
	return nil, fmt.Errorf("text: %q is no tokenizer; known are %s", kind, strings.Join(Kinds(), ", "))
}

// Kinds lists the tokenizers in order of the alphabet.
func Kinds() []string { return []string{"characters", "words"} }
