package data

import (
	"bufio"
	"strings"
	"unicode/utf8"
)

// readTSV reads label<TAB>text, one a line, without quotes; further tabs belong
// to the text. If the first line names the columns, they are found by name.
func readTSV(body *bufio.Reader, r *rows, o ReadOptions) error {
	return readLines(body, r, o, "tab", func(line string) (label, text string, ok bool) { return strings.Cut(line, "\t") })
}

// readCommas reads what people type: "label, text" lines, the first comma of
// either width ends the label and all others belong to the text.
func readCommas(body *bufio.Reader, r *rows, o ReadOptions) error {
	return readLines(body, r, o, "comma", func(line string) (label, text string, ok bool) {
		at := strings.IndexAny(line, ",，")
		if at < 0 {
			return line, "", false
		}
		_, wide := utf8.DecodeRuneInString(line[at:])
		return strings.TrimSpace(line[:at]), strings.TrimSpace(line[at+wide:]), true
	})
}

func readLines(body *bufio.Reader, r *rows, o ReadOptions, mark string, cut func(line string) (label, text string, ok bool)) error {
	var cols *columns
	first := true
	return (&lines{r: body}).each(func(line []byte, where string) error {
		if first {
			first = false
			var header bool
			var err error
			if cols, header, err = headerColumns(strings.SplitN(string(line), "\t", maxColumns), o); err != nil || header {
				return err
			}
		}
		if cols != nil {
			return cols.add(r, where, strings.SplitN(string(line), "\t", cols.count+1), "\t")
		}
		label, text, found := cut(string(line))
		if !found {
			return r.malformed(where, "no "+mark+" between label and text")
		}
		return r.add(where, label, text)
	})
}
