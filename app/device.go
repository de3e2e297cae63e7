package app

import (
	"encoding/json"
	"math"
	"slices"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// Where a run trains: the choice among Train's settings, what came of it, and the same run
// on the other device.

// Device is the choice, and what there is to choose.
type Device struct {
	Asked string        // one of spec.Places; "" the CPU
	Known bool          // the browser has said what card it gives
	Card  protocol.Card // it
	Other Other         // the run on the board, on the other device
}

// Other is the run on the board once more, on the other device.
type Other struct {
	On        string // spec.OnCPU or spec.OnGPU; "" not asked
	Run       Native // its curve and its end
	Agreement *spec.Agreement
	Problem   *protocol.Problem
}

func (o *Other) busy() bool { return o.On != "" && o.Agreement == nil && o.Problem == nil }

// ParseDevice is a choice that was kept; "" where it is none.
func ParseDevice(kept string) string {
	if slices.Contains(spec.Places, kept) {
		return kept
	}
	return ""
}

// asked is the choice with its default.
func (d *Device) asked() string {
	if d.Asked == "" {
		return spec.OnCPU
	}
	return d.Asked
}

// deviceNow is what the settings' summary says of a choice, "" of the CPU.
func deviceNow(l words.Lang, asked string) string {
	switch asked {
	case spec.OnGPU, spec.OnAuto, spec.OnBoth:
		return l.T("place." + asked)
	}
	return ""
}

// deviceField is the choice and what is to be known of it.
func (b *Board) deviceField(s *State) []ui.UI {
	l := s.Lang
	var options []option
	for _, p := range spec.Places {
		options = append(options, option{p, l.T("place." + p)})
	}
	h, o := b.value("device")
	return []ui.UI{
		box("pair", el("label", "", say(l.T("device.on"))).Attr("for", "f-device"), menu(s.Device.asked(), options...).ID("f-device").OnChange(h, o)),
		el("p", "mute", say(l.T("device.why"))),
		el("p", "mute", say(cardLine(l, s))).ID("f-device-card"),
		el("p", "", say(choiceLine(l, s))).ID("f-device-choice").Role("status"),
	}
}

// cardLine is which card there is, or why there is none.
func cardLine(l words.Lang, s *State) string {
	d := &s.Device
	switch {
	case !d.Known:
		return l.T("card.unknown")
	case d.Card.Problem != nil:
		return l.T("card.none", d.Card.Problem.Message)
	case d.Card.Slow:
		return l.T("card.slow", d.Card.Name)
	}
	return l.T("card.here", d.Card.Name)
}

// choiceLine is which device trained the run on the board, and why.
func choiceLine(l words.Lang, s *State) string {
	r := &s.Run
	c := r.Started.Choice
	switch {
	case r.Stage == Fresh || r.ID == Builtin || c == nil:
		return ""
	case r.Fell != nil:
		return l.T("choice.moved", l.Int(r.Fell.Step), l.Int(r.Fell.Redone))
	case c.Code != "":
		return l.T("choice.failed", c.Message)
	case c.Asked == spec.OnAuto && c.Steps == 0:
		return l.T("choice.short")
	case c.Asked == spec.OnAuto:
		return l.T("choice.raced", l.Int(c.Steps), l.Fixed(c.CPUMS, msDecimals(c.CPUMS)), l.Fixed(c.GPUMS, msDecimals(c.GPUMS)), l.T("place."+c.Took))
	}
	return ""
}

// onCard is the card that trains the run on the board, "" where it is the CPU.
func (r *Run) onCard() string {
	if c := r.Started.Choice; c != nil && c.Took == spec.OnGPU && r.Fell == nil {
		return c.Card
	}
	return ""
}

// fell tells the person that a run goes on without its card, or began so.
func (n *next) fell(code, message string, step, redone int) {
	n.Problems = without(without(without(n.Problems, "gpu_lost"), "gpu_memory"), "gpu_shader")
	n.notice(protocol.Problem{Code: code, Message: message, Args: []string{n.Lang.Int(step), n.Lang.Int(redone)}})
}

// other asks for the run on the board on the other device.
func (n *next) other() {
	r := &n.Run
	if r.Stage != Trained || r.Done == nil || r.ID == Builtin || n.Device.Other.busy() {
		return
	}
	on := spec.OnGPU
	if r.Done.Card != "" {
		on = spec.OnCPU
	}
	n.Device.Other = Other{On: on}
	n.send(protocol.KindOther, protocol.Other{Run: r.ID, Device: on})
}

// othered is how far that is.
func (n *next) othered(e protocol.OtherEvent) {
	o := &n.Device.Other
	if o.On == "" || e.Run != n.Run.ID {
		return
	}
	switch {
	case e.Agreement != nil:
		o.Agreement = e.Agreement
	case e.Problem != nil:
		o.Problem = e.Problem
	case len(e.Event) > 0:
		if event, err := spec.Decode(json.RawMessage(e.Event)); err == nil {
			o.Run = o.Run.after(event)
		}
	}
}

// otherEngine is that run as a line of the engines' table; none where nobody asked.
func (s *State) otherEngine() (engine, bool) {
	l, o := s.Lang, &s.Device.Other
	if o.On == "" {
		return engine{}, false
	}
	e := engine{name: l.T("place.cpu"), paces: o.Run.Paces, rate: o.Run.Last.TextsPerSecond, done: o.Run.Done, differs: words.None}
	if o.On == spec.OnGPU {
		name := s.Device.Card.Name
		if c := o.Run.Started.Choice; c != nil && c.Card != "" {
			name = c.Card
		}
		e.name = l.T("engine.gpu", name)
	}
	if o.Agreement != nil {
		e.differs = apart(l, o.Agreement.Most)
	}
	return e, true
}

// apart is a difference of probabilities that is not exceeded: rounded up, a millionth at least.
func apart(l words.Lang, x float64) string {
	if x <= 0 {
		return "0"
	}
	x = max(x, 1e-6)
	decimals, unit := 6, 1e6
	for ; x*unit >= 99 && decimals > 2; unit /= 10 {
		decimals--
	}
	return l.Fixed(math.Ceil(x*unit-1e-9)/unit, decimals)
}

// otherSays is what both devices have shown, and what can be done.
func (b *Board) otherSays(s *State) ui.UI {
	l, o := s.Lang, &s.Device.Other
	text, act, do := "", "", ""
	name := l.T("place.gpu")
	if o.On == spec.OnCPU {
		name = l.T("place.cpu")
	}
	switch done := s.Run.Done; {
	case s.Run.Stage != Trained || s.Run.ID == Builtin || done == nil:
	case o.Problem != nil && o.Problem.Code == "cancelled", o.On == "":
		switch {
		case done.Card != "":
			act, do = l.T("other.cpu"), "other"
		case s.Device.Known && s.Device.Card.Problem == nil:
			act, do = l.T("other.gpu"), "other"
		case s.Device.Known:
			text = l.T("other.no.card")
		}
	case o.Problem != nil:
		text = l.T("other.failed", problem(l, o.Problem))
	case o.Agreement != nil: // which the finding tells
	default:
		text, act, do = l.T("other.begins", name), l.T("cancel"), "other-stop"
		if o.Run.Started.Steps > 0 {
			text = l.T("other.step", name, l.Int(o.Run.Last.Step), l.Int(o.Run.Started.Steps))
		}
	}
	press := say("")
	if act != "" {
		h, ho := b.press(do)
		press = button("btn", act, h, ho)
	}
	return box("acts mt8", el("p", "small mute", say(text)), press).ID("other")
}
