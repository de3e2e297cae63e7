package data

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
)

// csvReader reads records as RFC 4180 says, and forgives what spreadsheets and
// people write: any of three separators, quotes within an unquoted field, a
// quote that is not doubled. (encoding/csv can't bound a record's length.)
type csvReader struct {
	lines     lines
	separator byte
	field     []byte // the field being read
	closing   int    // bytes of the line from its last closing quote on; 0 none
}

// maxColumns bounds a record, whose fields take memory even where they are empty.
const maxColumns = 1000

// next is the next line; where its last closing quote is is found once, for asking anew in each field would take quadratic time.
func (c *csvReader) next() ([]byte, error) {
	line, err := c.lines.next()
	c.closing = 0
	for i := len(line) - 1; i >= 0; i-- {
		if line[i] == '"' && (i+1 == len(line) || line[i+1] == c.separator) {
			c.closing = len(line) - i
			break
		}
	}
	return line, err
}

// closes says whether a quoted field that goes on with the rest of the line ends in it.
func (c *csvReader) closes(rest []byte) bool { return c.closing > 0 && len(rest) >= c.closing }

// record is the next one and the line that it begins at; io.EOF after the last. Empty lines are none.
func (c *csvReader) record() (fields []string, at int, err error) {
	var line []byte
	for len(line) == 0 {
		if line, err = c.next(); err != nil {
			return nil, 0, err
		}
	}
	at = c.lines.number
	for {
		var more bool
		if line, more, err = c.readField(line, at); err != nil {
			return nil, at, err
		}
		fields = append(fields, string(c.field))
		if !more {
			return fields, at, nil
		}
		if len(fields) == maxColumns {
			return nil, at, &Error{Code: CodeFormat, Where: fmt.Sprintf("line %d", at), Message: fmt.Sprintf("it has more than %d columns; %s", maxColumns, wanted)}
		}
	}
}

// readField reads a field off line into c.field, over further lines if it is
// quoted, and says whether a separator followed it.
func (c *csvReader) readField(line []byte, at int) (rest []byte, more bool, err error) {
	c.field = c.field[:0]
	if t := bytes.TrimLeft(line, " "); len(t) < len(line) && len(t) > 0 && t[0] == '"' && c.closes(t[1:]) {
		line = t // spaces before a quoted field
	}
	if len(line) == 0 || line[0] != '"' {
		return c.plainTo(line)
	}
	line = line[1:]
	for {
		i := bytes.IndexByte(line, '"')
		if i < 0 { // the field goes on in the next line
			c.field = append(append(c.field, line...), '\n')
			if len(c.field) > maxLine {
				return nil, false, tooLong(at)
			}
			if line, err = c.next(); err == io.EOF {
				return nil, false, &Error{Code: CodeFormat, Where: fmt.Sprintf("line %d", at), Message: "a quote that begins there is never closed; write a quote within quotes twice"}
			} else if err != nil {
				return nil, false, err
			}
			continue
		}
		c.field = append(c.field, line[:i]...)
		line = line[i+1:]
		switch {
		case len(line) == 0:
			return nil, false, nil
		case line[0] == c.separator:
			return line[1:], true, nil
		case line[0] == '"':
			line = line[1:]
		case !c.closes(line): // "so" it was: the quotes were part of a plain field
			c.field = append(append([]byte{'"'}, c.field...), '"')
			return c.plainTo(line)
		}
		c.field = append(c.field, '"') // doubled, or forgiven
	}
}

// plainTo reads an unquoted field: all up to the separator or the line's end.
func (c *csvReader) plainTo(line []byte) (rest []byte, more bool, err error) {
	i := bytes.IndexByte(line, c.separator)
	if i < 0 {
		c.field = append(c.field, line...)
		return nil, false, nil
	}
	c.field = append(c.field, line[:i]...)
	return line[i+1:], true, nil
}

// separatorOf is the separator that the first line has most of outside quotes.
func separatorOf(first []byte) byte {
	best, most := byte(','), 0
	for _, s := range []byte(",;\t") {
		n, quoted := 0, false
		for _, c := range first {
			if c == '"' {
				quoted = !quoted
			} else if c == s && !quoted {
				n++
			}
		}
		if n > most {
			best, most = s, n
		}
	}
	return best
}

// lookAhead is how many records decide which of two columns is the label.
const lookAhead = 200

// readCSV reads a CSV whose header names text and label, or that has two columns and no header.
func readCSV(body *bufio.Reader, r *rows, o ReadOptions) error {
	head, err := body.Peek(4 << 10)
	if err != nil && err != io.EOF {
		return err
	}
	c := &csvReader{lines: lines{r: body}, separator: separatorOf(firstLine(head))}
	first, at, err := c.record()
	if err != nil {
		return endIsNoError(err)
	}
	cols, header, err := headerColumns(first, o)
	switch {
	case err != nil:
		return err
	case cols == nil:
		if cols, err = c.guess(r, first, at); err != nil {
			return err
		}
	case !header:
		if err := cols.add(r, fmt.Sprintf("line %d", at), first, string(c.separator)); err != nil {
			return err
		}
	case len(first) > 2:
		r.note("text is the column %.40q, label is %.40q", strings.TrimSpace(first[cols.text]), strings.TrimSpace(first[cols.label]))
	}
	for {
		fields, at, err := c.record()
		if err != nil {
			return endIsNoError(err)
		}
		if err := cols.add(r, fmt.Sprintf("line %d", at), fields, string(c.separator)); err != nil {
			return err
		}
	}
}

func endIsNoError(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// guess finds out which of two columns is the label by the first records, and
// hands them on: the one with fewer different values, else the shorter. A first
// record whose label never comes again among many is a header of other names.
func (c *csvReader) guess(r *rows, first []string, at int) (*columns, error) {
	if len(first) != 2 {
		return nil, unclear(first)
	}
	records, places := [][]string{first}, []int{at}
	bytesSeen := 0
	for len(records) < lookAhead && bytesSeen < maxLine {
		fields, at, err := c.record()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		for _, f := range fields {
			bytesSeen += len(f)
		}
		records, places = append(records, fields), append(places, at)
	}
	cols := &columns{text: 1, label: 0, count: 2}
	if labelIsLast(records) {
		cols = &columns{text: 0, label: 1, count: 2}
	}
	from := 0
	if isHeader(records, cols.label) {
		from = 1
		r.note("text is the column %.40q, label is %.40q", strings.TrimSpace(first[cols.text]), strings.TrimSpace(first[cols.label]))
	} else {
		r.note("no header: column %d is the label", cols.label+1)
	}
	for i := from; i < len(records); i++ {
		if err := cols.add(r, fmt.Sprintf("line %d", places[i]), records[i], string(c.separator)); err != nil {
			return nil, err
		}
	}
	return cols, nil
}

func labelIsLast(records [][]string) bool {
	var different, length [2]int
	for col := range different {
		seen := map[string]bool{}
		for _, f := range records {
			if len(f) == 2 {
				seen[f[col]] = true
				length[col] += len(f[col])
			}
		}
		different[col] = len(seen)
	}
	if different[0] != different[1] {
		return different[1] < different[0]
	}
	return length[1] < length[0]
}

// isHeader says whether the first record's label is of another kind than those of the others, which repeat.
func isHeader(records [][]string, label int) bool {
	others := map[string]bool{}
	n := 0
	for _, f := range records[1:] {
		if len(f) == 2 {
			others[f[label]] = true
			n++
		}
	}
	return !others[records[0][label]] && n >= 4 && len(others)*2 <= n
}
