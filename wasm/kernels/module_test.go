//go:build !js

package kernels

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The committed module must be what its source makes, which can only be seen with
// the very compiler that made it: another version gives other bytes.
func TestTheModuleIsWhatItsSourceMakes(t *testing.T) {
	made, err := os.ReadFile("c/compiler")
	if err != nil {
		t.Fatal(err)
	}
	here, err := exec.Command("c/build.sh", "--version").Output()
	if err != nil || !bytes.Equal(here, made) {
		t.Skipf("not compared: the module was made by\n%s, here is\n%s", made, here)
	}
	out := filepath.Join(t.TempDir(), "kernels.wasm")
	if said, err := exec.Command("c/build.sh", out).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	got, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("kernels.wasm")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("kernels.wasm is not what c/ makes: run make kernels")
	}
}

// A kernel is named in four places. The Go and the JavaScript must agree on how
// many arguments it takes, since neither language checks.
func TestEveryKernelHasOneNameEverywhere(t *testing.T) {
	read := func(path string) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	kernels := map[string]map[string]int{} // by place: name → arguments
	find := func(place, text, pattern string) {
		found := map[string]int{}
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			args := strings.TrimSpace(m[2])
			if args == "" {
				found[m[1]] = 0
			} else {
				found[m[1]] = strings.Count(args, ",") + 1
			}
		}
		kernels[place] = found
	}
	var c strings.Builder
	sources, _ := filepath.Glob("c/*.c")
	for _, p := range sources {
		c.WriteString(read(p))
	}
	find("C", c.String(), `KERNEL\((\w+)\)\(([^)]*)\)`)
	find("Go", read("calls_js.go"), `go:wasmimport kernels (\w+)\nfunc \w+\(([^)]*)\)`)
	find("JavaScript", read("../../static/kernels.js"), `(\w+): \(([^)]*)\) => K\.`)
	find("the JavaScript's calls", read("../../static/kernels.js"), `=> K\.(\w+)\(([^)]*)\)`)
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
func TestTheModuleOwnsNoMemory(t *testing.T) {
	b, err := os.ReadFile("kernels.wasm")
	if err != nil {
		t.Fatal(err)
	}
	var sections []byte
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
		sections = append(sections, id)
		b = b[n+1+size:]
	}
	const start, element, data = 8, 9, 11
	for _, no := range []byte{start, element, data} {
		if slices.Contains(sections, no) {
			t.Errorf("the module has a section of kind %d", no)
		}
	}
}
