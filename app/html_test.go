package app

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/clove-ml/clove/app/words"
)

// With CLOVE_PICTURES=DIR the states are written there as files to look at.
func TestEveryStateRendersInEveryLanguage(t *testing.T) {
	styled := regexp.MustCompile(` style="`)
	for name := range fixtures {
		for _, l := range words.Langs {
			s := fixture(name, l)
			markup, err := HTML(s)
			if err != nil {
				t.Fatalf("%s %s: %v", name, l, err)
			}
			if styled.MatchString(markup) {
				t.Errorf("%s %s: a style attribute, which the content policy drops", name, l)
			}
			if strings.Contains(markup, "NaN") && name != "notice" || strings.Contains(markup, "%!") {
				t.Errorf("%s %s: a figure that is none", name, l)
			}
			if n := strings.Count(markup, `class="btn go"`); n > 1 {
				t.Errorf("%s %s: %d filled buttons", name, l, n)
			}
			if dir := os.Getenv("CLOVE_PICTURES"); dir != "" {
				page := `<!doctype html><html lang="` + l.Tag() + `"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Clove</title><link rel="stylesheet" href="clove.css"></head><body>` + markup + `</body></html>`
				if err := os.WriteFile(filepath.Join(dir, name+"."+string(l)+".html"), []byte(page), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
