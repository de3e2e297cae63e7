package data

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/clove-ml/clove/engine/run/spec"
)

// realData is the folder of real sets, which are never in the repository.
func realData(t testing.TB, name string) string {
	t.Helper()
	root := os.Getenv("CLOVE_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	path := filepath.Join(root, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no %s here; name the folder of the sets as CLOVE_DATA", path)
	}
	return path
}

func TestRealSetsHaveTheCountsOfTheirREADME(t *testing.T) {
	for name, want := range map[string]map[Split]map[string]int{
		"imdb":        {Train: {"0": 12500, "1": 12500}, Test: {"0": 12500, "1": 12500}},
		"rt-polarity": {Whole: {"0": 5331, "1": 5331}},
		"sms-spam":    {Whole: {"0": 4827, "1": 747}},
		"ag-news":     {Train: {}, Test: {"1": 1900, "2": 1900, "3": 1900, "4": 1900}},
	} {
		t.Run(name, func(t *testing.T) {
			src, err := Open(realData(t, name), ReadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			got := map[Split]map[string]int{}
			report, err := src.Each(context.Background(), func(r Row) error {
				if got[r.Split] == nil {
					got[r.Split] = map[string]int{}
				}
				got[r.Split][r.Label]++
				return nil
			})
			if err != nil || report.Skipped != 0 {
				t.Fatal(err, report)
			}
			if name == "ag-news" { // its README gives the sum alone
				sum := 0
				for _, n := range got[Train] {
					sum += n
				}
				if sum != 9977 {
					t.Errorf("%d texts to train on, want 9,977", sum)
				}
				got[Train] = map[string]int{}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTRECHasFiftyLabelsOrSixCoarseOnes(t *testing.T) {
	src, err := Open(realData(t, "trec"), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s := spec.Default()
	for label, want := range map[string]int{"": 50, "coarse": 6} {
		s.Data.Label = label
		e, err := Encode(context.Background(), src, s, Hooks{})
		if err != nil {
			t.Fatal(err)
		}
		if len(e.Labels) != want {
			t.Errorf("label %q: %d labels, want %d: %q", label, len(e.Labels), want, e.Labels)
		}
		if got := e.Facts.Texts.Train + e.Facts.Texts.Validation; got != 5452 || e.Facts.Texts.Test != 500 {
			t.Errorf("%+v, want 5,452 to train and 500 to test", e.Facts.Texts)
		}
	}
}

func TestPlainTextWithoutLabelsIsRefusedWithTheReason(t *testing.T) {
	src, err := Open(realData(t, "tiny-shakespeare"), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = src.Each(context.Background(), func(Row) error { return nil })
	wantCode(t, err, CodeFormat, "no tab")
}

func TestIMDBsFactsAreThoseOfItsREADME(t *testing.T) {
	src, err := Open(realData(t, "imdb"), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s, _ := spec.Preset("imdb-small")
	e, err := Encode(context.Background(), src, s, Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	f := e.Facts
	if f.Texts.Train+f.Texts.Validation != 25000 || f.Texts.Test != 25000 || f.Vocabulary != 10000 {
		t.Errorf("%+v", f)
	}
	if f.Duplicates != 96+199+123 {
		t.Errorf("%d duplicates, want 96 in train, 199 in test and 123 in both", f.Duplicates)
	}
	t.Logf("%+v", f)
}
