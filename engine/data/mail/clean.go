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

// carried finds a line that stands in a letter because of the list or the machine
// that carried it, not because its author wrote it; k is how many lines after it
// go with it. The lists of this corpus carry mostly wanted mail, or, one of them,
// spam that was reported; their marks would give the label away. They are dropped
// in both classes, also where a reply quotes them.
var carried = []struct {
	line *regexp.Regexp
	k    int
}{
	// Mailman: a rule of underscores, the list's name, its address, where to leave it.
	{regexp.MustCompile(`(?i)^_{20,}$`), 0},
	{regexp.MustCompile(`(?i)^[\w.'() -]{2,50} (?:mailing )?list$`), 0},
	{regexp.MustCompile(`(?i)/listinfo/|/mailman/|^https?://lists\.|^\S+@[\w.-]*lists?\.\S+$|^\S+-(?:users|talk|devel|list|workers|sightings|announce)@\S+$|^\S+@(?:xent\.com|linux\.ie)$`), 0},
	{regexp.MustCompile(`(?i)irish linux users' group|\(un\)subscription information|^information\.$|^list maintainer:|^to unsubscribe from this (?:group|list)`), 0},
	{regexp.MustCompile(`(?i)deathtospam|^archives?: http|^exmh-(?:users|workers) mailing|rpm-list mailing`), 0},
	// Advertisements of the carrier.
	{regexp.MustCompile(`(?i)(?:sf\.net|thinkgeek|sourceforge).{0,12} (?:email|mail) is sponsored by`), 3},
	{regexp.MustCompile(`(?i)^-{3,} ?yahoo! groups sponsor`), 4},
	{regexp.MustCompile(`(?i)^-{20,}[~_>-]*$|your use of yahoo! groups|unsubscribe@(?:yahoo|e)groups|^yahoo! groups links`), 0},
	// Feeds that a machine turned into letters, all of them wanted.
	{regexp.MustCompile(`(?i)^url: ?(?:http|<)\S+$|^date: (?:not supplied|\d{4}-\d\d-\d\dt[\d:+-]+|\w{3}, \d+ \w{3} \d{4} .{8,20})$`), 0},
	// Signatures that nobody reads.
	{regexp.MustCompile(`(?i)^-----begin pgp signed|^-----(?:begin|end) pgp signature|^hash: sha1|^version: (?:gnupg|pgp)|^comment: (?:for info see|exmh)|^[a-z0-9+/=]{50,}$`), 0},
}

// dropCarried leaves out such lines.
func dropCarried(body string) string {
	var kept []string
	skip := 0
	for _, l := range strings.Split(body, "\n") {
		said := strings.TrimSpace(strings.TrimLeft(l, " \t>|:)}")) // as it was before it was quoted
		if skip > 0 && said != "" {
			skip--
			continue
		}
		skip = 0
		drop := false
		if len(said) <= 200 {
			for _, c := range carried {
				if c.line.MatchString(said) {
					drop, skip = true, c.k
					break
				}
			}
		}
		if !drop {
			kept = append(kept, l)
		}
	}
	return strings.Join(kept, "\n")
}

// pseudonyms of the people who gave their mail, put in by the makers of the corpus.
var pseudonyms = regexp.MustCompile(`(?i)\b(?:(?:zzzz|yyyy)\w*|jm)\b|\bspamassassin\.taint\.org\b|\bnetnoteinc\b`)

// listMark is the name of a list before a subject, "[ILUG] " or "Re: [SAtalk] ".
var listMark = regexp.MustCompile(`^((?:(?i:re|fwd?|aw)\s*(?:\[\d+\])?:\s*)*)\[[A-Za-z0-9 _.'-]{2,30}\]\s*`)

// Clean is a body as one line of text: without what its carrier added, masked,
// and with each run of spaces, tabs, line ends and control characters one space.
func Clean(body string) string {
	if len(body) > maxClean {
		body = strings.ToValidUTF8(body[:maxClean], "")
	}
	body = strings.ReplaceAll(body, "\r\n", "\n")
	body = dropCarried(body)
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
