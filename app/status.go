package app

import (
	"strconv"
	"strings"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/wasm/protocol"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// drawStatus is the last line: this machine, and what it refuses, in full ink.
func drawStatus(b *Board, s *State) ui.UI {
	l := s.Lang
	m := s.Machine
	if at := s.Run.Last.Threads; at > 0 && s.Run.Stage == Training {
		m.Threads = at
	}
	device := l.T("device.starting")
	switch {
	case s.Worker == "crashed":
		device = l.T("device.crashed")
	case s.Worker == "dead":
		device = l.T("device.dead")
	case s.Worker == "ready" && s.Run.Stage == Training && s.Run.onCard() != "":
		device = l.T("device.card", s.Run.onCard())
	case s.Worker == "ready" && strings.HasSuffix(m.Device, "simd"):
		device = l.N("device.simd", m.Threads)
	case s.Worker == "ready":
		device = l.N("device", m.Threads)
	}
	memory := words.None
	if m.Memory > 0 {
		memory = l.Bytes(m.Memory)
	}
	h, o := b.press("measure-panel")
	items := []ui.UI{
		span("", say(device)).Title(m.Device + " " + m.Go),
		span("", say(l.T("worker.memory", memory))),
		button("link", l.T("measure"), h, o).ID("measure-link").Aria("expanded", strconv.FormatBool(s.Measure.Open)).Aria("controls", "measure"),
		b.server(s),
		b.storage(s),
		span("", say(l.T("nothing.leaves"))),
	}
	for _, p := range s.Problems {
		if p.Code == "no_server" || p.Code == "storage_refused" {
			continue
		}
		items = append(items, el("b", "", say(problem(l, &p))).Title(p.Message))
	}
	items = append(items, b.newer(s), b.copied(s))
	return el("footer", "status", items...).Aria("label", l.T("machine"))
}

// server says whether a native engine answers, and runs the board's Spec on it.
func (b *Board) server(s *State) ui.UI {
	l := s.Lang
	n := s.Native
	h, o := b.press("native")
	switch {
	case s.Worker == "dead":
		return span("", say(""))
	case s.Worker != "ready":
		return span("", say(l.T("server.unknown")))
	case !s.Machine.Server:
		return span("", say(l.T("server.none")))
	case n.Problem != nil:
		return span("", el("b", "", say(problem(l, n.Problem))), say(" "), button("link", l.T("native.run"), h, o))
	case n.Stage == Training || n.Stage == Reading:
		return span("", say(l.T("native.running")))
	}
	if s.Run.Stage == Fresh || s.Run.ID == Builtin {
		return span("", say(l.T("server.there"))).Title(s.Machine.ServerCPU) // nothing to compare with yet
	}
	return span("", button("link", l.T("native.run"), h, o)).Title(s.Machine.ServerCPU)
}

// storage says what the browser keeps.
func (b *Board) storage(s *State) ui.UI {
	l := s.Lang
	switch {
	case s.Worker == "dead":
		return span("", say(""))
	case s.Worker != "ready":
		return span("", say(l.T("storage.unknown")))
	case s.Machine.Storage == "refused" || hasCode(s.Problems, "storage_refused"):
		return el("b", "", say(l.T("storage.refused")))
	case s.Quota > 0:
		key := "storage.used"
		if s.Machine.Storage == "kept" {
			key = "storage.kept"
		}
		return span("", say(l.T(key, l.Bytes(s.Used), l.Bytes(s.Quota)))).Title(l.T("storage.why." + key[8:]))
	}
	return span("", say(l.T("storage.plain", l.Bytes(s.Used))))
}

// newer says that a newer Clove is there. It comes with a press, or the next visit, and
// never in the middle of a run.
func (b *Board) newer(s *State) ui.UI {
	l := s.Lang
	switch {
	case !s.Offline.Newer:
		return span("", say(""))
	case s.busy():
		return el("b", "", say(l.T("newer.later")))
	}
	h, o := b.press("reload")
	return span("", el("b", "", say(l.T("newer"))), say(" "), button("link", l.T("reload"), h, o).ID("newer"))
}

// copied says what is kept for use without a network, and has it thrown away.
func (b *Board) copied(s *State) ui.UI {
	l := s.Lang
	act := func(text, name, do string) ui.UI {
		h, o := b.press("offline", do)
		return span("", say(text), say(" "), button("link", l.T(name), h, o).ID("offline-"+do))
	}
	switch s.Offline.State {
	case "kept":
		return act(l.T("offline.kept", l.Bytes(s.Offline.Bytes)), "offline.clear", "clear")
	case "off":
		return act(l.T("offline.off"), "offline.keep", "keep")
	case "none":
		return span("", say(l.T("offline.none")))
	}
	return span("", say(l.T("offline.fetching")))
}

func hasCode(list []protocol.Problem, code string) bool {
	for _, p := range list {
		if p.Code == code {
			return true
		}
	}
	return false
}
