package data

import (
	"archive/tar"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type entry struct {
	name, text string
	kind       byte // 0 is a file
}

func tarOf(t testing.TB, entries ...entry) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Mode: 0o644, Size: int64(len(e.text)), Typeflag: tar.TypeReg}
		if e.kind != 0 {
			h.Typeflag, h.Size, h.Linkname = e.kind, 0, e.text
			e.text = ""
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var aclImdb = []entry{
	{"aclImdb/", "", tar.TypeDir}, {"aclImdb/README", "read me", 0}, {"aclImdb/imdbEr.txt", "1.0", 0},
	{"aclImdb/test/urls_pos.txt", "http://example.org", 0},
	{"aclImdb/test/neg/0_2.txt", "awful", 0}, {"aclImdb/test/pos/0_10.txt", "great", 0},
	{"aclImdb/train/neg/", "", tar.TypeDir}, {"aclImdb/train/neg/0_3.txt", "dull\nand long", 0},
	{"aclImdb/train/pos/0_9.txt", "lovely", 0}, {"aclImdb/train/pos/._0_9.txt", "Mac", 0},
	{"aclImdb/train/unsup/0_0.txt", "who knows", 0}, {"aclImdb/train/unsup/1_0.txt", "nobody", 0},
	{"aclImdb/train/labeledBow.feat", "9 0:1", 0},
}

var aclRows = []Row{{Test, "neg", "awful"}, {Test, "pos", "great"}, {Train, "neg", "dull\nand long"}, {Train, "pos", "lovely"}}

func TestTheArchiveOfAclImdbGivesItsLabelledTexts(t *testing.T) {
	archive := tarOf(t, aclImdb...)
	for name, content := range map[string]string{
		"aclImdb.tar": archive, "aclImdb.tar.gz": gzipped(archive), "aclImdb_v1.tgz": gzipped(archive), "dropped": gzipped(archive),
	} {
		got, report, err := readAll(opened(t, name, content, ReadOptions{}))
		if err != nil || report.Skipped > 0 {
			t.Errorf("%s: %v %+v", name, err, report)
		}
		if diff := cmp.Diff(aclRows, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if diff := cmp.Diff([]string{"2 texts without label (unsup) are left out"}, report.Notes); diff != "" {
			t.Error(diff)
		}
	}
}

func TestAnArchiveThatIsNoDataSetIsRefused(t *testing.T) {
	good := entry{"a/train/pos/1.txt", "fine", 0}
	for what, c := range map[string]struct{ content, code, mention string }{
		"climbs":       {tarOf(t, good, entry{"a/../../etc/passwd", "x", 0}), CodePath, "leads out"},
		"climbs later": {tarOf(t, good, entry{"a/train/../../../pos/1.txt", "x", 0}), CodePath, "leads out"},
		"absolute":     {tarOf(t, entry{"/train/pos/1.txt", "x", 0}), CodePath, "leads out"},
		"backslashes":  {tarOf(t, entry{`a\..\..\train\pos\1.txt`, "x", 0}), CodePath, "leads out"},
		"a drive":      {tarOf(t, entry{`C:\train\pos\1.txt`, "x", 0}), CodePath, "leads out"},
		"other files":  {tarOf(t, entry{"photo.jpg", "x", 0}), CodeFormat, "no train/LABEL"},
		"empty":        {tarOf(t), CodeFormat, ""},
		"cut":          {tarOf(t, good, good)[:700], CodeTruncated, "middle"},
		"cut between":  {tarOf(t, good, good)[:1024], CodeTruncated, "middle"},
		"cut gzip":     {gzipped(tarOf(t, aclImdb...))[:200], CodeTruncated, "middle"},
		"damaged":      {strings.Replace(tarOf(t, good, good), "0000644", "garbage", 2), CodeTruncated, "damaged"},
		"huge":         {tarOf(t, entry{"a/train/pos/1.txt", strings.Repeat("x", maxLine+1), 0}), CodeTooLong, "16 MB"},
	} {
		name := "a.tar"
		if strings.HasPrefix(c.content, "\x1f\x8b") {
			name = "a.tar.gz"
		}
		_, _, err := readAll(opened(t, name, c.content, ReadOptions{}))
		t.Logf("%s: %v", what, err)
		wantCode(t, err, c.code, c.mention)
	}
}

func TestLinksInAnArchiveAreLeftOut(t *testing.T) {
	got, report, err := readAll(opened(t, "a.tar", tarOf(t,
		entry{"a/train/pos/1.txt", "fine", 0}, entry{"a/train/pos/2.txt", "/etc/passwd", tar.TypeSymlink},
		entry{"a/train/pos/3.txt", "a/train/pos/1.txt", tar.TypeLink}), ReadOptions{}))
	if err != nil || len(got) != 1 || report.Skipped != 2 || report.Reasons[0] != "a/train/pos/2.txt: a link or device, no file" {
		t.Errorf("%v %q %+v", err, got, report)
	}
}

// written is a folder with these files.
func written(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestTheFolderOfAclImdbGivesWhatItsArchiveGives(t *testing.T) {
	files := map[string]string{}
	for _, e := range aclImdb {
		if e.kind == 0 {
			files[e.name] = e.text
		}
	}
	root := written(t, files)
	for _, path := range []string{root, filepath.Join(root, "aclImdb")} {
		src, err := Open(path, ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		got, report, err := readAll(src)
		if err != nil || len(report.Notes) != 1 {
			t.Error(err, report)
		}
		if diff := cmp.Diff(append(append([]Row{}, aclRows[2:]...), aclRows[:2]...), got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestAFolderOfFilesIsSplitByTheirNames(t *testing.T) {
	for what, c := range map[string]struct {
		files map[string]string
		want  []Row
	}{
		"three parts": {
			map[string]string{"train.tsv": "a\t1", "test_b.csv": "text,label\n2,b", "dev-x.jsonl.gz": gzipped(`{"text":"3","label":"c"}`), "README.md": "words", "notes.txt": "words"},
			[]Row{{Valid, "c", "3"}, {Test, "b", "2"}, {Train, "a", "1"}},
		},
		"two files of one part": {map[string]string{"train1.tsv": "a\t1", "train2.tsv": "b\t2"}, []Row{{Train, "a", "1"}, {Train, "b", "2"}}},
		"names":                 {map[string]string{"Validation.tsv": "a\t1", "val.tsv": "b\t2", "testing.tsv": "c\t3"}, []Row{{Valid, "a", "1"}, {Test, "c", "3"}, {Valid, "b", "2"}}},
		"a single file":         {map[string]string{"all.tsv": "a\t1", "README.md": "x"}, []Row{{Whole, "a", "1"}}},
	} {
		src, err := Open(written(t, c.files), ReadOptions{})
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		got, _, err := readAll(src)
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
}

func TestAFolderWithoutDataIsRefused(t *testing.T) {
	for mention, files := range map[string]map[string]string{
		"no data":           {"README.md": "x"},
		"which of its 2":    {"a.tsv": "a\t1", "b.tsv": "b\t2"},
		"test.tsv":          {"train.tsv": "a\t1", "test.tsv": ""},
		"test.tsv line 1":   {"train.tsv": "\tx\n", "test.tsv": "\ty\n"},
		"train.tsv, line 2": {"train.tsv": "a\tb\n" + strings.Repeat("x", maxLine+1)},
	} {
		src, err := Open(written(t, files), ReadOptions{})
		if err == nil {
			_, _, err = readAll(src)
		}
		if err == nil || !strings.Contains(err.Error(), mention) {
			t.Errorf("%v, want mention of %q", err, mention)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "no such"), ReadOptions{}); !os.IsNotExist(unwrapAll(err)) {
		t.Error(err)
	}
}

func unwrapAll(err error) error {
	for {
		u, ok := err.(interface{ Unwrap() error })
		if !ok {
			return err
		}
		if _, ok := err.(*os.PathError); ok {
			return err
		}
		err = u.Unwrap()
	}
}

func TestACancelledContextEndsTheReadingOfAFolder(t *testing.T) {
	src, err := Open(written(t, map[string]string{"train/a/1.txt": "x", "train/a/2.txt": "y"}), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	if _, err = src.Each(ctx, func(Row) error { cancel(); return nil }); err != context.Canceled {
		t.Error(err)
	}
}
