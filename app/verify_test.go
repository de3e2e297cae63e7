package app

import (
	"strings"
	"testing"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

func TestOtherBitsNativelyAreAnAlarmUntilItWasRead(t *testing.T) {
	s := fixture("trained", words.English)
	same, other := *s.Run.Done, *s.Run.Done
	other.SHA256 = strings.Repeat("0", 64)
	for _, c := range []struct {
		done  spec.Done
		fast  bool
		phase string
		has   string
	}{
		{same, false, "trained", "the same bits"},
		{other, false, "notice", "0000 0000 0000"},
		{other, true, "trained", "of this machine only"},
	} {
		s := s
		if c.fast {
			s.Run.Spec.Arithmetic = spec.Fast
		}
		s.Native = Native{Run: "n1", Stage: Trained, Done: &c.done}
		page, err := HTML(s)
		if err != nil {
			t.Fatal(err)
		}
		if s.Phase() != c.phase || !strings.Contains(page, c.has) {
			t.Errorf("%s, and not %s with %q", s.Phase(), c.phase, c.has)
		}
		if s, _ = s.Next(Press{"dismiss", ""}); s.Phase() != "trained" {
			t.Errorf("after it was read the page is %s", s.Phase())
		}
	}
}

func TestWhatDoesNotFitIsSaidBeforeThePress(t *testing.T) {
	s := fixture("fresh", words.English)
	for e, want := range map[protocol.Estimated]string{
		{Spec: s.Spec.ID(), Seconds: 26, Bytes: 84e6, Most: 4e9}: "about <b>26 s</b> here · 84 MB",
		{Spec: s.Spec.ID(), Bytes: 5e9, Most: 4e9}:               "This would not fit",
		{Spec: "another", Seconds: 26, Bytes: 84e6}:              "about <b>–</b> here · –",
	} {
		s, _ := s.Next(Push{protocol.Envelope{Kind: protocol.KindEstimated, Body: body(e)}})
		strip := strings.ReplaceAll(uiHTML(drawNow(new(Board), &s)), "\u00a0", " ")
		if tidied, err := tidy(strip); err == nil {
			strip = tidied
		}
		if !strings.Contains(strip, want) {
			t.Errorf("the strip lacks %q: %s", want, strip)
		}
	}
}

func TestACompressionCutOffIsDoneAgain(t *testing.T) {
	s := fixture("fresh", words.English)
	s.CutOff = &protocol.Compress{Run: "r9", Pipeline: "quantize=int8"}
	if s.Phase() != "notice" || !strings.Contains(uiHTML(drawNow(new(Board), &s)), "ended when its tab closed") {
		t.Fatalf("the page is %s", s.Phase())
	}
	s, sends := asked(s, Press{"remake", ""})
	if len(sends) != 1 || sends[0].Kind != protocol.KindOpen {
		t.Fatalf("asked %v", sends)
	}
	done := madeVariants("r9")[:1]
	s, sends = asked(s, Reply{To: sends[0], Body: body(protocol.Opened{
		Summary: protocol.RunSummary{Run: "r9", State: "done"}, Spec: s.Spec, Facts: madeFacts(), Variants: done})})
	if last := sends[len(sends)-1]; last.Body != (protocol.Compress{Run: "r9", Pipeline: "quantize=int8"}) || s.Phase() != "compressing" {
		t.Errorf("asked %v, the page is %s", sends, s.Phase())
	}
}
