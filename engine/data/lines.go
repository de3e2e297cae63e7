package data

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
)

// lines reads line by line, each at most maxLine long.
type lines struct {
	r      *bufio.Reader
	number int // of the last line read, from 1
	buffer []byte
}

var bom = []byte("\xef\xbb\xbf")

// next is the next line without its end, until the call after it; io.EOF after the last.
func (l *lines) next() ([]byte, error) {
	l.number++
	line, err := l.r.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		l.buffer = append(l.buffer[:0], line...)
		for err == bufio.ErrBufferFull {
			line, err = l.r.ReadSlice('\n')
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

func tooLong(line int) error {
	return &Error{
		Code: CodeTooLong, Where: fmt.Sprintf("line %d", line),
		Message: fmt.Sprintf("it is longer than %d MB, which no text is: is a line end or a closing quote missing?", maxLine>>20),
	}
}
