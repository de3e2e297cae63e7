package export

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/clove-ml/clove/engine/model"
)

func TestAFormatIsKnownByItsName(t *testing.T) {
	for _, name := range Names() {
		if f, err := Of(name); err != nil || f.Name != name {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
	if _, err := Of("gguf"); err == nil || !strings.Contains(err.Error(), "known are clove, onnx, html, safetensors") {
		t.Error(err)
	}
}

func TestADecodedModelIsTheSameInFloat32(t *testing.T) {
	each(t, func(name string, m *model.Model, _ float64) {
		d, err := model.Read(Decoded(m).Bytes())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i, p := range d.Params {
			if p.Enc.Kind() != "f32" || !slices.Equal(p.Values(), m.Params[i].Values()) {
				t.Errorf("%s: %s is %s", name, p.Name, p.Enc.Kind())
			}
		}
		if d.Compact || d.Vocab.Size() != m.Vocab.Size() {
			t.Errorf("%s: the vocabulary is another", name)
		}
	})
}

func TestWhatAModelIsStoredAsIsSaidByWeight(t *testing.T) {
	m := encoded(trained(t, "lstm", 10, 7, 2), kinds["int4"].encode)
	if got := Stored(m); !slices.Equal(got, []string{"int4", "f32"}) {
		t.Error(got)
	}
}

const python = "/usr/bin/python3"

// docs/read_weights.py is short enough to be read before it is trusted.
func TestThirtyLinesOfPythonReadTheDecodedWeights(t *testing.T) {
	needs(t, "no "+python+" with numpy here", python, "-c", "import numpy")
	if n, err := exec.Command("grep", "-c", "", "../../docs/read_weights.py").Output(); err != nil || len(n) > 3 || string(n) > "30\n" {
		t.Errorf("it has %s lines: %v", n, err)
	}
	type question struct {
		File string    `json:"file"`
		IDs  [][]int32 `json:"ids"`
	}
	type answer struct {
		Sums   map[string]float64
		Words  []string
		Logits []float64
	}
	var questions []question
	var models []*model.Model
	texts := [][]int32{{1}, {2, 3, 4}, {59, 0, 17, 17, 5, 1, 30, 31, 32, 33, 34, 35}}
	each(t, func(name string, m *model.Model, _ float64) {
		questions = append(questions, question{file(t, name+".safetensors", Decoded(m).Bytes()), texts})
		models = append(models, m)
	})
	var answers []answer
	ask(t, python, "testdata/weights.py", questions, &answers)
	for i, m := range models {
		what := questions[i].File
		near(t, what, answers[i].Logits, logits(t, Decoded(m), texts), 1e-4)
		if len(answers[i].Sums) != len(m.Params) {
			t.Errorf("%s: it read %v", what, answers[i].Sums)
		}
		for _, p := range m.Params {
			sum := 0.0
			for k, x := range p.Values() {
				sum += float64(x) * float64(k%7)
			}
			near(t, what+" "+p.Name, []float64{answers[i].Sums[p.Name]}, []float32{float32(sum)}, 1e-6)
		}
		for id, word := range answers[i].Words {
			if m.Vocab.Token(int32(id)) != strings.NewReplacer(`\\`, `\`, `\s`, " ").Replace(word) {
				t.Errorf("%s: word %d is %q", what, id, word)
			}
		}
	}
}
