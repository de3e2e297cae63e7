package compress

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
)

// unpacked says that m is float32 throughout: it has no twin that pretends.
func unpacked(m *model.Model) bool {
	return !slices.ContainsFunc(m.Params, func(p model.Param) bool {
		_, float := p.Enc.(model.F32)
		return !float
	})
}

// first are the first n of the texts.
func first(p *data.Part, n int) data.Part {
	return data.Part{IDs: p.IDs[:p.Offsets[n]], Offsets: p.Offsets[:n+1], Labels: p.Labels[:n]}
}

// agree counts the answers of b that are a's, and finds the greatest difference of a
// probability. b may be of a's first texts.
func agree(a, b *Answers) (same int, most float64) {
	for i, class := range b.Class {
		if class == a.Class[i] {
			same++
		}
	}
	for i, x := range b.Probabilities {
		if d := abs(float64(x) - float64(a.Probabilities[i])); d > most {
			most = d
		}
	}
	return same, most
}

// maxPretended bounds the texts on which the decoded model is asked too.
const maxPretended = 256

// pretend asks m with its weights decoded to float32 the first test texts, and times it. A
// model of nothing but float32 has no such twin.
func pretend(ctx context.Context, m *model.Model, enc *data.Encoded, a *Answers, env Env) (*spec.Pretend, error) {
	if unpacked(m) {
		return nil, nil
	}
	p, err := infer.New(m, env.Device, infer.Decoded)
	if err != nil {
		return nil, err
	}
	r := &spec.Pretend{Texts: min(maxPretended, enc.Test.Len())}
	part := first(&enc.Test, r.Texts)
	// First the time, without a table as m's was taken.
	if _, r.LatencyMS, _, err = latency(ctx, p, &enc.Test, env.Now, env.Yield); err != nil {
		return nil, err
	}
	b, err := evaluate(ctx, p, &part, 1, nil, env.Yield, func(float64) {})
	if err != nil {
		return nil, err
	}
	r.Agree, r.Most = agree(a, b)
	return r, nil
}

// ErrPlain says that a model is float32 throughout.
var ErrPlain = errors.New("nothing of this model is rounded or packed: there is nothing to pretend")

// maxReal bounds the texts on which Reality compares answers, by their tokens: 8,000 short
// ones, 900 long film reviews.
const maxReal = 200_000

// Reality asks m as it is stored, m with its weights decoded to float32 and the original
// the same test texts in turns, so that whatever else the machine does slows all three
// alike, and tells quartiles of the times; then whether m and its twin answer alike.
func Reality(ctx context.Context, original, m *model.Model, env Env) (r spec.Reality, err error) {
	if unpacked(m) {
		return r, fmt.Errorf("real or pretend: %w", ErrPlain)
	}
	r.Where = env.Device.Name()
	full, own := env.Data.Recode(original.Vocab), env.Data.Recode(m.Vocab)
	three := []*contender{{m: original, part: &full.Test}, {m: m, part: &own.Test, options: []infer.Option{infer.Decoded}}, {m: m, part: &own.Test}}
	for _, c := range three {
		if c.p, err = infer.New(c.m, env.Device, c.options...); err != nil {
			return r, fmt.Errorf("real or pretend: %w", err)
		}
	}
	if err := race(ctx, three, env); err != nil {
		return r, fmt.Errorf("real or pretend: %w", err)
	}
	r.Original, r.Pretend, r.Real = three[0].timing(), three[1].timing(), three[2].timing()
	for r.Texts < own.Test.Len() && (r.Texts == 0 || own.Test.Offsets[r.Texts+1] <= maxReal) {
		r.Texts++
	}
	part := first(&own.Test, r.Texts)
	var a [2]*Answers
	for i, c := range three[1:] {
		// On this goroutine alone: readers elsewhere have no twin.
		if a[i], err = evaluate(ctx, c.p, &part, 1, nil, env.Yield, func(float64) {}); err != nil {
			return r, fmt.Errorf("real or pretend: %w", err)
		}
	}
	r.Agree, r.Most = agree(a[0], a[1])
	return r, nil
}

// Agree has two models of the same vocabulary answer the same test texts.
func Agree(ctx context.Context, a, b *model.Model, env Env) (r spec.Agreement, err error) {
	var answers [2]*Answers
	for i, m := range []*model.Model{a, b} {
		p, err := infer.New(m, env.Device)
		if err != nil {
			return r, fmt.Errorf("two models: %w", err)
		}
		part := env.Data.Recode(m.Vocab).Test
		if answers[i], err = evaluate(ctx, p, &part, 1, nil, env.Yield, func(float64) {}); err != nil {
			return r, fmt.Errorf("two models: %w", err)
		}
		r.Texts = part.Len()
	}
	r.Agree, r.Most = agree(answers[0], answers[1])
	return r, nil
}

// contender is one of those that are timed in turns.
type contender struct {
	m       *model.Model
	part    *data.Part
	options []infer.Option
	p       *infer.Predictor
	one     []float64 // ms of a text
	many    []float64 // ms of a text, batch read at once
}

// race lets each answer a text, in turns, then each a batch, for about budget; the
// rounds within warm don't count.
func race(ctx context.Context, all []*contender, env Env) error {
	for _, size := range []int{1, batch} {
		began, counts := env.Now(), false
		for round := 0; ; round++ {
			spent := env.Now().Sub(began)
			if !counts && (spent >= WarmFor*time.Duration(len(all)) || round >= maxWarm) {
				counts, round, began, spent = true, 0, env.Now(), 0
			}
			if counts && round > 0 && (spent >= TimedFor || round >= MaxTimed) {
				break
			}
			for _, c := range all {
				if err := ctx.Err(); err != nil {
					return context.Cause(ctx)
				}
				ms, err := c.answer(round, size, env.Now)
				if err != nil {
					return err
				}
				env.yield()
				switch {
				case !counts:
				case size == 1:
					c.one = append(c.one, ms)
				default:
					c.many = append(c.many, ms)
				}
			}
		}
	}
	return nil
}

// answer times some texts, which lie evenly in the part; ms of each.
func (c *contender) answer(round, size int, now func() time.Time) (ms float64, err error) {
	n := c.part.Len()
	texts := make([][]int32, size)
	for i := range texts {
		k := round%MaxTimed*n/min(n, MaxTimed) + i
		texts[i] = c.part.Text(k % n)
	}
	from := now()
	_, err = c.p.Logits(texts)
	return float64(now().Sub(from)) / float64(time.Millisecond) / float64(size), err
}

func (c *contender) timing() spec.Timing {
	slices.Sort(c.one)
	slices.Sort(c.many)
	return spec.Timing{Q1: spec.Quantile(c.one, 0.25), MS: spec.Quantile(c.one, 0.5), Q3: spec.Quantile(c.one, 0.75), Batch: spec.Quantile(c.many, 0.5)}
}
