// Package infer runs a model as it is stored, never by inflating it first: float32
// weights by the device's kernels, whole numbers and signs in integers, sparse ones by
// touching only what is kept, the rest decoded a block of the cache at a time.
//
// Start at Predictor; lstm.go is the loop over tokens. float.go and integer.go are the
// arithmetics of models all in float32 or all in int8, mixed.go that of any mix, bag.go
// that without an LSTM. To add an encoding: its rows in rows.go, its product in products.go.
package infer

import (
	"fmt"
	"slices"
	"sync"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/text"
)

// Predictor answers with a model. Strict: the same model and text give the same bits on
// every host device, alone or in a batch; a float32 model's are those of training with
// dropout off. It may be used from several goroutines at once, and again inside Yield.
type Predictor struct {
	// Yield, if not nil, is called about every few milliseconds of work, so that a
	// single thread can answer messages meanwhile. Set it before the first use.
	Yield func()
	// Threads is how many goroutines may share the texts of one call; below 2 the
	// caller's alone. The bits are the same. Yield then comes from any of them.
	Threads int

	m         *model.Model
	tokenizer text.Tokenizer
	net       network
	works     tensor.Pool[work]
}

// network is a model's arithmetic. Texts come longest first.
type network interface {
	// states writes the state after each text's last token to last [B, H]. Each, if
	// not nil, is told the state [H] after every token of the first text.
	states(w *work, texts [][]int32, last []float32, each func(h []float32))
	// score writes the logits [n, K] of the states h [n, H].
	score(w *work, n int, h, logits []float32)
	// row is a token's row of the embedding, decoded.
	row(dst []float32, id int32)
	// tabulate is Predictor.Tabulate for so many words.
	tabulate(w *work, words int) (bytes int)
}

// Option says how a model is to be run.
type Option int

// Decoded runs a model on its weights decoded to float32, "pretend": for measuring what
// the stored form is worth, in time and in answers.
const Decoded Option = 1

// New makes m ready to run on dev. An encoding that dev can't run is a *tensor.ErrUnsupported.
func New(m *model.Model, dev tensor.Device, options ...Option) (*Predictor, error) {
	t, err := text.New(m.Config.Tokenizer.Kind)
	if err != nil {
		return nil, fmt.Errorf("infer: %w", err)
	}
	p := &Predictor{m: m, tokenizer: t}
	if slices.Contains(options, Decoded) {
		m = m.With(func(p model.Param) model.Encoding { return model.F32(p.Values()) })
	}
	p.net, err = networkOf(m, dev)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// networkOf is the arithmetic that m's encodings call for.
func networkOf(m *model.Model, dev tensor.Device) (network, error) {
	m = m.With(func(p model.Param) model.Encoding { return inside(p.Enc) })
	if m.Config.Model.Kind == model.Bag {
		return newBag(m, dev)
	}
	_, prepares := dev.(tensor.Preparer)
	floats, integers := true, true
	for _, x := range m.Params {
		if len(x.Shape) < 2 { // biases are decoded
			continue
		}
		kind := x.Enc.Kind()
		integers = integers && (kind == "int8" || kind == "sparse int8")
		if x.Name == model.LSTMInput || x.Name == model.LSTMHidden {
			s, sparse := x.Enc.(*model.Sparse)
			floats = floats && (kind == "f32" || sparse && s.Codes == nil || prepares && decodes(x.Enc))
		}
	}
	switch {
	case floats:
		return newFloat(m, dev)
	case integers:
		return newInteger(m, dev)
	}
	return newMixed(m, dev)
}

// Model is what it runs.
func (p *Predictor) Model() *model.Model { return p.m }

// Tokens are a text's, all of them: Encode may cut some.
func (p *Predictor) Tokens(s string) []text.Token { return p.tokenizer.Tokens(nil, s) }

// Encode is a text as the ids that the model reads: tokens, vocabulary, cut.
func (p *Predictor) Encode(s string) []int32 {
	t := p.m.Config.Tokenizer
	return text.Cut(p.m.Vocab.IDs(nil, p.Tokens(s)), t.MaxTokens, t.Cut)
}

// Outputs is K, the logits of a text.
func (p *Predictor) Outputs() int { return p.m.Config.Outputs }

// Tabulate makes each answer cheaper by memory: what every word of the vocabulary adds
// to the gates, b_ih + b_hh + W_ih·x, is computed once and then looked up, which gives
// the same bits. It returns the bytes that this takes, 16·V·H (10 MB for 10,000 words and
// 64 units), or 0 where the device can't read so. Nobody may be using p meanwhile.
func (p *Predictor) Tabulate() (bytes int) {
	w := p.works.Get()
	defer p.works.Put(w)
	w.yield = p.Yield
	return p.net.tabulate(w, p.m.Vocab.Size())
}

// Logits [B, K] of texts given as ids, in the order given. A text needs one id at least.
func (p *Predictor) Logits(texts [][]int32) ([]float32, error) { return p.AppendLogits(nil, texts) }

// AppendLogits appends Logits to dst. After the first calls it allocates no more than
// dst needs.
func (p *Predictor) AppendLogits(dst []float32, texts [][]int32) ([]float32, error) {
	if err := p.check(texts); err != nil {
		return dst, err
	}
	k := p.Outputs()
	from := len(dst)
	dst = slices.Grow(dst, len(texts)*k)[:from+len(texts)*k]
	if threads := min(p.Threads, len(texts)); threads > 1 {
		p.together(threads, dst[from:], texts)
	} else {
		p.share(dst[from:], texts, 0, 1)
	}
	return dst, nil
}

// together is share by so many goroutines.
func (p *Predictor) together(threads int, logits []float32, texts [][]int32) {
	var group sync.WaitGroup
	for i := 1; i < threads; i++ {
		group.Go(func() { p.share(logits, texts, i, threads) })
	}
	p.share(logits, texts, 0, threads)
	group.Wait()
}

// share answers one in so many of the texts, longest first, from the i-th on.
func (p *Predictor) share(logits []float32, texts [][]int32, i, of int) {
	w := p.works.Get()
	defer p.works.Put(w)
	w.yield = p.Yield
	w.order = w.order[:0]
	for i := range texts {
		w.order = append(w.order, i)
	}
	slices.SortStableFunc(w.order, func(i, j int) int { return len(texts[j]) - len(texts[i]) })
	mine := w.order[:0]
	for ; i < len(texts); i += of {
		mine = append(mine, w.order[i])
	}
	w.sorted = w.sorted[:0]
	for _, from := range mine {
		w.sorted = append(w.sorted, texts[from])
	}
	b, h, k := len(mine), p.m.Config.Width(), p.Outputs()
	w.last, w.scored = room(w.last, b*h), room(w.scored, b*k)
	p.net.states(w, w.sorted, w.last, nil)
	p.net.score(w, b, w.last, w.scored)
	for i, to := range mine {
		copy(logits[to*k:(to+1)*k], w.scored[i*k:(i+1)*k])
	}
	clear(w.sorted) // the texts are the caller's
}

// Trace is a text read token by token.
type Trace struct {
	Embed  [][]float32 // [T][E] the row of each token
	Hidden [][]float32 // [T][H] the state after it
	Logits [][]float32 // [T][K] what Linear makes of that state; the last is the text's
}

// Trace reads one text.
func (p *Predictor) Trace(ids []int32) (Trace, error) {
	texts := [][]int32{ids}
	if err := p.check(texts); err != nil {
		return Trace{}, err
	}
	e, h, k := p.m.Config.Model.Embedding, p.m.Config.Width(), p.Outputs()
	w := p.works.Get()
	defer p.works.Put(w)
	w.yield = p.Yield
	var states []float32
	p.net.states(w, texts, make([]float32, h), func(h []float32) { states = append(states, h...) })
	logits := make([]float32, len(ids)*k)
	p.net.score(w, len(ids), states, logits)
	var t Trace
	for i, id := range ids {
		row := make([]float32, e)
		p.net.row(row, id)
		t.Embed = append(t.Embed, row)
		t.Hidden = append(t.Hidden, states[i*h:(i+1)*h])
		t.Logits = append(t.Logits, logits[i*k:(i+1)*k])
	}
	return t, nil
}

// Answer is the class that a text's logits [K] speak for: of two, the last where its
// logit is above 0; of more, the first of the greatest.
func (p *Predictor) Answer(logits []float32) int {
	if len(logits) == 1 {
		if logits[0] > 0 {
			return 1
		}
		return 0
	}
	best := 0
	for k, z := range logits {
		if z > logits[best] {
			best = k
		}
	}
	return best
}

// Probabilities writes that of each label to dst [labels]. Where weights are so wild that
// a logit is no number, all are the same.
func (p *Predictor) Probabilities(dst, logits []float32) {
	if len(logits) == 1 {
		dst[1] = tensor.Sigmoid32(logits[0])
		dst[0] = tensor.Sigmoid32(-logits[0])
	} else {
		top := logits[0]
		for _, z := range logits {
			if z > top {
				top = z
			}
		}
		var sum float32
		for k, z := range logits {
			dst[k] = tensor.Exp32(z - top)
			sum += dst[k]
		}
		for k := range dst {
			dst[k] /= sum
		}
	}
	for _, x := range dst {
		if x != x {
			for k := range dst {
				dst[k] = 1 / float32(len(dst))
			}
			return
		}
	}
}

func (p *Predictor) check(texts [][]int32) error {
	n := int32(p.m.Vocab.Size())
	for i, ids := range texts {
		if len(ids) == 0 {
			return fmt.Errorf("infer: text %d has no token", i)
		}
		for _, id := range ids {
			if id < 0 || id >= n {
				return fmt.Errorf("infer: text %d holds the id %d, the model knows %d: it was made for another vocabulary", i, id, n)
			}
		}
	}
	return nil
}
