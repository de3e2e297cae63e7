package app

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

func TestAnAmountIsReadAsPeopleWriteIt(t *testing.T) {
	for text, want := range map[string]float64{"100 KB": 100_000, "1.5mb": 1.5e6, "80 %": 0.8, "80％": 0.8, "0.2 ms": 0.2, "2,000": 2000, "0.94": 0.94} {
		if got, ok := amount(text); !ok || got != want {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	}
	for _, text := range []string{"", "any", "-3", "KB"} {
		if got, ok := amount(text); ok {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func TestAFilterHidesVariantsAndNeverRescales(t *testing.T) {
	s := fixture("compare-room", words.English)
	all, x, y := s.dots(s.view())
	if len(all) != 4 {
		t.Fatalf("%d points", len(all))
	}
	for look, want := range map[string]string{
		"without=pruned":           "original int8",
		"without=quantized":        "original prune 50",
		"without=pruned quantized": "original",
		"most=110 KB":              "original int8 prune 80 · int8",
		"least=93 %":               "original int8 prune 80 · int8",
	} {
		s, _ := s.Next(Press{"look", look})
		dots, x2, y2 := s.dots(s.view())
		var names []string
		for _, d := range dots {
			names = append(names, d.name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s shows %q, want %q", look, got, want)
		}
		if x2.Low != x.Low || x2.High != x.High || y2.Low != y.Low || y2.High != y.High {
			t.Errorf("%s moved the axes", look)
		}
	}
	v := view{without: []string{"pruned"}}
	if v.toggled("pruned") != "" || v.toggled("lowrank") != "pruned lowrank" {
		t.Errorf("toggled: %q, %q", v.toggled("pruned"), v.toggled("lowrank"))
	}
}

func TestTheArrowKeysWalkTheFrontAndTheChoiceIsThePages(t *testing.T) {
	s := fixture("compare-room", words.English)
	for _, step := range []struct{ way, want string }{
		{"home", "prune 80 · int8"}, {"left", "prune 80 · int8"}, {"right", "int8"}, {"right", "original"}, {"right", "original"}, {"left", "int8"}, {"end", "original"},
	} {
		var sends []Send
		s, sends = asked(s, Press{"walk", step.way})
		name := "original"
		if v := s.selected(); v != nil {
			name = v.Name
		}
		if name != step.want {
			t.Errorf("%s comes to %s, want %s", step.way, name, step.want)
		}
		scored := false
		for _, q := range sends {
			scored = scored || q.Kind == protocol.KindScore
		}
		if step.way == "right" && name == "int8" && !scored {
			t.Error("the sentence was not read by the variant that was walked to")
		}
	}
	// From a point that is beaten, the keys go to the next on the front.
	s, _ = s.Next(Press{"select", "r1/p50"})
	if s, _ := s.Next(Press{"walk", "left"}); s.selected() == nil || s.selected().Name != "int8" {
		t.Errorf("left of prune 50 is %v", s.selected())
	}
}

func TestTheMapsFindingIsComputed(t *testing.T) {
	s := fixture("compare-room", words.English)
	dots, _, _ := s.dots(s.view())
	if got := mapFinding(words.English, dots); !strings.Contains(got, "Down to **41\u00a0KB** (prune 80 · int8)") {
		t.Error(got)
	}
	dots[3].v.Versus = &spec.Versus{Lost: 0.005, McNemar: 0.001}
	if got := mapFinding(words.English, dots); !strings.Contains(got, "though text by text it is real") {
		t.Error(got)
	}
	dots[3].v.Test.Accuracy = 0.90
	if got := mapFinding(words.English, dots); !strings.Contains(got, "Down to **104\u00a0KB** (int8)") || !strings.Contains(got, "Smaller still, **prune 80 · int8** has 41\u00a0KB and loses 4.1 points") {
		t.Error(got)
	}
	dots[1].v.Test.Accuracy, dots[2].v.Test.Accuracy = 0.91, 0.92
	if got := mapFinding(words.English, dots); !strings.Contains(got, "None stays within") || !strings.Contains(got, "**prune 50** comes nearest and loses 2.1") {
		t.Error(got)
	}
}

func TestABudgetNamesTheBestThatFits(t *testing.T) {
	s := fixture("compare-room", words.English)
	for look, want := range map[string]string{"file=120 KB": "**int8**", "file=50 KB": "**prune 80 · int8**", "file=1 KB": "Nothing", "time=0.18 ms": "**prune 80 · int8**"} {
		s, _ := s.Next(Press{"look", look})
		if got := budgetSay(words.English, &s); !strings.Contains(got, want) {
			t.Errorf("%s: %s", look, got)
		}
	}
}

func TestAnswersThatChangedAreFilteredSearchedAndOrdered(t *testing.T) {
	s := fixture("compare-room", words.English)
	first := func(looks ...string) (n int, text string) {
		s := s
		for _, l := range looks {
			s, _ = s.Next(Press{"look", l})
		}
		rows := s.flipRows(s.selected())
		if len(rows) == 0 {
			return 0, ""
		}
		return len(rows), rows[0].Text[:8]
	}
	for _, c := range []struct {
		looks []string
		n     int
		text  string
	}{
		{nil, 3, "It never"},
		{[]string{"way=right"}, 1, "I expect"},
		{[]string{"way=wrong", "q=CAST"}, 1, "A brave "},
		{[]string{"order=near"}, 3, "A brave "},
		{[]string{"order=long"}, 3, "A brave "},
		{[]string{"q=nowhere"}, 0, ""},
	} {
		if n, text := first(c.looks...); n != c.n || text != c.text {
			t.Errorf("%v: %d, %q first", c.looks, n, text)
		}
	}
}

// besidesOf are the questions of the room among some.
func besidesOf(sends []Send) (list []protocol.Beside) {
	for _, s := range sends {
		if q, ok := s.Body.(protocol.Beside); ok {
			list = append(list, q)
		}
	}
	return list
}

func answered(q protocol.Beside, parts int) Reply {
	r := protocol.Reading{Text: q.Texts[0], Left: read(q.Left, q.Texts[0], 0.1), Right: read(q.Right, q.Texts[0], -0.2), Parts: parts}
	b, _ := json.Marshal(protocol.Besides{Seq: q.Seq, Left: q.Left, Right: q.Right, Readings: []protocol.Reading{r}})
	return Reply{To: Send{Kind: protocol.KindBeside, Body: q}, Body: b}
}

func TestTwoReadTheSentenceOnceAndAnOldAnswerIsDropped(t *testing.T) {
	s := fixture("compressed", words.English)
	s, sends := asked(s, Press{"room", "compare"})
	if len(sends) != 0 {
		t.Errorf("before a cell was seen it asks %+v", sends)
	}
	s, sends = asked(s, allSeen)
	q := besidesOf(sends)
	if len(q) != 2 || q[0].Left != "r1/original" || q[0].Right != "r1/p" || q[0].Texts[0] != s.Say.Text || q[1].Seq != 0 {
		t.Fatalf("opening the room asks %+v", q)
	}
	if _, again := asked(s, PointAt{1}); len(besidesOf(again)) != 0 {
		t.Error("the same is asked twice")
	}
	s, sends = asked(s, Said{"A quiet film"})
	newer := besidesOf(sends)
	if len(newer) != 1 || newer[0].Seq <= q[0].Seq {
		t.Fatalf("another sentence asks %+v", newer)
	}
	s, _ = s.Next(answered(q[0], 1))
	if s.Compared.Reading != nil {
		t.Error("an old answer was taken")
	}
	s, _ = s.Next(answered(newer[0], 1))
	if r := s.Compared.reading("r1/original", "r1/p"); r == nil || r.Text != "A quiet film" {
		t.Errorf("%+v", s.Compared.Reading)
	}
	if s.Compared.reading("r1/original", "r1/int8") != nil {
		t.Error("another pair has this one's reading")
	}
	_, sends = asked(s, Press{"look", "right=int8"})
	if q := besidesOf(sends); len(q) != 1 || q[0].Right != "r1/int8" {
		t.Errorf("another right one asks %+v", q)
	}
	refused, _ := s.Next(Reply{To: Send{Kind: protocol.KindBeside, Body: newer[0]}, Wrong: &protocol.Problem{Code: "not_finite"}})
	if refused.Compared.Problem == nil || refused.Run.Problem != nil {
		t.Error("a refusal is not told in its cell")
	}
}

func TestListedTextsAreReadOneByOneAndOneThatFailsIsNotAskedAgain(t *testing.T) {
	s := fixture("compressed", words.English)
	for i := range s.Run.Variants[3].Flips {
		s.Run.Variants[3].Flips[i].Index = 10 * i
	}
	s, _ = asked(s, Press{"room", "compare"})
	s, sends := asked(s, allSeen)
	row := besidesOf(sends)[1]
	for i := range 3 {
		if row.Texts[0] != s.selected().Flips[i].Text || row.Seq != 0 {
			t.Fatalf("row %d is %+v", i, row)
		}
		reply := answered(row, 2)
		if i == 1 {
			reply = Reply{To: reply.To, Wrong: &protocol.Problem{Code: "internal"}}
		}
		s, sends = asked(s, reply)
		q := besidesOf(sends)
		if (i < 2) != (len(q) == 1) {
			t.Fatalf("after row %d it asks %+v", i, q)
		}
		if len(q) == 1 {
			row = q[0]
		}
	}
	if s.Compared.row("r1/p", 0) == nil || s.Compared.row("r1/p", 10) != nil || s.Compared.row("r1/p", 20) == nil {
		t.Errorf("read %+v", s.Compared.Rows)
	}
	s, sends = asked(s, Press{"select", "r1/int8"})
	if _, ok := asked(s, PointAt{2}); len(besidesOf(ok)) != 0 || s.Compared.row("r1/int8", 0) != nil {
		t.Errorf("another variant has the texts of this one: %v", sends)
	}
}

func TestTheAddressChoosesTheTwo(t *testing.T) {
	s := fixture("compare-room", words.English)
	for _, c := range [][3]string{{"", "r1/original", "r1/p"}, {"left=int8", "r1/int8", "r1/p"}, {"right=int8", "r1/int8", "r1/int8"}, {"left=gone", "r1/original", "r1/int8"}} {
		if c[0] != "" {
			s, _ = s.Next(Press{"look", c[0]})
		}
		if left, right := s.pair(); left != c[1] || right != c[2] {
			t.Errorf("after %q: %s and %s, want %s and %s", c[0], left, right, c[1], c[2])
		}
	}
}

func TestWhereTwoPartIsSaidInWords(t *testing.T) {
	l := words.English
	r := protocol.Reading{Text: "not a good film", Left: read("a", "not a good film", 0.1), Right: read("b", "not a good film", -0.2), Parts: -1, Apart: []float64{0.01, 0.02, 0.03, 0.04}}
	if got := twoFinding(l, &r); !strings.Contains(got, "never more than 4.0\u00a0% apart") {
		t.Error(got)
	}
	r.Parts, r.Apart = 1, []float64{0.01, 0.06, 0.07, 0.08}
	r.Left.Tokens[1].Moved, r.Right.Tokens[1].Moved = 0.5, -0.2
	if got := twoFinding(l, &r); !strings.Contains(got, "hears **"+r.Left.Tokens[1].Text+"** less: there the states part (6.0\u00a0% apart), and never meet again.") {
		t.Error(got)
	}
	r.Apart[3] = 0.02
	if got := twoFinding(l, &r); !strings.Contains(got, "and meet again at **"+r.Left.Tokens[3].Text+"**") {
		t.Error(got)
	}
	r.Apart = nil
	if got := twoFinding(l, &r); !strings.Contains(got, "Units of one") {
		t.Error(got)
	}
}

func TestEnginesAreComparedByTheirWeights(t *testing.T) {
	s := fixture("compare-native", words.English)
	e := s.engines()
	if len(e[0].paces) == 0 || e[1].differs != "0: same bits" {
		t.Errorf("%+v", e)
	}
	other := *s.Native.Done
	other.SHA256 = "00" + other.SHA256[2:]
	s.Native.Done = &other
	if e := s.engines(); e[1].differs != "other bits" {
		t.Errorf("other weights: %+v", e[1])
	}
	built := fixture("compare-fresh", words.English)
	if e := built.engines(); e[0].done != nil || len(e[0].paces) != 0 {
		t.Errorf("the built-in model was not trained in this tab: %+v", e[0])
	}
}

func TestTheTableOfVariantsIsSaved(t *testing.T) {
	s := fixture("compare-room", words.English)
	_, commands := s.Next(Press{"save-variants", ""})
	for _, c := range commands {
		if d, ok := c.(Do); ok && d.What == "save" {
			text := d.Data.(string)
			if strings.Count(text, "\n") != 5 || !strings.Contains(text, "prune 80 · int8,\"prune=0.8,finetune=1,quantize=int8\",41000,0.936,") {
				t.Error(text)
			}
			return
		}
	}
	t.Error("nothing was saved")
}

func TestTheMapHasTheLineOfWordsCountedOnceItWasSeen(t *testing.T) {
	s := fixture("compressed", words.English)
	s, _ = asked(s, Press{"room", "compare"})
	s, sends := asked(s, Seen{[]string{"map"}})
	if len(sends) != 1 || sends[0].Kind != protocol.KindCounted || sends[0].Body != (protocol.Model{Model: "r1/original"}) {
		t.Fatalf("seeing the map asks %+v", sends)
	}
	told := func(m spec.Measure) Msg {
		return Reply{To: sends[0], Body: body(protocol.Counted{Model: "r1/original", Test: m})}
	}
	unknown, _ := s.Next(told(spec.Measure{}))
	known, _ := s.Next(told(measure(0.75)))
	for _, c := range []struct {
		s    State
		line bool
	}{{s, false}, {unknown, false}, {known, true}} {
		if page, _ := HTML(c.s); strings.Contains(page, "words counted, no net: 75.0") != c.line {
			t.Errorf("with %+v the line is there: %t", c.s.Compared.Counted, !c.line)
		}
	}
	if _, sends = asked(known, PointAt{1}); len(sends) != 0 {
		t.Errorf("it asks again: %v", sends)
	}
}
