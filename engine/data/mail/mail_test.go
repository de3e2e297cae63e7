package mail

import (
	"encoding/base64"
	"strings"
	"testing"
	"unicode/utf8"
)

// letter writes one with network line ends.
func letter(lines ...string) []byte { return []byte(strings.Join(lines, "\r\n")) }

func TestTextIsSubjectAndBodyAsAPersonReadsThem(t *testing.T) {
	for name, c := range map[string]struct {
		in   []byte
		want string
	}{
		"plain": {
			letter("From: Ann <ann@example.org>", "X-Spam-Status: Yes", "Subject: Lunch", "", "At one?", "  Ann"),
			"Lunch. At one? Ann",
		},
		"only subject and body, no other header": {
			letter("From ann@example.org  Thu Aug 22 2002", "Received: by a.example", "\tfrom b.example", "Subject: Two", "  lines", "", "x"),
			"Two lines. x",
		},
		"a subject that ends a sentence needs no full stop": {
			letter("Subject: Really?", "", "Yes."), "Really? Yes.",
		},
		"no subject": {letter("From: a@example.org", "", "Hello"), "Hello"},
		"no body":    {letter("Subject: Hello", ""), "Hello"},
		"nothing":    {nil, ""},
		"encoded words in the subject": {
			letter("Subject: =?iso-8859-1?Q?caf=E9?= =?utf-8?B?"+base64.StdEncoding.EncodeToString([]byte("fünf"))+"?=", "", ""),
			"caféfünf",
		},
		"encoded words that are broken stay": {letter("Subject: =?nonsense?Z?x?=", "", ""), "=?nonsense?Z?x?="},
		"raw bytes in the subject":           {letter("Subject: caf\xe9", "", ""), "café"},
		"quoted-printable": {
			letter("Subject: q", "Content-Transfer-Encoding: quoted-printable", "Content-Type: text/plain; charset=iso-8859-1", "", "caf=E9 is =", "open=2E 1=3D1, =ZZ, ="),
			"q. café is open. 1=1, =ZZ,",
		},
		"base64": {
			letter("Subject: b", "Content-Transfer-Encoding: BASE64", "", base64.StdEncoding.EncodeToString([]byte("Read me"))),
			"b. Read me",
		},
		"base64 with rubbish in it and no padding": {
			letter("Subject: b", "Content-Transfer-Encoding: base64", "", "UmVh-ZCBt", "!!ZQ"), "b. Read m",
		},
		"windows-1252 quotes": {
			letter("Subject: w", "Content-Type: text/plain; charset=\"Windows-1252\"", "", "\x93so\x94 he said\x85"), "w. “so” he said…",
		},
		"big5": {letter("Subject: b", "Content-Type: text/plain; charset=big5", "", "\xa4\xa4\xa4\xe5"), "b. 中文"},
		"gb2312 undeclared but for the page's own word": {
			letter("Subject: g", "Content-Type: text/html", "", "<meta http-equiv=x content='text/html; charset=gb2312'><p>\xd6\xd0\xce\xc4"), "g. 中文",
		},
		"an unknown charset is UTF-8 where it can be": {letter("Subject: u", "Content-Type: text/plain; charset=default_charset", "", "naïve"), "u. naïve"},
		"or else windows-1252":                        {letter("Subject: u", "Content-Type: text/plain; charset=x-what", "", "na\xefve"), "u. naïve"},
		"UTF-8 that is none":                          {letter("Subject: u", "Content-Type: text/plain; charset=utf-8", "", "na\xefve"), "u. naïve"},
		"HTML": {
			letter("Subject: h", "Content-Type: text/html", "", "<title>T</title><style>p{color:red}</style><p>One&nbsp;&amp; <b>t</b>wo<br>three<!-- x -->four<script>no()</script><td>five</td><td>six"),
			"h. One & two threefour five six",
		},
		"HTML called plain": {letter("Subject: h", "Content-Type: text/plain", "", "<HTML><BODY>Hi <B>there</B></BODY></HTML>"), "h. Hi there"},
		"a style that never ends hides the rest": {
			letter("Subject: h", "Content-Type: text/html", "", "before<style>after"), "h. before",
		},
		"alternatives: the plain one": {
			letter("Subject: a", "Content-Type: multipart/alternative; boundary=\"=_x\"", "", "This is a multipart message", "--=_x", "Content-Type: text/plain", "", "This plain text is long enough to be the letter.", "--=_x", "Content-Type: text/html", "", "<p>Rich", "--=_x--", "after"),
			"a. This plain text is long enough to be the letter.",
		},
		"alternatives: HTML where the plain one says nothing": {
			letter("Subject: a", "Content-Type: multipart/alternative; boundary=x", "", "--x", "Content-Type: text/plain", "", "Get a new reader", "--x", "Content-Type: text/html", "", "<p>Rich", "--x--"),
			"a. Rich",
		},
		"mixed: all texts, no attachment": {
			letter("Subject: m", "Content-Type: multipart/mixed; boundary=x", "", "--x", "", "One", "--x", "Content-Type: image/gif", "", "GIF89a", "--x", "Content-Type: text/plain", "Content-Disposition: attachment; filename=a.txt", "", "no", "--x", "Content-Type: message/rfc822", "", "Subject: In", "", "Two", "--x--"),
			"m. One In Two",
		},
		"parts in parts": {
			letter("Subject: p", "Content-Type: multipart/mixed; boundary=a", "", "--a", "Content-Type: multipart/alternative; boundary=b", "", "--b", "", "Inner", "--b--", "--a--"), "p. Inner",
		},
		"a boundary that never ends":   {letter("Subject: p", "Content-Type: multipart/mixed; boundary=a", "", "--a", "", "Open"), "p. Open"},
		"a boundary that never begins": {letter("Subject: p", "Content-Type: multipart/mixed; boundary=a", "", "Just text"), "p. Just text"},
		"a body without an empty line": {letter("Subject: s", "This is no field"), "s. This is no field"},
		"addresses, links, telephones": {
			letter("Subject: Call me at (206) 555-0100", "", "or +353 1 234 5678, 1-800-555-0199, <a.b@c.example>, mailto:x@y.example, http://example.org/?a=1 and www.example.com. In 2002-10-02 3.14 100,000 10.0.0.1"),
			"Call me at <phone>. or <phone> , <phone> , <email> , <email> , <url> and <url> In 2002-10-02 3.14 100,000 10.0.0.1",
		},
		"a list's name and footer": {
			letter("Subject: Re: [ILUG] disks", "", "They are round.", "_______________________________________________", "Spamassassin-Sightings mailing list", "Spamassassin-Sightings@lists.example.net", "https://lists.example.net/lists/listinfo/sightings"),
			"Re: disks. They are round.",
		},
		"a quoted footer": {
			letter("Subject: q", "", "> Yes.", "> This sf.net email is sponsored by:ThinkGeek", "> Welcome to geek heaven.", "> http://thinkgeek.example/sf", ">", "No."), "q. > Yes. > No.",
		},
		"tabs, rules and what cannot be seen": {
			letter("Subject: t\tt", "", "a\tb\u200b", "==========", "\x00c\u2028d"), "t t. a b === c d",
		},
	} {
		if got := Text(c.in); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", name, got, c.want)
		}
	}
}

func TestALongTextIsCutAtAWord(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"one two three", 20, "one two three"},
		{"one two three", 13, "one two three"},
		{"one two three", 9, "one two"},
		{"one two three", 7, "one two"},
		{"äöü äöü", 5, "äöü"},
		{strings.Repeat("x", 50), 45, strings.Repeat("x", 45)},
		{"", 3, ""},
	} {
		if got := Cut(c.in, c.n); got != c.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", c.in, c.n, got, c.want)
		}
	}
	if n := utf8.RuneCountInString(Text(letter("Subject: s", "", strings.Repeat("wörter ", 1000)))); n > MaxRunes || n < MaxRunes-10 {
		t.Errorf("%d runes", n)
	}
}

func TestDeepAndManyPartsEnd(t *testing.T) {
	deep := "x"
	for i := range 100 {
		b := strings.Repeat("b", i+1)
		deep = "Content-Type: multipart/mixed; boundary=" + b + "\n\n--" + b + "\n" + deep + "\n--" + b + "--\n"
	}
	Text([]byte("Subject: deep\n" + deep))
	many := "Subject: many\nContent-Type: multipart/mixed; boundary=a\n\n" + strings.Repeat("--a\n\nx\n", 100_000)
	if got := Text([]byte(many)); len(got) > 2*maxParts+10 {
		t.Errorf("%d bytes of %d parts", len(got), maxParts)
	}
}

func FuzzText(f *testing.F) {
	f.Add(letter("Subject: =?utf-8?Q?a?=", "Content-Type: multipart/alternative; boundary=\"x\"", "", "--x", "Content-Transfer-Encoding: quoted-printable", "", "a=E9=", "--x", "Content-Type: text/html; charset=big5", "", "<p>\xa4\xa4", "--x--"))
	f.Add(letter("Content-Transfer-Encoding: base64", "Content-Type: text/plain; charset=utf-16", "", "AAECAwQ="))
	f.Add(letter("Content-Type: message/rfc822", "", "Content-Type: message/rfc822", "", "Subject: x"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := Text(b)
		switch {
		case !utf8.ValidString(s):
			t.Errorf("not UTF-8: %q", s)
		case strings.ContainsAny(s, "\t\n\r\x00"):
			t.Errorf("not one line: %q", s)
		case utf8.RuneCountInString(s) > MaxRunes:
			t.Errorf("%d runes", utf8.RuneCountInString(s))
		case s != strings.TrimSpace(s):
			t.Errorf("spaces around %q", s)
		}
		if Text(b) != s {
			t.Error("another text the second time")
		}
	})
}
