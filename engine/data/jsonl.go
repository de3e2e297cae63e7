package data

import (
	"bufio"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// readJSONLines reads one object a line, {"text": …, "label": …} or with other
// names of columns.go. A label may be a number or a boolean.
func readJSONLines(body *bufio.Reader, r *rows, o ReadOptions) error {
	return (&lines{r: body}).each(func(line []byte, where string) error {
		if !utf8.Valid(line) { // which encoding/json would mend in silence
			return r.bad(where, string(line))
		}
		return addJSON(r, where, line, o)
	})
}

func addJSON(r *rows, where string, line []byte, o ReadOptions) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		return r.malformed(where, fmt.Sprintf(`no JSON object (%v); want {"text": …, "label": …}`, err))
	}
	text, ok := jsonField(fields, o.TextColumn, textNames)
	if !ok {
		return r.malformed(where, `no "text"; name another as data.text_column`)
	}
	label, ok := jsonField(fields, o.LabelColumn, labelNames)
	if !ok {
		return r.malformed(where, `no "label"; name another as data.label_column`)
	}
	return r.add(where, label, text)
}

// jsonField is the field of that name, or of the first of names that there is.
func jsonField(fields map[string]json.RawMessage, name string, names []string) (string, bool) {
	if name != "" {
		names = []string{name}
	}
	for _, n := range names {
		raw, ok := fields[n]
		if !ok {
			continue
		}
		var s string
		if json.Unmarshal(raw, &s) == nil { // null is ""
			return s, true
		}
		if c := raw[0]; c == '{' || c == '[' {
			return "", false
		}
		return string(raw), true // a number or a boolean, as it is written
	}
	return "", false
}
