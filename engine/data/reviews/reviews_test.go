package reviews

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/text"
)

// all reads a source whole.
func all(t *testing.T, src data.Source) []data.Row {
	t.Helper()
	var rows []data.Row
	report, err := src.Each(context.Background(), func(r data.Row) error {
		rows = append(rows, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if report.Rows != len(rows) || report.Skipped != 0 {
		t.Fatalf("reported %+v, handed out %d", report, len(rows))
	}
	return rows
}

// The bytes are the same on every platform: this runs in wasm too.
func TestASeedGivesTheSameBytesEverywhere(t *testing.T) {
	h := sha256.New()
	for _, r := range all(t, Source(1)) {
		h.Write([]byte(r.Split.String() + "\t" + r.Label + "\t" + r.Text + "\n"))
	}
	// Changes when the grammar does. Then train the built-in model anew.
	const want = "f59053dcb93e768b83a5b38843c76c56ffb76f9085cfcfddc65f0d7bbc173d09"
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("SHA-256 %s, want %s", got, want)
	}
}

func TestSetsAreBalancedSplitAndFreeOfCopies(t *testing.T) {
	rows := all(t, Source(3))
	count := map[data.Split]map[string]int{}
	where := map[string]data.Split{}
	for _, r := range rows {
		if count[r.Split] == nil {
			count[r.Split] = map[string]int{}
		}
		count[r.Split][r.Label]++
		key := strings.ToLower(r.Text)
		if other, again := where[key]; again {
			t.Errorf("%q is in %s and in %s", r.Text, other, r.Split)
		}
		where[key] = r.Split
	}
	for split, n := range map[data.Split]int{data.Train: Train, data.Valid: Valid, data.Test: Test} {
		if c := count[split]; c[Positive] != n/2 || c[Negative] != n/2 || len(c) != 2 {
			t.Errorf("%s holds %v, want %d of each", split, c, n/2)
		}
	}
}

func TestTextsAreShortTidySentences(t *testing.T) {
	words := 0
	rows := all(t, Source(1))
	for _, r := range rows {
		n := len(strings.Fields(r.Text))
		words += n
		switch {
		case n < minWords || n > maxWords:
			t.Errorf("%d words: %q", n, r.Text)
		case strings.ContainsAny(r.Text, "{}[]|@\t\n") || strings.Contains(r.Text, "  "):
			t.Errorf("untidy: %q", r.Text)
		case strings.Contains(r.Text, " ,") || strings.Contains(r.Text, " .") || strings.Contains(r.Text, ".."):
			t.Errorf("marks out of place: %q", r.Text)
		}
	}
	if mean := float64(words) / float64(len(rows)); mean < 15 || mean > 22 {
		t.Errorf("%.1f words a text", mean)
	}
}

func TestTrainUsesThousandsOfWordsAndTestFewOthers(t *testing.T) {
	tok, err := text.New("words")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	tokens, unknown := 0, 0
	var buf []text.Token
	for _, r := range all(t, Source(1)) {
		buf = tok.Tokens(buf[:0], r.Text)
		for _, w := range buf {
			if r.Split == data.Train {
				seen[w.Text]++
				continue
			}
			tokens++
			if seen[w.Text] == 0 {
				unknown++
			}
		}
	}
	twice := 0
	for _, n := range seen {
		if n > 1 {
			twice++
		}
	}
	if twice < 3000 {
		t.Errorf("%d words at least twice in train", twice)
	}
	if share := float64(unknown) / float64(tokens); share > 0.005 {
		t.Errorf("%.2f %% of the other parts is unknown", 100*share)
	}
	for _, w := range strings.Fields("the not but never although masterpiece laughed dull i loved hated waste boring great movie film don't it's , . ! ?") {
		if seen[w] < 5 {
			t.Errorf("%q comes %d times", w, seen[w])
		}
	}
}

func TestASeedIsAnotherSet(t *testing.T) {
	one, two := all(t, Sized(1, 200, 0, 0)), all(t, Sized(2, 200, 0, 0))
	same := 0
	for i := range one {
		if one[i].Text == two[i].Text {
			same++
		}
	}
	if same > 5 {
		t.Errorf("%d of %d texts are the same", same, len(one))
	}
}

func TestReadingStopsWhenToldTo(t *testing.T) {
	stop := errors.New("enough")
	n := 0
	if _, err := Source(1).Each(context.Background(), func(data.Row) error {
		if n++; n == 10 {
			return stop
		}
		return nil
	}); err != stop || n != 10 {
		t.Errorf("%v after %d", err, n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Source(1).Each(ctx, func(data.Row) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestAGrammarThatMakesNoSenseIsRefused(t *testing.T) {
	for in, want := range map[string]string{
		"= x":                  "neither a symbol nor an alternative",
		"@a\nx":                "neither a symbol nor an alternative",
		"@a\n= x\n@a\n= y":     "is there already",
		"@a\n= {b}":            `no symbol "b"`,
		"@a\n= {b:c}\n@b\n= x": `no symbol "c"`,
		"@a\n+ x":              "nothing to write on one side",
		"@a\n= {b":             "a brace is open",
		"@a\n= [x]":            "wants both",
	} {
		if _, err := parse(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
	}
}

func TestSidesArgumentsAndNumbersAreExpanded(t *testing.T) {
	g, err := parse("@review.\n= {!w} but {w}, {+w} {-w}, {p:w} {p*:w}\n@w\n+ up\n- down\n@p\n= [is/are] not {!$1}")
	if err != nil {
		t.Fatal(err)
	}
	for d, want := range []string{"down but up, up down, is not down are not down.", "up but down, up down, is not up are not up."} {
		w := writer{g: g, r: newRandom(1, 1)}
		w.expand(g["review"], scope{d: side(d)}, false)
		if got := w.out.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestPolishedEnglish(t *testing.T) {
	for in, want := range map[string]string{
		"a honest, a unusual and an one":    "an honest, an unusual and a one",
		"an hour of a useful uniform":       "an hour of a useful uniform",
		"an eighty-year-old and a European": "an eighty-year-old and a European",
		"an unimaginative man, a eight":     "an unimaginative man, an eight",
	} {
		if got := articles(in); got != want {
			t.Errorf("articles(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"It is not bad, and I do not mind.": "It isn't bad, and I don't mind.",
		"They said it is; it is.":           "They said it is; it is.",
		"All of it is good, and it is new.": "All of it is good, and it's new.",
		"Do not miss it. It is good.":       "Don't miss it. It's good.",
	} {
		if got := contract(in); got != want {
			t.Errorf("contract(%q) = %q, want %q", in, got, want)
		}
	}
	if got, want := capitals("so it is. is it? yes"), "So it is. Is it? Yes"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func BenchmarkSource(b *testing.B) {
	for b.Loop() {
		if _, err := Source(1).Each(context.Background(), func(data.Row) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
