package data

import (
	"archive/tar"
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

// fuzzFile reads any bytes as a file of that name: whatever they are, the rows
// are sound and what is wrong is an *Error with a place and a message.
func fuzzFile(f *testing.F, names ...string) {
	f.Fuzz(func(t *testing.T, content string) {
		for _, name := range names {
			got, report, err := readAll(opened(t, name, content, ReadOptions{}))
			for _, r := range got {
				if r.Text == "" || r.Label == "" || !utf8.ValidString(r.Text) || !utf8.ValidString(r.Label) || strings.TrimSpace(r.Text) != r.Text {
					t.Fatalf("%s: %q", name, r)
				}
			}
			var e *Error
			switch {
			case err == nil && (report.Rows != len(got) || report.Rows == 0 || len(report.Reasons) > maxReasons || report.Skipped < len(report.Reasons)):
				t.Fatalf("%s: %d rows, %+v", name, len(got), report)
			case err != nil && !errors.As(err, &e):
				t.Fatalf("%s: %v is no *Error", name, err)
			case err != nil && (e.Code == "" || e.Message == "" || !strings.HasPrefix(e.Where, name)):
				t.Fatalf("%s: %+v", name, e)
			}
		}
	})
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{
		"text,label\na,b\n", "\"a \"\"b\"\"\nc\",d\ne,f", "a;b\nc;d", "\xef\xbb\xbflabel\ttext\nx\ty", "text,label\n\"open", "a,b,c\n1,2,3", "\"\",\"\"", "a\"b,c\r\n,\n", "label,text\nx,y,z\n",
	} {
		f.Add(s)
	}
	fuzzFile(f, "a.csv")
}

func FuzzTSV(f *testing.F) {
	for _, s := range []string{"a\tb\n", "label\ttext\nx\ty\tz", "\t\n", "no tab", "a\t\xff\nb\tc", "\xef\xbb\xbfa\tb\r\n"} {
		f.Add(s)
	}
	fuzzFile(f, "a.tsv", "a.txt", "a")
}

func FuzzJSONLines(f *testing.F) {
	for _, s := range []string{`{"text":"a","label":"b"}`, `{"text":"a","label":1}` + "\n" + `{"text":null}`, `{"review":"\ud800","sentiment":true}`, `{`, `[]`, `{"text":{},"label":[]}`} {
		f.Add(s)
	}
	fuzzFile(f, "a.jsonl")
}

func FuzzTar(f *testing.F) {
	f.Add(tarOf(f, aclImdb...))
	f.Add(tarOf(f, aclImdb...)[:700])
	f.Add(tarOf(f, entry{"../train/pos/1.txt", "x", 0}))
	f.Add(tarOf(f, entry{"train/pos/1.txt", "/x", '2'}))
	fuzzFile(f, "a.tar")
}

// FuzzTarNames tries names behind a checksum that fits, which chance alone does not find.
func FuzzTarNames(f *testing.F) {
	f.Add("aclImdb/train/pos/1.txt", "fine", byte('0'))
	f.Add("../../train/pos/1.txt", "x", byte('0'))
	f.Add("train/pos/1.txt", "/etc/passwd", byte('2'))
	f.Add("train//1.txt", "x", byte('0'))
	f.Add("train/un sup/.txt", "x", byte('5'))
	f.Fuzz(func(t *testing.T, name, text string, kind byte) {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		h := &tar.Header{Name: name, Typeflag: kind, Size: int64(len(text))}
		if kind != tar.TypeReg {
			h.Size, h.Linkname, text = 0, text, ""
		}
		if w.WriteHeader(h) != nil {
			t.Skip("no such tar")
		}
		if _, err := w.Write([]byte(text)); err != nil || w.Close() != nil {
			t.Skip("no such tar")
		}
		got, _, err := readAll(opened(t, "a.tar", b.String(), ReadOptions{}))
		if err == nil && (strings.Contains("/"+name+"/", "/../") || strings.HasPrefix(name, "/")) {
			t.Fatalf("%q was read: %q", name, got)
		}
		if err == nil && kind != tar.TypeReg && kind != 0 {
			t.Fatalf("%q of kind %q was read: %q", name, kind, got)
		}
	})
}

func FuzzGzip(f *testing.F) {
	f.Add(gzipped("a\tb\n"))
	f.Add(gzipped("text,label\na,b\n") + gzipped("c,d\n"))
	f.Add(gzipped(tarOf(f, aclImdb...)))
	f.Add(gzipped(gzipped("a\tb\n")))
	f.Add("\x1f\x8b")
	fuzzFile(f, "a.tsv.gz", "a.csv.gz", "a.tgz")
}
