package main

import (
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"
)

// tidy makes go-app's HTML fit to be seen before its program runs, and the same
// each time. go-app indents, which shows as gaps between words that the program
// would not draw; it writes attributes in any order, and quotes them as Go does,
// not as HTML does.
func tidy(s string) (string, error) {
	var b strings.Builder
	depth := 0
	for s != "" {
		switch {
		case strings.HasPrefix(s, "</"):
			end := strings.IndexByte(s, '>')
			if end < 0 {
				return "", fmt.Errorf("a tag without end: %.40q", s)
			}
			b.WriteString(s[:end+1])
			s = s[end+1:]
			depth--
		case s[0] == '<':
			tag, rest, err := openTag(s)
			if err != nil {
				return "", err
			}
			b.WriteString(tag.String())
			if !slices.Contains(voids, tag.name) {
				depth++
			}
			s = rest
		case s[0] == '\n':
			s = s[1:]
			in := depth
			if strings.HasPrefix(strings.TrimLeft(s, " "), "</") {
				in--
			}
			s = strings.TrimPrefix(s, strings.Repeat("  ", max(in, 0)))
		default:
			end := strings.IndexAny(s, "<\n")
			if end < 0 {
				end = len(s)
			}
			b.WriteString(s[:end])
			s = s[end:]
		}
	}
	if depth != 0 {
		return "", fmt.Errorf("%d tags are not closed", depth)
	}
	return b.String(), nil
}

// voids are the elements without an end tag.
var voids = []string{"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}

type openedTag struct {
	name       string
	attributes []string
}

func (t openedTag) String() string {
	return "<" + strings.Join(append([]string{t.name}, t.attributes...), " ") + ">"
}

// openTag reads one as go-app writes it: name, then attributes, name or name="value".
func openTag(s string) (openedTag, string, error) {
	end := strings.IndexAny(s, " >")
	if end < 2 {
		return openedTag{}, "", fmt.Errorf("no tag: %.40q", s)
	}
	t := openedTag{name: s[1:end]}
	s = s[end:]
	for {
		switch {
		case strings.HasPrefix(s, ">"):
			slices.Sort(t.attributes)
			return t, s[1:], nil
		case strings.HasPrefix(s, " "):
			s = s[1:]
		default:
			return t, "", fmt.Errorf("in <%s>: %.40q", t.name, s)
		}
		end := strings.IndexAny(s, "= >")
		if end < 0 {
			return t, "", fmt.Errorf("in <%s>: %.40q", t.name, s)
		}
		name := s[:end]
		s = s[end:]
		if forbidden(name) {
			return t, "", fmt.Errorf("<%s %s>: the content policy forbids what is written into the page", t.name, name)
		}
		if !strings.HasPrefix(s, "=") {
			t.attributes = append(t.attributes, name)
			continue
		}
		quoted, err := strconv.QuotedPrefix(s[1:])
		if err != nil {
			return t, "", fmt.Errorf("in <%s %s>: %w", t.name, name, err)
		}
		s = s[1+len(quoted):]
		value, err := strconv.Unquote(quoted)
		if err != nil {
			return t, "", fmt.Errorf("in <%s %s>: %w", t.name, name, err)
		}
		t.attributes = append(t.attributes, name+`="`+html.EscapeString(value)+`"`)
	}
}

// forbidden by style-src and script-src 'self': inline styles and handlers.
func forbidden(attribute string) bool {
	return attribute == "style" || strings.HasPrefix(attribute, "on")
}
