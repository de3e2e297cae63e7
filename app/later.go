package app

import ui "github.com/maxence-charriere/go-app/v10/pkg/app"

// later is what lies in a closed panel: it is drawn once all that is seen stands, so that
// the page is there sooner. As text it is all there.
type later struct {
	ui.Compo
	Body func() []ui.UI
	due  bool
}

// OnMount waits for its turn after the drawing that it is part of.
func (p *later) OnMount(ctx ui.Context) {
	ctx.Dispatch(func(ui.Context) { p.due = true })
}

func (p *later) Render() ui.UI {
	if ui.IsClient && !p.due {
		return box("")
	}
	return box("", p.Body()...)
}
