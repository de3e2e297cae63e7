package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
)

// result of a command.
type result struct {
	code     int
	out, err string
}

// clove runs the command in a folder of its own, without the data sets of whoever tests.
func clove(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	return cloveIn(t.Context(), stdin, args...)
}

func cloveIn(ctx context.Context, stdin string, args ...string) result {
	var out, err bytes.Buffer
	code := Main(ctx, args, strings.NewReader(stdin), &out, &err)
	return result{code, out.String(), err.String()}
}

// animals writes labelled texts that a tiny model learns at once.
func animals(t *testing.T, name string, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	var b strings.Builder
	for i := range n {
		label, word := "cat", "meow purr"
		if i%2 == 1 {
			label, word = "dog", "woof bark"
		}
		fmt.Fprintf(&b, "%s\tthe animal number %d says %s again\n", label, i, word)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// tiny makes the run short.
var tiny = []string{
	"--set", "model.embedding=8", "--set", "model.hidden=8", "--set", "train.epochs=3", "--set", "train.rate=0.02",
	"--set", "tokenizer.min_count=1",
}

// trained is a model on animals.
func trained(t *testing.T) (model, data string) {
	t.Helper()
	t.Setenv("CLOVE_DATA", t.TempDir())
	data = animals(t, "animals.tsv", 400)
	model = filepath.Join(t.TempDir(), "m.safetensors")
	r := clove(t, "", append([]string{"train", "--spec", "reviews", "--data", data, "--out", model}, tiny...)...)
	if r.code != 0 {
		t.Fatalf("training: %d, %s", r.code, r.err)
	}
	return model, data
}

// events decodes JSON Lines, and fails on anything else.
func events(t *testing.T, out string) []spec.Event {
	t.Helper()
	var all []spec.Event
	for line := range strings.Lines(out) {
		e, err := spec.Decode([]byte(line))
		if err != nil {
			t.Fatalf("standard output holds %q: %v", line, err)
		}
		all = append(all, e)
	}
	return all
}

// done is the last event.
func done(t *testing.T, out string) spec.Done {
	t.Helper()
	all := events(t, out)
	if len(all) == 0 {
		t.Fatal("no event")
	}
	d, ok := all[len(all)-1].(spec.Done)
	if !ok {
		t.Fatalf("the last event is %+v", all[len(all)-1])
	}
	return d
}

func TestUseAndExitCodes(t *testing.T) {
	t.Setenv("CLOVE_DATA", t.TempDir())
	broken := filepath.Join(t.TempDir(), "broken.safetensors")
	if err := os.WriteFile(broken, []byte("not a model at all"), 0o644); err != nil {
		t.Fatal(err)
	}
	badSpec := filepath.Join(t.TempDir(), "spec.json")
	if err := os.WriteFile(badSpec, []byte(`{"train":{"epoch":3}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	one := filepath.Join(t.TempDir(), "one.tsv")
	if err := os.WriteFile(one, []byte(strings.Repeat("cat\tmeow\n", 50)), 0o644); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty.csv")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "m.safetensors")
	for _, c := range []struct {
		args string
		code int
		out  string // part of standard output
		err  string // part of standard error
	}{
		{"", 2, "", "Usage: clove COMMAND"},
		{"help", 0, "clove train --spec reviews", ""},
		{"--help", 0, "Exit codes", ""},
		{"help train", 0, "--set FIELD=VALUE", ""},
		{"train --help", 0, "JSON Lines", ""},
		{"predict -h", 0, "standard input", ""},
		{"version", 0, "clove ", ""},
		{"--version", 0, "clove ", ""},
		{"version now", 2, "", "no arguments"},
		{"traine", 2, "", `no command is called "traine"`},
		{"help traine", 2, "", "no command"},

		{"train", 2, "", "--spec is missing: one of imdb,"},
		{"train --spec reviews", 2, "", "--out is missing"},
		{"train --spec reviewz --out " + out, 2, "", "neither a file nor one of"},
		{"train --spec " + badSpec + " --out " + out, 1, "", `unknown field "epoch"`},
		{"train --spec reviews --frobnicate", 2, "", "frobnicate"},
		{"train --spec reviews --out " + out + " --set train.epoch=3", 2, "", `train has no field "epoch"; it has`},
		{"train --spec reviews --out " + out + " --set train.epochs", 2, "", "want FIELD=VALUE"},
		{"train --spec reviews --out " + out + " --set train.epochs=many", 2, "", "a whole number"},
		{"train --spec reviews --out " + out + " --set train.epochs=-1", 2, "", "train.epochs"},
		{"train --spec reviews --out " + out + " --set compress=prune=2", 2, "", "a share above 0"},
		{"train --spec reviews --out " + out + " extra", 2, "", "after --data"},
		{"train --spec reviews --out /nowhere/m.safetensors", 1, "", "--out: "},
		{"train --spec reviews --data /nowhere --out " + out, 1, "", "no such file"},
		{"train --spec imdb --out " + out, 1, "", "clove data import --as imdb PATH"},
		{"train --spec reviews --data " + one + " --out " + out, 1, "", "label"},
		{"train --spec reviews --data " + empty + " --out " + out, 1, "", "empty.csv"},
		{"train --spec reviews --device abacus --out " + out, 2, "", `no device "abacus"; it has `},
		{"help train", 0, "auto, ", ""},
		{"train --spec reviews --arithmetic exact --out " + out, 2, "", "--arithmetic exact: want strict or fast"},
		{"train --spec mail --arithmetic fast --print-spec", 0, `"arithmetic": "fast"`, ""},
		{"train --spec mail --print-spec", 0, `"source": "mail"`, ""},

		{"predict text", 2, "", "--model is missing"},
		{"predict --model /nowhere text", 1, "", "reading the model: "},
		{"predict --model " + broken + " text", 1, "", "is no model of Clove"},
		{"eval --model " + broken, 2, "", "--data is missing"},
		{"eval --model " + broken + " --data x", 1, "", "is no model of Clove"},
		{"compress --model " + broken + " --out " + out, 2, "", "--pipeline is missing"},
		{"compress --model " + broken + " --pipeline squash=1 --out " + out, 2, "", "no technique"},
		{"compress --model " + broken + " --pipeline quantize=int8 --out " + out, 1, "", "is no model of Clove"},

		{"compress --model " + broken + " --recipe int7 --out " + out, 2, "", `no recipe is called "int7"`},
		{"compress --model " + broken + " --recipe int8 --pipeline half=float16 --out " + out, 2, "", "want one of them"},
		{"compress --model " + broken + " --recipe int8 --out " + out, 1, "", "is no model of Clove"},
		{"recipes", 0, "distilled-bag\ta bag of embeddings", ""},
		{"recipes --json", 0, `"name":"int4-qat"`, ""},
		{"recipes now", 2, "", "no arguments"},
		{"sensitivity --model " + broken, 1, "", "is no model of Clove"},
		{"sensitivity --model " + broken + " --steps squash=1", 2, "", "no technique"},

		{"export --to html --out " + out, 2, "", "--model is missing"},
		{"export --model " + broken + " --out " + out, 2, "", "--to is missing: one of clove, onnx, html, safetensors"},
		{"export --model " + broken + " --to gguf --out " + out, 2, "", `"gguf" is no format`},
		{"export --model " + broken + " --to onnx --out " + out, 1, "", "is no model of Clove"},
		{"export now", 2, "", "no arguments"},

		{"data", 2, "", "list or import"},
		{"data lost", 2, "", "neither list nor import"},
		{"data list", 0, "reviews\tmade here, synthetic", ""},
		{"data import", 2, "", "wants one PATH"},
		{"data import --as reviews " + one, 2, "", "no spec names such a set"},
		{"data import " + one, 1, "", "no train and test parts"},
		{"bench now", 2, "", "no arguments"},
		{"bench --threads 0", 2, "", "want 1 to"},
		{"bench --threads two", 2, "", "threads"},
		{"bench --arithmetic exact", 2, "", "want strict, fast or both"},
		{"bench --seconds 0", 2, "", "more than 0"},
		{"bench --device abacus", 2, "", "it has "},
		{"bench --device generic --arithmetic fast", 1, "", "measure --arithmetic strict"},
		{"serve here", 2, "", "no arguments"},
		{"serve --addr nonsense", 2, "", "--addr"},
	} {
		r := clove(t, "", strings.Fields(c.args)...)
		if r.code != c.code || !strings.Contains(r.out, c.out) || !strings.Contains(r.err, c.err) {
			t.Errorf("clove %s: code %d, want %d\nout: %s\nerr: %s", c.args, r.code, c.code, r.out, r.err)
		}
		if c.code == 1 && strings.Count(r.err, "\n") != 1 {
			t.Errorf("clove %s: the reason is not one line: %q", c.args, r.err)
		}
	}
}

func TestEveryCommandHasHelpWithAnExample(t *testing.T) {
	for _, cmd := range commands() {
		r := clove(t, "", "help", cmd.name)
		if r.code != 0 || !strings.Contains(r.out, "Usage: clove "+cmd.name) {
			t.Errorf("help %s: %d, %s", cmd.name, r.code, r.out)
		}
		if cmd.name != "version" && !strings.Contains(r.out, "\n  clove "+cmd.name) {
			t.Errorf("help %s has no example", cmd.name)
		}
	}
}

func TestTrainWritesAModelThatTheOtherCommandsUse(t *testing.T) {
	model, data := trained(t)

	t.Run("predict a text", func(t *testing.T) {
		r := clove(t, "", "predict", "--model", model, "an animal says meow purr")
		label, p, ok := strings.Cut(strings.TrimSpace(r.out), "\t")
		if r.code != 0 || !ok || label != "cat" || p < "0.5" {
			t.Errorf("%d %q %s", r.code, r.out, r.err)
		}
	})
	t.Run("predict lines, one answer each", func(t *testing.T) {
		r := clove(t, "says meow purr\nsays woof bark\n\nno line end", "predict", "--model", model)
		lines := strings.Split(strings.TrimSuffix(r.out, "\n"), "\n")
		if r.code != 0 || len(lines) != 4 || !strings.HasPrefix(lines[0], "cat\t") || !strings.HasPrefix(lines[1], "dog\t") {
			t.Errorf("%d %q %s", r.code, r.out, r.err)
		}
	})
	t.Run("a text without a token is an unknown word, as in training", func(t *testing.T) {
		r := clove(t, "", "predict", "--model", model, "", "zyzzyva")
		if empty, unknown, ok := strings.Cut(strings.TrimSpace(r.out), "\n"); r.code != 0 || !ok || empty != unknown {
			t.Errorf("%d %q %s", r.code, r.out, r.err)
		}
	})
	t.Run("flags after texts, and texts like flags", func(t *testing.T) {
		r := clove(t, "", "predict", "woof", "--model", model, "--", "--meow")
		if r.code != 0 || strings.Count(r.out, "\n") != 2 {
			t.Errorf("%d %q %s", r.code, r.out, r.err)
		}
	})
	t.Run("eval", func(t *testing.T) {
		r := clove(t, "", "eval", "--model", model, "--data", data, "--json")
		d := done(t, r.out)
		if r.code != 0 || d.Test.Texts != 400 || d.Test.Accuracy < 0.9 || d.SHA256 == "" || d.FileBytes == 0 {
			t.Errorf("%d %+v %s", r.code, d, r.err)
		}
		if r := clove(t, "", "eval", "--model", model, "--data", data); !strings.HasPrefix(r.out, "test accuracy ") {
			t.Errorf("for people: %q", r.out)
		}
	})
	t.Run("compress", func(t *testing.T) {
		small := filepath.Join(t.TempDir(), "small.safetensors")
		args := []string{"compress", "--model", model, "--pipeline", "prune=0.5,finetune=1,quantize=int8", "--out", small, "--json"}
		if r := clove(t, "", args...); r.code != 1 || !strings.Contains(r.err, "--data") {
			t.Errorf("without the data: %d %s", r.code, r.err)
		}
		r := clove(t, "", append(args, "--data", data)...)
		if r.code != 0 {
			t.Fatalf("%d %s", r.code, r.err)
		}
		d := done(t, r.out)
		info, err := os.Stat(small)
		if err != nil || int(info.Size()) != d.FileBytes {
			t.Errorf("the file: %v, %v, told %d", info, err, d.FileBytes)
		}
		check := done(t, clove(t, "", "eval", "--model", small, "--data", data, "--json").out)
		if check.SHA256 != d.SHA256 || check.Test.Accuracy < 0.9 {
			t.Errorf("eval says %+v, compress said %+v", check, d)
		}
		if p := clove(t, "", "predict", "--model", small, "woof bark"); !strings.HasPrefix(p.out, "dog\t") {
			t.Errorf("predict says %q %s", p.out, p.err)
		}
		again := filepath.Join(t.TempDir(), "again.safetensors")
		if r := clove(t, "", "compress", "--model", small, "--pipeline", "prune=0.5", "--out", again, "--data", data); r.code != 1 {
			t.Errorf("pruning a quantized model: %d %s", r.code, r.err)
		}
	})
	t.Run("a recipe and its report", func(t *testing.T) {
		small := filepath.Join(t.TempDir(), "small.safetensors")
		r := clove(t, "", "compress", "--model", model, "--recipe", "int8", "--out", small, "--data", data)
		if r.code != 0 {
			t.Fatalf("%d %s", r.code, r.err)
		}
		for _, want := range []string{"bytes: embedding ", "against the original: agrees on ", "McNemar's p ", "signal to noise of the weights: embedding ", "one text: ", "decoded to float32: "} {
			if !strings.Contains(r.err, want) {
				t.Errorf("no %q in %s", want, r.err)
			}
		}
	})
	t.Run("sensitivity", func(t *testing.T) {
		r := clove(t, "", "sensitivity", "--model", model, "--data", data, "--steps", "quantize=int8 prune=0.5")
		if r.code != 0 || strings.Count(r.out, "\n") != 26 || !strings.Contains(r.out, "prune=0.5\tlstm\t") || !strings.Contains(r.out, "quantize=int8\tall\t") {
			t.Errorf("%d %q %s", r.code, r.out, r.err)
		}
	})
	t.Run("weights_sha256 is what its definition says of the file", func(t *testing.T) {
		b, err := os.ReadFile(model)
		if err != nil {
			t.Fatal(err)
		}
		n := binary.LittleEndian.Uint64(b)
		var header map[string]json.RawMessage
		if err := json.Unmarshal(b[8:8+n], &header); err != nil {
			t.Fatal(err)
		}
		h := sha256.New()
		for _, name := range slices.Sorted(maps.Keys(header)) {
			var at struct {
				Offsets [2]uint64 `json:"data_offsets"`
			}
			if name == "__metadata__" {
				continue
			}
			if err := json.Unmarshal(header[name], &at); err != nil {
				t.Fatal(err)
			}
			h.Write([]byte(name + "\x00"))
			h.Write(b[8+n+at.Offsets[0] : 8+n+at.Offsets[1]])
		}
		d := done(t, clove(t, "", "eval", "--model", model, "--data", data, "--json").out)
		if got := hex.EncodeToString(h.Sum(nil)); got != d.SHA256 {
			t.Errorf("the file's is %s, told %s", got, d.SHA256)
		}
	})
	t.Run("other labels are refused", func(t *testing.T) {
		other := filepath.Join(t.TempDir(), "other.tsv")
		if err := os.WriteFile(other, []byte("bird\ttweet\nfish\tblub\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if r := clove(t, "", "eval", "--model", model, "--data", other); r.code != 1 || r.err == "" {
			t.Errorf("%d %q %s", r.code, r.out, r.err)
		}
	})
}

func TestEvalFindsTheColumnsThatTheModelLearntFrom(t *testing.T) {
	t.Setenv("CLOVE_DATA", t.TempDir())
	dir := t.TempDir()
	rows := ""
	for i := range 60 {
		rows += []string{"%d,cat,meow %d purr\n", "%d,dog,woof %d bark\n"}[i%2]
		rows = fmt.Sprintf(rows, i, i)
	}
	path := func(name, content string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return p
	}
	same := path("same.csv", "id,verdict,what\n"+rows)
	model := filepath.Join(dir, "m.safetensors")
	args := append([]string{"train", "--spec", "reviews", "--data", same, "--out", model, "--set", "data.text_column=what", "--set", "data.label_column=verdict"}, tiny...)
	if r := clove(t, "", args...); r.code != 0 {
		t.Fatalf("%d %s", r.code, r.err)
	}
	for _, data := range []string{same, path("plain.csv", "id,label,text\n"+rows), path("plain.tsv", "cat\tmeow purr\ndog\twoof bark\n")} {
		if r := clove(t, "", "eval", "--model", model, "--data", data); r.code != 0 {
			t.Errorf("%s: %d %s", filepath.Base(data), r.code, r.err)
		}
	}
	other := path("other.csv", "id,a,b\n"+rows)
	if r := clove(t, "", "eval", "--model", model, "--data", other); r.code != 1 || !strings.Contains(r.err, "which column") {
		t.Errorf("%d %s", r.code, r.err)
	}
	if r := clove(t, "", "eval", "--model", model, "--data", other, "--text-column", "b", "--label-column", "a"); r.code != 0 {
		t.Errorf("%d %s", r.code, r.err)
	}
}

func TestTrainTellsEventsAndNothingElse(t *testing.T) {
	t.Setenv("CLOVE_DATA", t.TempDir())
	data := animals(t, "animals.tsv", 200)
	out := filepath.Join(t.TempDir(), "m.safetensors")
	args := append([]string{"train", "--spec", "reviews", "--data", data, "--out", out, "--json"}, tiny...)
	r := clove(t, "", args...)
	if r.code != 0 {
		t.Fatalf("%d %s", r.code, r.err)
	}
	seen := map[string]int{}
	for _, e := range events(t, r.out) {
		seen[e.Kind()]++
	}
	if seen["started"] != 1 || seen["step"] == 0 || seen["epoch"] != 3 || seen["done"] != 1 {
		t.Errorf("events %v", seen)
	}
	var last struct {
		Event   string
		Test    struct{ Accuracy, Loss *float64 }
		SHA256  string   `json:"weights_sha256"`
		Bytes   int64    `json:"file_bytes"`
		Seconds *float64 `json:"seconds"`
	}
	lines := strings.Split(strings.TrimSpace(r.out), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(out)
	if err != nil || last.Event != "done" || last.Test.Accuracy == nil || last.Test.Loss == nil || len(last.SHA256) != 64 || last.Bytes != info.Size() || last.Seconds == nil {
		t.Errorf("the last line is %s, the file has %v bytes, %v", lines[len(lines)-1], info, err)
	}
	again := done(t, clove(t, "", append(args, "--threads", "1")...).out)
	if again.SHA256 != last.SHA256 {
		t.Errorf("with one thread the weights are %s, with more %s", again.SHA256, last.SHA256)
	}
	for _, device := range tensor.Devices() {
		r := clove(t, "", append(args, "--device", device)...)
		if on := done(t, r.out); on.SHA256 != last.SHA256 || !strings.Contains(r.out, `"device":"`+device+`"`) {
			t.Errorf("on %s the weights are %s, before %s", device, on.SHA256, last.SHA256)
		}
	}
}

// stopAfter ends a context once a word was written.
type stopAfter struct {
	bytes.Buffer
	word string
	stop context.CancelFunc
}

func (w *stopAfter) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte(w.word)) {
		w.stop()
	}
	return w.Buffer.Write(b)
}

func TestAStoppedRunGoesOnFromItsCheckpoint(t *testing.T) {
	t.Setenv("CLOVE_DATA", t.TempDir())
	data := animals(t, "animals.tsv", 400)
	dir := t.TempDir()
	out, checkpoint := filepath.Join(dir, "m.safetensors"), filepath.Join(dir, "run.checkpoint")
	args := append([]string{"train", "--spec", "reviews", "--data", data, "--out", out, "--json"}, tiny...)
	whole := done(t, clove(t, "", args...).out)
	if err := os.Remove(out); err != nil {
		t.Fatal(err)
	}

	args = append(args, "--checkpoint", checkpoint)
	ctx, stop := context.WithCancel(t.Context())
	w := &stopAfter{word: `"event":"epoch"`, stop: stop}
	var stderr bytes.Buffer
	code := Main(ctx, args, strings.NewReader(""), w, &stderr)
	if code != 1 || !strings.Contains(stderr.String(), "goes on from") {
		t.Fatalf("stopped: %d %s", code, stderr.String())
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a stopped run wrote a model")
	}
	r := clove(t, "", args...)
	if r.code != 0 {
		t.Fatalf("going on: %d %s", r.code, r.err)
	}
	for _, e := range events(t, r.out) {
		if s, ok := e.(spec.Started); ok && s.FromStep == 0 {
			t.Error("it began anew")
		}
	}
	if got := done(t, r.out); got.SHA256 != whole.SHA256 {
		t.Errorf("stopped and gone on: %s, in one go: %s", got.SHA256, whole.SHA256)
	}
	if _, err := os.Stat(checkpoint); err == nil {
		t.Error("the checkpoint of a run that is done is left")
	}

	if err := os.WriteFile(checkpoint, []byte("no checkpoint"), 0o644); err != nil {
		t.Fatal(err)
	}
	if r := clove(t, "", args...); r.code != 1 || !strings.Contains(r.err, "to begin anew") {
		t.Errorf("a broken checkpoint: %d %s", r.code, r.err)
	}
}

// With this rate every weight grows by it at each step, until a product of two is infinite.
func TestARunThatIsNotFiniteLeavesTheBestModelBefore(t *testing.T) {
	t.Setenv("CLOVE_DATA", t.TempDir())
	data, dir := animals(t, "animals.tsv", 400), t.TempDir()
	out := filepath.Join(dir, "m.safetensors")
	args := append([]string{"train", "--spec", "reviews", "--data", data, "--out", out, "--json", "--checkpoint", filepath.Join(dir, "run.checkpoint")}, tiny...)
	r := clove(t, "", append(args, "--set", "train.rate=3e18", "--set", "train.schedule=constant", "--set", "train.epochs=40")...)
	all := events(t, r.out)
	f, ok := all[len(all)-1].(spec.Failed)
	if r.code != 1 || !ok || f.Code != "not_finite" || f.Step == 0 || f.Tensor == "" || f.Rate <= 0 || f.Kept == 0 {
		t.Fatalf("%d %s %+v", r.code, r.err, all[len(all)-1])
	}
	if !strings.Contains(r.err, "try a smaller learning rate") || !strings.Contains(r.err, "before is in "+out) {
		t.Errorf("it says %q", r.err)
	}
	if r := clove(t, "", "predict", "--model", out, "meow"); r.code != 0 {
		t.Errorf("the model: %d %s", r.code, r.err)
	}
}

func TestAFolderKeepsItsParts(t *testing.T) {
	t.Setenv("CLOVE_DATA", t.TempDir())
	dir := t.TempDir()
	for name, n := range map[string]int{"train.tsv": 300, "test.tsv": 50} {
		b, err := os.ReadFile(animals(t, name, n))
		if err != nil {
			t.Fatal(err)
		}
		// Texts of the two parts differ, as they should.
		b = bytes.ReplaceAll(b, []byte("number"), []byte("number in "+name))
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(t.TempDir(), "m.safetensors")
	r := clove(t, "", append([]string{"train", "--spec", "reviews", "--data", dir, "--out", out, "--json"}, tiny...)...)
	if r.code != 0 {
		t.Fatalf("%d %s", r.code, r.err)
	}
	for _, e := range events(t, r.out) {
		if s, ok := e.(spec.Started); ok && (s.Facts.Texts.Test != 50 || s.Facts.Texts.Train+s.Facts.Texts.Validation != 300) {
			t.Errorf("parts are %+v", s.Facts.Texts)
		}
	}
	if d := done(t, clove(t, "", "eval", "--model", out, "--data", dir, "--json").out); d.Test.Texts != 50 {
		t.Errorf("eval reads %d texts", d.Test.Texts)
	}

	sets := t.TempDir()
	if r := clove(t, "", "data", "import", "--dir", sets, dir); r.code != 0 || !strings.Contains(r.out, "300 train, 50 test") {
		t.Fatalf("import: %d %q %s", r.code, r.out, r.err)
	}
	if r := clove(t, "", "data", "list", "--dir", sets); !strings.Contains(r.out, "imdb\t"+filepath.Join(sets, "imdb")) {
		t.Errorf("list: %q", r.out)
	}
	if r := clove(t, "", "data", "import", "--dir", sets, dir); r.code != 1 || !strings.Contains(r.err, "is there already") {
		t.Errorf("again: %d %s", r.code, r.err)
	}
}

func TestPredictEndsWhenItIsStoppedWhileItWaits(t *testing.T) {
	model, _ := trained(t)
	ctx, stop := context.WithCancel(t.Context())
	r, w, err := os.Pipe() // nothing ever comes
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	stop()
	var out, stderr bytes.Buffer
	if code := Main(ctx, []string{"predict", "--model", model}, r, &out, &stderr); code != 1 || !strings.Contains(stderr.String(), "cancelled") {
		t.Errorf("%d %s", code, stderr.String())
	}
}

func TestServeSaysWhereItIs(t *testing.T) {
	t.Setenv("CLOVE_DATA", t.TempDir())
	ctx, stop := context.WithCancel(t.Context())
	w := &stopAfter{word: "Clove is at http://localhost:", stop: stop}
	var stderr bytes.Buffer
	if code := Main(ctx, []string{"serve", "--addr", "localhost:0", "--site", t.TempDir(), "--state", t.TempDir()}, strings.NewReader(""), w, &stderr); code != 0 {
		t.Errorf("%d %s", code, stderr.String())
	}
	if !strings.Contains(w.String(), "Clove is at http://localhost:") {
		t.Errorf("it says %q", w.String())
	}
}

func TestAmountsAreReadable(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234"} {
		if got := amount(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}
