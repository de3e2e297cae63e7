package data

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func gzipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, s)
	z.Close()
	return b.String()
}

func TestAFileOfAnyKindGivesItsRows(t *testing.T) {
	want := []Row{{Whole, "pos", "very good"}, {Whole, "neg", "bad, \"so\" bad"}}
	for _, c := range []struct {
		name, content string
		o             ReadOptions
	}{
		{"a.tsv", "pos\tvery good\nneg\tbad, \"so\" bad\n", ReadOptions{}},
		{"a.txt", "pos\tvery good\r\nneg\tbad, \"so\" bad", ReadOptions{}},
		{"a.txt", "pos, very good\r\nneg, bad, \"so\" bad", ReadOptions{}},
		{"a.txt", "pos，very good\nneg，bad, \"so\" bad\n", ReadOptions{}},
		{"a.txt", "text,label\nvery good,pos\n\"bad, \"\"so\"\" bad\",neg\n", ReadOptions{}},
		{"noname", "pos\tvery good\n\nneg\tbad, \"so\" bad\n", ReadOptions{}},
		{"a.tsv", "pos\tvery good\rneg\tbad, \"so\" bad\r", ReadOptions{}}, // lines of old programs for the Mac
		{"a.csv", "text,label\rvery good,pos\r\"bad, \"\"so\"\" bad\",neg", ReadOptions{}},
		{"a.jsonl", "{\"text\":\"very good\",\"label\":\"pos\"}\r{\"label\":\"neg\",\"text\":\"bad, \\\"so\\\" bad\"}\r", ReadOptions{}},
		{"a.tsv", "\n\r\nlabel\ttext\npos\tvery good\nneg\tbad, \"so\" bad\n", ReadOptions{}},
		{"a.tsv", "\xef\xbb\xbfpos\tvery good\nneg\tbad, \"so\" bad\n", ReadOptions{}},
		{"a.tsv", "label\ttext\npos\tvery good\nneg\tbad, \"so\" bad\n", ReadOptions{}},
		{"a.tsv", "text\tlabel\nvery good\tpos\nbad, \"so\" bad\tneg\n", ReadOptions{}},
		{"a.tsv", "id\tgood?\twords\n1\tpos\tvery good\n2\tneg\tbad, \"so\" bad\n", ReadOptions{TextColumn: "words", LabelColumn: "GOOD?"}},
		{"a.csv", "review,sentiment\nvery good,pos\n\"bad, \"\"so\"\" bad\",neg\n", ReadOptions{}},
		{"a.csv", "label,id,text\npos,1,very good\nneg,2,bad, \"so\" bad\n", ReadOptions{}}, // the comma belongs to the last column
		{"a.csv", "Label;Text\npos;very good\nneg;bad, \"so\" bad\n", ReadOptions{}},
		{"a.csv", "label\ttext\r\npos\tvery good\r\nneg\t\"bad, \"\"so\"\" bad\"\r\n", ReadOptions{}},
		{"a.csv", "\"pos\",\"very good\"\n\"neg\",\"bad, \"so\" bad\"\n", ReadOptions{}}, // quotes not doubled are forgiven
		{"a.csv", "very good,pos\n\"bad, \"\"so\"\" bad\",neg\n", ReadOptions{}},
		{"a.csv", "label,text\npos, very good\nneg, \"bad, \"\"so\"\" bad\"\n", ReadOptions{}},
		{"dropped", "pos,very good\nneg,\"bad, \"\"so\"\" bad\"\n", ReadOptions{}},
		{"a.csv", "\xef\xbb\xbf\"text\",\"label\"\nvery good,pos\n\"bad, \"\"so\"\" bad\",neg", ReadOptions{}},
		{"a.csv", "a,b,c\n1,pos,very good\n2,neg,\"bad, \"\"so\"\" bad\"\n", ReadOptions{TextColumn: "c", LabelColumn: "b"}},
		{"ag.csv", "\"pos\",\"title\",\"very good\"\nneg,another,bad, \"so\" bad\n", ReadOptions{TextColumn: "3", LabelColumn: "1"}},
		{"a.tsv", "very good\tpos\nbad, \"so\" bad\tneg\n", ReadOptions{TextColumn: "1", LabelColumn: "2"}},
		{"a.jsonl", "{\"text\":\"very good\",\"label\":\"pos\"}\n{\"label\":\"neg\",\"text\":\"bad, \\\"so\\\" bad\",\"x\":[1]}\n", ReadOptions{}},
		{"a.json", "{\"t\":\"very good\",\"l\":\"pos\"}\n{\"l\":\"neg\",\"t\":\"bad, \\\"so\\\" bad\"}", ReadOptions{TextColumn: "t", LabelColumn: "l"}},
	} {
		for _, zipped := range []bool{false, true} {
			name, content := c.name, c.content
			if zipped {
				name, content = name+".gz", gzipped(content)
			}
			got, report, err := readAll(opened(t, name, content, c.o))
			if err != nil || report.Skipped > 0 || report.Rows != 2 || len(report.SHA256) != 64 {
				t.Errorf("%s %q: %v, %+v", name, c.content, err, report)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s %q: %s", name, c.content, diff)
			}
		}
	}
}

func TestATextMayHoldLineEndsAndTabs(t *testing.T) {
	for name, content := range map[string]string{
		"a.csv":   "text,label\n\"one\r\ntwo\n\nthree\tfour\",a\nx,b\n",
		"a.jsonl": `{"text":"one\ntwo\n\nthree\tfour","label":"a"}` + "\n" + `{"text":"x","label":"b"}`,
	} {
		got, _, err := readAll(opened(t, name, content, ReadOptions{}))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]Row{{Whole, "a", "one\ntwo\n\nthree\tfour"}, {Whole, "b", "x"}}, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	got, _, _ := readAll(opened(t, "a.tsv", "a\tone\ttwo\nb\tx\n", ReadOptions{}))
	if got[0].Text != "one\ttwo" {
		t.Errorf("%q", got[0].Text)
	}
}

func TestAQuoteAtTheBeginningOfAPlainFieldSwallowsNothing(t *testing.T) {
	got, _, err := readAll(opened(t, "a.csv", "label,text\na,\"so\" it was, they say\nb,fine\n", ReadOptions{}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Row{{Whole, "a", "\"so\" it was, they say"}, {Whole, "b", "fine"}}, got); diff != "" {
		t.Error(diff)
	}
}

// With a search of the line in each field this takes hours.
func TestALongLineOfQuotesIsReadOnce(t *testing.T) {
	for _, line := range []string{strings.Repeat(`"a`, maxLine/8), strings.Repeat(`"a`, maxLine/8) + `"`, strings.Repeat(` "a`, maxLine/8), strings.Repeat(`"", "a`, maxLine/16)} {
		_, report, err := readAll(opened(t, "a.csv", "label,text\nx,"+line+"\ny,z\n", ReadOptions{}))
		if err != nil || report.Rows != 2 {
			t.Errorf("%.20q…: %v, %+v", line, err, report)
		}
	}
}

func TestLabelsOfJSONMayBeNumbersOrBooleans(t *testing.T) {
	got, _, err := readAll(opened(t, "a.jsonl", `{"text":"a","label":1}
{"text":"b","label":true}
{"text":"c","label":-0.5}
`, ReadOptions{}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Row{{Whole, "1", "a"}, {Whole, "true", "b"}, {Whole, "-0.5", "c"}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestTwoColumnsWithoutAKnownHeaderAreToldApart(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		rows    int
		first   Row
	}{
		"label first":    {"good,a fine film\nbad,a dull film\ngood,nice one\nbad,no\ngood,yes\n", 5, Row{Whole, "good", "a fine film"}},
		"label last":     {"a fine film,good\na dull film,bad\nnice one,good\nno,bad\nyes,good\n", 5, Row{Whole, "good", "a fine film"}},
		"unknown header": {"words,mood\na fine film,good\na dull film,bad\nnice one,good\nno,bad\nyes,good\n", 5, Row{Whole, "good", "a fine film"}},
		"two rows":       {"a fine film,good\na dull film,bad\n", 2, Row{Whole, "good", "a fine film"}},
	} {
		got, report, err := readAll(opened(t, "a.csv", c.content, ReadOptions{}))
		if err != nil || len(got) != c.rows || got[0] != c.first || len(report.Notes) != 1 {
			t.Errorf("%s: %v %q %+v", name, err, got, report)
		}
	}
}

func TestBrokenRowsAreLeftOutWithTheirReasons(t *testing.T) {
	for name, c := range map[string]struct{ content, want string }{
		"a.tsv":   {"a\tx\n\ty\nb\t \nno tab\nb\tz\na\tw\n", "line 2: no label|line 3: no text|line 4: no tab between label and text"},
		"a.csv":   {"text,n,label\nx,1,a\ny,1,\nz\n\"\",1,b\nw,1,b\nv,1,a\n", "line 3: no label|line 4: 1 columns, want 3|line 5: no text"},
		"a.jsonl": {"{\"text\":\"x\",\"label\":\"a\"}\n{\"text\":\"y\",\"label\":null}\n{\"text\":\"y\"}\n{]\n{\"text\":\"z\",\"label\":\"b\"}\n", "line 2: no label"},
	} {
		got, report, err := readAll(opened(t, name, c.content, ReadOptions{}))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if reasons := strings.Join(report.Reasons, "|"); !strings.HasPrefix(reasons, c.want) || report.Skipped != 3 || report.Rows != len(got) {
			t.Errorf("%s: %+v", name, report)
		}
	}
}

func TestOneLineThatIsNotUTF8IsLeftOutButAFileOfThemIsRefused(t *testing.T) {
	good := strings.Repeat("a\tfine\n", 200)
	got, report, err := readAll(opened(t, "a.tsv", "a\tcaf\xe9\n"+good, ReadOptions{}))
	if err != nil || len(got) != 200 || report.Skipped != 1 || report.Reasons[0] != "line 1: not UTF-8 (byte 0xE9)" {
		t.Error(err, report)
	}
	for name, content := range map[string]string{
		"a.tsv":   "a\tcaf\xe9\nb\tfine\n",
		"b.tsv":   strings.Repeat("a\tcaf\xe9\n", 1000) + good,
		"a.csv":   "text,label\ncaf\xe9,a\nfine,b\n",
		"a.jsonl": "{\"text\":\"caf\xe9\",\"label\":\"a\"}\n{\"text\":\"x\",\"label\":\"b\"}\n",
		"u.csv":   "\xff\xfet\x00e\x00x\x00t\x00",
	} {
		_, _, err := readAll(opened(t, name, content, ReadOptions{}))
		wantCode(t, err, CodeEncoding, "UTF-8")
	}
}

func TestBadFilesAreRefusedWithACodeAndWhatToDo(t *testing.T) {
	long := strings.Repeat("x", maxLine+2)
	for _, c := range []struct{ name, content, code, mention string }{
		{"a.csv", "", CodeEmpty, "a.csv: the file is empty"},
		{"a.tsv", " \n\n", CodeEmpty, "empty"},
		{"a.tsv.gz", gzipped(""), CodeEmpty, "empty"},
		{"a.csv", "text,label\n", CodeEmpty, "no text"},
		{"a.csv", "text,label\n,\n,x\n", CodeEmpty, "line 2: no label"},
		{"a.tsv", "a\tx\n" + long, CodeTooLong, "a.tsv, line 2: it is longer than 16 MB"},
		{"a.txt", long, CodeFormat, "no tab"},
		{"a.csv", "text,label\n\"" + strings.Repeat("many lines\n", maxLine/10), CodeTooLong, "line 2"},
		{"a.csv", "text,label\nx,a\n\"open,b\n", CodeFormat, "a.csv, line 3: a quote"},
		{"a.jsonl", long, CodeTooLong, "line 1"},
		{"a.csv", "a,b,c\n1,2,3\n", CodeColumns, `"a", "b", "c"`},
		{"a.csv", "text\nx\n", CodeColumns, `"text"`},
		{"a.csv", "text,label\n" + strings.Repeat(",", maxLine/2), CodeFormat, "more than 1000 columns"},
		{"a.tsv", "text\tlabel\n" + strings.Repeat("\t", maxLine/2), CodeFormat, "3 columns, want 2"},
		{"a.json", "[{\"text\":1}]", CodeFormat, "JSON array"},
		{"a.txt", "just a poem\nin lines\n", CodeFormat, "no tab"},
		{"a.bin", "\x00\x01\x02", CodeFormat, "binary"},
		{"a.xlsx", "PK\x03\x04...", CodeFormat, "spreadsheet"},
		{"a.parquet", "PAR1....", CodeFormat, "Parquet"},
		{"a.gz", gzipped(gzipped("x")), CodeFormat, "twice"},
		{"a.pdf", "%PDF-1.7", CodeFormat, "PDF"},
		{"a.tsv", "x\ny\nz\n", CodeFormat, "3 such of 3"},
		{"a.tsv.gz", gzipped("a\tx\nb\ty\n")[:20], CodeTruncated, "download it again"},
		{"a.gz", "\x1f\x8bgarbage....", CodeTruncated, "damaged"},
		{"a.gz", "\x1f\x8b", CodeTruncated, "middle"},
	} {
		_, _, err := readAll(opened(t, c.name, c.content, ReadOptions{}))
		if len(c.content) > 100 {
			c.content = c.content[:100]
		}
		t.Logf("%s %.30q: %v", c.name, c.content, err)
		wantCode(t, err, c.code, c.mention)
	}
	_, _, err := readAll(opened(t, "a.csv", "text,label\nx,y\n", ReadOptions{TextColumn: "words"}))
	wantCode(t, err, CodeColumns, `no column "words"`)
}

// endless is a file of 200 MB in one line, and counts what is read of it.
type endless struct{ left, read int }

func (e *endless) Read(p []byte) (int, error) {
	n := min(len(p), e.left)
	if n == 0 {
		return 0, io.EOF
	}
	for i := range p[:n] {
		p[i] = 'x'
	}
	e.left -= n
	e.read += n
	return n, nil
}

func TestALineOf200MBIsRefusedWithoutReadingIt(t *testing.T) {
	for _, name := range []string{"a.csv", "a.tsv", "a.jsonl"} {
		e := &endless{left: 200 << 20}
		src, _ := OpenReader(name, func() (io.ReadCloser, error) { return io.NopCloser(e), nil }, ReadOptions{})
		_, _, err := readAll(src)
		wantCode(t, err, CodeTooLong, "16 MB")
		if e.read > maxLine+1<<20 {
			t.Errorf("%s: %d bytes were read", name, e.read)
		}
	}
}

func TestACancelledContextEndsTheReading(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	_, err := opened(t, "a.tsv", strings.Repeat("a\tx\n", 1<<20), ReadOptions{}).Each(ctx, func(Row) error {
		if n++; n == 10 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || n == 1<<20 {
		t.Errorf("%v after %d rows", err, n)
	}
}

func TestAnErrorOfTheReaderOfRowsComesBackAsItIs(t *testing.T) {
	stop := errors.New("enough")
	_, err := opened(t, "a.tsv", "a\tx\nb\ty\n", ReadOptions{}).Each(context.Background(), func(Row) error { return stop })
	if !errors.Is(err, stop) {
		t.Error(err)
	}
}

func TestASourceTellsHowFarItIs(t *testing.T) {
	content := strings.Repeat("a\tsome words\n", 50000)
	src := opened(t, "a.tsv", content, ReadOptions{Size: int64(len(content))}).(Metered)
	last, ticks := int64(0), 0
	_, err := src.EachMetered(context.Background(), func(done, total int64) {
		if done < last || total != int64(len(content)) {
			t.Errorf("%d of %d after %d", done, total, last)
		}
		last = done
		ticks++
	}, func(Row) error { return nil })
	if err != nil || ticks < 5 || last < int64(len(content))*8/10 {
		t.Errorf("%v, %d ticks, the last at %d of %d", err, ticks, last, len(content))
	}
}
