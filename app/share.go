package app

import (
	"html"
	"strconv"

	"github.com/clove-ml/clove/engine/run/link"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// Share is the panel of links to what is on the board.
type Share struct {
	Base   string // the page's address, without query and fragment
	Open   bool
	Of     string // the model that Text is
	Text   string // as it stands after #, "" too large or not there yet
	Copied string // what was copied last: link, model, embed
}

// here is a link to what is on the board: the run with its hash, or the settings for one.
func (s *State) here() link.Link {
	l := link.Link{Spec: s.Spec}
	if s.verifiable() && !s.changed() {
		l.Spec = s.Run.Spec
		if d := s.Run.Done; d.Arithmetic != 0 {
			l.Arithmetic, l.Weights = d.Arithmetic, d.SHA256
			if v := s.made(); v != nil {
				l.Small = v.SHA256
			}
		}
	}
	l.Spec.Compress = spec.FormatPipeline(s.Plan)
	return l
}

// shared is the model that goes into a link: the smaller one where it is chosen.
func (s *State) shared() *spec.Variant {
	if v := s.selected(); v != nil {
		return v
	}
	return s.original()
}

// share asks for the model as text while the panel is open.
func (n *next) share() {
	v := n.shared()
	if !n.Share.Open || n.Worker != "ready" || v == nil || v.ID == n.Share.Of {
		return
	}
	n.Share.Of, n.Share.Text = v.ID, ""
	if v.FileBytes <= link.MaxModel {
		n.send(protocol.KindShare, protocol.Model{Model: v.ID})
	}
}

// copy puts what the panel shows on the clipboard.
func (n *next) copy(what string) {
	texts := n.links()
	n.commands = append(n.commands, Do{What: "copy", Arg: what, Data: texts[what]})
}

// links are the texts of the panel by name; one that can't be is empty.
func (s *State) links() map[string]string {
	l := s.here()
	if _, err := link.Parse(l.String("")); err != nil {
		return nil // a column whose name a link can't carry
	}
	all := map[string]string{"link": l.String(s.Share.Base), "embed": snippet(s.Share.Base, l)}
	if s.Share.Text != "" {
		all["model"] = all["link"] + "#" + s.Share.Text
	}
	return all
}

// snippet is what a page writes to hold this run.
func snippet(base string, l link.Link) string {
	return `<script type="module" src="` + html.EscapeString(base) + `embed.js"></script><clove-lab spec="` + html.EscapeString(l.String("")[1:]) + `"></clove-lab>`
}

// drawShare is the panel. Shut, it holds nothing that could be stale.
func (b *Board) drawShare(s *State) ui.UI {
	l := s.Lang
	var all map[string]string
	var why [3]string
	if s.Share.Open {
		all = s.links()
		why = s.shareNotes(all)
	}
	var body []ui.UI
	for i, name := range []string{"link", "model", "embed"} {
		text, key := all[name], "copy."+name
		if s.Share.Copied == name && text != "" {
			key = "copied"
		}
		h, o := b.press("copy", name)
		act := button("btn", l.T(key), h, o).Attr("disabled", text == "")
		if v := s.shared(); name == "model" && s.Share.Open && v != nil && v.FileBytes > link.MaxModel {
			h, o := b.press("download")
			act = button("btn", l.T("download", l.Bytes(int64(v.FileBytes))), h, o).Attr("disabled", false)
		}
		id := "share-" + name
		body = append(body,
			el("label", "", say(l.T("share."+name))).Attr("for", id),
			box("copy",
				typed(ui.Elem("input").ID(id).Attr("type", "text").Attr("readonly", "readonly").Attr("placeholder", "–").Aria("describedby", id+"-why"), text),
				act),
			el("p", "small mute", say(why[i])).ID(id+"-why"))
	}
	return el("details", "pop share", el("summary", "btn quiet", say(l.T("link.share"))).ID("share"), box("", body...)).
		DataSet("stay", "yes").
		On("toggle", func(ctx ui.Context, _ ui.Event) {
			b.apply(Press{"share", strconv.FormatBool(ctx.JSSrc().Get("open").Bool())})
		})
}

// shareNotes are what stands beneath the link, the one with a model, and the snippet.
func (s *State) shareNotes(all map[string]string) [3]string {
	l := s.Lang
	size := func(name string) string { return l.N("characters.long", len(all[name])) }
	first := l.Join(l.T("share.settings"), size("link"))
	switch {
	case all == nil:
		first = l.T("share.not")
	case s.here().Weights != "":
		first = l.Join(l.T("share.same"), size("link"))
	}
	model := l.T("share.no.model")
	switch v := s.shared(); {
	case v == nil:
	case v.FileBytes > link.MaxModel:
		model = l.T("share.large", l.Bytes(int64(v.FileBytes)), l.Bytes(link.MaxModel))
	default:
		model = l.Join(l.T("share.model.why", l.Bytes(int64(v.FileBytes))), size("model"))
	}
	return [3]string{first, model, l.T("share.embed.why")}
}

// sharing is what an open panel depends on, beside itself.
func (s *State) sharing() []any {
	if !s.Share.Open {
		return nil
	}
	return []any{s.Spec, s.Plan, s.Run.ID, s.Run.Stage, s.Run.Variants, s.Run.Done, s.Selected, s.Builtin}
}
