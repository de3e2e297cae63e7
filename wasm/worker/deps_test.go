//go:build !js

package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Each of these costs the worker's program a quarter to two megabytes, and none
// has any business in it.
func TestTheWorkerLinksNoServerNoTemplatesAndNoPage(t *testing.T) {
	list := exec.Command("go", "list", "-deps", ".")
	list.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	out, err := list.Output()
	if err != nil {
		t.Skipf("go list does not run here: %v", err)
	}
	for _, p := range strings.Fields(string(out)) {
		for _, no := range []string{"net", "net/http", "html/template", "text/template", "os/exec", "gonum.org/", "github.com/maxence-charriere/", "github.com/clove-ml/clove/app", "github.com/clove-ml/clove/server"} {
			if p == no || strings.HasPrefix(p, strings.TrimSuffix(no, "/")+"/") && no != "net" {
				t.Errorf("the worker links %s", p)
			}
		}
	}
}
