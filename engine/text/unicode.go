package text

import "unicode"

func isWord(r rune) bool  { return unicode.In(r, unicode.L, unicode.M, unicode.Nd) }
func isSpace(r rune) bool { return unicode.IsSpace(r) }
func lower(r rune) rune   { return unicode.ToLower(r) }
