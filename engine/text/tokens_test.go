package text

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// testdata/tokens.mjs made the cases with a reference of its own.
func TestTokensAreThoseOfTheReferenceInAThousandCases(t *testing.T) {
	b, err := os.ReadFile("testdata/tokens.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Text       string
		Base64     []byte // a text that is not UTF-8
		Words      []any  // text, start, end of each token
		Characters []any
	}
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) != 1000 {
		t.Fatalf("%d cases", len(cases))
	}
	for i, c := range cases {
		s := c.Text
		if c.Base64 != nil {
			s = string(c.Base64)
		}
		for kind, want := range map[string][]any{"words": c.Words, "characters": c.Characters} {
			tok, err := New(kind)
			if err != nil {
				t.Fatal(err)
			}
			got := tok.Tokens(nil, s)
			if len(got)*3 != len(want) {
				t.Errorf("case %d, %q by %s: %v, want %v", i, s, kind, got, want)
				continue
			}
			for k, g := range got {
				if g.Text != want[3*k] || float64(g.Start) != want[3*k+1] || float64(g.End) != want[3*k+2] {
					t.Errorf("case %d, %q by %s: token %d is %v, want %v", i, s, kind, k, g, want[3*k:3*k+3])
				}
			}
		}
	}
}

func FuzzTokens(f *testing.F) {
	for _, s := range []string{"Hello, world!", "don’t <br /> stop", "a\xffb", "İI", "'", "<br", "\u2028\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, kind := range Kinds() {
			tok, _ := New(kind)
			end := 0
			for _, g := range tok.Tokens(nil, s) {
				if g.Start < end || g.End <= g.Start || g.End > len(s) {
					t.Fatalf("%s: token %v of %q is out of order", kind, g, s)
				}
				end = g.End
				if g.Text == "" || !utf8.ValidString(g.Text) || kind == "words" && strings.ContainsFunc(g.Text, isSpace) {
					t.Fatalf("%s: token %v of %q", kind, g, s)
				}
				again := tok.Tokens(nil, g.Text) // a token is one token, and itself
				if len(again) != 1 || again[0].Text != g.Text {
					t.Fatalf("%s: token %q of %q becomes %v", kind, g.Text, s, again)
				}
			}
		}
	})
}
