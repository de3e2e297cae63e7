package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clove-ml/clove/engine/run/link"
	"github.com/clove-ml/clove/engine/run/spec"
)

// small makes a run of the built-in reviews short.
var small = []string{"--set", "data.limit=300", "--set", "model.embedding=6", "--set", "model.hidden=5", "--set", "train.epochs=1"}

func TestALinkOpensToTheSameBits(t *testing.T) {
	r := clove(t, "", append([]string{"share", "reviews", "--run", "--base", "https://clove.example/x/", "--threads", "1", "--set", "compress=quantize=int8"}, small...)...)
	address := strings.TrimSpace(r.out)
	l, err := link.Parse(address)
	if r.code != 0 || err != nil || !strings.HasPrefix(address, "https://clove.example/x/?v=1&spec=reviews&seed=1&") || l.Arithmetic != spec.ArithmeticVersion || l.Weights == "" || l.Small == "" {
		t.Fatalf("%d, %s, %s (%v)", r.code, r.out, r.err, err)
	}
	if r = clove(t, "", "open", address, "--threads", "3"); r.code != 0 || strings.Count(r.out, "the same bits as in the link") != 2 {
		t.Errorf("opened: %d, %s, %s", r.code, r.out, r.err)
	}
	if r = clove(t, address+"\n", "open", "-"); r.code != 0 {
		t.Errorf("from standard input: %d, %s", r.code, r.err)
	}
	for _, c := range []struct {
		was, is string
		code    int
		out     string
	}{
		{"weights=" + l.Weights, "weights=" + strings.Repeat("0", 64), exitFailed, "not those of the link, 000"},
		{"small=" + l.Small, "small=" + strings.Repeat("0", 64), exitFailed, "smaller weights SHA-256"},
		{"arithmetic-version=1", "arithmetic-version=7", exitOK, "can't be compared with the link's: its arithmetic is of version 7, here is 1"},
		{"&weights=" + l.Weights, "", exitOK, "the link tells none"},
	} {
		if r := clove(t, "", "open", strings.Replace(address, c.was, c.is, 1)); r.code != c.code || !strings.Contains(r.out, c.out) {
			t.Errorf("%s: %d, %s, %s", c.is, r.code, r.out, r.err)
		}
	}
}

func TestAModelTravelsInItsLink(t *testing.T) {
	path, _ := trained(t)
	r := clove(t, "", "share", path)
	address := strings.TrimSpace(r.out)
	if r.code != 0 || !strings.Contains(address, "#model=") {
		t.Fatalf("%d, %.200s, %s", r.code, r.out, r.err)
	}
	const text = "the animal says woof bark"
	want := clove(t, "", "predict", "--model", path, text)
	for _, got := range []result{clove(t, "", "open", address, text), clove(t, text+"\n", "open", address), clove(t, address+"\n"+text+"\n", "open", "-"), clove(t, address+"\n", "open", "-", text)} {
		if got.code != 0 || got.out != want.out {
			t.Errorf("answered %d, %q, %q, want %q", got.code, got.out, got.err, want.out)
		}
	}
	large := filepath.Join(t.TempDir(), "large.safetensors")
	if r := clove(t, "", append([]string{"train", "--spec", "reviews", "--out", large}, append(small, "--set", "model.embedding=200")...)...); r.code != 0 {
		t.Fatal(r.err)
	}
	if r := clove(t, "", "share", large); r.code != exitFailed || !strings.Contains(r.err, "a link carries 65,536") {
		t.Errorf("a large one: %d, %s", r.code, r.err)
	}
}

// Each model of engine/run/link/testdata/links goes on answering.
func TestAModelOfAnOldLinkGoesOnAnswering(t *testing.T) {
	b, err := os.ReadFile("../../engine/run/link/testdata/links/v1-model.txt")
	if err != nil {
		t.Fatal(err)
	}
	address, _, _ := strings.Cut(string(b), "\n")
	if r := clove(t, "", "open", address, "Rosalind", "Bernard"); r.code != 0 || r.out != "male\t0.579680\nmale\t0.933460\n" {
		t.Errorf("%d, %q, %s", r.code, r.out, r.err)
	}
}

func TestALinkToAFileOfOnesOwnNeedsTheSameFile(t *testing.T) {
	_, texts := trained(t)
	s, _ := spec.Preset("reviews")
	if err := replaceData(&s, texts); err != nil {
		t.Fatal(err)
	}
	s.Train.Epochs, s.Model.Hidden, s.Model.Embedding = 1, 4, 4
	file := filepath.Join(t.TempDir(), "s.json")
	if err := os.WriteFile(file, s.JSON(), 0o644); err != nil {
		t.Fatal(err)
	}
	r := clove(t, "", "share", file)
	address := strings.TrimSpace(r.out)
	if r.code != 0 || strings.Contains(address, filepath.Base(texts)) {
		t.Fatalf("%d, %s, %s", r.code, r.out, r.err)
	}
	for _, c := range []struct {
		args []string
		code int
		err  string
	}{
		{nil, exitFailed, "give it with --data PATH"},
		{[]string{"--data", animals(t, "others.tsv", 60)}, exitFailed, "is not the file of the link"},
		{[]string{"--data", texts}, exitOK, ""},
	} {
		if r := clove(t, "", append([]string{"open", address}, c.args...)...); r.code != c.code || !strings.Contains(r.err, c.err) {
			t.Errorf("%v: %d, %s", c.args, r.code, r.err)
		}
	}
}

func TestAHostileLinkIsRefusedWithAReason(t *testing.T) {
	for address, want := range map[string]string{
		"http://x/":                                      "there is no run in this link",
		"http://x/?v=1&model.hidden=-64":                 `model.hidden is "-64", want 1 to 2048`,
		"http://x/?v=1&model.layers=1000000":             "model.layers is no setting",
		"http://x/?v=1&data.path=/etc/passwd":            "data.path is the machine's own",
		"http://x/?v=1&spec=<script>":                    `spec is "<script>"`,
		"http://x/?v=1&x=" + strings.Repeat("x", 10<<20): "longer than the 16384 bytes",
		"http://x/#model=AAAA":                           "the model in the link",
	} {
		if r := clove(t, "", "open", address); r.code != exitFailed || !strings.Contains(r.err, want) || r.out != "" || len(r.err) > 1000 {
			t.Errorf("%.60s: %d, %.300s", address, r.code, r.err)
		}
	}
}
