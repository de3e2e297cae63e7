package app

import (
	"sort"
	"testing"

	"github.com/clove-ml/clove/app/words"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// A part that forgets a dependency would show what was; a handler or an element
// that go-app takes for another would too.
func TestABoardMovedToAStateShowsWhatANewBoardOfThatStateShows(t *testing.T) {
	var names []string
	for n := range fixtures {
		names = append(names, n)
	}
	sort.Strings(names)
	board := NewBoard(NewState(words.English), nil)
	engine := ui.NewTestEngine()
	if err := engine.Load(board); err != nil {
		t.Fatal(err)
	}
	engine.ConsumeAll()
	last := "first"
	for round, l := range []words.Lang{words.English, words.Chinese, words.English} {
		for i := range names {
			name := names[(i*(2*round+1)+round)%len(names)]
			s := fixture(name, l)
			board.ctx.Dispatch(func(ui.Context) { board.state = s })
			engine.ConsumeAll()
			got, err := tidy(ui.HTMLString(board))
			if err != nil {
				t.Fatal(err)
			}
			want, err := HTML(s)
			if err != nil {
				t.Fatal(err)
			}
			if got != want {
				at := 0
				for at < len(got) && at < len(want) && got[at] == want[at] {
					at++
				}
				from := max(0, at-120)
				t.Fatalf("from %s to %s (%s), the board shows\n%s\nand a new one\n%s", last, name, l, got[from:min(len(got), at+120)], want[from:min(len(want), at+120)])
			}
			last = name
		}
	}
}

func BenchmarkTrainingUpdate(b *testing.B) {
	w := newWorld(words.English)
	fixtures["training"](w)
	board := NewBoard(w.State, nil)
	engine := ui.NewTestEngine()
	if err := engine.Load(board); err != nil {
		b.Fatal(err)
	}
	engine.ConsumeAll()
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		r := w.Run.Last
		r.Step += i
		board.ctx.Dispatch(func(ui.Context) { board.state.Run = board.state.Run.after(r) })
		engine.ConsumeAll()
	}
}

func uiHTML(v ui.UI) string { return ui.HTMLString(v) }
