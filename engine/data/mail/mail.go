// Package mail turns an electronic letter as it was sent (RFC 5322, MIME) into
// the text that a person would read: subject and body, nothing else of the header.
//
// It is lenient as mail readers are: old and broken letters, and spam above all,
// break every rule. Nothing fails; what cannot be decoded is read as it stands.
// The work is bounded by the constants below, whatever the input.
//
//	mime.go    header, parts, which of them are read
//	decode.go  transfer encodings and charsets
//	html.go    HTML to text
//	clean.go   masks of addresses, links and telephones; what gives a label away
//
// It is used where data sets are packed, not in the browser.
package mail

import "strings"

// Bounds of the work on one letter.
const (
	maxBytes = 1 << 20 // of a letter; the rest is not read
	maxDepth = 8       // of parts within parts
	maxParts = 200     // in a letter
	maxClean = 1 << 15 // of a text that Clean looks at: far more than is kept
)

// MaxRunes is the length that Text is cut at.
const MaxRunes = 2000

// Message is what is read of a letter.
type Message struct {
	Subject string
	Body    string
}

// Text is a letter as one line of clean text: subject and body, masked and without
// list footers (see Clean), cut at MaxRunes.
func Text(letter []byte) string {
	m := Parse(letter)
	subject := CleanSubject(m.Subject)
	body := Clean(m.Body)
	switch {
	case subject == "":
		return Cut(body, MaxRunes)
	case body == "":
		return Cut(subject, MaxRunes)
	}
	join := ". "
	if strings.ContainsRune(".!?:;,", rune(subject[len(subject)-1])) {
		join = " "
	}
	return Cut(subject+join+body, MaxRunes)
}

// Cut keeps at most n runes, and whole words where the last one is short.
func Cut(s string, n int) string {
	const longest = 40 // runes of a word that is kept whole
	count, end := 0, len(s)
	for i := range s {
		if count == n {
			end = i
			break
		}
		count++
	}
	if end == len(s) {
		return s
	}
	if space := strings.LastIndexByte(s[:end], ' '); s[end] != ' ' && space > end-longest && space > 0 {
		end = space
	}
	return strings.TrimRight(s[:end], " ")
}
