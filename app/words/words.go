// Package words holds every string a person sees, in each language of the page,
// and how figures are written in it. The app asks by key; a test finds what is
// missing, what nobody asks for, and placeholders that differ.
package words

import (
	"strconv"
	"strings"
)

// Lang is a language of the page, by its BCP 47 name.
type Lang string

// The languages.
const (
	English Lang = "en"
	Chinese Lang = "zh"
)

// Langs lists them, the default first.
var Langs = []Lang{English, Chinese}

// Parse takes what a browser prefers ("zh-CN") to a language of the page.
func Parse(tag string) Lang {
	if strings.HasPrefix(strings.ToLower(tag), "zh") {
		return Chinese
	}
	return English
}

// Tag is what the document's lang says.
func (l Lang) Tag() string {
	if l == Chinese {
		return "zh-Hans"
	}
	return "en"
}

func (l Lang) column() int {
	if l == Chinese {
		return 1
	}
	return 0
}

// catalogue is every string: English and Chinese. In both, {0}, {1}… are figures or
// names, ** encloses what is strong, and in English "|" parts the form for one from that
// for others. Keys are what the code calls the string.
var catalogue = together(page, techniques, rooms, comparing, devices, linking)

func together(parts ...map[string][2]string) map[string][2]string {
	all := map[string][2]string{}
	for _, p := range parts {
		for key, text := range p {
			if _, twice := all[key]; twice {
				panic("words: two texts for " + key)
			}
			all[key] = text
		}
	}
	return all
}

// Has says whether the catalogue knows a key.
func Has(key string) bool {
	_, ok := catalogue[key]
	return ok
}

// T is the text of a key, {0}, {1}… replaced by args. An unknown key is its own
// text, so that a name given by a person (a label, a file) passes through.
func (l Lang) T(key string, args ...string) string {
	entry, ok := catalogue[key]
	if !ok {
		return key
	}
	return fill(entry[l.column()], args)
}

// N is T for a count: the forms stand apart by "|", one and other in English,
// and {0} is the count.
func (l Lang) N(key string, n int, args ...string) string {
	text := l.T(key)
	if one, other, two := strings.Cut(text, "|"); two {
		text = other
		if n == 1 {
			text = one
		}
	}
	return fill(text, append([]string{l.Int(n)}, args...))
}

// Join puts sentences one after the other, those that are empty left out.
func (l Lang) Join(sentences ...string) string {
	gap, out := " ", ""
	if l == Chinese {
		gap = ""
	}
	for _, s := range sentences {
		if out != "" && s != "" {
			out += gap
		}
		out += s
	}
	return out
}

// Or is the text of the first key that the catalogue knows, else fallback.
func (l Lang) Or(fallback string, keys ...string) string {
	for _, k := range keys {
		if Has(k) {
			return l.T(k)
		}
	}
	return fallback
}

func fill(text string, args []string) string {
	for i, a := range args {
		text = strings.ReplaceAll(text, "{"+strconv.Itoa(i)+"}", a)
	}
	return text
}

// Want says in the language what spec.Validate wants of a field: it words the few
// shapes that the check has, and passes on what it does not know.
func (l Lang) Want(want string) string {
	switch want {
	case "a whole number", "a whole number, 0 or more", "a number", "true or false", "a SHA-256", "a name":
		return l.T("want." + want)
	}
	if among, ok := strings.CutPrefix(want, "one of "); ok {
		return l.T("want.one", strings.ReplaceAll(strings.Trim(among, "[]"), " ", l.T("list.comma")))
	}
	if low, high, ok := strings.Cut(want, " to below "); ok {
		return l.T("want.below", minus(low), high)
	}
	if low, high, ok := strings.Cut(want, " to "); ok {
		return l.T("want.range", grouped(low), grouped(high))
	}
	return want
}

func grouped(s string) string {
	if n, err := strconv.Atoi(s); err == nil {
		return English.Int(n)
	}
	return minus(s)
}

func minus(s string) string { return strings.ReplaceAll(s, "-", "−") }
