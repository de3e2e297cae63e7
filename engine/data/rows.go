package data

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	// maxLine bounds a line, a record and an archive's entry: no text is that
	// long, and a file without line ends must not fill the memory.
	maxLine = 16 << 20
	// A file with more broken lines than one in badShare is not what it seems, and is refused.
	badShare = 100
	// Before so many broken lines nothing is decided, for the first ones may be all.
	badEnough = 100
)

// rows is where every parser puts what it finds: it checks, counts and hands on.
type rows struct {
	yield    func(Row) error
	report   Report
	split    Split
	file     string // before a reason, where there are several files
	notUTF8  int
	firstBad string // place of the first line that is not UTF-8
	odd      int    // lines without the form of the file
	firstOdd string
}

// add hands on a text, or counts why not.
func (r *rows) add(where, label, text string) error {
	for _, s := range []string{label, text} {
		if !utf8.ValidString(s) {
			return r.bad(where, s)
		}
	}
	label, text = strings.TrimSpace(label), strings.TrimSpace(text)
	switch {
	case label == "":
		r.skip(where, "no label")
	case text == "":
		r.skip(where, "no text")
	default:
		if err := r.yield(Row{r.split, label, text}); err != nil {
			return err
		}
		r.report.Rows++
	}
	return nil
}

func (r *rows) at(where string) string {
	if r.file == "" {
		return where
	}
	return r.file + " " + where
}

func (r *rows) skip(where, why string) { r.report.Skip(r.at(where) + ": " + why) }

func (r *rows) note(format string, args ...any) {
	r.report.Notes = append(r.report.Notes, r.at(fmt.Sprintf(format, args...)))
}

// bad counts a text that is not UTF-8. A few are left out; many mean that the whole file is not.
func (r *rows) bad(where, s string) error {
	i := 0
	for i < len(s) {
		c, n := utf8.DecodeRuneInString(s[i:])
		if c == utf8.RuneError && n == 1 {
			break
		}
		i += n
	}
	why := fmt.Sprintf("not UTF-8 (byte 0x%02X)", s[i])
	r.skip(where, why)
	if r.notUTF8++; r.notUTF8 == 1 {
		r.firstBad = r.at(where) + ": " + why
	}
	if r.notUTF8 >= badEnough && r.notUTF8*badShare > r.report.Rows {
		return r.encodingError()
	}
	return nil
}

func (r *rows) encodingError() error {
	return &Error{Code: CodeEncoding, Message: fmt.Sprintf("%s; %d such of %d. Save it as UTF-8 (in a spreadsheet: CSV UTF-8) and open it again", r.firstBad, r.notUTF8, r.notUTF8+r.report.Rows)}
}

// malformed counts a line that is not of the file's form.
func (r *rows) malformed(where, why string) error {
	r.skip(where, why)
	if r.odd++; r.odd == 1 {
		r.firstOdd = r.at(where) + ": " + why
	}
	if r.odd >= badEnough && r.odd > r.report.Rows {
		return r.formatError()
	}
	return nil
}

func (r *rows) formatError() error {
	return &Error{Code: CodeFormat, Message: fmt.Sprintf("%s; %d such of %d", r.firstOdd, r.odd, r.odd+r.report.Rows)}
}

// end judges the whole.
func (r *rows) end() error {
	switch {
	case r.notUTF8*badShare > r.report.Rows:
		return r.encodingError()
	case r.odd > r.report.Rows:
		return r.formatError()
	case r.report.Rows == 0 && len(r.report.Reasons) > 0:
		return &Error{Code: CodeEmpty, Message: "no text with a label in it: " + r.report.Reasons[0]}
	case r.report.Rows == 0:
		return &Error{Code: CodeEmpty, Message: "no text with a label in it"}
	}
	return nil
}

// locate says which file an *Error is about.
func locate(err error, name string) error {
	var e *Error
	if !errors.As(err, &e) || name == "" {
		return err
	}
	located := *e
	switch {
	case e.Where == "":
		located.Where = name
	case !strings.HasPrefix(e.Where, name):
		located.Where = name + ", " + e.Where
	}
	return &located
}
