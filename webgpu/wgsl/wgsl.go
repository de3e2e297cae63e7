// Package wgsl holds the kernels of package webgpu, one a file.
package wgsl

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed *.wgsl
var files embed.FS

// Source is the kernel of that name with what all share, without its comments. Where wide is
// not 0 its workgroups are that wide; it must leave that open by "const wide". (WGSL's own
// way, override, is not in every browser.)
func Source(name string, wide int) string {
	var b strings.Builder
	for _, part := range []string{"common", name} {
		text, err := files.ReadFile(part + ".wgsl")
		if err != nil {
			panic(fmt.Sprintf("webgpu: there is no kernel %s", name))
		}
		for line := range strings.Lines(string(text)) {
			code, _, _ := strings.Cut(line, "//")
			if code = strings.TrimSpace(code); code != "" {
				b.WriteString(code)
				b.WriteByte('\n')
			}
		}
	}
	if wide > 0 {
		return strings.Replace(b.String(), "const wide = 64u;", fmt.Sprintf("const wide = %du;", wide), 1)
	}
	return b.String()
}

// Names are all kernels.
func Names() (names []string) {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		if name := strings.TrimSuffix(e.Name(), ".wgsl"); name != "common" {
			names = append(names, name)
		}
	}
	return names
}
