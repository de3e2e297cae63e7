package data

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// readTSV reads label<TAB>text, one a line, without quotes; further tabs belong
// to the text. If the first line names the columns, they are found by name.
func readTSV(body *bufio.Reader, r *rows, o ReadOptions) error {
	l := &lines{r: body}
	var cols *columns
	for {
		line, err := l.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if len(line) == 0 {
			continue
		}
		where := fmt.Sprintf("line %d", l.number)
		if l.number == 1 {
			var header bool
			if cols, header, err = headerColumns(strings.SplitN(string(line), "\t", maxColumns), o); err != nil {
				return err
			}
			if header {
				continue
			}
		}
		if cols != nil {
			err = cols.add(r, where, strings.SplitN(string(line), "\t", cols.count+1), "\t")
		} else if label, text, found := strings.Cut(string(line), "\t"); found {
			err = r.add(where, label, text)
		} else {
			err = r.malformed(where, "no tab between label and text")
		}
		if err != nil {
			return err
		}
	}
}
