package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

var hole = regexp.MustCompile(`\{\d\}`)

func holes(s string) map[string]bool {
	out := map[string]bool{}
	for _, h := range hole.FindAllString(s, -1) {
		out[h] = true
	}
	return out
}

func TestEveryEntryIsWholeInBothLanguages(t *testing.T) {
	for key, e := range catalogue {
		for i, text := range e {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s has no text in %s", key, Langs[i])
			}
			if strings.Count(text, "**")%2 != 0 {
				t.Errorf("%s in %s: ** that does not close", key, Langs[i])
			}
		}
		for _, form := range strings.Split(e[0], "|") {
			if e[0] != "" && !strings.Contains(e[0], "|") {
				for h := range holes(form) {
					if !holes(e[1])[h] {
						t.Errorf("%s: Chinese lacks %s", key, h)
					}
				}
			}
		}
		for h := range holes(e[1]) {
			if !holes(e[0])[h] {
				t.Errorf("%s: English lacks %s", key, h)
			}
		}
		if strings.ContainsAny(e[0], "!！") || strings.ContainsAny(e[1], "!！") {
			t.Errorf("%s: an exclamation mark", key)
		}
		if strings.Contains(e[0], "-") && regexp.MustCompile(`(^|\s)-\d`).MatchString(e[0]) {
			t.Errorf("%s: a hyphen for a minus", key)
		}
	}
}

func TestChineseIsChinese(t *testing.T) {
	// Names and units that are the same in both.
	same := map[string]bool{"word.lstm": true, "word.int8": true, "word.int4": true, "word.float16": true, "word.bfloat16": true, "error.db": true, "layer.lstm": true, "variant.lstm": true, "variant.int8": true, "beta1": true, "beta2": true, "epsilon": true, "short.quantize": true, "run.name": true, "rows.of": true, "percent": true, "place.cpu": true, "place.gpu": true}
	for key, e := range catalogue {
		if same[key] {
			continue
		}
		han := false
		for _, r := range e[1] {
			if unicode.Is(unicode.Han, r) || unicode.In(r, unicode.Po, unicode.Ps, unicode.Pe) {
				han = true
			}
		}
		if !han {
			t.Errorf("%s: %q is not Chinese", key, e[1])
		}
	}
}

// source parses the page's own files.
func source(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	for _, pattern := range []string{"../*.go", "../chart/*.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range paths {
			if strings.HasSuffix(p, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), p, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files[p] = f
		}
	}
	if len(files) < 10 {
		t.Fatalf("found %d files of the page", len(files))
	}
	return files
}

// families are keys that the code puts together, "label."+name.
var families = []string{"label.", "source.", "about.", "problem.", "layer.", "step.", "short.", "explain.", "variant.", "run.", "state.", "kind.", "schedule.", "storage.why.", "want.", "train.",
	"gist.", "set.", "word.", "refuse.", "recipe.", "part.", "bear.", "matrix.", "take.", "map.counted.", "place.", "link.", "copy.", "share."}

func TestEveryKeyThatTheCodeAsksForIsThereAndEveryEntryIsAskedFor(t *testing.T) {
	asked := map[string]bool{}
	for path, f := range source(t) {
		ast.Inspect(f, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				if s, err := strconv.Unquote(l.Value); err == nil {
					asked[s] = true
				}
			}
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || sel.Sel.Name != "T" && sel.Sel.Name != "N" {
				return true
			}
			if l, ok := call.Args[0].(*ast.BasicLit); ok {
				if key, err := strconv.Unquote(l.Value); err == nil && !Has(key) {
					t.Errorf("%s asks for %q, which the catalogue lacks", path, key)
				}
			}
			return true
		})
	}
	own, err := os.ReadFile("words.go")
	if err != nil {
		t.Fatal(err)
	}
	figures, err := os.ReadFile("figures.go")
	if err != nil {
		t.Fatal(err)
	}
	for key := range catalogue {
		used := asked[key] || strings.Contains(string(own)+string(figures), `"`+key+`"`)
		for _, f := range families {
			used = used || strings.HasPrefix(key, f)
		}
		if !used {
			t.Errorf("nobody asks for %q", key)
		}
	}
}

func TestNoTextOnThePageBypassesTheCatalogue(t *testing.T) {
	visible := map[string]int{"say": 0, "Text": 0, "Title": 0}
	// The name, and words that are the same in every language.
	fine := map[string]bool{"Clove": true, "KB": true}
	for path, f := range source(t) {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name := ""
			switch fun := call.Fun.(type) {
			case *ast.Ident:
				name = fun.Name
			case *ast.SelectorExpr:
				name = fun.Sel.Name
			}
			at, ok := visible[name]
			if !ok || len(call.Args) <= at {
				return true
			}
			if l, ok := call.Args[at].(*ast.BasicLit); ok && l.Kind == token.STRING {
				s, err := strconv.Unquote(l.Value)
				if err == nil && strings.ContainsFunc(s, unicode.IsLetter) && !fine[s] {
					t.Errorf("%s shows %q, which is not in the catalogue", path, s)
				}
			}
			return true
		})
	}
}

func TestFiguresAsTheyAreWritten(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{English.Int(1344), "1,344"}, {English.Int(-12), "−12"}, {English.Int(1234567), "1,234,567"},
		{English.Fixed(-0.04, 1), "0.0"}, {English.Fixed(-2.94, 1), "−2.9"}, {English.Fixed(2410, 0), "2,410"}, {English.Fixed(0.8, 2), "0.80"},
		{English.Signed(2.46, 1), "+2.5"}, {English.Signed(-0.5, 1), "−0.5"}, {English.Signed(0.02, 1), "0.0"}, {English.Signed(-0.02, 1), "0.0"},
		{English.Percent(0.941, 1), "94.1\u00a0%"}, {Chinese.Percent(0.941, 1), "94.1%"},
		{English.Bytes(260), "260\u00a0B"}, {English.Bytes(7400), "7.4\u00a0KB"}, {English.Bytes(82_000), "82\u00a0KB"}, {English.Bytes(999_600), "1\u00a0MB"}, {English.Bytes(1_234_000), "1.2\u00a0MB"}, {English.Bytes(2_000_000_000), "2\u00a0GB"},
		{English.Clock(24), "0:24"}, {English.Clock(221), "3:41"}, {English.Clock(-1), "–"}, {English.Clock(4000), "1:06:40"},
		{English.Took(41.2), "41 s"}, {Chinese.Took(41.2), "41 秒"}, {English.Took(620), "10 min"},
		{English.Times(9.42), "9.4×"}, {English.Times(104), "104×"}, {English.Times(1), "1×"}, {English.Times(0), "–"},
		{English.N("epochs", 1), "1 epoch"}, {English.N("epochs", 5), "5 epochs"}, {Chinese.N("epochs", 5), "5 轮"},
		{Hash("3f9a71c2e08d55aa"), "3f9a 71c2 e08d"}, {Hash(""), "–"},
		{English.Want("3 to 200000"), "3 to 200,000"}, {Chinese.Want("0 to below 1"), "0 到小于 1"}, {Chinese.Want("a whole number"), "整数"}, {English.Want("-10 to 10"), "−10 to 10"},
		{Plain(0.003), "0.003"},
		{string(Parse("zh-CN")), "zh"}, {string(Parse("de")), "en"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
