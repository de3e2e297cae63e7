package data

import (
	"bufio"
	"bytes"
	"io"
	"path"
	"strings"
)

// parser reads one kind of file.
type parser func(body *bufio.Reader, r *rows, o ReadOptions) error

// wanted ends every message about a file of a kind that can't be read.
const wanted = "want CSV, label<TAB>text lines, JSON Lines or the aclImdb archive, plain or gzipped"

// sniff finds the kind of a file by its first bytes, then by its name.
func sniff(body *bufio.Reader, name string) (parser, error) {
	head, err := body.Peek(4 << 10)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if len(bytes.TrimSpace(bytes.TrimPrefix(head, bom))) == 0 && err == io.EOF {
		return nil, &Error{Code: CodeEmpty, Message: "the file is empty"}
	}
	if len(head) >= 262 && string(head[257:262]) == "ustar" {
		return readTar, nil
	}
	ext := strings.ToLower(path.Ext(name))
	if ext == ".tar" {
		return readTar, nil
	}
	if err := refuse(head); err != nil {
		return nil, err
	}
	first := firstLine(head)
	switch ext {
	case ".csv":
		return readCSV, nil
	case ".tsv":
		return readTSV, nil
	case ".jsonl", ".ndjson":
		return readJSONLines, nil
	}
	switch {
	case first[0] == '{':
		return readJSONLines, nil
	case first[0] == '[' && ext == ".json":
		return nil, &Error{Code: CodeFormat, Message: `it is one JSON array: write each {"text": …, "label": …} on a line of its own`}
	case bytes.IndexByte(first, '\t') >= 0:
		return readTSV, nil
	case ext != ".txt" && bytes.ContainsAny(first, ",;"):
		return readCSV, nil
	case first[0] == '"' && bytes.IndexByte(first, ',') >= 0, names(first):
		return readCSV, nil
	case bytes.ContainsAny(first, ",，"):
		return readCommas, nil
	}
	return nil, &Error{Code: CodeFormat, Message: "its first line has no tab or comma between label and text; " + wanted}
}

// firstLine that is not empty; head holds one.
func firstLine(head []byte) []byte {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, bom), " \t\r\n")
	if i := bytes.IndexAny(head, "\r\n"); i >= 0 {
		head = head[:i]
	}
	return append(bytes.Clone(head), ' ')
}

// names says that a line names the columns of a CSV.
func names(first []byte) bool {
	line := bytes.ToLower(first)
	return bytes.IndexByte(line, ',') >= 0 && bytes.Contains(line, []byte("label")) && bytes.Contains(line, []byte("text"))
}

// refuse tells apart what is often given by mistake.
func refuse(head []byte) error {
	for _, k := range []struct{ magic, code, message string }{
		{"\xff\xfe", CodeEncoding, "it is UTF-16: save it as UTF-8 (in a spreadsheet: CSV UTF-8) and open it again"},
		{"\xfe\xff", CodeEncoding, "it is UTF-16: save it as UTF-8 (in a spreadsheet: CSV UTF-8) and open it again"},
		{"PK\x03\x04", CodeFormat, "it is a zip archive or a spreadsheet: unpack it, or save it as CSV UTF-8; " + wanted},
		{"PAR1", CodeFormat, "it is Parquet, which Clove does not read yet; " + wanted},
		{"BZh", CodeFormat, "it is packed with bzip2: unpack it; " + wanted},
		{"\xfd7zXZ", CodeFormat, "it is packed with xz: unpack it; " + wanted},
		{"\x28\xb5\x2f\xfd", CodeFormat, "it is packed with zstd: unpack it; " + wanted},
		{"\x1f\x8b", CodeFormat, "it is gzipped twice: unpack it once; " + wanted},
		{"%PDF", CodeFormat, "it is a PDF; " + wanted},
	} {
		if bytes.HasPrefix(head, []byte(k.magic)) {
			return &Error{Code: k.code, Message: k.message}
		}
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return &Error{Code: CodeFormat, Message: "it is a binary file, no text; " + wanted}
	}
	return nil
}
