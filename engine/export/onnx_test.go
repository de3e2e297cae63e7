package export

import (
	"bytes"
	"os"
	"os/exec"
	"testing"

	"github.com/clove-ml/clove/engine/model"
)

// batches are texts of lengths 1 to 12 together, then one alone; each row filled up with 0.
func batches() (batches [][][]int32, texts [][]int32) {
	var together [][]int32
	for n := 1; n <= 12; n++ {
		ids := make([]int32, n)
		for i := range ids {
			ids[i] = int32(1 + (n*17+i*13)%59)
		}
		texts = append(texts, ids)
		together = append(together, append(ids[:n:n], make([]int32, 12-n)...))
	}
	alone := []int32{3, 1, 44}
	return [][][]int32{together, {alone}}, append(texts, alone)
}

func TestOnnxruntimeAnswersAsWeDo(t *testing.T) {
	if _, err := os.Stat("../../node_modules/onnxruntime-web"); err != nil {
		t.Skip("no onnxruntime-web here; npm ci installs it")
	}
	needs(t, "no Node here", "node", "--version")
	type question struct {
		File    string      `json:"file"`
		Batches [][][]int32 `json:"batches"`
	}
	asked, texts := batches()
	var questions []question
	var want [][]float32
	each(t, func(name string, m *model.Model, _ float64) {
		questions = append(questions, question{file(t, name+".onnx", ONNX(m)), asked})
		want = append(want, logits(t, Decoded(m), texts))
	})
	var answers [][]float64
	ask(t, "node", "testdata/onnx.mjs", questions, &answers)
	for i, q := range questions {
		near(t, q.File, answers[i], want[i], 1e-5)
	}
}

// The checker of the format's own library, where Debian's python3-onnx is installed.
func TestTheCheckerOfONNXFindsNothing(t *testing.T) {
	needs(t, "no "+python+" with onnx here", python, "-c", "import onnx")
	for _, kind := range []string{"lstm", model.Bag} {
		path := file(t, kind+".onnx", ONNX(trained(t, kind, 8, 8, 3)))
		const check = "import onnx, sys; onnx.checker.check_model(onnx.load(sys.argv[1]), full_check=True)"
		if out, err := exec.Command(python, "-c", check, path).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", kind, err, out)
		}
	}
}

func TestAnONNXFileTellsWhatMakesItsIdsAndWhatItsLogitsMean(t *testing.T) {
	b := ONNX(encoded(trained(t, "lstm", 10, 7, 3), kinds["int4"].encode))
	for _, s := range []string{`["label0","label1","label2"]`, `<pad> <unk> `, `"max_tokens":12`, "int4, f32"} {
		if !bytes.Contains(b, []byte(s)) {
			t.Errorf("it lacks %s", s)
		}
	}
}
