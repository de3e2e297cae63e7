package app

import (
	"slices"
	"strings"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// Embed is the page in a frame of another page: the same parts, most of them not drawn.
// The zero Embed is the page itself.
type Embed struct {
	On    bool
	Still bool     // a picture, made when the site is: nothing in it is pressed
	Shows []string // the columns that the teacher chose, in the board's order
	Home  string   // the address of the whole page with the same Spec
}

// ParseEmbed reads what a teacher wrote, "train,quantize": columns by their names, and
// techniques, each of which is a step of the plan and shows the columns Compress and Compare.
func ParseEmbed(controls string) (e Embed, plan []spec.PipelineStep) {
	e.On = true
	chosen := map[string]bool{}
	for _, word := range strings.Split(controls, ",") {
		word = strings.TrimSpace(word)
		if t, ok := spec.TechniqueOf(word); ok {
			plan = append(plan, spec.PipelineStep{Name: t.Name, Value: t.Value.Default})
			word = "compress"
		}
		chosen[word] = true
	}
	chosen["compare"] = chosen["compare"] || chosen["compress"] || chosen["train"]
	for _, c := range columns {
		if chosen[c] {
			e.Shows = append(e.Shows, c)
		}
	}
	return e, plan
}

// shown are the columns that are drawn now: of Train and Compress the one whose turn it is,
// so that two stand side by side.
func (e Embed) shown(phase string) []string {
	if !slices.Contains(e.Shows, "train") || !slices.Contains(e.Shows, "compress") {
		return e.Shows
	}
	not := "train"
	switch phase {
	case "fresh", "training", "paused", "reading", "watching", "notice":
		not = "compress"
	}
	return slices.DeleteFunc(slices.Clone(e.Shows), func(c string) bool { return c == not })
}

// embedded lays out an embed: the sentence, what to do now, and the chosen columns.
func (b *Board) embedded(s *State) ui.UI {
	main := []ui.UI{el("h1", "vh", say(s.Lang.T("title"))), b.bench(s)}
	if len(s.Embed.Shows) > 0 {
		main = append(main, b.strip(s), b.onBoard(s))
	}
	if problem := b.kept(s); problem != nil {
		main = append(main, problem)
	}
	return box("page").ID("clove").DataSet("state", s.Phase()).Body(
		b.part("top", s.Lang, s.Embed.Home),
		el("main", "", main...),
	)
}

// kept says where nothing is kept: in a frame of another site the browser may refuse to.
func (b *Board) kept(s *State) ui.UI {
	if s.Worker != "ready" || s.Machine.Storage != "refused" && !hasCode(s.Problems, "storage_refused") {
		return nil
	}
	return el("p", "small mute foot", say(s.Lang.T("embed.forgets")))
}

// top of an embed: whose it is, and the way to the whole page.
func embedTop(s *State) ui.UI {
	home := el("a", "small", say(s.Lang.T("embed.open"))).ID("home").Attr("target", "_blank").Attr("rel", "noopener")
	if s.Embed.Home != "" {
		home.Attr("href", s.Embed.Home)
	}
	return el("header", "top", brand(), home)
}

// Judge is the embed of a model that is there already: the sentence and its score, which its
// script fills in.
func Judge(l words.Lang) (string, error) {
	s := NewState(l)
	s.Embed = Embed{On: true, Still: true}
	return HTML(s)
}

// Boards are what an embed shows below the sentence, by the variants of the built-in model: what
// made each smaller, where it stands among the others, and what that cost; and the variants' names.
func Boards(l words.Lang, built protocol.Opened) (names, boards []string, err error) {
	variants := slices.Clone(built.Variants)
	for i := range variants { // timed at build, on another machine
		variants[i].LatencyMS = 0
	}
	for i, v := range variants {
		s := NewState(l)
		s.Embed = Embed{On: true, Still: true, Shows: []string{"compress", "compare"}}
		s.Run = replay(built)
		s.Run.ID, s.Run.Stage, s.Run.Variants = Builtin, Trained, variants
		s.Spec, s.Selected = built.Spec, v.ID
		s.Plan, _ = spec.ParsePipeline(v.Pipeline)
		s.PlanAt = -1
		names = append(names, s.nameOf(&v))
		if i == 0 {
			boards = append(boards, "")
			continue
		}
		b := NewBoard(s, nil)
		markup, err := tidy(ui.HTMLString(box("still", b.strip(&b.state), b.onBoard(&b.state)).DataSet("state", s.Phase())))
		if err != nil {
			return nil, nil, err
		}
		boards = append(boards, markup)
	}
	return names, boards, nil
}

// EmbedWords are what the script of an embed says, by their keys, in each language.
func EmbedWords() map[string][2]string {
	keys := []string{
		"embed.title", "embed.open", "embed.loading", "embed.failed", "embed.model", "embed.too.big", "embed.damaged", "embed.not.found", "embed.variants", "embed.sandboxed",
		"say.label", "say.placeholder", "say.nothing", "pulls", "pulls.away", "pulls.to", "original", "builtin", "unseen", "score.waiting",
	}
	for _, name := range []string{"positive", "negative", "pos", "neg", "spam", "ham", "female", "male"} {
		keys = append(keys, "label."+name)
	}
	out := map[string][2]string{}
	for _, key := range keys {
		out[key] = [2]string{words.English.T(key), words.Chinese.T(key)}
	}
	return out
}
