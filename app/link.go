package app

import (
	"bytes"
	"cmp"
	"errors"
	"strconv"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/link"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// A link sets the settings, and no more: nothing runs, nothing is kept, and what the person
// had is one press away. A model in it judges at once, by the worker's memory alone.

// Arrived is what came with the address.
type Arrived struct {
	Link    link.Link
	Refused *link.Error       // the address can't be opened; nothing of it was taken
	Wrong   *protocol.Problem // the model in it can't be
	Read    bool              // the person has read what came
	Known   bool              // and that other bits came out

	before spec.Spec // the settings that were there
	plan   []spec.PipelineStep
	shut   bool // the model was kept, or is not wanted
	then   bool // it is to be made smaller once it is kept
}

// Arrive is the page opened by an address.
func (s State) Arrive(address string) State {
	l, err := link.Parse(address)
	a := &Arrived{Link: l, before: s.Spec, plan: s.Plan}
	switch {
	case errors.As(err, &a.Refused):
		s.Link = a
	case l.Version > 0:
		s.Link = a
		s.Spec = l.Spec
		s.Spec.Compress = ""
		if plan, err := spec.ParsePipeline(l.Spec.Compress); err == nil && len(plan) > 0 {
			s.Plan, s.PlanAt = plan, len(plan)-1
		}
		if s.Spec.Data.Source == "file" {
			s.Own, s.Spec.Data.SHA256 = true, "" // the person has the file, or has it not
		}
		if x := example(s.Spec, nil); !s.Say.Typed && x != "" {
			s.Say.Text = x
		}
	case len(l.Model) > 0:
		s.Link = a
	}
	return s
}

// arrived replaces what is known of the link: parts compare it by its place.
func (n *next) arrived(change func(a *Arrived)) {
	if n.Link != nil {
		a := *n.Link
		change(&a)
		n.Link = &a
	}
}

// guest has the worker read the model that came along; false where none did.
func (n *next) guest() bool {
	a := n.Link
	if a == nil || a.shut || a.Wrong != nil || len(a.Link.Model) == 0 || n.busy() {
		return false
	}
	n.send(protocol.KindGuest, protocol.Guest{File: a.Link.Model})
	return true
}

// guestAt takes a model from what stands after #, where the address changed to one.
func (n *next) guestAt(hash string) {
	l, err := link.Parse(hash)
	a := &Arrived{before: n.Spec, plan: n.Plan}
	if n.Link != nil {
		*a = *n.Link
	}
	switch {
	case errors.As(err, &a.Refused):
		a.Read = false
	case len(l.Model) == 0 || bytes.Equal(l.Model, a.Link.Model) || n.busy():
		return
	default:
		a.Link.Model, a.Refused, a.Wrong, a.Read, a.shut = l.Model, nil, nil, false, false
	}
	n.Link = a
	if n.Worker == "ready" && a.Refused == nil {
		n.guest()
	}
}

// keep makes the guest a run of its own.
func (n *next) keep(then bool) {
	n.arrived(func(a *Arrived) { a.then = then })
	n.send(protocol.KindKeep, nil)
}

// kept: it is one.
func (n *next) kept() {
	then := n.Link != nil && n.Link.then
	n.arrived(func(a *Arrived) { a.shut, a.Read, a.then = true, true, false })
	if then {
		n.compress()
	}
}

// unlink takes back what the link set.
func (n *next) unlink() {
	if n.Link == nil {
		return
	}
	if n.Link.Refused == nil {
		n.Spec, n.Plan, n.PlanAt = n.Link.before, n.Link.plan, len(n.Link.plan)-1
		n.Fields, n.Facts = nil, nil
	}
	n.Link = nil
	n.do("unlink", "")
	n.do("fields", "")
	if !n.busy() {
		n.fresh()
	}
	n.suit()
}

// came says that the run on the board is the one that the link tells.
func (s *State) came() bool {
	if s.Link == nil || s.Link.Link.Version == 0 || !s.verifiable() {
		return false
	}
	a, b := s.Link.Link.Spec, s.Run.Spec
	a.Compress, b.Compress = "", ""
	return a.ID() == b.ID()
}

// verdict compares what came out with the link: the hash here, the one in the link, and
// whether there is anything to compare. That of the smaller one counts where it was made.
func (s *State) verdict() (here, there string, ok bool) {
	if !s.came() || !s.Link.Link.Comparable() || s.Run.Done.Arithmetic != spec.ArithmeticVersion {
		return "", "", false
	}
	l := s.Link.Link
	here, there = s.Run.Done.SHA256, l.Weights
	if here == there || there == "" {
		for i, v := range s.Run.Variants {
			if i > 0 && l.Small != "" && v.Pipeline == l.Spec.Compress && v.SHA256 != "" {
				here, there = v.SHA256, l.Small
			}
		}
	}
	return here, there, there != ""
}

// linkAlarm says that other bits came out, and that nobody has read so yet.
func (s *State) linkAlarm() bool {
	here, there, ok := s.verdict()
	return ok && here != there && !s.Link.Known
}

// linkLine is the verdict in the Train card's line; false where there is none.
func (s *State) linkLine() (text, why string, ok bool) {
	l := s.Lang
	here, there, ok := s.verdict()
	switch {
	case ok && here == there:
		return l.T("link.same"), here, true
	case ok:
		return l.T("link.other"), there, true
	case s.came() && s.Link.Link.Weights != "":
		return l.T("link.no.compare"), l.T("link.version", strconv.Itoa(s.Link.Link.Arithmetic), strconv.Itoa(spec.ArithmeticVersion)), true
	}
	return "", "", false
}

// linkRefusal words why an address is refused.
func linkRefusal(l words.Lang, e *link.Error) string {
	if e.Refusal != nil {
		return l.T("link.pipeline", refused(l, &Refused{Why: e.Refusal}))
	}
	return l.T("link."+string(e.Code), e.Field, e.Value, l.Want(e.Want))
}

// nowLinked is the strip of a page that came by a link, until it was read or a run began;
// false where it says what it says anyhow.
func (b *Board) nowLinked(s *State) (acts []ui.UI, says ui.UI, ok bool) {
	a, l := s.Link, s.Lang
	if a == nil || a.Read || s.Embed.On && a.Refused == nil {
		return nil, nil, false
	}
	train := b.fill(s, trainKey(l, s.Spec.Data.Source), "train")
	alert := func(text string) ui.UI { return el("p", "say-now notice", rich(text)...).Role("alert") }
	switch {
	case a.Refused != nil:
		return []ui.UI{train, b.line(s, "extra", l.T("dismiss"), "unlink")}, alert(l.T("link.refused", linkRefusal(l, a.Refused))), true
	case a.Wrong != nil:
		return []ui.UI{train, b.line(s, "extra", l.T("dismiss"), "link-read")}, alert(l.T("link.model.wrong", problem(l, a.Wrong))), true
	case a.Link.Version == 0:
		return nil, nil, false
	}
	text := l.T("link.came", l.Or(s.Spec.Data.Source, "run."+s.Spec.Data.Source), headNote(s, "model"), strconv.FormatUint(s.Spec.Seed, 10))
	switch w := a.Link.Weights; {
	case a.Link.Comparable() && w != "":
		text = l.Join(text, l.T("link.must", words.Hash(w)))
	case w != "":
		text = l.Join(text, l.T("link.version", strconv.Itoa(a.Link.Arithmetic), strconv.Itoa(spec.ArithmeticVersion)))
	}
	if want := a.Link.Spec.Data.SHA256; want != "" && s.Spec.Data.SHA256 != want {
		text = l.Join("**"+l.T("link.own.other")+"**", text)
	}
	return []ui.UI{train, b.line(s, "extra", l.T("link.back"), "unlink")}, el("p", "say-now came", rich(text)...), true
}

// nowGuest is the strip while a model that came in a link judges.
func (b *Board) nowGuest(s *State) ([]ui.UI, ui.UI, []ui.UI) {
	l := s.Lang
	size := words.None
	if o := s.original(); o != nil {
		size = l.Bytes(int64(o.FileBytes))
	}
	acts := []ui.UI{
		b.fill(s, "link.keep", "keep"),
		b.line(s, "extra", l.T("download", size), "download"), b.take(s),
		b.line(s, "extra", l.T("new"), "new"),
	}
	return acts, note(l.T("link.model", cmp.Or(s.guestLabels(), words.None))), nil
}

// guestLabels are what the model can answer.
func (s *State) guestLabels() string {
	l, text := s.Lang, ""
	if s.Run.Facts == nil {
		return ""
	}
	for i, name := range s.Run.Facts.Labels {
		if i == 4 {
			return text + "…"
		}
		if i > 0 {
			text += l.T("list.comma")
		}
		text += l.Or(name, "label."+name)
	}
	return text
}
