package main

import (
	"context"
	"math"

	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/text"
	"github.com/clove-ml/clove/engine/train"
	"github.com/clove-ml/clove/wasm/protocol"
)

func (w *worker) score(ctx context.Context, q protocol.Score) (result, error) {
	w.mu.Lock()
	w.asked = q
	j := w.job
	w.mu.Unlock()
	scored := protocol.Scored{Seq: q.Seq, Text: q.Text, Traces: []protocol.Trace{}}
	for _, id := range q.Models {
		var trace protocol.Trace
		var err error
		if id == live {
			trace, err = j.read(q.Text)
		} else {
			var r *reader
			if r, err = w.reader(ctx, id); err == nil {
				trace, err = r.read(q.Text)
			}
		}
		if err == nil {
			scored.Traces = append(scored.Traces, trace)
		}
	}
	return result{body: scored}, nil
}

// read has the model in training read a sentence, between two steps.
func (j *job) read(sentence string) (trace protocol.Trace, err error) {
	if j == nil {
		return trace, problem("not_found", "no run is in progress in this tab")
	}
	done := make(chan struct{})
	err = problem("not_found", "the card that trained it was lost") // unless it is read
	if !j.control.Do(func(t *train.Trainer) {
		defer close(done)
		trace, err = j.w.readLive(t, sentence)
	}) {
		return trace, problem("not_found", "the run has no model yet")
	}
	<-done
	return trace, err
}

func (w *worker) readLive(t *train.Trainer, sentence string) (protocol.Trace, error) {
	r, err := w.newReader(live, t.View())
	if err != nil {
		return protocol.Trace{}, err
	}
	return r.read(sentence)
}

// scoreLive pushes what the model in training makes of the sentence on the page.
func (w *worker) scoreLive(t *train.Trainer) {
	w.mu.Lock()
	q := w.asked
	w.mu.Unlock()
	if q.Text == "" {
		return
	}
	if trace, err := w.readLive(t, q.Text); err == nil {
		w.push(protocol.KindLive, protocol.Scored{Seq: q.Seq, Text: q.Text, Traces: []protocol.Trace{trace}})
	}
}

// read traces a sentence token by token.
func (r *reader) read(sentence string) (protocol.Trace, error) {
	trace, _, err := r.look(sentence)
	return trace, err
}

// look is read with the states that it saw.
func (r *reader) look(sentence string) (protocol.Trace, infer.Trace, error) {
	c := r.p.Model().Config
	trace := protocol.Trace{Model: r.id, Tokens: []protocol.Token{}}
	tokens := r.p.Tokens(sentence)
	ids := r.p.Model().Vocab.IDs(nil, tokens)
	head, tail := text.Kept(len(ids), c.Tokenizer.MaxTokens, c.Tokenizer.Cut)

	at := utf16{text: sentence}
	kept := []int32{}
	unknown := 0
	for i, t := range tokens {
		k := protocol.Token{Text: t.Text, Start: at.offset(t.Start), End: at.offset(t.End), ID: int(ids[i])}
		if k.Cut = i >= head && i < len(ids)-tail; !k.Cut {
			kept = append(kept, ids[i])
			if ids[i] == text.UnkID {
				unknown++
			}
		}
		trace.Tokens = append(trace.Tokens, k)
	}
	if len(kept) == 0 { // nothing to read: the answer of the empty state
		r.conclude(&trace, r.start)
		return trace, infer.Trace{}, nil
	}
	trace.Unknown = float64(unknown) / float64(len(kept))
	seen, err := r.p.Trace(kept)
	if err != nil {
		return trace, seen, err
	}
	if !finite(seen.Logits) || !finite(seen.Embed) {
		return trace, seen, problem("not_finite", "the model's answer is no number any more")
	}
	class := r.conclude(&trace, seen.Logits[len(kept)-1])
	r.fill(&trace, seen, class)
	return trace, seen, nil
}

func finite(rows [][]float32) bool {
	for _, row := range rows {
		for _, x := range row {
			if x-x != 0 {
				return false
			}
		}
	}
	return true
}

// conclude writes the answer and returns the class that scores speak of: the last
// of two, else the answer.
func (r *reader) conclude(trace *protocol.Trace, logits []float32) int {
	labels := r.p.Model().Config.Labels
	answer := r.p.Answer(logits)
	class := answer
	if len(labels) == 2 {
		class = 1
	}
	trace.Label = labels[answer]
	trace.Probability = r.probability(logits, class)
	return class
}

func (r *reader) probability(logits []float32, class int) float64 {
	p := make([]float32, len(r.p.Model().Config.Labels))
	r.p.Probabilities(p, logits)
	return float64(p[class])
}

// odds are the log-odds of a class: of two labels the logit itself, of more
// log(p/(1−p)) = z − log Σ exp of the others.
func odds(logits []float32, class int) float64 {
	if len(logits) == 1 {
		return float64(logits[0])
	}
	top := math.Inf(-1)
	for k, z := range logits {
		if k != class {
			top = math.Max(top, float64(z))
		}
	}
	sum := 0.0
	for k, z := range logits {
		if k != class {
			sum += math.Exp(float64(z) - top)
		}
	}
	return float64(logits[class]) - top - math.Log(sum)
}

// fill writes each token's figures: the score after it, by how much it moved the
// log-odds, the first against the empty state, and what is drawn.
func (r *reader) fill(trace *protocol.Trace, seen infer.Trace, class int) {
	var all []float32
	for _, h := range seen.Hidden {
		all = append(all, h...)
	}
	scale := percentile98(all)
	before := odds(r.start, class)
	k := 0
	for i := range trace.Tokens {
		t := &trace.Tokens[i]
		if t.Cut {
			continue
		}
		now := odds(seen.Logits[k], class)
		t.Moved, t.Score = now-before, r.probability(seen.Logits[k], class)
		t.Embed = excerpt(seen.Embed[k], r.view.dims, r.view.scale)
		t.Hidden = excerpt(seen.Hidden[k], r.view.units, scale)
		before = now
		k++
	}
}

// utf16 turns byte offsets, asked in ascending order, into those of a page, which
// counts UTF-16 code units.
type utf16 struct {
	text      string
	bytes, at int
}

func (u *utf16) offset(b int) int {
	if b < u.bytes {
		u.bytes, u.at = 0, 0
	}
	for _, c := range u.text[u.bytes:b] {
		u.at++
		if c >= 0x10000 {
			u.at++ // a surrogate pair
		}
	}
	u.bytes = b
	return u.at
}
