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
	items = append(items, span("wide", say(l.T("offline"))))
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

func hasCode(list []protocol.Problem, code string) bool {
	for _, p := range list {
		if p.Code == code {
			return true
		}
	}
	return false
}
