package text

import (
	"testing"
	"unicode"
)

// When this is skipped, Go has moved to another Unicode and Clove has not: by
// design. To follow it, run go generate here, renew testdata (tokens.mjs says
// how), and say in the notes that models have to be trained anew.
func TestOurTablesAreThoseOfTheirUnicode(t *testing.T) {
	if unicode.Version != UnicodeVersion {
		t.Skipf("Go has Unicode %s, our tables are of %s", unicode.Version, UnicodeVersion)
	}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if got, want := isWord(r), unicode.In(r, unicode.L, unicode.M, unicode.Nd); got != want {
			t.Fatalf("isWord(%U) = %v, want %v", r, got, want)
		}
		if got, want := isSpace(r), unicode.IsSpace(r); got != want {
			t.Fatalf("isSpace(%U) = %v, want %v", r, got, want)
		}
		if got, want := lower(r), unicode.ToLower(r); got != want {
			t.Fatalf("lower(%U) = %U, want %U", r, got, want)
		}
	}
}
