package export

import (
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/text"
)

// page/ holds what the HTML file is made of: page.html with its style and script, the words
// and labels in both languages, and the runtime: read.js, answer.js, tint.js, and a file for each tokenizer,
// net and encoding.
//
//go:embed page
var parts embed.FS

// MaxRuntime bounds what the HTML file takes beside the model, in bytes.
const MaxRuntime = 30_000

// Page is one HTML file that holds the model, its words and what runs them, and asks for
// nothing else: opened from a disk or a mail it answers as one types.
//
// The model's own file is in it, in base 64, and of the runtime only what that file needs.
// It computes on the weights decoded to float32, sums in float64: a logit differs from
// package infer's by what infer rounds (its conformance suite has the bounds), and from
// infer's on decoded weights by float32's rounding alone.
func Page(m *model.Model) []byte {
	title := html.EscapeString(titleOf(m.Config.Labels))
	const size = "{{bytes}}" // as wide as the number that takes its place
	file := m.Bytes()
	page := strings.NewReplacer(
		"{{title}}", title, "{{style}}", part("page.css"), "{{words}}", strings.TrimSpace(part("words.json")), "{{labels}}", labels(m.Config.Labels), "{{page}}", part("page.js"),
		"{{model}}", base64.StdEncoding.EncodeToString(file), "{{runtime}}", runtime(m, file),
	).Replace(part("page.html"))
	return []byte(strings.Replace(page, size, fmt.Sprintf("%*d", len(size), len(page)), 1))
}

// labels are those that have a name in both languages, as a script's object.
func labels(list []string) string {
	var known map[string][2]string
	if err := json.Unmarshal([]byte(part("labels.json")), &known); err != nil {
		panic(err) // it is built in
	}
	for name := range known {
		if !slices.Contains(list, name) {
			delete(known, name)
		}
	}
	b, err := json.Marshal(known) // in order of their names
	if err != nil {
		panic(err) // plain strings
	}
	return string(b)
}

// titleOf names what a model tells apart.
func titleOf(labels []string) string {
	const most = 4
	if len(labels) > most {
		return strings.Join(labels[:most], " / ") + " …"
	}
	return strings.Join(labels, " / ")
}

// runtime is the script that m and its file need.
func runtime(m *model.Model, file []byte) string {
	net := model.Bag
	if m.Config.Model.Kind != model.Bag {
		net = "lstm"
	}
	return scripts(m.Compact, encodings(m, file), []string{net}, []string{m.Config.Tokenizer.Kind})
}

// Runtime is the script that runs any model of Clove's: what a page needs that shows models which
// are not known when it is made.
func Runtime() string {
	var list []string
	for _, files := range codecs {
		list = append(list, files...)
	}
	slices.Sort(list)
	return scripts(true, slices.Compact(list), []string{"lstm", model.Bag}, text.Kinds())
}

// scripts are the parts of a runtime.
func scripts(compact bool, encodings, nets, tokenizers []string) string {
	var b strings.Builder
	b.WriteString(part("read.js"))
	if compact {
		b.WriteString(part("fronts.js"))
	}
	for _, name := range encodings {
		b.WriteString(part("encodings/" + name + ".js"))
	}
	for _, name := range nets {
		b.WriteString(part("nets/" + name + ".js"))
	}
	b.WriteString(part("tokenizers/unicode.js"))
	words, cases := tables()
	fmt.Fprintf(&b, "clove.cases = clove.unicode('%s', 4)\n", cases)
	if slices.Contains(tokenizers, (text.Words{}).Name()) {
		fmt.Fprintf(&b, "clove.letters = clove.unicode('%s', 2)\n", words)
	}
	for _, name := range tokenizers {
		b.WriteString(part("tokenizers/" + name + ".js"))
	}
	b.WriteString(part("answer.js"))
	b.WriteString(part("tint.js"))
	return b.String()
}

// codecs are the files in page/encodings by the word that a kind begins with, digits and
// options left out, as readers of package model are; f32 needs none.
var codecs = map[string][]string{
	"f": nil, "bf": {"half"}, "int": {"ints"},
	"binary": {"packed", "signs"}, "sign": {"packed", "signs"}, "ternary": {"packed", "ternary"},
	"cluster": {"packed", "cluster"}, "pq": {"packed", "pq"}, "lowrank": {"lowrank"},
	"sparse": {"sparse"}, "huffman": {"huffman"},
}

// encodings are the files in page/encodings that m and its file need, in order.
func encodings(m *model.Model, file []byte) []string {
	var list []string
	for _, p := range m.Params {
		for _, word := range strings.Split(p.Enc.Kind(), " ") {
			base, _, _ := strings.Cut(word, "/")
			files, known := codecs[strings.TrimRight(base, "0123456789")]
			if !known {
				panic("export: no page can decode " + base)
			}
			list = append(list, files...)
			if base == "int4" {
				list = append(list, "packed")
			}
		}
	}
	_, tensors, err := model.ReadTensors(file)
	if err != nil {
		panic(err) // we wrote it
	}
	for _, t := range tensors {
		if t.DType == "F16" || t.DType == "BF16" { // scales may be
			list = append(list, "half")
		}
		if strings.HasSuffix(t.Name, ".huffman") { // the vocabulary may be
			list = append(list, "huffman")
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// tables are text's, in base 36: each run by how far it begins after the last one's end and
// how far it reaches, then what else it has.
func tables() (words, cases string) {
	word, lower := text.Ranges()
	var w, l []string
	number := func(r rune) string { return strconv.FormatInt(int64(r), 36) }
	end := rune(0)
	for _, r := range word {
		w = append(w, number(r[0]-end), number(r[1]-r[0]))
		end = r[1]
	}
	end = 0
	for _, r := range lower {
		l = append(l, number(r[0]-end), number(r[1]-r[0]), number(r[2]), number(r[3]))
		end = r[1]
	}
	return strings.Join(w, " "), strings.Join(l, " ")
}

// part is a file of page/; of a script without indentation and lines that are comments
// alone, which are for those who read it there.
func part(name string) string {
	b, err := parts.ReadFile("page/" + name)
	if err != nil {
		panic(err) // it is built in
	}
	if !strings.HasSuffix(name, ".js") {
		return string(b)
	}
	var out strings.Builder
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimLeft(line, " "); line != "\n" && !strings.HasPrefix(line, "//") {
			out.WriteString(line)
		}
	}
	return out.String()
}
