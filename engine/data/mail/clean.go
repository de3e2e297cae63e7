package mail

import (
	"regexp"
	"strings"
	"unicode"
)

// Masks. Order matters: a link may hold an address, an address no telephone.
var (
	linkPattern  = regexp.MustCompile(`(?i)\b(?:https?|ftp)\s?:\s?//[^\s<>"'()\[\]]+|\bwww\d?\.[^\s<>"'()\[\],]+`)
	mailto       = regexp.MustCompile(`(?i)\bmailto:\s*`)
	addressMatch = regexp.MustCompile(`(?i)<?[a-z0-9_.+=/%*-]*[a-z0-9_+=/%*-]@[a-z0-9*][a-z0-9*-]*(?:\.[a-z0-9*-]+)*>?`)
	phonePattern = regexp.MustCompile(`(?i)` +
		`\+\d{1,3}[-. ()]{0,3}\d{1,5}(?:[-. ()]{1,2}\d{2,5}){1,4}` + // +353 1 234 5678
		`|(?:\b1[-. ]{1,2})?\(\s?\d{3}\s?\)[-. ]{0,3}\d{3}[-. ]{1,2}\d{4}\b` + // (206) 555-0100
		`|\b(?:1[-. ]{1,3})?\d{3}[-.]{1,2}\s?\d{3}[-.]{1,2}\s?\d{4}\b` + // 1-206-555-0100
		`|\b1?[-. ]?8(?:00|66|77|88)[-. ]{1,3}[0-9a-z]{3}[-. ]{1,2}[0-9a-z]{4}\b`) // 1-800-FLOWERS as 1-800-FLO-WERS
)

// Mask puts <url>, <email> and <phone> in place of links, addresses and telephone numbers.
func Mask(s string) string {
	s = linkPattern.ReplaceAllString(s, " <url> ")
	s = mailto.ReplaceAllString(s, "")
	s = addressMatch.ReplaceAllString(s, " <email> ")
	return phonePattern.ReplaceAllString(s, " <phone> ")
}

// What stands in a letter because of the list or the machine that carried it, not
// because its author wrote it. The lists of this corpus carry mostly wanted mail,
// so their marks would give the label away. Each is cut whole, in both classes.
var footers = regexp.MustCompile(`(?im)` + strings.Join([]string{
	// Mailman: a rule of underscores, the list's name and where to leave it.
	`^_{30,}\n(?:.*mailing list.*\n?|.*listinfo.*\n?|\S+@\S+\s*\n?|.*archives?:.*\n?)+`,
	`^-{2}\s*\nirish linux users' group.*\n(?:.*\n?){0,3}`,
	`^irish linux users' group.*\n(?:list maintainer.*\n?)?`,
	`^list maintainer:.*$`,
	// Advertisements of the carrier, with the rules around them.
	`^-{5,}\s*yahoo! groups sponsor[^\n]*\n(?:.*\n){0,6}?-{20,}[^\n]*$`,
	`^to unsubscribe from this group, send an email to:\s*\n.*$`,
	`^your use of yahoo! groups is subject to.*$`,
	`^-{20,}\s*\nthis (?:sf\.net|thinkgeek).*(?:sponsored by|geek heaven).*\n(?:.*\n?){0,3}`,
	`^this sf\.net email is sponsored by.*\n(?:.*\n?){0,2}`,
	`^\s*-- \[?(?:deathtospamdeathtospamdeathtospam).*$`,
	`^.*deathtospam.*$`,
	`^to unsubscribe.*(?:exmh|rpm-list|zzzz).*$`,
	`^rpm-list mailing list.*\n(?:.*\n?)?`,
	// Feeds turned into mail by a machine: all of them wanted.
	`^url: (?:http|<)\S+\s*\n(?:date: .*$)?`,
	`^date: (?:not supplied|\d{4}-\d\d-\d\dt[\d:+-]+|\w{3}, \d+ \w{3} \d{4}.*)$`,
	// Signatures of machines.
	`^-----begin pgp signature-----(?:.*\n)+?-----end pgp signature-----$`,
	`^-----begin pgp signed message-----\n(?:hash: .*)?$`,
	`^version: gnupg.*$`,
}, "|"))

// pseudonyms of the people who gave their mail, put in by the makers of the corpus.
var pseudonyms = regexp.MustCompile(`(?i)\b(?:zzzz|yyyy|jm|zzzzteana)\b|\bspamassassin\.taint\.org\b|\bnetnoteinc\b`)

// listMark is the name of a list before a subject, "[ILUG] " or "Re: [SAtalk] ".
var listMark = regexp.MustCompile(`^((?:(?i:re|fwd?|aw)\s*(?:\[\d+\])?:\s*)*)\[[A-Za-z0-9 _.'-]{2,30}\]\s*`)

// Clean is a body as one line of text: without what its carrier added, masked,
// and with each run of spaces, tabs, line ends and control characters one space.
func Clean(body string) string {
	body = strings.ReplaceAll(body, "\r\n", "\n")
	body = footers.ReplaceAllString(body, "\n")
	return line(pseudonyms.ReplaceAllString(Mask(body), ""))
}

// CleanSubject is a subject likewise, without a list's name before it.
func CleanSubject(s string) string {
	s = strings.TrimSpace(s)
	for range 3 {
		s = listMark.ReplaceAllString(s, "$1")
	}
	return line(pseudonyms.ReplaceAllString(Mask(s), ""))
}

// line folds all white space and drops what cannot be seen. Rules of one character
// (-----, =====, ______) keep three of it.
func line(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space, run, last := true, 0, rune(0)
	for _, c := range s {
		switch {
		case unicode.IsSpace(c) || unicode.IsControl(c) || c == '\u2028' || c == '\u2029':
			if !space {
				b.WriteByte(' ')
			}
			space, run, last = true, 0, 0
			continue
		case unicode.Is(unicode.Cf, c) || c == '\ufffd':
			continue
		}
		if c == last {
			run++
		} else {
			run, last = 1, c
		}
		if run > 3 && !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			continue
		}
		b.WriteRune(c)
		space = false
	}
	return strings.TrimRight(b.String(), " ")
}
