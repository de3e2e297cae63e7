package train

import (
	"fmt"
	"slices"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/nn"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/text"
)

// Of a rounded parameter these give the fine weights, which the technique that rounds
// them stores as it does; View alone gives what the layers read.

// Model is a copy of the model as it stands.
func (t *Trainer) Model() *model.Model { return t.model(t.copies()) }

// View is Model without the copy: it shares the trainer's memory where the
// device is a host, and is good until the next step.
func (t *Trainer) View() *model.Model {
	return t.model(t.values(func(p *nn.Param) tensor.Buffer { return p.W }))
}

// values of each parameter: a host's memory itself, else copies.
func (t *Trainer) values(of func(p *nn.Param) tensor.Buffer) [][]float32 {
	var all []tensor.Buffer
	for _, p := range t.net.Params() {
		all = append(all, of(p))
	}
	if t.ahead != nil {
		return tensor.Copies(t.dev, all)
	}
	v := make([][]float32, len(all))
	for i, b := range all {
		v[i] = tensor.Values(t.dev, b, b.Len())
	}
	return v
}

// Best is a copy of the model where validation was best so far, where the Spec
// wants that (KeepBest) and an epoch has ended; else it is Model.
func (t *Trainer) Best() *model.Model {
	if t.best == nil {
		return t.Model()
	}
	v := make([][]float32, len(t.best))
	for i := range v {
		v[i] = slices.Clone(t.best[i])
	}
	return t.model(v)
}

func (t *Trainer) copies() [][]float32 {
	var learned []tensor.Buffer
	for _, p := range t.net.Params() {
		learned = append(learned, p.Learned())
	}
	return tensor.Copies(t.dev, learned)
}

// learned is what the roundings have learned, in the order of Rounded.
func (t *Trainer) learned() (all [][]float32) {
	for _, name := range t.net.Rounded() {
		var v []float32
		if l, ok := t.net.Rounding(name).(nn.Learner); ok {
			v = l.Learned()
		}
		all = append(all, v)
	}
	return all
}

// restoreLearned has the roundings go back to what Best was measured with.
func (t *Trainer) restoreLearned() {
	for i, name := range t.net.Rounded() {
		if l, ok := t.net.Rounding(name).(nn.Learner); ok && t.bestL != nil {
			l.SetLearned(t.bestL[i])
		}
	}
}

func (t *Trainer) model(values [][]float32) *model.Model {
	m := &model.Model{Config: model.NewConfig(t.spec, t.enc.Labels), Vocab: t.enc.Vocab}
	for i, p := range t.net.Params() {
		m.Params = append(m.Params, model.Param{Name: p.Name, Shape: p.Shape, Enc: model.F32(values[i])})
	}
	return m
}

// startFrom takes the weights of m. The embedding goes by token: a token that m
// lacks keeps its fresh row. The widths and labels must be the same.
func (t *Trainer) startFrom(m *model.Model) error {
	c := m.Config
	want := t.spec.Model
	switch {
	case c.Model.Kind != want.Kind || c.Model.Embedding != want.Embedding || c.Model.Hidden != want.Hidden:
		return &model.Error{Code: model.Shape, Message: fmt.Sprintf("the model to start from is %s %d → %d, the spec wants %s %d → %d",
			c.Model.Kind, c.Model.Embedding, c.Model.Hidden, want.Kind, want.Embedding, want.Hidden)}
	case !slices.Equal(c.Labels, t.enc.Labels):
		return &model.Error{Code: model.Shape, Message: fmt.Sprintf("the model to start from tells %q apart, the data %q", c.Labels, t.enc.Labels)}
	case c.Tokenizer.Kind != t.enc.Tokenizer.Kind:
		return &model.Error{Code: model.Shape, Message: fmt.Sprintf("the model to start from reads %s, the spec %s", c.Tokenizer.Kind, t.enc.Tokenizer.Kind)}
	}
	for _, p := range t.net.Params() {
		v := m.Floats(p.Name)
		if p.Name == model.Embedding {
			rows := make([]float32, p.W.Len())
			t.dev.Download(rows, p.W)
			t.moveRows(rows, v, m.Vocab)
			v = rows
		}
		t.dev.Upload(p.W, v)
	}
	return nil
}

// moveRows copies the rows of from, whose tokens are those of vocab, to the places that our tokens have.
func (t *Trainer) moveRows(to, from []float32, vocab *text.Vocab) {
	e := t.spec.Model.Embedding
	for id := range t.enc.Vocab.Size() {
		old := id // <pad> and <unk> are the same in every vocabulary
		if id > int(text.UnkID) {
			old = int(vocab.ID(t.enc.Vocab.Token(int32(id))))
			if old == int(text.UnkID) {
				continue
			}
		}
		copy(to[id*e:(id+1)*e], from[old*e:(old+1)*e])
	}
}
