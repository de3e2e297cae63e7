package data

import (
	"fmt"
	"strings"
)

// Names that a header, or a JSON object, gives to text and label, the likeliest first.
var (
	textNames  = []string{"text", "review", "sentence", "content", "message", "comment", "body", "tweet", "question", "description", "document", "phrase", "name"}
	labelNames = []string{"label", "sentiment", "class", "category", "target", "polarity", "intent", "topic", "tag", "rating", "stars", "score", "y"}
)

// columns says where text and label are.
type columns struct {
	text, label, count int
}

// headerColumns reads a first row as a header: nil if it is none, an error if
// it lacks the columns that o names.
func headerColumns(first []string, o ReadOptions) (*columns, error) {
	c := &columns{find(first, o.TextColumn, textNames), find(first, o.LabelColumn, labelNames), len(first)}
	switch {
	case c.text >= 0 && c.label >= 0 && c.text != c.label:
		return c, nil
	case o.TextColumn != "" && c.text < 0:
		return nil, noColumn(o.TextColumn, first)
	case o.LabelColumn != "" && c.label < 0:
		return nil, noColumn(o.LabelColumn, first)
	case o.TextColumn != "" || o.LabelColumn != "":
		return nil, unclear(first)
	}
	return nil, nil
}

func find(header []string, name string, names []string) int {
	if name != "" {
		names = []string{name}
	}
	for _, n := range names {
		for i, h := range header {
			if strings.EqualFold(strings.TrimSpace(h), n) {
				return i
			}
		}
	}
	return -1
}

func noColumn(name string, header []string) error {
	return &Error{Code: CodeColumns, Where: "line 1", Message: fmt.Sprintf("there is no column %.40q; it has %s", name, quoted(header))}
}

func unclear(header []string) error {
	return &Error{Code: CodeColumns, Where: "line 1", Message: fmt.Sprintf("which column is the text, which the label? It has %s; name them as data.text_column and data.label_column", quoted(header))}
}

// add hands a record to r. Separators too many belong to the text where that is the last column.
func (c *columns) add(r *rows, where string, fields []string, separator string) error {
	if len(fields) > c.count && c.text == c.count-1 {
		fields[c.text] = strings.Join(fields[c.text:], separator)
		fields = fields[:c.count]
	}
	if len(fields) != c.count {
		return r.malformed(where, fmt.Sprintf("%d columns, want %d", len(fields), c.count))
	}
	return r.add(where, fields[c.label], fields[c.text])
}
