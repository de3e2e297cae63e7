package text

import (
	"strings"
	"unicode/utf8"
)

// Words is the tokenizer of that name. A token is
//   - a run of letters, marks and digits (Unicode L, M, Nd), in which a single
//     apostrophe (' or ’) between two of them belongs to the run, or else
//   - one character that is not a space (Unicode White_Space).
//
// Tokens are in lower case, ’ within a word becomes ' (a telephone types the
// one, a keyboard the other), and the line break <br />, in any of its spellings,
// separates and is dropped. A byte that is not UTF-8 is a token U+FFFD.
type Words struct{}

// Name is "words".
func (Words) Name() string { return "words" }

// Tokens appends the tokens of s to dst.
func (Words) Tokens(dst []Token, s string) []Token {
	for i := 0; i < len(s); {
		r, n := decode(s, i)
		switch {
		case isSpace(r):
			i += n
		case isWord(r):
			end, plain := wordEnd(s, i)
			dst = append(dst, Token{fold(s[i:end], plain), i, end})
			i = end
		case r == '<' && lineBreak(s[i:]) > 0:
			i += lineBreak(s[i:])
		default:
			dst = append(dst, Token{fold(s[i:i+n], r < utf8.RuneSelf), i, i + n}) // no ASCII letter comes here
			i += n
		}
	}
	return dst
}

// wordEnd is where the word that begins at i ends, and whether it is all lower-case ASCII.
func wordEnd(s string, i int) (end int, plain bool) {
	plain = true
	for i < len(s) {
		r, n := decode(s, i)
		if isApostrophe(r) {
			next, _ := decode(s, i+n)
			if !isWord(next) {
				return i, plain
			}
		} else if !isWord(r) {
			return i, plain
		}
		if r >= utf8.RuneSelf || 'A' <= r && r <= 'Z' {
			plain = false
		}
		i += n
	}
	return i, plain
}

// lineBreak is the length of the <br>, <br/> or <br /> that s begins with, else 0.
func lineBreak(s string) int {
	if len(s) < 4 || s[1]|0x20 != 'b' || s[2]|0x20 != 'r' {
		return 0
	}
	i := 3
	for i < len(s) && s[i] == ' ' {
		i++
	}
	if i < len(s) && s[i] == '/' {
		i++
	}
	if i < len(s) && s[i] == '>' {
		return i + 1
	}
	return 0
}

// decode is the character of s at i; past the end it is a space.
func decode(s string, i int) (r rune, n int) {
	if i >= len(s) {
		return ' ', 0
	}
	if s[i] < utf8.RuneSelf {
		return rune(s[i]), 1
	}
	return utf8.DecodeRuneInString(s[i:])
}

func isApostrophe(r rune) bool { return r == '\'' || r == '’' }

// fold is s in lower case with ’ as '. Plain says that nothing is to be done.
func fold(s string, plain bool) string {
	if plain {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if r == '’' && len(s) > len("’") {
			r = '\''
		}
		b.WriteRune(lower(r))
	}
	return b.String()
}
