package mail

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// toText is a decoded part as text: HTML is rendered, anything else is as it is.
func toText(s string, isHTML bool) string {
	if !isHTML {
		return s
	}
	z := html.NewTokenizer(strings.NewReader(s))
	z.SetMaxBuf(maxBytes)
	var b strings.Builder
	hidden := 0 // elements open whose content is not read
	for {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			if hidden == 0 {
				b.Write(z.Text())
			}
		case html.StartTagToken:
			name, _ := z.TagName()
			a := atom.Lookup(name)
			if isHidden(a) {
				hidden++
			}
			b.WriteString(space(a))
		case html.EndTagToken:
			name, _ := z.TagName()
			a := atom.Lookup(name)
			if isHidden(a) && hidden > 0 {
				hidden--
			}
			b.WriteString(space(a))
		case html.SelfClosingTagToken:
			name, _ := z.TagName()
			b.WriteString(space(atom.Lookup(name)))
		}
	}
}

func isHidden(a atom.Atom) bool {
	return a == atom.Script || a == atom.Style || a == atom.Title
}

// space is what a tag puts between the words before and after it: inline ones nothing.
func space(a atom.Atom) string {
	switch a {
	case atom.B, atom.I, atom.U, atom.Em, atom.Strong, atom.Font, atom.Span, atom.A, atom.Big, atom.Small, atom.Sup, atom.Sub, atom.S, atom.Strike, atom.Tt, atom.Code, atom.Blink, atom.Center, 0:
		return ""
	case atom.Td, atom.Th, atom.Img, atom.Input, atom.Option:
		return " "
	}
	return "\n"
}

// looksHTML finds HTML that was sent as plain text.
func looksHTML(b []byte) bool {
	if len(b) > 2048 {
		b = b[:2048]
	}
	b = bytes.ToLower(b)
	for _, tag := range []string{"<html", "<!doctype html", "<body", "<table", "<font "} {
		if bytes.Contains(b, []byte(tag)) {
			return true
		}
	}
	return false
}

// metaCharset is the charset that an HTML page names itself, or "".
func metaCharset(b []byte) string {
	if len(b) > 2048 {
		b = b[:2048]
	}
	_, after, ok := bytes.Cut(bytes.ToLower(b), []byte("charset="))
	if !ok {
		return ""
	}
	after = bytes.TrimLeft(after, `"' `)
	if i := bytes.IndexAny(after, "\"' ;/>\r\n"); i >= 0 {
		after = after[:i]
	}
	return string(after)
}
