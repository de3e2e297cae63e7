package data

import (
	"archive/tar"
	"bufio"
	"fmt"
	"io"
	"strings"
)

// readTar reads the aclImdb archive as published, or any other of the form
// …/train/LABEL/….txt, …/test/LABEL/….txt. Nothing is unpacked to disk; a path
// that would climb out of the archive is refused all the same, for such an
// archive is no data set. The folder unsup, without labels, is left out.
func readTar(body *bufio.Reader, r *rows, _ ReadOptions) error {
	tail := &tailReader{r: body}
	t := tar.NewReader(tail)
	a := &archive{rows: r}
	var text []byte
	for {
		h, err := t.Next()
		if err == io.EOF {
			if err := tail.end(); err != nil {
				return err
			}
			return a.end()
		}
		if err != nil {
			return tarError(err)
		}
		split, label, ok, err := a.place(h.Name)
		if err != nil {
			return err
		}
		if !ok || h.Typeflag == tar.TypeDir {
			continue
		}
		if h.Typeflag != tar.TypeReg {
			r.skip(h.Name, "a link or device, no file")
			continue
		}
		if h.Size > maxLine {
			return entryTooLong(h.Name)
		}
		if text, err = readInto(text[:0], t, h.Size); err != nil {
			return tarError(err)
		}
		if err := a.add(h.Name, split, label, string(text)); err != nil {
			return err
		}
	}
}

// readInto appends size bytes of r, growing as they come: a header may claim any size.
func readInto(b []byte, r io.Reader, size int64) ([]byte, error) {
	for size > 0 {
		n := min(size, bufferBytes)
		b = append(b, make([]byte, n)...)
		if _, err := io.ReadFull(r, b[len(b)-int(n):]); err != nil {
			return b, err
		}
		size -= n
	}
	return b, nil
}

// tailReader counts the zeros at the end of what it has read: a tar ends with
// two blocks of them, and archive/tar takes one that was cut between two
// entries for whole.
type tailReader struct {
	r     io.Reader
	zeros int
}

func (t *tailReader) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	for i := n - 1; i >= 0; i-- {
		if p[i] != 0 {
			t.zeros = n - 1 - i
			return n, err
		}
	}
	t.zeros += n
	return n, err
}

// end reads to the end and says whether it is a tar's.
func (t *tailReader) end() error {
	if _, err := io.Copy(io.Discard, t); err != nil {
		return err
	}
	if t.zeros < 512 {
		return damaged(io.ErrUnexpectedEOF)
	}
	return nil
}

func tarError(err error) error {
	if err == tar.ErrHeader {
		return &Error{Code: CodeTruncated, Message: "the archive is damaged, or no tar: copy or download it again", Err: err}
	}
	return damaged(err)
}

func entryTooLong(name string) error {
	return &Error{Code: CodeTooLong, Where: name, Message: fmt.Sprintf("it is longer than %d MB, which no text is", maxLine>>20)}
}

// archive knows the layout train/LABEL/file.txt, in a tar as in a folder.
type archive struct {
	rows       *rows
	unlabelled int
}

// place says where in the set the file name is; not ok if nowhere.
func (a *archive) place(name string) (split Split, label string, ok bool, err error) {
	parts := strings.Split(strings.ReplaceAll(name, `\`, "/"), "/")
	for _, p := range parts {
		if p == ".." || parts[0] == "" || strings.HasSuffix(parts[0], ":") {
			return 0, "", false, &Error{Code: CodePath, Where: fmt.Sprintf("%.100q", name), Message: "a path in the archive leads out of it: it is no data set, don't unpack it"}
		}
	}
	n := len(parts)
	if n < 3 || parts[n-1] == "" || parts[n-1][0] == '.' || !strings.HasSuffix(parts[n-1], ".txt") {
		return 0, "", false, nil
	}
	if split, ok = splitNames[parts[n-3]]; !ok {
		return 0, "", false, nil
	}
	if label = parts[n-2]; label == "unsup" {
		a.unlabelled++
		return 0, "", false, nil
	}
	return split, label, true, nil
}

// splitNames are the folders and the beginnings of files that name a part.
var splitNames = map[string]Split{"train": Train, "test": Test, "valid": Valid, "validation": Valid, "val": Valid, "dev": Valid}

func (a *archive) add(name string, split Split, label, text string) error {
	a.rows.split = split
	return a.rows.add(name, label, text)
}

func (a *archive) end() error {
	if a.unlabelled > 0 {
		a.rows.note("%d texts without label (unsup) are left out", a.unlabelled)
	}
	if a.rows.report.Rows+a.rows.report.Skipped == 0 {
		return &Error{Code: CodeFormat, Message: "no train/LABEL/….txt or test/LABEL/….txt in it; " + wanted}
	}
	return nil
}
