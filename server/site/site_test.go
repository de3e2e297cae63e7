package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatThePolicyForbidsIsNotWrittenIntoThePage(t *testing.T) {
	for page, ok := range map[string]bool{
		`<p class="style" title="on=1">style="x"</p>`: true,
		`<p style="color:red"></p>`:                   false,
		`<p class="a" onclick="x()"></p>`:             false,
		`<script>x()</script>`:                        false,
	} {
		if err := allowed(page); (err == nil) != ok {
			t.Errorf("%s: %v", page, err)
		}
	}
}

// files writes a folder.
func files(t *testing.T, contents map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, body := range contents {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAssetsAreNamedByWhatTheyHold(t *testing.T) {
	dir := files(t, map[string]string{
		"static/start.js": `fetch('{{asset "page.wasm"}}')`, "static/sw.js": `{{assets}} {{version}}`,
		"out/data/mail.tsv": "ham\thello", "programs/page.wasm": "wasm",
	})
	s := &site{sources: map[string]source{}, done: map[string]asset{}}
	o := options{static: filepath.Join(dir, "static"), programs: filepath.Join(dir, "programs"), out: filepath.Join(dir, "out")}
	if err := s.collect(o); err != nil {
		t.Fatal(err)
	}
	start, err := s.resolve("start.js")
	if err != nil {
		t.Fatal(err)
	}
	page := "page." + hash([]byte("wasm"))[:8] + ".wasm" // beside it
	if string(start.body) != "fetch('"+page+"')" || start.url != "a/start."+hash(start.body)[:8]+".js" {
		t.Errorf("%s holds %s", start.url, start.body)
	}
	sw, err := s.resolve("sw.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"a/" + page, start.url, "a/mail."} {
		if !strings.Contains(string(sw.body), part) {
			t.Errorf("the service worker does not know %s: %s", part, sw.body)
		}
	}
	if sw.url != "sw.js" || strings.Contains(string(sw.body), "sw.") {
		t.Errorf("%s holds %s", sw.url, sw.body)
	}
}

func TestADocumentIsARouteAndAFolder(t *testing.T) {
	dir := files(t, map[string]string{
		"static/index.html": `{{asset "x.js"}}`, "static/embed.html": `{{asset "x.js"}} {{version}}`,
		"static/sw.js": `{{documents}}`, "static/x.js": "x",
	})
	s := &site{sources: map[string]source{}, done: map[string]asset{}}
	if err := s.collect(options{static: filepath.Join(dir, "static")}); err != nil {
		t.Fatal(err)
	}
	x := "a/x." + hash([]byte("x"))[:8] + ".js"
	version, err := s.version()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"index.html": x, "embed.html": x + " " + version, "embed/index.html": "../" + x + " " + version,
		"sw.js": `["embed.html","index.html"]`,
	} {
		if a, err := s.resolve(name); err != nil || string(a.body) != want || a.url != name {
			t.Errorf("%s is %s: %q, %v; want %q", name, a.url, a.body, err, want)
		}
	}
}

func TestWhatIsWrongInATemplateIsSaid(t *testing.T) {
	for _, c := range []struct{ name, a, b, want string }{
		{"an asset that is not there", `{{asset "c.js"}}`, "", "no asset is called"},
		{"a circle", `{{asset "b.js"}}`, `{{asset "a.js"}}`, "circle"},
		{"the page elsewhere", `{{page}}`, "", "only index.html"},
	} {
		dir := files(t, map[string]string{"a.js": c.a, "b.js": c.b})
		s := &site{sources: map[string]source{}, done: map[string]asset{}}
		if err := s.collect(options{static: dir}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.resolve("a.js"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestOldAssetsGoAndTwinsAreLaidBeside(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("needs Node")
	}
	dir := files(t, map[string]string{"out/a/old.12345678.js": "old", "out/a/old.12345678.js.br": "old"})
	o := options{out: filepath.Join(dir, "out"), cache: filepath.Join(dir, "cache"), quality: 9}
	content := map[string][]byte{"a/new.12345678.js": []byte(strings.Repeat("clove ", 1000)), "a/same.12345678.js": []byte(strings.Repeat("clove ", 1000)), "tiny.txt": []byte("x")}
	if err := write(o.out, content); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time from the cache
		if _, err := compress(t.Context(), o, content); err != nil {
			t.Fatal(err)
		}
	}
	left, err := filepath.Glob(filepath.Join(o.out, "a", "*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 6 { // two files, each with two twins
		t.Errorf("there are %v", left)
	}
	if info, err := os.Stat(filepath.Join(o.out, "a", "new.12345678.js.br")); err != nil || info.Size() > 100 {
		t.Errorf("the brotli twin: %v, %v", info, err)
	}
	if _, err := os.Stat(filepath.Join(o.out, "tiny.txt.br")); err == nil {
		t.Error("a twin that is no smaller is kept")
	}
}
