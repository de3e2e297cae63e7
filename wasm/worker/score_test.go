package main

import (
	"math"
	"strings"
	"testing"
	gounicode "unicode/utf16"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

func TestOffsetsCountUTF16(t *testing.T) {
	for _, text := range []string{"", "plain words", "naïve Ünïcode", "🙂 and 👩‍👩‍👧 and 中文", "\xff broken \xf0\x9f"} {
		at := utf16{text: text}
		for b := 0; b <= len(text); b++ {
			if b < len(text) && !strings.ContainsRune(text[b:b+1], rune(text[b])) && text[b]&0xC0 == 0x80 {
				continue // within a character
			}
			if got, want := at.offset(b), len(gounicode.Encode([]rune(text[:b]))); got != want {
				t.Errorf("%q byte %d is at %d, want %d", text, b, got, want)
			}
		}
	}
}

func TestAReadingAddsUpToItsScore(t *testing.T) {
	x := opened(t, newBrowserless())
	id, _ := trained(x)
	trace := scores(x, "Bela 🙂 tok", id)[0]
	r, err := x.w.reader(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	sum := float64(r.start[0])
	for i, k := range trace.Tokens {
		sum += k.Moved
		if want := 1 / (1 + math.Exp(-sum)); math.Abs(k.Score-want) > 1e-5 {
			t.Errorf("token %d: score %g, the moves so far make %g", i, k.Score, want)
		}
		if len(k.Embed) != 8 || len(k.Hidden) != 8 {
			t.Errorf("token %d: %d and %d figures to draw", i, len(k.Embed), len(k.Hidden))
		}
	}
	if last := trace.Tokens[len(trace.Tokens)-1]; last.Score != trace.Probability || last.End != len(gounicode.Encode([]rune("Bela 🙂 tok"))) {
		t.Errorf("the last token %+v of %+v", last, trace)
	}
	if trace.Unknown <= 0 || trace.Unknown >= 1 {
		t.Errorf("%g are unknown, want the smile and the spaces alone", trace.Unknown)
	}
}

func TestCutTokensAreFlaggedAndMoveNothing(t *testing.T) {
	x := opened(t, newBrowserless())
	s := small()
	s.Tokenizer.MaxTokens, s.Tokenizer.Cut, s.Train.Epochs = 4, "both", 1
	id := ask[protocol.Run](x, protocol.KindTrain, protocol.Train{Spec: s}).Run
	event[spec.Done](x, id)
	whole, cut := scores(x, "beka", id)[0], scores(x, "be???ka", id)[0]
	if whole.Probability != cut.Probability {
		t.Errorf("the cut characters moved the score from %g to %g", whole.Probability, cut.Probability)
	}
	for i, k := range cut.Tokens {
		if want := i >= 2 && i < 5; k.Cut != want || k.Cut && (k.Embed != nil || k.Moved != 0) {
			t.Errorf("token %d: %+v", i, k)
		}
	}
}

func TestTheEmptySentenceIsNothingToRead(t *testing.T) {
	x := opened(t, newBrowserless())
	id, _ := trained(x)
	if r := scores(x, "", id)[0]; len(r.Tokens) != 0 || r.Label == "" || r.Probability <= 0 || r.Probability >= 1 {
		t.Errorf("%+v", r)
	}
}

func TestLogOddsOfMoreThanTwoLabels(t *testing.T) {
	z := []float32{0.5, -1, 2}
	sum := 0.0
	for _, v := range z {
		sum += math.Exp(float64(v))
	}
	for k := range z {
		p := math.Exp(float64(z[k])) / sum
		if got, want := odds(z, k), math.Log(p/(1-p)); math.Abs(got-want) > 1e-12 {
			t.Errorf("class %d: %g, want %g", k, got, want)
		}
	}
}
