package app

import (
	"strconv"
	"strings"
	"time"

	"github.com/clove-ml/clove/app/chart"
	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/wasm/protocol"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// drawDrawer is the list of saved runs, beside the page and never over a question.
func drawDrawer(b *Board, s *State) ui.UI {
	l := s.Lang
	h, o := b.press("history")
	aside := el("aside", "drawer").ID("drawer").Aria("labelledby", "hh").DataSet("close", "history")
	if !s.Drawer {
		aside.Attr("hidden", true)
	}
	var items []ui.UI
	for _, r := range s.Runs {
		items = append(items, b.saved(s, r))
	}
	list := el("ol", "", items...)
	var empty ui.UI = el("p", "small mute", say(l.T("history.note")))
	if len(s.Runs) == 0 {
		empty = el("p", "small mute", say(l.T("history.empty")))
	}
	undo := el("p", "small field").Role("status").Attr("hidden", true)
	if s.Deleted != nil {
		uh, uo := b.press("undelete")
		undo = el("p", "small field", span("", say(l.T("deleted", runName(l, *s.Deleted))+" ")),
			button("link", l.T("undo"), uh, uo).ID("undo")).Role("status")
	}
	ih, io := b.press("pick")
	return aside.Body(
		el("header", "", el("h2", "", say(l.T("history"))).ID("hh"), button("btn quiet", l.T("close"), h, o).ID("drawer-close")),
		empty, list, undo, box("acts", button("btn", l.T("import"), ih, io)))
}

// runName says what was trained, in the page's language where Clove named it.
func runName(l words.Lang, r protocol.RunSummary) string {
	return l.Or(r.Name, "run."+r.Source)
}

func (b *Board) saved(s *State, r protocol.RunSummary) ui.UI {
	l := s.Lang
	facts := when(l, r.Created)
	if r.Accuracy > 0 {
		facts += " · " + l.Percent(r.Accuracy, 1)
	}
	if r.FileBytes > 0 {
		facts += " · " + l.Bytes(int64(r.FileBytes))
	}
	if r.Variants > 1 {
		facts += " · " + l.N("variants", r.Variants)
	}
	state := l.Or("", "state."+r.State)
	if r.Run == protocol.GuestRun {
		state = l.T("link.guest")
	}
	if r.State != "done" && r.Steps > 0 {
		state += " " + l.T("epoch.of.small", l.Int(r.Epoch), l.Int(r.Epochs))
	}
	openKey, resumable := "open", r.State == "training" || r.State == "paused" || r.State == "stopped"
	if r.Owner == "elsewhere" {
		openKey, resumable = "watch", false
		state = l.T("elsewhere")
	}
	if r.Owner == "here" {
		resumable = false
	}
	if resumable {
		openKey = "open.resume"
	}
	oh, oo := b.press("open", r.Run)
	acts := []ui.UI{button("link", l.T(openKey), oh, oo)}
	if r.Owner == "" {
		dh, do := b.press("delete", r.Run)
		acts = append(acts, button("link", l.T("delete"), dh, do))
	}
	class := "run"
	if r.Run == s.Run.ID {
		class += " here"
	}
	return el("li", class,
		el("b", "", say(l.T("run.name", runName(l, r), shape(r.Name)))),
		spark(r.Curve),
		span("small mute", say(facts)),
		span("small", say(state)),
		box("small", acts...))
}

// shape is the part of a run's name after its data, "LSTM 32 → 32".
func shape(name string) string {
	_, rest, _ := strings.Cut(name, " · ")
	return rest
}

func spark(curve []float64) ui.UI {
	high := 0.0
	for _, v := range curve {
		high = max(high, v)
	}
	var points []byte
	for i, v := range curve {
		if points != nil {
			points = append(points, ' ')
		}
		points = strconv.AppendFloat(points, 72*float64(i)/float64(max(1, len(curve)-1)), 'f', 1, 64)
		points = append(points, ',')
		points = strconv.AppendFloat(points, 32-28*v/max(high, 1e-9), 'f', 1, 64)
	}
	if points == nil {
		points = []byte("0,32")
	}
	return chart.El("svg", "class", "spark", "viewBox", "0 0 72 34", "aria-hidden", "true").Body(
		chart.El("polyline", "points", string(points)))
}

// when is a time of today, or a date.
func when(l words.Lang, unix int64) string {
	if unix == 0 {
		return words.None
	}
	t := time.Unix(unix, 0)
	now := time.Now()
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04")
	}
	if l == words.Chinese {
		return strconv.Itoa(int(t.Month())) + "月" + strconv.Itoa(t.Day()) + "日"
	}
	return t.Format("2 Jan")
}
