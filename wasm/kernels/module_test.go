//go:build !js

package kernels

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var modules = []string{"kernels.wasm", "kernels-fast.wasm"}

// The committed modules must be what their source makes, which can only be seen with
// the very compiler that made them: another version gives other bytes.
func TestTheModulesAreWhatTheirSourceMakes(t *testing.T) {
	made, err := os.ReadFile("c/compiler")
	if err != nil {
		t.Fatal(err)
	}
	here, err := exec.Command("c/build.sh", "--version").Output()
	if err != nil || !bytes.Equal(here, made) {
		t.Skipf("not compared: the modules were made by\n%s, here is\n%s", made, here)
	}
	out := t.TempDir()
	if said, err := exec.Command("c/build.sh", out).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	for _, name := range modules {
		got, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what c/ makes: run make kernels", name)
		}
	}
}

// A kernel is named in four places. The Go and the JavaScript must agree on how
// many arguments it takes, since neither language checks. One of both modules takes
// there the module as well, and is called in it.
func TestEveryKernelHasOneNameEverywhere(t *testing.T) {
	read := func(path string) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	kernels := map[string]map[string]int{} // by place: name → arguments
	find := func(place, text, pattern string, more int) {
		found := kernels[place]
		if found == nil {
			found = map[string]int{}
			kernels[place] = found
		}
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			args := strings.TrimSpace(m[2])
			if args == "" {
				found[m[1]] = more
			} else {
				found[m[1]] = strings.Count(args, ",") + 1 + more
			}
		}
	}
	var c strings.Builder
	sources, _ := filepath.Glob("c/*.c")
	for _, p := range sources {
		c.WriteString(read(p))
	}
	script := read("../../static/kernels.js")
	find("C", c.String(), `KERNEL\((\w+)\)\(([^)]*)\)`, 0)
	find("C", c.String(), `BOTH\((\w+)\)\(([^)]*)\)`, 1)
	find("Go", read("calls_js.go"), `go:wasmimport kernels (\w+)\nfunc \w+\(([^)]*)\)`, 0)
	find("JavaScript", script, `(\w+): \(([^)]*)\) => (?:K\.|\(of)`, 0)
	find("the JavaScript's calls", script, `=> K\.(\w+)\(([^)]*)\)`, 0)
	find("the JavaScript's calls", script, `=> \(of \? F : K\)\.(\w+)\(([^)]*)\)`, 1)
	if len(kernels["C"]) == 0 {
		t.Fatal("no kernel was found")
	}
	for place, found := range kernels {
		for name, n := range kernels["C"] {
			if got, ok := found[name]; !ok || got != n {
				t.Errorf("%s takes %d arguments in C, %d in %s", name, n, got, place)
			}
		}
		for name := range found {
			if _, ok := kernels["C"][name]; !ok {
				t.Errorf("%s has a kernel %s, the C none", place, name)
			}
		}
	}
}

// A data or an element segment, or a start function, would write to the memory of
// the Go program. (The one global is a stack pointer that the linker always makes;
// build.sh sees to it that nothing uses it.)
func TestTheModulesOwnNoMemory(t *testing.T) {
	for _, name := range modules {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range sections(b) {
			const start, element, data = 8, 9, 11
			if kind == start || kind == element || kind == data {
				t.Errorf("%s has a section of kind %d", name, kind)
			}
		}
	}
}

// sections are the kinds of a module's.
func sections(b []byte) (kinds []byte) {
	for b = b[8:]; len(b) > 0; {
		id := b[0]
		size, shift, n := 0, 0, 1
		for ; ; n++ {
			size |= int(b[n]&0x7f) << shift
			shift += 7
			if b[n] < 0x80 {
				break
			}
		}
		kinds = append(kinds, id)
		b = b[n+1+size:]
	}
	return kinds
}
