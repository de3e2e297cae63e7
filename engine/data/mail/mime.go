package mail

import (
	"bytes"
	"io"
	"mime"
	"strings"
)

// header is the fields of a letter or a part, names in lower case; of several the first.
type header map[string]string

// Parse reads subject and body of a letter.
func Parse(letter []byte) Message {
	if len(letter) > maxBytes {
		letter = letter[:maxBytes]
	}
	h, body := splitHeader(letter)
	r := reader{parts: maxParts}
	return Message{Subject: decodeWords(h["subject"]), Body: r.read(h, body, maxDepth)}
}

// splitHeader cuts at the first empty line and unfolds the fields before it.
func splitHeader(b []byte) (header, []byte) {
	h := header{}
	last := ""
	for len(b) > 0 {
		var line []byte
		line, rest := cutLine(b)
		switch {
		case len(line) == 0:
			return h, rest
		case line[0] == ' ' || line[0] == '\t': // folded
			if last != "" && len(h[last]) < 4096 {
				h[last] += " " + string(bytes.TrimSpace(line))
			}
		default:
			name, value, ok := bytes.Cut(line, []byte(":"))
			if !ok || len(name) > 80 || bytes.ContainsAny(name, " \t") {
				if bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From ")) { // of a mailbox file
					b = rest
					continue
				}
				return h, b // no field: the body began without an empty line
			}
			last = strings.ToLower(string(name))
			if _, again := h[last]; again {
				last = ""
			} else {
				h[last] = string(bytes.TrimSpace(value))
			}
		}
		b = rest
	}
	return h, nil
}

// cutLine is the first line without its end, and what follows.
func cutLine(b []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(b, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), rest
}

// reader walks the parts of one letter.
type reader struct{ parts int }

// read is the text of a part.
func (r *reader) read(h header, body []byte, depth int) string {
	if r.parts--; r.parts < 0 || depth < 0 {
		return ""
	}
	kind, params := contentType(h["content-type"])
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(h["content-disposition"])), "attachment") {
		return ""
	}
	switch {
	case strings.HasPrefix(kind, "multipart/"):
		if parts := splitParts(body, params["boundary"]); len(parts) > 0 {
			return r.multipart(kind, parts, depth-1)
		}
		return toText(decodeCharset(decodeTransfer(body, h["content-transfer-encoding"]), params["charset"]), false)
	case strings.HasPrefix(kind, "message/rfc822"):
		inner, b := splitHeader(decodeTransfer(body, h["content-transfer-encoding"]))
		return strings.TrimSpace(decodeWords(inner["subject"]) + "\n" + r.read(inner, b, depth-1))
	case kind == "" || strings.HasPrefix(kind, "text/") || !strings.Contains(kind, "/"):
		raw := decodeTransfer(body, h["content-transfer-encoding"])
		charset := params["charset"]
		isHTML := kind == "text/html" || looksHTML(raw)
		if isHTML && charset == "" {
			charset = metaCharset(raw)
		}
		return toText(decodeCharset(raw, charset), isHTML)
	}
	return "" // pictures, programs, signatures
}

// multipart is the text of all parts, or of alternatives the plain one, or else
// the first that has any.
func (r *reader) multipart(kind string, parts [][]byte, depth int) string {
	var texts []string
	plain, other := "", ""
	for _, p := range parts {
		h, body := splitHeader(p)
		text := strings.TrimSpace(r.read(h, body, depth))
		if text == "" {
			continue
		}
		texts = append(texts, text)
		if k, _ := contentType(h["content-type"]); plain == "" && (k == "text/plain" || k == "") {
			plain = text
		} else if other == "" {
			other = text
		}
	}
	if kind == "multipart/alternative" {
		// Spam likes to hide its text behind an alternative that says "this is HTML".
		if len(plain) >= 40 || other == "" {
			return plain
		}
		return other
	}
	return strings.Join(texts, "\n\n")
}

// splitParts cuts a multipart body at its boundary; without one there are no parts.
// An end that never comes ends with the letter.
func splitParts(body []byte, boundary string) [][]byte {
	if boundary == "" {
		return nil
	}
	mark := []byte("--" + boundary)
	var parts [][]byte
	start := -1
	for at := 0; at < len(body); {
		end := len(body)
		if i := bytes.IndexByte(body[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		if line := bytes.TrimRight(body[at:end], " \t\r\n"); bytes.HasPrefix(line, mark) {
			tail := line[len(mark):]
			if len(tail) == 0 || string(tail) == "--" {
				if start >= 0 {
					parts = append(parts, body[start:at])
				}
				start = end
				if len(tail) != 0 || len(parts) >= maxParts {
					return parts
				}
			}
		}
		at = end
	}
	if start >= 0 && start < len(body) {
		parts = append(parts, body[start:])
	}
	return parts
}

// contentType reads a Content-Type: its kind in lower case and its parameters.
// mime.ParseMediaType gives up on what mailers of the time wrote, so this does not.
func contentType(s string) (string, map[string]string) {
	kind, rest, _ := strings.Cut(s, ";")
	params := map[string]string{}
	for rest != "" {
		name, value, ok := strings.Cut(rest, "=")
		if !ok {
			break
		}
		name = strings.ToLower(strings.Trim(name, " \t;"))
		value = strings.TrimLeft(value, " \t")
		if strings.HasPrefix(value, `"`) {
			value, rest, _ = strings.Cut(value[1:], `"`)
			_, rest, _ = strings.Cut(rest, ";")
		} else {
			value, rest, _ = strings.Cut(value, ";")
			value = strings.TrimSpace(value)
		}
		if _, again := params[name]; !again {
			params[name] = value
		}
	}
	return strings.ToLower(strings.TrimSpace(kind)), params
}

// decodeWords reads =?charset?Q?…?= in a subject (RFC 2047).
func decodeWords(s string) string {
	d := mime.WordDecoder{CharsetReader: func(charset string, in io.Reader) (io.Reader, error) {
		b, err := io.ReadAll(in)
		if err != nil {
			return nil, err
		}
		return strings.NewReader(decodeCharset(b, charset)), nil
	}}
	if t, err := d.DecodeHeader(s); err == nil {
		s = t
	}
	return decodeCharset([]byte(s), "")
}
