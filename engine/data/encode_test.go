package data

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/text"
)

// made are n texts of two labels, in turns; no two are the same.
func made(split Split, n int) list {
	var rows list
	for i := range n {
		rows = append(rows, Row{split, []string{"pos", "neg"}[i%2], fmt.Sprintf("text %s number %d is %s", split, i, []string{"good", "bad"}[i%2])})
	}
	return rows
}

func encodedAs(t testing.TB, src Source, change func(*spec.Spec)) *Encoded {
	t.Helper()
	s := spec.Default()
	s.Tokenizer.MinCount = 1
	if change != nil {
		change(&s)
	}
	e, err := Encode(context.Background(), src, s, Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// words are the texts of a part, as the vocabulary has them.
func words(e *Encoded, p *Part) []string {
	var out []string
	for i := range p.Len() {
		var w []string
		for _, id := range p.Text(i) {
			w = append(w, e.Vocab.Token(id))
		}
		out = append(out, e.Labels[p.Labels[i]]+": "+strings.Join(w, " "))
	}
	return out
}

func TestTheParts(t *testing.T) {
	for what, c := range map[string]struct {
		rows             list
		validation       float64
		train, val, test int // of 1,000 where the hash decides, within 4 standard deviations
	}{
		"a whole is split 80/10/10":             {made(Whole, 1000), 0.1, 800, 100, 100},
		"another share of validation":           {made(Whole, 1000), 0.2, 700, 200, 100},
		"no validation":                         {made(Whole, 1000), 0, 900, 0, 100},
		"train gives validation":                {append(made(Train, 1000), made(Test, 60)...), 0.1, 900, 100, 60},
		"train gives test":                      {append(made(Train, 1000), made(Valid, 60)...), 0.1, 900, 60, 100},
		"train gives both":                      {made(Train, 1000), 0.1, 800, 100, 100},
		"parts that are there stay as they are": {append(append(made(Train, 1000), made(Valid, 50)...), made(Test, 60)...), 0.1, 1000, 50, 60},
	} {
		e := encodedAs(t, c.rows, func(s *spec.Spec) { s.Data.Validation = c.validation })
		got := [3]int{e.Train.Len(), e.Valid.Len(), e.Test.Len()}
		for i, want := range [3]int{c.train, c.val, c.test} {
			if d := got[i] - want; d < -51 || d > 51 || want%100 != 0 && d != 0 || want == 0 && d != 0 {
				t.Errorf("%s: %v, want about %d, %d, %d", what, got, c.train, c.val, c.test)
			}
		}
		if got[0]+got[1]+got[2] != len(c.rows) {
			t.Errorf("%s: %v of %d", what, got, len(c.rows))
		}
		if len(e.Test.Texts) != e.Test.Len() || e.Train.Texts != nil || e.Valid.Texts != nil {
			t.Errorf("%s: raw texts are kept for test alone", what)
		}
		for i, s := range e.Test.Texts {
			if s == "" || len(s) < len("text")+int(e.Test.Offsets[i+1]-e.Test.Offsets[i]) {
				t.Errorf("%s: test text %d is %q", what, i, s)
			}
		}
	}
}

func TestTheSameTextIsInTheSamePartWhateverStandsAround(t *testing.T) {
	rows := made(Whole, 300)
	where := func(rows list) map[string]string {
		e := encodedAs(t, rows, nil)
		at := map[string]string{}
		for name, p := range map[string]*Part{"train": &e.Train, "valid": &e.Valid, "test": &e.Test} {
			for _, w := range words(e, p) {
				if old, ok := at[w]; ok && old != name && !strings.Contains(w, "<unk>") {
					t.Errorf("%q is in %s and %s", w, old, name)
				}
				at[w] = name
			}
		}
		return at
	}
	some, all := where(append(rows[:200:200], rows[:50]...)), where(rows)
	for w, part := range some {
		if other, ok := all[w]; ok && other != part && !strings.Contains(w, "<unk>") {
			t.Errorf("%q was in %s, is in %s", w, part, other)
		}
	}
}

func TestTheOrderOfRowsDecidesNothing(t *testing.T) {
	rows := append(made(Whole, 400), made(Whole, 30)...) // with repeats
	rows = append(rows, Row{Whole, "neg", rows[0].Text}) // and a contradiction
	for _, limit := range []int{0, 100} {
		change := func(s *spec.Spec) { s.Data.Limit = limit }
		want, _ := encodedAs(t, rows, change).MarshalBinary()
		shuffled := append(list{}, rows...)
		rand.New(rand.NewSource(1)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if got, _ := encodedAs(t, shuffled, change).MarshalBinary(); !bytes.Equal(got, want) {
			t.Errorf("limit %d: another order gives other bytes", limit)
		}
	}
}

func TestTheVocabularyComesFromTheTokensThatTrainKeeps(t *testing.T) {
	rows := list{{Train, "a", "one two three four"}, {Train, "b", "one two five six"}, {Valid, "a", "one new"}, {Test, "b", "newer six"}}
	e := encodedAs(t, rows, func(s *spec.Spec) { s.Tokenizer.MaxTokens, s.Tokenizer.Cut = 3, "head" })
	if got, _ := e.Vocab.MarshalText(); string(got) != "<pad> <unk> one two five three" {
		t.Errorf("%s", got)
	}
	if diff := cmp.Diff([]string{"a: one <unk>"}, words(e, &e.Valid)); diff != "" {
		t.Error(diff)
	}
	if f := e.Facts; f.Unknown != 0.5 || f.CutShare != 1 || f.MeanTokens != 4 || f.Vocabulary != 6 || f.VocabBytes != len("<pad> <unk> one two five three") {
		t.Errorf("%+v", f)
	}
	for cut, want := range map[string]string{"head": "a: one two three", "tail": "a: two three four", "both": "a: one three four"} {
		e := encodedAs(t, rows, func(s *spec.Spec) { s.Tokenizer.MaxTokens, s.Tokenizer.Cut = 3, cut })
		if got := strings.Join(words(e, &e.Train), "|"); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", cut, got, want)
		}
	}
}

func TestATextWithoutTokensIsOneUnknown(t *testing.T) {
	e := encodedAs(t, list{{Train, "a", "<br />"}, {Train, "b", "x"}, {Valid, "a", "x"}, {Test, "a", "<br>"}}, nil)
	if diff := cmp.Diff([]string{"a: <unk>"}, words(e, &e.Test)); diff != "" {
		t.Error(diff)
	}
}

func TestLabelsAreSortedAndMayBeCoarse(t *testing.T) {
	rows := list{}
	for i, l := range []string{"NUM:date", "ENTY:animal", "NUM:count", " HUM ", "ENTY:food"} {
		for k := range 20 {
			rows = append(rows, Row{Whole, l, fmt.Sprint("text ", i, " ", k)})
		}
	}
	for how, want := range map[string]string{"": "ENTY:animal ENTY:food HUM NUM:count NUM:date", "coarse": "ENTY HUM NUM"} {
		e := encodedAs(t, rows, func(s *spec.Spec) { s.Data.Label = how })
		if got := strings.Join(e.Labels, " "); got != want || strings.Join(e.Facts.Labels, " ") != want {
			t.Errorf("%q: %s, want %s", how, got, want)
		}
		sum := 0.0
		for _, s := range e.Facts.LabelShare {
			sum += s
		}
		if sum < 0.999 || sum > 1.001 || len(e.Facts.LabelShare) != len(e.Labels) {
			t.Errorf("%q: shares %v", how, e.Facts.LabelShare)
		}
	}
}

func TestALimitIsOfTrainAloneAndDrawnAcrossIt(t *testing.T) {
	rows := append(made(Train, 500), made(Test, 50)...)
	e := encodedAs(t, rows, func(s *spec.Spec) { s.Data.Limit = 100 })
	if e.Train.Len() != 100 || e.Test.Len() != 50 || e.Facts.Texts.Train != 100 {
		t.Errorf("%+v", e.Facts.Texts)
	}
	n := 0
	for _, l := range e.Train.Labels {
		n += int(l)
	}
	if n < 30 || n > 70 {
		t.Errorf("%d of 100 are of one label", n)
	}
}

func TestThereAreSamplesHoweverTheSetIsSplit(t *testing.T) {
	for what, rows := range map[string]list{
		"whole": made(Whole, 3000), "train": made(Train, 3000), "all": append(append(made(Train, 3000), made(Valid, 50)...), made(Test, 50)...),
	} {
		for _, limit := range []int{0, 60} {
			e := encodedAs(t, rows, func(s *spec.Spec) { s.Data.Limit = limit })
			if n := len(e.Facts.Samples); n != maxSamples {
				t.Errorf("%s, limit %d: %d samples", what, limit, n)
			}
		}
	}
}

func TestWhatIsUnfitForAClassRoomIsShownLast(t *testing.T) {
	for s, want := range map[string]bool{
		"Hot XXX pictures": true, "sex": true, "free porn!": true, "I like Essex": false, "document": false, "a sexy film": true, "nice": false, "": false,
	} {
		if got := unfit(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}

func TestSamplesAreShortTrainingTextsOfEachLabelInTurns(t *testing.T) {
	rows := append(made(Train, 400), made(Test, 50)...)
	for i := range rows {
		if rows[i].Split == Train && i%4 < 2 {
			rows[i].Text += strings.Repeat(" long", 100)
		}
	}
	e := encodedAs(t, rows, nil)
	if len(e.Facts.Samples) != maxSamples {
		t.Fatalf("%d samples", len(e.Facts.Samples))
	}
	for i, s := range e.Facts.Samples {
		if s.Label != e.Labels[i%2] || !strings.Contains(s.Text, "train") || strings.Contains(s.Text, "long") {
			t.Errorf("sample %d: %+v", i, s)
		}
	}
	long := list{}
	for i := range 40 {
		long = append(long, Row{Whole, fmt.Sprint(i % 2), fmt.Sprint(i, strings.Repeat(" é", 1000))})
	}
	for _, s := range encodedAs(t, long, nil).Facts.Samples {
		if n := len([]rune(s.Text)); n != sampleRunes+1 || !strings.HasSuffix(s.Text, "…") {
			t.Errorf("a sample of %d characters", n)
		}
	}
}

func TestDuplicatesAreCounted(t *testing.T) {
	rows := made(Whole, 100)
	rows = append(rows, rows[0], rows[0], rows[5])
	if n := encodedAs(t, rows, nil).Facts.Duplicates; n != 3 {
		t.Errorf("%d", n)
	}
}

func TestFactsTellWhatWasLeftOutAndWhatFileItWas(t *testing.T) {
	var b strings.Builder
	for i, r := range made(Whole, 60) {
		if i == 7 {
			b.WriteString("no tab\n")
		}
		fmt.Fprintf(&b, "%s\t%s\n", r.Label, r.Text)
	}
	e := encodedAs(t, opened(t, "a.tsv", b.String(), ReadOptions{}), nil)
	if e.Facts.Skipped != 1 || len(e.Facts.Reasons) != 1 || !strings.HasPrefix(e.Facts.Reasons[0], "line 8") || len(e.SHA256) != 64 {
		t.Errorf("%+v %s", e.Facts, e.SHA256)
	}
}

func TestEvenAFewTextsFillEveryPart(t *testing.T) {
	for n := 4; n < 40; n++ {
		e, err := Encode(context.Background(), made(Whole, n), spec.Default(), Hooks{})
		if err != nil {
			var bad *Error
			if !errors.As(err, &bad) || n > 12 {
				t.Errorf("%d texts: %v", n, err)
			}
			continue
		}
		if e.Train.Len() < 2 || e.Valid.Len() < 1 || e.Test.Len() < 1 {
			t.Errorf("%d texts: %+v", n, e.Facts.Texts)
		}
	}
}

func TestWhatCannotBeTrainedOnIsRefusedWithTheReason(t *testing.T) {
	many := list{}
	for i := range 2000 {
		many = append(many, Row{Whole, fmt.Sprint(i), "x"})
	}
	for _, c := range []struct {
		rows          list
		code, mention string
	}{
		{nil, CodeEmpty, "no text"},
		{list{{Whole, "a", "x"}, {Whole, "a", "y"}, {Whole, "a", "z"}}, CodeOneLabel, `"a"`},
		{list{{Whole, "a", "x"}, {Whole, "b", "y"}}, CodeFew, "2 texts are too few"},
		{append(made(Test, 10), Row{Train, "pos", "x"}, Row{Train, "pos", "y"}, Row{Train, "pos", "z"}), CodeOneLabel, "all have one label"},
		{made(Test, 10), CodeFew, "0 to train on"},
		{many, CodeLabels, "more than 1000"},
		{many[:400], CodeLabels, "400 different labels in 400 texts"},
	} {
		_, err := Encode(context.Background(), c.rows, spec.Default(), Hooks{})
		t.Log(err)
		wantCode(t, err, c.code, c.mention)
	}
}

func TestAMessageSaysWhichFileItIsAbout(t *testing.T) {
	src := opened(t, "one.csv", "text,label\nx,a\ny,a\nz,a\n", ReadOptions{})
	_, err := Encode(context.Background(), src, spec.Default(), Hooks{})
	wantCode(t, err, CodeOneLabel, `one.csv: every text has the label "a"`)
	_, _, err = EncodeWith(context.Background(), src, With{Labels: []string{"x", "y"}, Tokenizer: spec.Default().Tokenizer}, Hooks{})
	wantCode(t, err, CodeLabels, "one.csv: the model does not know")
}

func TestEncodingAnswersAndCanBeCancelled(t *testing.T) {
	rows := list{}
	for i := range 3000 {
		rows = append(rows, Row{Whole, fmt.Sprint(i % 2), fmt.Sprint(i, strings.Repeat(" word", 20))})
	}
	var last spec.Reading
	yields := 0
	if _, err := Encode(context.Background(), rows, spec.Default(), Hooks{Progress: func(r spec.Reading) { last = r }, Yield: func() { yields++ }}); err != nil {
		t.Fatal(err)
	}
	if last.Rows != 3000 || last.Bytes < 300000 || yields < 5 {
		t.Errorf("%+v, %d yields", last, yields)
	}
	for at := 1; at <= yields; at++ {
		ctx, cancel := context.WithCancel(context.Background())
		n := 0
		_, err := Encode(ctx, rows, spec.Default(), Hooks{Yield: func() {
			if n++; n == at {
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled at yield %d of %d: %v", at, yields, err)
		}
		cancel()
	}
}

func TestAModelReadsTextsByItsOwnVocabularyAndLabels(t *testing.T) {
	with := With{
		Vocab: text.Build([]text.Count{{Token: "good", N: 2}, {Token: "bad", N: 1}}, 10, 1), Labels: []string{"negative", "positive"},
		Tokenizer: spec.Tokenizer{Kind: "words", MaxTokens: 2, Cut: "head"},
	}
	p, report, err := EncodeWith(context.Background(), list{
		{Whole, "positive", "Good good good"}, {Whole, "neg", "bad film"}, {Whole, "1", "<br>"}, {Whole, "Negative", "x"}, {Whole, "neutral", "y"},
	}, with, Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	want := Part{
		IDs: []int32{2, 2, 3, 1, 1, 1}, Offsets: []int32{0, 2, 4, 5, 6}, Labels: []int32{1, 0, 1, 0},
		Texts: []string{"Good good good", "bad film", "<br>", "x"},
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Error(diff)
	}
	if report.Rows != 4 || report.Skipped != 1 || len(report.Notes) != 3 {
		t.Errorf("%+v", report)
	}

	p, _, err = EncodeWith(context.Background(), append(made(Train, 10), made(Test, 4)...), With{Vocab: with.Vocab, Labels: []string{"neg", "pos"}, Tokenizer: with.Tokenizer}, Hooks{})
	if err != nil || p.Len() != 4 || !strings.Contains(p.Texts[0], "test") {
		t.Errorf("a folder's test alone: %v %+v", err, p)
	}
	_, _, err = EncodeWith(context.Background(), list{{Whole, "spam", "x"}}, with, Hooks{})
	wantCode(t, err, CodeLabels, `it knows "negative", "positive"`)
	_, _, err = EncodeWith(context.Background(), made(Train, 3), with, Hooks{})
	wantCode(t, err, CodeEmpty, "no test file among its 3 texts")
}

func TestAModelGetsTheSamePartsInItsOwnWords(t *testing.T) {
	rows := made(Whole, 400)
	want := encodedAs(t, rows, nil)
	s := spec.Default()
	with := With{Vocab: want.Vocab, Labels: want.Labels, Tokenizer: want.Tokenizer}
	got, err := EncodeFor(context.Background(), rows, s.Data, with, Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := sameEncoded(want, got); diff != "" {
		t.Error(diff)
	}
	with.Vocab, with.Labels = text.Build([]text.Count{{Token: "good", N: 1}}, 10, 1), []string{"negative", "positive"}
	got, err = EncodeFor(context.Background(), append(rows, Row{Whole, "neutral", "x"}), s.Data, with, Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	if got.Train.Len() != want.Train.Len() || got.Vocab.Size() != 3 || got.Facts.Skipped != 1 || len(got.Facts.Notes) != 2 || got.Facts.Unknown < 0.5 {
		t.Errorf("%+v", got.Facts)
	}
	_, err = EncodeFor(context.Background(), list{{Whole, "spam", "x"}}, s.Data, with, Hooks{})
	wantCode(t, err, CodeLabels, "it knows")
}
