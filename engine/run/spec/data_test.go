package spec

import "testing"

func TestTheIdentityOfDataIsWhatDecidesItsNumbers(t *testing.T) {
	want := Default().DataID()
	for path, value := range map[string]string{"data.path": "x.tsv", "train.epochs": "9", "model.hidden": "8", "name": "mine", "compress": "prune=0.5"} {
		s := Default()
		if err := s.Set(path, value); err != nil {
			t.Fatal(err)
		}
		if s.DataID() != want {
			t.Errorf("%s decides it", path)
		}
	}
	for path, value := range map[string]string{"seed": "2", "data.limit": "10", "data.source": "mail", "tokenizer.max_tokens": "9", "tokenizer.cut": "tail"} {
		s := Default()
		if err := s.Set(path, value); err != nil {
			t.Fatal(err)
		}
		if s.DataID() == want {
			t.Errorf("%s decides nothing", path)
		}
	}
}
