package data

import (
	"fmt"
	"strconv"
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
// it lacks the columns that o names. A name may be a number, from 1, where no
// column is called so; by numbers alone the first row is data already.
func headerColumns(first []string, o ReadOptions) (c *columns, header bool, err error) {
	text, textNamed := find(first, o.TextColumn, textNames)
	label, labelNamed := find(first, o.LabelColumn, labelNames)
	switch {
	case text >= 0 && label >= 0 && text != label:
		return &columns{text, label, len(first)}, textNamed || labelNamed, nil
	case o.TextColumn != "" && text < 0:
		return nil, false, noColumn(o.TextColumn, first)
	case o.LabelColumn != "" && label < 0:
		return nil, false, noColumn(o.LabelColumn, first)
	case o.TextColumn != "" || o.LabelColumn != "":
		return nil, false, unclear(first)
	}
	return nil, false, nil
}

// find is the column of that name, or of the first of names that there is, and
// whether it was found by name; else the column of that number; else −1.
func find(header []string, name string, names []string) (at int, named bool) {
	if name != "" {
		names = []string{name}
	}
	for _, n := range names {
		for i, h := range header {
			if strings.EqualFold(strings.TrimSpace(h), n) {
				return i, true
			}
		}
	}
	if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= len(header) {
		return n - 1, false
	}
	return -1, false
}

func noColumn(name string, header []string) error {
	return &Error{Code: CodeColumns, Where: "line 1", Message: fmt.Sprintf("there is no column %.40q; it has %s", name, quoted(header))}
}

func unclear(header []string) error {
	return &Error{Code: CodeColumns, Where: "line 1", Message: fmt.Sprintf("which column is the text, which the label? It has %s; name them, or their numbers, as data.text_column and data.label_column", quoted(header))}
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
