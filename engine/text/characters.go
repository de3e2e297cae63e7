package text

// Characters is the tokenizer of that name: each character (code point) is a
// token, in lower case; any white space is the token " ". A byte that is not
// UTF-8 is a token U+FFFD.
type Characters struct{}

// Name is "characters".
func (Characters) Name() string { return "characters" }

// Tokens appends the tokens of s to dst.
func (Characters) Tokens(dst []Token, s string) []Token {
	for i := 0; i < len(s); {
		r, n := decode(s, i)
		t := " "
		if !isSpace(r) {
			t = fold(s[i:i+n], r < 0x80 && (r < 'A' || r > 'Z'))
		}
		dst = append(dst, Token{t, i, i + n})
		i += n
	}
	return dst
}
