package app

import (
	"strconv"

	"github.com/clove-ml/clove/app/chart"
	"github.com/clove-ml/clove/app/words"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// names of the languages, each in its own.
var tongues = map[words.Lang]string{words.English: "English", words.Chinese: "中文"}

// drawTop is the bar with the brand, the saved runs, the language and the theme.
func drawTop(b *Board, s *State) ui.UI {
	l := s.Lang
	if s.Embed.On {
		return embedTop(s)
	}
	next := other(l)
	theme := "dark"
	if s.Theme == "dark" {
		theme = "light"
	}
	return el("header", "top",
		brand(),
		el("button", "btn quiet", span("", say(l.T("history"))), span("mute", say(strconv.Itoa(len(s.Runs))))).
			Attr("type", "button").ID("hist").Aria("expanded", strconv.FormatBool(s.Drawer)).Aria("controls", "drawer").
			OnClick(b.press("history")),
		b.drawShare(s),
		el("button", "btn quiet", say(tongues[next])).Attr("type", "button").ID("lang").Lang(next.Tag()).OnClick(b.press("lang", string(next))),
		el("button", "btn quiet",
			chart.El("svg", "width", "15", "height", "15", "viewBox", "0 0 16 16", "aria-hidden", "true").Body(
				chart.El("circle", "cx", "8", "cy", "8", "r", "6.2", "fill", "none", "stroke", "currentColor", "stroke-width", "1.4"),
				chart.El("path", "d", "M8 1.8a6.2 6.2 0 0 1 0 12.4Z", "fill", "currentColor"),
			)).
			Attr("type", "button").ID("theme").Aria("label", l.T("theme")).OnClick(b.press("theme", theme)),
	)
}

// brand is the mark and the name.
func brand() ui.UI {
	return box("brand",
		chart.El("svg", "viewBox", "0 0 24 26", "aria-hidden", "true", "fill", "none", "stroke-linecap", "round").Body(
			chart.El("path", "class", "clove", "d", "M16.8 1.6C15.6 7 3 9.2 3 17.8c0 4.2 2.8 6.8 6.8 6.8h4c4 0 6.7-2.6 6.7-6.5C20.5 12.6 16 9.4 16.8 1.6Z", "stroke-linejoin", "round"),
			chart.El("path", "class", "shine", "d", "M13.8 9.6C10.6 12 7.6 14 7.6 18.4", "stroke-width", "1.6"),
		),
		say("Clove"))
}
