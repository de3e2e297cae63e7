package app

import (
	"errors"
	"strings"
	"testing"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/link"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

const (
	bits   = "3f9a71c2e08d55aa3f9a71c2e08d55aa3f9a71c2e08d55aa3f9a71c2e08d55aa"
	others = "0000000000005555000000000000555500000000000055550000000000005555"
)

// arrive is a page opened by an address, its worker at work.
func arrive(l words.Lang, address string) *world {
	w := &world{State: NewState(l).Arrive("https://clove.example/" + address)}
	w.see(Woken{})
	return w
}

// ran trains what is on the board, to these weights.
func (w *world) ran(sha string) {
	w.press("train")
	w.events(history(w.Run.Spec, "r1", 1124)...)
	w.events(spec.Done{Test: measure(0.941), SHA256: sha, FileBytes: 364_100, Seconds: 41, Step: 1124, Arithmetic: spec.ArithmeticVersion})
	w.see(Reply{To: Send{Kind: protocol.KindOpen}, Body: body(protocol.Opened{Summary: protocol.RunSummary{Run: "r1", State: "done"}, Spec: w.Run.Spec, Facts: madeFacts(),
		Events:   lines([]spec.Event{spec.Done{Test: measure(0.941), SHA256: sha, FileBytes: 364_100, Arithmetic: spec.ArithmeticVersion}}),
		Variants: madeVariants("r1")[:1]})})
}

func TestALinkSetsTheSettingsAndNothingRuns(t *testing.T) {
	s := NewState(words.English).Arrive("https://clove.example/x/?v=1&spec=mail&seed=7&model.hidden=32&compress=quantize=int4&lang=zh#room=train")
	if s.Spec.Data.Source != "mail" || s.Spec.Seed != 7 || s.Spec.Model.Hidden != 32 || spec.FormatPipeline(s.Plan) != "quantize=int4" || s.Spec.Compress != "" {
		t.Errorf("the settings are %+v, the plan %v", s.Spec, s.Plan)
	}
	if s.Run.Stage != Fresh || s.Say.Text != examples["mail"] {
		t.Errorf("the run is %q, the sentence %q", s.Run.Stage, s.Say.Text)
	}
	page, _ := HTML(s)
	for _, want := range []string{"This run came with the link:", "Mail, LSTM 64 → 32, seed 7", "Back to my settings"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	back, does := did(s, Press{Do: "unlink"})
	fresh := NewState(words.English)
	if back.Spec != fresh.Spec || spec.FormatPipeline(back.Plan) != spec.FormatPipeline(fresh.Plan) || back.Link != nil || !strings.Contains(does, "unlink") {
		t.Errorf("back are %+v, done %s", back.Spec, does)
	}
	if s := fresh.Arrive("https://clove.example/?lang=zh#room=train"); s.Link != nil {
		t.Error("an address without a run is taken for a link")
	}
}

func TestALinkToAFileOfItsSendersOwnAsksForIt(t *testing.T) {
	w := arrive(words.English, "?v=1&seed=4&data.source=file&data.sha256="+bits)
	page, _ := HTML(w.State)
	if w.Phase() != "own" || !strings.Contains(page, "SHA-256 3f9a 71c2 e08d: LSTM 64 → 64, seed 4.") {
		t.Fatalf("the page is %s", w.Phase())
	}
	for sha, other := range map[string]bool{bits: false, others: true} {
		s, sends := asked(w.State, Chosen{Handle: 1, Name: "mine.csv"})
		body0 := sends[0].Body.(protocol.Import)
		if body0.Spec.Seed != 4 || body0.Spec.Tokenizer != w.Link.Link.Spec.Tokenizer {
			t.Errorf("it is read by %+v", body0.Spec)
		}
		body0.Spec.Data.SHA256 = sha
		s, _ = s.Next(Reply{To: sends[0], Body: body(protocol.Imported{Data: &protocol.Described{Spec: body0.Spec, Facts: madeFacts()}})})
		page, _ := HTML(s)
		if strings.Contains(page, "This is another file than the link") != other || s.Phase() != "fresh" {
			t.Errorf("another file %v: the page is %s", other, s.Phase())
		}
	}
}

func TestWhatCameByALinkThatIsRefusedIsNothing(t *testing.T) {
	for _, l := range words.Langs {
		for address, want := range map[string]string{
			"?v=1&model.hidden=-64":                  "−64",
			"?v=1&spec=<script>alert(1)</script>":    "&lt;script&gt;",
			"?v=1&model.layers=1000000":              "model.layers",
			"?v=1&compress=huffman,prune=0.8":        "",
			"?v=9":                                   "9",
			"?v=1&seed=1" + strings.Repeat("x", 2e4): "16",
			"#model=!":                               "model",
		} {
			s := NewState(l).Arrive("https://clove.example/" + address)
			fresh := NewState(l)
			if s.Link == nil || s.Link.Refused == nil || s.Spec != fresh.Spec {
				t.Errorf("%.40s: %+v", address, s.Link)
				continue
			}
			page, err := HTML(s)
			if err != nil || !strings.Contains(page, want) && !strings.Contains(page, strings.ReplaceAll(want, "−", "-")) || strings.Contains(page, "<script>") {
				t.Errorf("%.40s in %s: the page lacks %q (%v)", address, l, want, err)
			}
			s, does := did(s, Press{Do: "unlink"})
			if s.Link != nil || s.Spec != fresh.Spec || !strings.Contains(does, "unlink") {
				t.Errorf("%.40s: after it was read %+v, done %s", address, s.Link, does)
			}
		}
	}
}

func TestEveryRefusalOfALinkIsWordedInBothLanguages(t *testing.T) {
	for _, code := range []link.Code{link.TooLong, link.ModelTooLong, link.ModelText, link.Newer, link.UnknownStart, link.UnknownField, link.Local, link.Twice, link.Escape, link.Value} {
		if !words.Has("link." + string(code)) {
			t.Errorf("%s has no words", code)
		}
	}
	_, err := link.Parse("?v=1&model.kind=gru")
	var no *link.Error
	if errors.As(err, &no); linkRefusal(words.Chinese, no) != `model.kind 是“gru”，应为 "lstm"、"bag" 之一。` {
		t.Error(linkRefusal(words.Chinese, no))
	}
}

func TestARunByALinkIsComparedWithIt(t *testing.T) {
	const run = "?v=1&spec=reviews&seed=1"
	for _, c := range []struct{ name, address, sha, phase, has string }{
		{"the same", run + "&arithmetic-version=1&weights=" + bits, bits, "trained", "The same bits as in the link:"},
		{"others", run + "&arithmetic-version=1&weights=" + others, bits, "notice", "Not the bits of the link."},
		{"of another version", run + "&arithmetic-version=99&weights=" + others, bits, "trained", "hash is of other arithmetic"},
		{"of an unknown version", run + "&weights=" + others, bits, "trained", "hash is of other arithmetic"},
		{"none told", run, bits, "trained", ""},
	} {
		w := arrive(words.English, c.address)
		w.ran(c.sha)
		page, err := HTML(w.State)
		if err != nil || w.Phase() != c.phase || !strings.Contains(page, c.has) || c.has == "" && strings.Contains(page, "in the link") {
			t.Errorf("%s: the page is %s and lacks %q (%v)", c.name, w.Phase(), c.has, err)
		}
		if w.press("dismiss"); w.Phase() != "trained" {
			t.Errorf("%s: after it was read the page is %s", c.name, w.Phase())
		}
	}
	w := arrive(words.English, run+"&arithmetic-version=1&weights="+others)
	w.see(Edit{"train.epochs", "2"})
	if w.ran(bits); w.Phase() != "trained" {
		t.Errorf("another run than the link's: the page is %s", w.Phase())
	}
}

func TestASmallerOneByALinkIsComparedWithIt(t *testing.T) {
	const pipeline = "prune=0.8,finetune=1,quantize=int8"
	for small, phase := range map[string]string{bits: "compressed", others: "notice"} {
		w := arrive(words.English, "?v=1&spec=reviews&seed=1&compress="+pipeline+"&arithmetic-version=1&weights="+others+"&small="+small)
		w.ran(others)
		w.press("compress")
		v := madeVariants("r1")[3]
		v.SHA256 = bits
		if w.events(spec.Compressed{Variant: v}); w.Phase() != phase {
			t.Errorf("the page is %s, want %s", w.Phase(), phase)
		}
	}
}

func TestTheLinkToARunIsTheRunAgain(t *testing.T) {
	w := newWorld(words.English)
	w.Share.Base = "https://clove.example/x/"
	w.see(Press{"source", "names"}, Edit{"model.hidden", "24"}, Edit{"seed", "9"})
	if got := w.links()["link"]; got != "https://clove.example/x/?v=1&spec=names&seed=9&model.hidden=24&compress=prune=0.8,finetune=1,quantize=int8" {
		t.Error(got)
	}
	w.ran(bits)
	l, err := link.Parse(w.links()["link"])
	if err != nil || l.Weights != bits || l.Arithmetic != spec.ArithmeticVersion || l.Spec.Model.Hidden != 24 || l.Spec.Seed != 9 {
		t.Errorf("%+v, %v", l, err)
	}
	w.see(Edit{"model.hidden", "25"})
	if l, err = link.Parse(w.links()["link"]); err != nil || l.Weights != "" || l.Spec.Model.Hidden != 25 {
		t.Errorf("changed since: %+v, %v", l, err)
	}
}

func TestThePanelHasTheModelWhereItIsSmall(t *testing.T) {
	s := fixture("compressed", words.English)
	s, sends := asked(s, Press{"share", "true"})
	if len(sends) != 1 || sends[0].Body != (protocol.Model{Model: "r1/p"}) {
		t.Fatalf("asked %v", sends)
	}
	s, _ = s.Next(Reply{To: sends[0], Body: body(protocol.Shared{Model: "r1/p", Text: "model=AQID"})})
	if m := s.links()["model"]; !strings.HasSuffix(m, "#model=AQID") {
		t.Errorf("the link is %q", m)
	}
	s, sends = asked(s, Press{"select", "r1/int8"}) // 104 KB
	for _, x := range sends {
		if x.Kind == protocol.KindShare {
			t.Error("a model that no link carries was asked for")
		}
	}
	page, _ := HTML(s)
	if s.links()["model"] != "" || !strings.Contains(page, "or send it as a file") {
		t.Errorf("the link is %q", s.links()["model"])
	}
}

func guestOf(w *world) protocol.Opened {
	v := madeVariants(protocol.GuestRun)[3]
	v.ID, v.Test, v.LatencyMS = protocol.GuestRun+"/original", spec.Measure{}, 0
	return protocol.Opened{Summary: protocol.RunSummary{Run: protocol.GuestRun, State: "done"}, Spec: w.Spec, Facts: madeFacts(), Variants: []spec.Variant{v}}
}

func TestAModelInALinkJudgesAtOnceAndIsKeptWhenAsked(t *testing.T) {
	s := NewState(words.English).Arrive("https://clove.example/?v=1&spec=reviews#model=AQID&room=compare")
	s, sends := asked(s, Reply{To: Send{Kind: protocol.KindHello}, Body: body(protocol.Welcome{})})
	var guest Send
	for _, x := range sends {
		if x.Kind == protocol.KindGuest {
			guest = x
		}
	}
	if q, ok := guest.Body.(protocol.Guest); !ok || string(q.File) != "\x01\x02\x03" {
		t.Fatalf("asked %v", sends)
	}
	w := &world{State: s}
	w.see(Reply{To: guest, Body: body(guestOf(w))})
	page, _ := HTML(w.State)
	if w.models()[0] != "guest/original" || !strings.Contains(page, "This model came with the link") || !strings.Contains(page, "Keep it") {
		t.Errorf("the models are %v", w.models())
	}
	// Made smaller, it is kept first.
	kept, sends := asked(w.State, Press{Do: "compress"})
	if len(sends) != 1 || sends[0].Kind != protocol.KindKeep {
		t.Fatalf("asked %v", sends)
	}
	o := guestOf(w)
	o.Summary.Run, o.Variants[0].ID = "r5", "r5/original"
	kept, sends = asked(kept, Reply{To: sends[0], Body: body(protocol.Imported{Model: &o})})
	if last := sends[len(sends)-1]; last.Kind != protocol.KindCompress || kept.Run.ID != "r5" {
		t.Errorf("asked %v", sends)
	}
	// A bad one: the page lives on.
	bad, _ := s.Next(Reply{To: guest, Wrong: &protocol.Problem{Code: "model_corrupt", Message: "its header ends too early"}})
	page, _ = HTML(bad)
	if bad.Phase() != "fresh" || !strings.Contains(page, "The model in this link can&#39;t be opened.") || !strings.Contains(page, "ends too early") {
		t.Errorf("the page is %s: %v", bad.Phase(), strings.Contains(page, "in this link"))
	}
	if again, sends := asked(s, Press{"place", "#room=train&model=AQID"}); len(sends) != 0 || again.Link != s.Link {
		t.Errorf("by Back it was asked again: %v", sends)
	}
	if _, sends := asked(w.State, Press{"place", "#model=AQIE"}); len(sends) != 1 || sends[0].Kind != protocol.KindGuest {
		t.Errorf("of another model it asked %v", sends)
	}
}
