package text

import "sort"

//go:generate go run maketables.go

// Go's package unicode moves with Go, and a character that becomes a letter
// would change every vocabulary. So the tables are our own, of one version of
// Unicode (tables.go), and a test compares them while Go's is the same.

// Ranges are the tables, for a tokenizer written in another language: the letters, marks
// and digits as first and last; what has a lower case as first, last, stride, what to add.
func Ranges() (word [][2]rune, lower [][4]rune) { return wordRanges[:], lowerRanges[:] }

// isWord says whether r is a letter, a mark or a digit.
func isWord(r rune) bool {
	if r < 0x80 {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	i := sort.Search(len(wordRanges), func(i int) bool { return wordRanges[i][1] >= r })
	return i < len(wordRanges) && wordRanges[i][0] <= r
}

// isSpace says whether r has Unicode's property White_Space, which has not changed since 2013.
func isSpace(r rune) bool {
	if r < 0x80 {
		return r == ' ' || '\t' <= r && r <= '\r'
	}
	switch {
	case r == 0x85, r == 0xa0, r == 0x1680, 0x2000 <= r && r <= 0x200a, r == 0x2028, r == 0x2029, r == 0x202f, r == 0x205f, r == 0x3000:
		return true
	}
	return false
}

// lower is r in lower case.
func lower(r rune) rune {
	if r < 0x80 {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}
	i := sort.Search(len(lowerRanges), func(i int) bool { return lowerRanges[i][1] >= r })
	if i < len(lowerRanges) {
		if l := lowerRanges[i]; l[0] <= r && (r-l[0])%l[2] == 0 {
			return r + l[3]
		}
	}
	return r
}
