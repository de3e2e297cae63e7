package export

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/text"
)

type pageQuestion struct {
	Page  string   `json:"page"`
	Texts []string `json:"texts"`
}

type pageAnswer struct {
	Tokens        [][]any // text, start, end in UTF-16, id
	Logits        []float64
	Probabilities []float64
}

// pages asks the scripts of pages.
func pages(t *testing.T, questions []pageQuestion) [][]pageAnswer {
	t.Helper()
	var answers [][]pageAnswer
	ask(t, "node", "testdata/page.mjs", questions, &answers)
	if len(answers) != len(questions) {
		t.Fatalf("%d answers to %d questions", len(answers), len(questions))
	}
	return answers
}

// The bound on decoded weights is float32's rounding in another order; beside package
// infer's own arithmetic, that and what infer rounds.
const reordered = 2e-4

func TestAPageHasTheNamesOfItsLabelsInBothLanguagesAndNoOthers(t *testing.T) {
	for _, c := range []struct {
		labels []string
		want   string
	}{
		{[]string{"ham", "spam"}, `{"ham":["not spam","正常邮件"],"spam":["spam","垃圾邮件"]}`},
		{[]string{"neg", "</script>"}, `{"neg":["negative","负面"]}`},
		{[]string{"toString", "7"}, `{}`},
	} {
		if got := labels(c.labels); got != c.want {
			t.Errorf("%q: %s, want %s", c.labels, got, c.want)
		}
	}
}

func TestAPageAnswersAsPackageInferInEveryEncoding(t *testing.T) {
	needs(t, "no Node here", "node", "--version")
	texts := []string{
		"", "the", "It’s a NAÏVE film, w20 w21 w22!", `\s 电影 ﬁn`, "unheard of",
		"w11 w12 w13 w14 w15 w16 w17 w18 w19 w20 w21 w22 w23 w24 w25", // cut
		"w30 " + strings.Repeat("w31 w57 the ", 9),
	}
	var questions []pageQuestion
	var models []*model.Model
	var bounds []float64
	each(t, func(name string, m *model.Model, bound float64) {
		questions = append(questions, pageQuestion{file(t, name+".html", Page(m)), texts})
		models, bounds = append(models, m), append(bounds, bound)
	})
	for i, answers := range pages(t, questions) {
		p, err := infer.New(models[i], generic)
		if err != nil {
			t.Fatal(err)
		}
		pretend, err := infer.New(models[i], generic, infer.Decoded)
		if err != nil {
			t.Fatal(err)
		}
		for k, s := range texts {
			ids := [][]int32{p.Encode(s)}
			stored, err := p.Logits(ids)
			if err != nil {
				t.Fatal(err)
			}
			decoded, err := pretend.Logits(ids)
			if err != nil {
				t.Fatal(err)
			}
			what := fmt.Sprintf("%s: %q", questions[i].Page, s)
			near(t, what+" decoded", answers[k].Logits, decoded, reordered)
			near(t, what, answers[k].Logits, stored, bounds[i]+reordered)
			probabilities := make([]float32, len(models[i].Config.Labels))
			p.Probabilities(probabilities, decoded)
			near(t, what+" probabilities", answers[k].Probabilities, probabilities, reordered)
		}
	}
}

func TestAPageCutsAsItsModelWasTrained(t *testing.T) {
	needs(t, "no Node here", "node", "--version")
	var questions []pageQuestion
	var models []*model.Model
	s := "w11 w12 w13 w14 w15 w16 w17"
	for _, cut := range []string{"head", "tail", "both"} {
		for _, most := range []int{1, 3, 6, 7, 8} {
			m := trained(t, "lstm", 8, 8, 2)
			m.Config.Tokenizer.Cut, m.Config.Tokenizer.MaxTokens = cut, most
			questions = append(questions, pageQuestion{file(t, "m.html", Page(m)), []string{s}})
			models = append(models, m)
		}
	}
	for i, answers := range pages(t, questions) {
		p, err := infer.New(models[i], generic)
		if err != nil {
			t.Fatal(err)
		}
		var ids []int32
		for _, token := range answers[0].Tokens {
			if id := int32(token[3].(float64)); id >= 0 {
				ids = append(ids, id)
			}
		}
		if want := p.Encode(s); fmt.Sprint(ids) != fmt.Sprint(want) {
			t.Errorf("%+v: it reads %v, want %v", models[i].Config.Tokenizer, ids, want)
		}
	}
}

// The cases are those of package text. What is not UTF-8 a page never gets to see: it is
// given as text with U+FFFD for each such byte.
func TestAPagesTokenizersPassTheSharedCases(t *testing.T) {
	needs(t, "no Node here", "node", "--version")
	b, err := os.ReadFile("../text/testdata/tokens.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Text       string
		Base64     []byte
		Words      []any // text, start, end in bytes
		Characters []any
	}
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	raw := make([]string, len(cases))
	texts := make([]string, len(cases))
	for i, c := range cases {
		raw[i] = c.Text
		if c.Base64 != nil {
			raw[i] = string(c.Base64)
		}
		texts[i] = string([]rune(raw[i]))
	}
	var questions []pageQuestion
	for _, kind := range text.Kinds() {
		m := trained(t, "lstm", 4, 4, 2)
		m.Config.Tokenizer.Kind = kind
		questions = append(questions, pageQuestion{file(t, kind+".html", Page(m)), texts})
	}
	for k, answers := range pages(t, questions) {
		for i, c := range cases {
			want := c.Words
			if text.Kinds()[k] == "characters" {
				want = c.Characters
			}
			got := answers[i].Tokens
			if len(got)*3 != len(want) {
				t.Errorf("case %d, %q by %s: %v, want %v", i, raw[i], text.Kinds()[k], got, want)
				continue
			}
			units := func(bytes any) float64 {
				return float64(len(utf16.Encode([]rune(raw[i][:int(bytes.(float64))]))))
			}
			for n, g := range got {
				if w := want[3*n:]; g[0] != w[0] || g[1] != units(w[1]) || g[2] != units(w[2]) {
					t.Errorf("case %d, %q by %s: token %d is %v, want %v", i, raw[i], text.Kinds()[k], n, g, w[:3])
				}
			}
		}
	}
}

// Every letter, mark and digit there is, and what changes its case: as package text has it,
// whatever Unicode the browser knows.
func TestAPageHasOurUnicode(t *testing.T) {
	needs(t, "no Node here", "node", "--version")
	m := trained(t, "lstm", 4, 4, 2)
	path := file(t, "m.html", Page(m))
	var texts []string
	var b strings.Builder
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if unassigned := 0x40000 <= r && r < 0xe0000 && r%0x100 != 0; utf16.IsSurrogate(r) || unassigned && r%0x4000 != 0x3fff {
			continue
		}
		b.WriteRune(r)
		b.WriteByte('.')
		if r%0x4000 == 0x3fff {
			texts = append(texts, b.String())
			b.Reset()
		}
	}
	for i, a := range pages(t, []pageQuestion{{path, texts}})[0] {
		want := text.Words{}.Tokens(nil, texts[i])
		if len(a.Tokens) != len(want) {
			t.Fatalf("part %d: %d tokens, want %d", i, len(a.Tokens), len(want))
		}
		for k, w := range want {
			if a.Tokens[k][0] != w.Text {
				t.Errorf("%q, want %q", a.Tokens[k][0], w.Text)
			}
		}
	}
}

func TestAPageIsSmallBesideItsModelAndAsksForNothing(t *testing.T) {
	reaches := regexp.MustCompile(`(?i)https?:|fetch\(|XMLHttp|import\(|src=|@import|url\(`)
	greatest := 0
	each(t, func(name string, m *model.Model, _ float64) {
		page := string(Page(m))
		file := (len(m.Bytes()) + 2) / 3 * 4
		greatest = max(greatest, len(page)-file)
		if len(page)-file > MaxRuntime {
			t.Errorf("%s: %d bytes beside the model's %d", name, len(page)-file, file)
		}
		if found := reaches.FindString(page); found != "" {
			t.Errorf("%s: it holds %s", name, found)
		}
		if !strings.Contains(page, fmt.Sprintf("clove.bytes = %9d\n", len(page))) {
			t.Errorf("%s: it does not tell its %d bytes", name, len(page))
		}
		if i := strings.Index(page, "{{"); i >= 0 {
			t.Errorf("%s: %.20s is not filled in", name, page[i:])
		}
	})
	t.Logf("at most %d bytes", greatest)
}

func TestAPageCarriesTheCodeOfItsOwnEncodingsOnly(t *testing.T) {
	for name, want := range map[string]string{
		"f32": "", "f16": "half", "int8": "ints", "int8/group32": "half ints", "int4": "ints packed", "binary": "half packed signs",
		"sign": "packed signs", "cluster3": "cluster packed", "lowrank int": "ints lowrank", "pq2/sub3": "half packed pq", "sparse f32": "sparse",
		"huffman int8": "huffman ints", "deep": "cluster huffman packed sparse",
	} {
		m := encoded(trained(t, "lstm", 45, 38, 2), kinds[name].encode)
		if got := strings.Join(encodings(m, m.Bytes()), " "); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestLabelsAreNoMarkupInAPage(t *testing.T) {
	m := trained(t, "lstm", 4, 4, 2)
	m.Config.Labels = []string{"<b>&", "</script>"}
	page := string(Page(m))
	if strings.Contains(page, "<b>&") || strings.Count(page, "</script>") != 3 {
		t.Error("a label is markup")
	}
}

func TestAPageSpeaksBothLanguages(t *testing.T) {
	var words map[string][]string
	if err := json.Unmarshal([]byte(part("words.json")), &words); err != nil {
		t.Fatal(err)
	}
	hole := regexp.MustCompile(`\{\d\}`)
	for key, w := range words {
		if len(w) != 2 || w[0] == "" || !strings.ContainsFunc(w[1], func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%s: %q", key, w)
			continue
		}
		for _, h := range hole.FindAllString(w[0], -1) {
			if !strings.Contains(w[1], h) {
				t.Errorf("%s: the Chinese lacks %s", key, h)
			}
		}
	}
	asked := regexp.MustCompile(`say\('([^']+)'|data-say="([^"]+)"`)
	for _, m := range asked.FindAllStringSubmatch(part("page.js")+part("page.html"), -1) {
		if key := m[1] + m[2]; !strings.HasSuffix(key, ".") && words[key] == nil {
			t.Errorf("nobody worded %s", key)
		}
	}
}
