package mail

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
)

// decodeTransfer undoes a Content-Transfer-Encoding; an unknown one is none.
func decodeTransfer(b []byte, encoding string) []byte {
	switch strings.ToLower(strings.Trim(encoding, " \t;\"'")) {
	case "base64":
		return decodeBase64(b)
	case "quoted-printable":
		return decodeQuoted(b)
	}
	return b
}

// decodeBase64 skips what is no digit and stops at the padding or the end.
func decodeBase64(b []byte) []byte {
	digits := make([]byte, 0, len(b))
	for _, c := range b {
		switch {
		case c == '=':
			// Several encoded blocks may follow each other; padding only ends one.
			for len(digits)%4 != 0 {
				digits = append(digits, 'A')
			}
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '+', c == '/':
			digits = append(digits, c)
		}
	}
	digits = digits[:len(digits)/4*4]
	out := make([]byte, base64.StdEncoding.DecodedLen(len(digits)))
	n, _ := base64.StdEncoding.Decode(out, digits) // digits are all good
	return bytes.TrimRight(out[:n], "\x00")
}

// decodeQuoted reads quoted-printable (RFC 2045, 6.7); what is no code stays.
func decodeQuoted(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		line, rest, newline := bytes.Cut(b, []byte("\n"))
		b = rest
		line = bytes.TrimRight(line, " \t\r")
		if soft := bytes.HasSuffix(line, []byte("=")); soft {
			line, newline = line[:len(line)-1], false
		}
		for i := 0; i < len(line); i++ {
			if line[i] == '=' && i+2 < len(line) {
				hi, ok := unhex(line[i+1])
				lo, ok2 := unhex(line[i+2])
				if ok && ok2 {
					out = append(out, hi<<4|lo)
					i += 2
					continue
				}
			}
			out = append(out, line[i])
		}
		if newline {
			out = append(out, '\n')
		}
	}
	return out
}

func unhex(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// decodeCharset reads bytes in a charset by its name on the web. One that is
// unknown or does not fit is UTF-8 where the bytes are, else windows-1252, in
// which every byte is something.
func decodeCharset(b []byte, name string) string {
	name = strings.ToLower(strings.Trim(name, " \t\"'=;<>"))
	name = strings.TrimPrefix(name, "3d") // quoted-printable that was not undone
	if e, err := htmlindex.Get(name); err == nil {
		if canonical, _ := htmlindex.Name(e); canonical != "utf-8" && canonical != "windows-1252" && canonical != "replacement" {
			if s, err := e.NewDecoder().Bytes(b); err == nil {
				return strings.ToValidUTF8(string(s), "\ufffd")
			}
		}
	}
	if utf8.Valid(b) {
		return string(b)
	}
	s, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\ufffd")
	}
	return string(s)
}
