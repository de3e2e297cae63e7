package server

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/clove-ml/clove/"

// linked lists what the package and all that it imports are, in a build for goos/goarch.
func linked(t *testing.T, goos, goarch, pkg string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", module+pkg)
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go list -deps %s: %v\n%s", pkg, err, out)
	}
	return strings.Fields(string(out))
}

func ours(packages []string) []string {
	var rooms []string
	for _, p := range packages {
		if room, ok := strings.CutPrefix(p, module); ok {
			rooms = append(rooms, room)
		}
	}
	return rooms
}

// What is shipped names whose work it holds.
func TestNoticeNamesEveryModuleThatIsLinked(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("needs the go command")
	}
	notice, err := os.ReadFile("../NOTICE")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ goos, goarch, pkg string }{
		{"js", "wasm", "wasm/page"}, {"js", "wasm", "wasm/worker"}, {"linux", "amd64", "server/clove"},
	} {
		for _, p := range linked(t, c.goos, c.goarch, c.pkg) {
			domain, _, _ := strings.Cut(p, "/")
			if !strings.Contains(domain, ".") || strings.HasPrefix(p, module) {
				continue // Go's own, ours
			}
			if parts := strings.Split(p, "/"); len(parts) < 3 || !strings.Contains(string(notice), strings.Join(parts[:3], "/")) {
				t.Errorf("%s links %s, which NOTICE does not name", c.pkg, p)
			}
		}
	}
}

// Dependencies point one way, and the programs of the browser stay small: each of
// these costs a megabyte or is arithmetic that would freeze the page.
func TestRoomsKnowOnlyWhatTheyMay(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("needs the go command")
	}
	for _, c := range []struct {
		pkg       string
		rooms     []string // all of ours that it may link, by prefix
		forbidden []string // by prefix
	}{
		{"app", []string{"app", "wasm/protocol", "engine/run/spec", "engine/run/link"}, []string{"gonum.org/"}},
		{"wasm/page", []string{"wasm/page", "app", "wasm/protocol", "engine/run/spec", "engine/run/link"}, []string{"gonum.org/"}},
		{"wasm/worker", []string{"wasm/worker", "wasm/store", "wasm/kernels", "webgpu", "wasm/protocol", "engine"},
			[]string{"github.com/maxence-charriere/", "net/http", "html/template", "text/template"}},
		{"webgpu", []string{"webgpu", "engine/tensor", "engine/model", "engine/text", "engine/run/spec"}, nil},
		{"engine/run", []string{"engine"}, []string{"net/http", "github.com/maxence-charriere/"}},
		{"engine/run/spec", []string{"engine/run/spec"}, nil},
		{"engine/run/link", []string{"engine/run/link", "engine/run/spec"}, []string{"net/http", "html/template"}},
		{"engine/tensor", []string{"engine/tensor"}, nil},
		{"engine/text", []string{"engine/text", "engine/tensor", "engine/run/spec"}, nil},
	} {
		all := linked(t, "js", "wasm", c.pkg)
		for _, room := range ours(all) {
			if !slices.ContainsFunc(c.rooms, func(may string) bool {
				return room == may || strings.HasPrefix(room, may+"/") && may != "engine/run/spec"
			}) {
				t.Errorf("%s links %s; it may know %s", c.pkg, room, strings.Join(c.rooms, ", "))
			}
		}
		for _, p := range all {
			for _, not := range c.forbidden {
				if p == strings.TrimSuffix(not, "/") || strings.HasPrefix(p, strings.TrimSuffix(not, "/")+"/") {
					t.Errorf("%s links %s", c.pkg, p)
				}
			}
		}
	}
	for _, room := range ours(linked(t, "linux", "amd64", "server/clove")) {
		if strings.HasPrefix(room, "app") || strings.HasPrefix(room, "wasm/") && room != "wasm/protocol" {
			t.Errorf("the command links %s", room)
		}
	}
}
