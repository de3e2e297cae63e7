package export

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/model"
)

// withRuntime is a page around a model's file of the runtime that knows every model.
func withRuntime(file []byte) []byte {
	return []byte(`<script id="model" type="text/plain">` + base64.StdEncoding.EncodeToString(file) + "</script>\n<script>\n" + Runtime() + "</script>")
}

func TestTheRuntimeRunsEveryModel(t *testing.T) {
	needs(t, "no Node here", "node", "--version")
	texts := []string{"", "the w20 w21 unheard w22"}
	var questions []pageQuestion
	var models []*model.Model
	each(t, func(name string, m *model.Model, _ float64) {
		questions = append(questions, pageQuestion{file(t, name+".html", withRuntime(m.Bytes())), texts})
		models = append(models, m)
	})
	for i, answers := range pages(t, questions) {
		p, err := infer.New(models[i], generic, infer.Decoded)
		if err != nil {
			t.Fatal(err)
		}
		for k, s := range texts {
			want, err := p.Logits([][]int32{p.Encode(s)})
			if err != nil {
				t.Fatal(err)
			}
			near(t, questions[i].Page, answers[k].Logits, want, reordered)
		}
	}
}

// changed is a model's file with something else in its head, whose length stands before it.
func changed(file, from, to string) string {
	n := 8 + binary.LittleEndian.Uint64([]byte(file))
	head := strings.Replace(file[8:n], from, to, 1)
	return string(binary.LittleEndian.AppendUint64(nil, uint64(len(head)))) + head + file[n:]
}

// What a stranger puts into a link must end in a sentence, not in a page that hangs.
func TestTheRuntimeRefusesWhatIsNoModel(t *testing.T) {
	needs(t, "no Node here", "node", "--version")
	whole := string(trained(t, "lstm", 8, 8, 2).Bytes())
	cases := map[string]string{
		"nothing": "", "noise": "no model at all", "a head that claims all": "\xff\xff\xff\xff\x00\x00\x00\x00{",
		"half": whole[:len(whole)/2], "a layer of a million units": changed(whole, `\"hidden\":8`, `\"hidden\":1000000`),
		"a negative size": changed(whole, `\"hidden\":8`, `\"hidden\":-8`), "labels that are none": changed(whole, `\"labels\":[`, `\"labelz\":[`),
		"a kind that is none": changed(whole, `\"kind\":\"words\"`, `\"kind\":\"wordz\"`),
	}
	var questions []struct {
		Page    string `json:"page"`
		Refused bool   `json:"refused"`
	}
	for name, body := range cases {
		if body == whole {
			t.Fatalf("%s: the case changes nothing", name)
		}
		questions = append(questions, struct {
			Page    string `json:"page"`
			Refused bool   `json:"refused"`
		}{file(t, strings.ReplaceAll(name, " ", "-")+".html", withRuntime([]byte(body))), true})
	}
	var answers []string
	ask(t, "node", "testdata/page.mjs", questions, &answers)
	for i, a := range answers {
		if a == "" {
			t.Errorf("%s is opened", questions[i].Page)
		}
	}
}
