package app

import (
	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// The same Spec gives the same bits on the server's engine: the line below the weights'
// hash has it checked.

// verifiable says whether the board's run is one that another machine must agree with.
func (s *State) verifiable() bool {
	r := &s.Run
	return r.ID != Builtin && r.Done != nil && r.Spec.Arithmetic != spec.Fast && r.From == "" && r.Done.Card == ""
}

// alarm says that it did not, and that nobody has read so yet.
func (s *State) alarm() bool {
	n := &s.Native
	return s.verifiable() && n.Done != nil && n.Done.SHA256 != s.Run.Done.SHA256 && !n.Known
}

// verify is that line.
func (b *Board) verify(s *State) ui.UI {
	l, r, n := s.Lang, &s.Run, &s.Native
	text, why := l.T("same.seed"), ""
	act, do := "", ""
	linked, hash, ok := s.linkLine()
	switch {
	case ok:
		text, why = linked, hash
	case r.Stage != Fresh && r.ID != Builtin && r.Spec.Arithmetic == spec.Fast:
		text = l.T("fast.bits")
	case r.Done != nil && r.Done.Card != "":
		text = l.T("card.bits")
	case r.Done != nil && r.From != "":
		text = l.T("verify.from")
	case !s.verifiable():
	case n.Done != nil && n.Done.SHA256 == r.Done.SHA256:
		text, why = l.T("native.same", words.Hash(n.Done.SHA256)), n.Done.SHA256
	case n.Done != nil:
		text, why = l.T("native.other", words.Hash(n.Done.SHA256)), n.Done.SHA256
	case n.Stage == Reading, n.Stage == Training:
		text, act, do = l.T("native.step", l.Int(n.Last.Step), l.Int(n.Started.Steps)), l.T("cancel"), "native-stop"
	case s.Machine.Server:
		text, act, do = "", l.T("verify"), "native"
	case s.Worker == "ready":
		text, why = l.T("verify.none"), l.T("verify.how")
	}
	if why == "" {
		why = text
	}
	body := []ui.UI{say(text + " "), span("", say(""))}
	if act != "" {
		h, o := b.press(do)
		body[1] = button("link", act, h, o)
	}
	return el("p", "small mute one", body...).Title(why)
}
