package data

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
)

// lines reads line by line, each at most maxLine long. A line ends in LF or CR LF;
// in CR alone where a file begins so, as old programs for the Mac and some
// spreadsheets write it.
type lines struct {
	r      *bufio.Reader
	number int  // of the last line read, from 1
	end    byte // its last byte; 0 before the first
	buffer []byte
}

var bom = []byte("\xef\xbb\xbf")

// next is the next line without its end, until the call after it; io.EOF after the last.
func (l *lines) next() ([]byte, error) {
	l.number++
	if l.end == 0 {
		head, _ := l.r.Peek(l.r.Size())
		l.end = endOf(head)
	}
	line, err := l.r.ReadSlice(l.end)
	if err == bufio.ErrBufferFull {
		l.buffer = append(l.buffer[:0], line...)
		for err == bufio.ErrBufferFull {
			line, err = l.r.ReadSlice(l.end)
			if len(l.buffer)+len(line) > maxLine {
				return nil, tooLong(l.number)
			}
			l.buffer = append(l.buffer, line...)
		}
		line = l.buffer
	}
	if err != nil && (err != io.EOF || len(line) == 0) {
		return nil, err
	}
	if l.number == 1 {
		line = bytes.TrimPrefix(line, bom)
	}
	line = bytes.TrimSuffix(line, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), nil
}

// each hands on every line that is not empty, and where it stands.
func (l *lines) each(f func(line []byte, where string) error) error {
	for {
		line, err := l.next()
		if err != nil {
			return endIsNoError(err)
		}
		if len(line) == 0 {
			continue
		}
		if err := f(line, fmt.Sprintf("line %d", l.number)); err != nil {
			return err
		}
	}
}

func endOf(head []byte) byte {
	if bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(head, '\r') >= 0 {
		return '\r'
	}
	return '\n'
}

func tooLong(line int) error {
	return &Error{
		Code: CodeTooLong, Where: fmt.Sprintf("line %d", line),
		Message: fmt.Sprintf("it is longer than %d MB, which no text is: is a line end or a closing quote missing?", maxLine>>20),
	}
}
