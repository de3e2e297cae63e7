package app

import (
	"strings"
	"testing"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

func TestTheRoomAsksForWhatItLacksOnceAndOnlyWhenOpen(t *testing.T) {
	s := fixture("compressed", words.English)
	s, sends := asked(s, PointAt{1})
	if len(sends) != 0 {
		t.Errorf("with the room shut it asked %v", sends)
	}
	if s, sends = asked(s, Press{"room", "compress"}); len(sends) != 0 {
		t.Errorf("before a cell was seen it asked %v", sends)
	}
	if s, sends = asked(s, Seen{[]string{"error"}}); len(sends) != 1 || sends[0].Kind != protocol.KindBeside {
		t.Errorf("seeing the error it asked %v", sends)
	}
	s, sends = asked(s, allSeen)
	var kinds []string
	for _, x := range sends {
		kinds = append(kinds, x.Kind)
	}
	if got := strings.Join(kinds, " "); got != "sensitivity weights" {
		t.Errorf("it asked for %s", got)
	}
	if q := sends[0].Body.(protocol.Sensitivity); q.Measure || q.Run != "r1" {
		t.Errorf("it began to measure by itself: %v", q)
	}
	if s, sends = asked(s, PointAt{2}); len(sends) != 0 {
		t.Errorf("it asked again: %v", sends)
	}
	if _, sends = asked(s, Press{"look", "matrix=linear.weight"}); len(sends) != 1 || sends[0].Body.(protocol.Weights).Tensor != "linear.weight" {
		t.Errorf("another matrix: %v", sends)
	}
}

func TestSensitivityIsMeasuredAfterThePressAndFillsCellByCell(t *testing.T) {
	s := fixture("room-fresh", words.English)
	s, sends := asked(s, Press{Do: "sense"})
	if len(sends) != 1 || !sends[0].Body.(protocol.Sensitivity).Measure || !s.Looks.Sensing {
		t.Fatalf("asked %v", sends)
	}
	all := madeSensitivity()
	some := all
	some.Cells = all.Cells[:5]
	s, _ = s.Next(Push{protocol.Envelope{Kind: protocol.KindSensed, Body: body(protocol.Sensed{Run: Builtin, Found: &some})}})
	page, _ := HTML(s)
	if !strings.Contains(page, "measuring, 5 of 84") {
		t.Error("it does not say how far it is")
	}
	s, _ = s.Next(Push{protocol.Envelope{Kind: protocol.KindSensed, Body: body(protocol.Sensed{Run: Builtin, Over: true, Problem: &protocol.Problem{Code: "cancelled"}})}})
	if s.Looks.Sensing || s.Looks.Sense.Found == nil {
		t.Error("what was measured before it was cancelled is gone")
	}
	s, _ = s.Next(Push{protocol.Envelope{Kind: protocol.KindSensed, Body: body(protocol.Sensed{Run: Builtin, Over: true, Found: &all})}})
	page, _ = HTML(s)
	if !strings.Contains(page, "1,500 validation texts") || !strings.Contains(page, "<b>LSTM</b> loses most: 4.3 points at prune 95. Of its gates <b>recurrent g</b>: 2.2 at prune 95.") {
		t.Error("no finding")
	}
}

func TestACellOfThePictureAddsItsStepForItsPart(t *testing.T) {
	s := fixture("room-fresh", words.English)
	s, _ = s.Next(Edit{"compress", "finetune=1"})
	s, _ = s.Next(Press{"add-step", "prune=0.8/lstm"})
	if got := spec.FormatPipeline(s.Plan); got != "finetune=1,prune=0.8/lstm" {
		t.Error(got)
	}
}

func TestFindingsSayWhatTheFiguresSay(t *testing.T) {
	l := words.English
	v := madeVariants("r")[3]
	w := madeWeights()
	whole := w
	whole.Kept = []float64{1, 1, 1, 1}
	other := w
	other.Same = false
	for _, c := range []struct{ got, want string }{
		{realFinding(l, 0.17, 0.43, 3000, 3000), "Packed it answers **2.5** times as fast as the same weights as floats. Same answers: 3,000 of 3,000."},
		{realFinding(l, 0.43, 0.17, 10, 12), "Packed it takes **2.5** times as long as the same weights as floats: here packing saves bytes, not time. Same answers: 10 of 12."},
		{realFinding(l, 0.2, 0.2, 9, 9), "Packed it takes as long as the same weights as floats. Same answers: 9 of 9."},
		{realFinding(l, 0, 0, 9, 9), "Same answers: 9 of 9."},
		{realFinding(l, 1, 1, 0, 0), ""},
		{errorFinding(l, nil), "After “Make it smaller”."},
		{errorFinding(l, &v), "**LSTM** moved most. Weights that were trained on move on purpose."},
		{errorFinding(l, &spec.Variant{Pipeline: "half=float16", Errors: []spec.LayerError{{Layer: "lstm", DB: 60.2}}}), "**LSTM** moved most: its weights are good to 10.0 bits."},
		{errorFinding(l, &spec.Variant{Errors: []spec.LayerError{{Layer: "embedding", Exact: true}, {Layer: "lstm", Exact: true}, {Layer: "linear", Exact: true}}}), "No weight was changed."},
		{errorFinding(l, &spec.Variant{Errors: []spec.LayerError{{Layer: "lstm", Exact: true}}}), "What kept its shape is as it was."},
		{errorFinding(l, &spec.Variant{}), "Another model: its weights have no counterpart."},
		{bytesFinding(l, &v), "**Embedding** is 59 % of the small file."},
		{leftFinding(l, &w), "A dot a weight kept. Gate **o** could spare most."},
		{leftFinding(l, &whole), "Every weight is kept."},
		{beforeFinding(l, &w), "**81 %** of these weights are exactly 0. Those left stand on steps 0.0071 apart; the close-up moved by at most 0.0035."},
		{beforeFinding(l, &other), "Another shape: 32 weights before, 32 now."},
		{chance(l, 0.5), "about 5 times in ten"}, {chance(l, 0.14), "about once in ten"}, {chance(l, 0.02), "about 2 times in a hundred"}, {chance(l, 0.005), "about 5 times in a thousand"},
		{chance(l, 5e-6), "about 5 times in a million"}, {chance(l, 1e-9), "less than once in a million"},
		{pValue(l, 0.000005), "0.000005"}, {pValue(l, 0.31), "0.31"}, {pValue(l, 0), "< 0.000001"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	equal := spec.NewVersus(3000, 20, 10, 10)
	v.Versus = &equal
	if said := report(l, &madeVariants("r")[0], &v)[1]; !strings.Contains(said, "Chance alone could do this: between −0.3 and +0.3 points.") {
		t.Error(said)
	}
}

func TestPretendingAsksTheTwinThatPretends(t *testing.T) {
	s := fixture("room", words.English)
	v := s.selected()
	s, sends := asked(s, Press{"pretend", "true"})
	if len(sends) == 0 || sends[0].Kind != protocol.KindScore || sends[0].Body.(protocol.Score).Models[1] != protocol.Pretending(v.ID) {
		t.Fatalf("asked %v", sends)
	}
	q := sends[0].Body.(protocol.Score)
	s, _ = s.Next(Reply{To: sends[0], Body: body(protocol.Scored{Seq: q.Seq, Text: q.Text, Traces: []protocol.Trace{{Model: q.Models[0], Probability: 0.8}, {Model: q.Models[1], Probability: 0.7}}})})
	if s.second() == nil || s.second().Probability != 0.7 {
		t.Error("its answer does not stand beside the original's")
	}
}

func TestBytesByPartSumToTheFileWhateverTheyAreSplitInto(t *testing.T) {
	parts := []spec.Part{{Name: "embedding", Bytes: 50_000, Which: 19_000, Scale: 1_000}, {Name: "lstm", Bytes: 12_000, Scale: 700}, {Name: "linear"}, {Name: "vocabulary", Bytes: 20_000}}
	sum, names := 0, ""
	for _, p := range fine(words.English, parts) {
		sum += p.Bytes
		names += p.Name + "; "
	}
	if sum != 82_000 || names != "Embedding, weights kept; Embedding, which are kept; LSTM; Words; scales, codebooks; " {
		t.Errorf("%d bytes of %s", sum, names)
	}
	v := spec.Variant{FileBytes: 82_000, Parts: parts}
	if got := bytesFinding(words.English, &v); got != "23\u00a0% of the small file only says **which** weights are left." {
		t.Error(got)
	}
}
