package link

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/clove-ml/clove/engine/run/spec"
)

var update = flag.Bool("update", false, "write starts/v1.json anew: only while no link of this version is out")

const hash = "7e304dc1c169e000e822d8835a4d91b9329529aeacf17202bcf87056423980d2"

func TestStartsOfThisVersionAreThePresets(t *testing.T) {
	want := map[string]spec.Spec{"": spec.Default()}
	for _, name := range spec.Presets() {
		want[name], _ = spec.Preset(name)
	}
	if *update {
		b, err := json.MarshalIndent(want, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(fmt.Sprintf("starts/v%d.json", Version), append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, w := range want {
		if s, ok := start(name, Version); !ok || s != w {
			t.Errorf("%q begins otherwise now: links of version %d that are out would mean another run. Make Version %d, with its starts beside the old ones", name, Version, Version+1)
		}
	}
	for version := range starts {
		if _, ok := start("", version); !ok {
			t.Errorf("version %d has no default", version)
		}
	}
}

func TestALinkOfEverySpecGivesItAgain(t *testing.T) {
	var all []spec.Spec
	for _, name := range append(spec.Presets(), "") {
		s, ok := spec.Preset(name)
		if !ok {
			s = spec.Default()
		}
		all = append(all, s)
		for path, value := range map[string]string{
			"seed": "18446744073709551615", "data.source": "file", "data.sha256": hash, "data.label": "coarse",
			"data.text_column": "the text & more=", "data.label_column": "标签", "data.validation": "0.25", "data.limit": "77",
			"tokenizer.kind": "characters", "tokenizer.vocabulary": "1234", "tokenizer.min_count": "4", "tokenizer.max_tokens": "33", "tokenizer.cut": "tail",
			"model.kind": "bag", "model.embedding": "7", "model.hidden": "9", "model.forget_bias": "-0.5", "model.embedding_scale": "0.123456789", "model.embedding_dropout": "0.01", "model.dropout": "0.9",
			"train.rate": "1e-05", "train.schedule": "constant", "train.beta1": "0.8", "train.beta2": "0.99", "train.epsilon": "1e-7", "train.epochs": "11", "train.batch": "16",
			"train.clip": "0", "train.smoothing": "0.07", "train.patience": "2", "train.keep_best": "false",
			"arithmetic": "fast", "compress": "prune=0.8/lstm,finetune=1/teacher,quantize=int8/group32",
		} {
			one := s
			if err := one.Set(path, value); err != nil {
				t.Fatal(err)
			}
			all = append(all, one)
		}
	}
	for _, s := range all {
		if p, ok := spec.Preset(s.Name); ok && p.ID() != s.ID() {
			s.Name = ""
		}
		l := Link{Version: Version, Spec: s}
		for _, address := range []string{l.String("https://a.example/b/?lang=zh#room=data"), "?" + l.Query().Encode(), l.String("")} {
			got, err := Parse(address)
			if err != nil {
				t.Errorf("%s: %v", address, err)
				continue
			}
			if got.Spec != s || got.Version != Version {
				t.Errorf("%s gives\n%+v, want\n%+v", address, got.Spec, s)
			}
		}
	}
}

// A new field of Spec must travel, or be known as the machine's own.
func TestEveryFieldOfTheSpecTravels(t *testing.T) {
	zero := map[string]bool{}
	for _, f := range spec.Default().Fields() {
		if !local(f.Path) && !ours(f.Path) {
			t.Errorf("%s is no key", f.Path)
		}
		zero[f.Path] = true
	}
	if len(zero) != len(known) || len(known) < 30 {
		t.Errorf("%d fields, %d known", len(zero), len(known))
	}
}

func TestALinkIsShort(t *testing.T) {
	s, _ := spec.Preset("mail")
	s.Seed, s.Model.Hidden, s.Compress = 7, 32, "prune=0.8/lstm,quantize=int8"
	l := Link{Spec: s, Arithmetic: 1, Weights: hash, Model: []byte{1, 2, 255}}
	want := "https://a.example/x/?v=1&spec=mail&seed=7&model.hidden=32&compress=prune=0.8/lstm,quantize=int8&arithmetic-version=1&weights=" + hash + "#model=AQL_"
	if got := l.String("https://a.example/x/?lang=zh#room=data"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestALinkOfFastArithmeticPromisesNoBits(t *testing.T) {
	s := spec.Default()
	s.Arithmetic = spec.Fast
	if got := (Link{Spec: s, Arithmetic: 1, Weights: hash}).String(""); strings.Contains(got, "weights") {
		t.Error(got)
	}
	for address, want := range map[string]bool{
		"?v=1&arithmetic-version=1&weights=" + hash:                 true,
		"?v=1&arithmetic-version=1&small=" + hash:                   true,
		"?v=1&arithmetic-version=2&weights=" + hash:                 false,
		"?v=1&weights=" + hash:                                      false,
		"?v=1&arithmetic-version=1":                                 false,
		"?v=1&arithmetic=fast&arithmetic-version=1&weights=" + hash: false,
	} {
		l, err := Parse(address)
		if err != nil || l.Comparable() != want {
			t.Errorf("%s: comparable %v, %v", address, l.Comparable(), err)
		}
	}
}

func TestWhatIsNoPartOfALinkIsLeftAlone(t *testing.T) {
	for _, c := range []struct {
		address string
		version int
		model   string
	}{
		{"https://a.example/", 0, ""},
		{"https://a.example/?lang=zh&theme=dark&workers=2", 0, ""},
		{"https://a.example/?model=reviews&name=%zz&%zz=1", 0, ""}, // an embed's, and nobody's
		{"https://a.example/#room=train&unit=23", 0, ""},
		{"?spec=names", 1, ""}, // by hand: of this version
		{"?v=1#room=compare&model=AQID&view=x", 1, "\x01\x02\x03"},
		{"/#model=AQID", 0, "\x01\x02\x03"},
		{"/#model=AQI=", 0, "\x01\x02"},
	} {
		l, err := Parse(c.address)
		if err != nil || l.Version != c.version || string(l.Model) != c.model {
			t.Errorf("%s gives version %d, model %q, %v", c.address, l.Version, l.Model, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name, address string
		code          Code
		field         string
	}{
		{"10 MB of query", "?v=1&compress=" + strings.Repeat("a", 10<<20), TooLong, ""},
		{"10 MB of settings", "?v=1" + strings.Repeat("&seed=1", 10<<20/7), TooLong, ""},
		{"17 KB of query", "?v=1&compress=" + strings.Repeat("a", 17<<10), TooLong, ""},
		{"10 MB of model", "#model=" + strings.Repeat("A", 10<<20), TooLong, ""},
		{"90 KB of model", "#model=" + strings.Repeat("A", 90<<10), ModelTooLong, "model"},
		{"97 KB of fragment", "#room=" + strings.Repeat("A", 97<<10), ModelTooLong, "model"},
		{"no model", "#model=", ModelText, "model"},
		{"a model cut", "#model=AQIDA", ModelText, "model"},
		{"a model of other signs", "#model=<script>", ModelText, "model"},
		{"a million layers", "?v=1&model.layers=1000000", UnknownField, "model.layers"},
		{"a million units", "?v=1&model.hidden=1000000", Value, "model.hidden"},
		{"a million epochs", "?v=1&train.epochs=1000000", Value, "train.epochs"},
		{"a negative size", "?v=1&model.hidden=-64", Value, "model.hidden"},
		{"a size beyond integers", "?v=1&model.hidden=99999999999999999999", Value, "model.hidden"},
		{"much in all", "?v=1&model.hidden=2048&model.embedding=2048&tokenizer.vocabulary=200000", Value, "tokenizer.vocabulary"},
		{"no number", "?v=1&train.rate=NaN", Value, "train.rate"},
		{"script for a start", "?v=1&spec=<script>alert(1)</script>", UnknownStart, "spec"},
		{"script for a column", "?v=1&data.source=file&data.text_column=%3Cscript%3Ealert(1)%3C/script%3E", Value, "data.text_column"},
		{"script for a value", "?v=1&model.kind=<img src=x onerror=alert(1)>", Value, "model.kind"},
		{"script for a key", "?v=1&model.<script>=1", UnknownField, "model.<script>"},
		{"script in a pipeline", "?v=1&compress=prune=0.8,<b>", Pipeline, "compress"},
		{"16 KB of pipeline", "?v=1&compress=" + strings.Repeat("x", 16000), Pipeline, "compress"},
		{"a path", "?v=1&data.source=file&data.path=/etc/passwd", Local, "data.path"},
		{"a hash with a path", "?v=1&data.source=file&data.sha256=../../x", Value, "data.sha256"},
		{"weights of other signs", "?v=1&weights=" + strings.ToUpper(hash), Value, "weights"},
		{"no version", "?v=&seed=1", Value, "v"},
		{"version 0", "?v=0", Value, "v"},
		{"a version to come", "?v=2&spec=mail", Newer, "v"},
		{"arithmetic −1", "?v=1&arithmetic-version=-1", Value, "arithmetic-version"},
		{"twice", "?v=1&seed=1&seed=2", Twice, "seed"},
		{"a cut escape", "?v=1&compress=prune%3", Escape, "compress"},
		{"a group", "?v=1&model.=3", UnknownField, "model."},
	} {
		l, err := Parse("https://a.example/" + c.address)
		var no *Error
		if !errors.As(err, &no) || no.Code != c.code || no.Field != c.field {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if l.Version != 0 || l.Model != nil || l.Spec != (spec.Spec{}) {
			t.Errorf("%s: refused, and gives %+v", c.name, l)
		}
		if text := err.Error(); len(text) > 400 || strings.ContainsAny(text, "\n\x00") {
			t.Errorf("%s: the message is %d bytes: %q", c.name, len(text), text)
		}
	}
}

// Each old link of testdata/links goes on opening, to the same run.
func TestOldLinksGoOnOpening(t *testing.T) {
	files, err := filepath.Glob("testdata/links/*.txt")
	if err != nil || len(files) < Version {
		t.Fatalf("%d links, %v", len(files), err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(b)), "\n")
		l, err := Parse(lines[0])
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		got := []string{l.Spec.ID(), fmt.Sprint("arithmetic-version=", l.Arithmetic), "weights=" + l.Weights, "small=" + l.Small, fmt.Sprint("model=", len(l.Model))}
		if !slices.Equal(got, lines[1:]) {
			t.Errorf("%s gives\n%s", file, strings.Join(got, "\n"))
		}
	}
}

// Whatever is read is a Spec that can be run, and is written so that it is read the same.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"https://a.example/?v=1&spec=mail&seed=7&model.hidden=32&compress=prune=0.8/lstm,quantize=int8&arithmetic-version=1&weights=" + hash + "#room=data&model=AQL_",
		"?spec=names&train.rate=1e-3&train.keep_best=false", "?data.text_column=%E6%A0%87&data.source=file", "#model=AQID", "?v=1&model.hidden=-1", "?&&==#&&=",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		l, err := Parse(address)
		if err != nil {
			var no *Error
			if !errors.As(err, &no) || len(err.Error()) > 1000 {
				t.Fatalf("%q: %v", address, err)
			}
			return
		}
		if err := l.Spec.Validate(); err != nil || l.Spec.Data.Path != "" || len(l.Model) > MaxModel {
			t.Fatalf("%q gives %+v, %v", address, l, err)
		}
		if l.Spec.Arithmetic == spec.Fast {
			l.Arithmetic, l.Weights, l.Small = 0, "", ""
		}
		again, err := Parse(l.String(address))
		if err != nil {
			t.Fatalf("%q is written %q, which is refused: %v", address, l.String(address), err)
		}
		l.Version, l.Spec.Version, l.Spec.Name, again.Spec.Name = Version, spec.Version, "", ""
		if again.Spec != l.Spec || again.Arithmetic != l.Arithmetic || again.Weights != l.Weights || again.Small != l.Small || !bytes.Equal(again.Model, l.Model) {
			t.Fatalf("%q is written %q, which gives %+v, want %+v", address, l.String(address), again, l)
		}
	})
}
