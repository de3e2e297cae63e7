package bench

import (
	"context"
	"slices"
	"time"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/train"
)

// A graphics card is measured by whole steps of workload W's training: what is queued on one
// can't be timed kernel by kernel from outside. Where it has a clock of its own (tensor.Timed)
// that tells each kernel's share.

// cardRounds of so many steps each give the figure and its quartiles.
const cardRounds = 5

// Reads has a card answer by a model as it is stored.
type Reads func(ctx context.Context, dev tensor.Device, m *model.Model) (logits func(texts [][]int32) ([]float32, error), err error)

// Card measures one that open gives, for about so long; reads is how it answers, nil not at
// all. It fails only where ctx ends; a card that does is told as such.
func Card(ctx context.Context, open func(context.Context) (tensor.Device, string, error), reads Reads, o Options) (c spec.CardBench, err error) {
	defer func() {
		if lost, ok := tensor.AsLost(err); ok {
			c.Why, err = lost.Message, nil
		}
	}()
	defer caught(&err)
	dev, name, err := open(ctx)
	if err != nil {
		return c, err
	}
	defer tensor.Close(dev)
	c.Name = name
	for _, z := range sizes {
		o.For /= 2
		if err := workOn(ctx, dev, z, o, &c); err != nil {
			return c, err
		}
		if reads == nil {
			continue
		}
		if err := answersOn(ctx, dev, z, reads, o, &c); err != nil {
			return c, err
		}
	}
	return c, nil
}

// cardEncodings are how the models are stored that a card answers by.
const cardEncodings = 3

// answersOn measures batches of answers at a size, by each encoding that a card multiplies packed.
func answersOn(ctx context.Context, dev tensor.Device, z size, reads Reads, o Options, c *spec.CardBench) error {
	enc := texts()
	t, err := train.New(tensor.Generic(tensor.GenericOptions{}), enc, z.spec(), train.Options{Now: o.Now}) // for its initial weights
	if err != nil {
		return err
	}
	few := make([][]int32, batch)
	for i := range few {
		few[i] = enc.Valid.Text(i)
	}
	w := &c.Work[len(c.Work)-1]
	for _, e := range encodings[:cardEncodings] {
		logits, err := reads(ctx, dev, stored(t.View(), e))
		if err != nil {
			return err
		}
		if _, err := logits(few); err != nil {
			return err
		}
		var rates []float64
		for began := o.Now(); len(rates) == 0 || len(rates) < 100 && o.Now().Sub(began) < o.For/cardEncodings; {
			if err := context.Cause(ctx); err != nil {
				return err
			}
			at := o.Now()
			if _, err := logits(few); err != nil {
				return err
			}
			rates = append(rates, batch/o.Now().Sub(at).Seconds())
		}
		slices.Sort(rates)
		w.Answers = append(w.Answers, spec.CardAnswers{Encoding: e.name, InferSeqS: spec.Quantile(rates, 0.5),
			InferQuartiles: spec.Quartiles{spec.Quantile(rates, 0.25), spec.Quantile(rates, 0.75)}})
	}
	return nil
}

// caught is deferred: a lost card's panic becomes an error.
func caught(err *error) {
	p := recover()
	if lost, ok := tensor.AsLost(p); ok {
		*err = lost
	} else if p != nil {
		panic(p)
	}
}

// workOn measures a size.
func workOn(ctx context.Context, dev tensor.Device, z size, o Options, c *spec.CardBench) error {
	t, err := train.New(dev, texts(), z.spec(), train.Options{Now: o.Now, Card: c.Name})
	if err != nil {
		return err
	}
	steps := func(n int) (time.Duration, error) {
		began := o.Now()
		for range n {
			if err := context.Cause(ctx); err != nil {
				return 0, err
			}
			if _, err := t.Step(); err != nil {
				return 0, err
			}
			if o.Yield != nil {
				o.Yield()
			}
		}
		_, err := t.Settle()
		return o.Now().Sub(began), err
	}
	if _, err := steps(1); err != nil { // which compiles, and fills caches
		return err
	}
	once, err := steps(1)
	if err != nil {
		return err
	}
	n := min(max(1, int(o.For/cardRounds/max(once, time.Microsecond))), 200)
	var rates []float64
	for began := o.Now(); len(rates) < cardRounds && (len(rates) == 0 || o.Now().Sub(began) < 2*o.For); {
		took, err := steps(n)
		if err != nil {
			return err
		}
		rates = append(rates, float64(n*batch)/took.Seconds())
	}
	slices.Sort(rates)
	w := spec.CardWork{Size: z.name, Steps: n * len(rates), TrainSeqS: spec.Quantile(rates, 0.5),
		TrainQuartiles: spec.Quartiles{spec.Quantile(rates, 0.25), spec.Quantile(rates, 0.75)}}
	w.StepMS = 1000 * batch / w.TrainSeqS
	c.Work = append(c.Work, w)
	clock, ok := dev.(tensor.Timed)
	if !ok {
		return nil
	}
	n = min(n, 20)
	all, err := clock.Timed(func() error {
		_, err := steps(n)
		return err
	})
	if err != nil {
		return err
	}
	var sum time.Duration
	for _, k := range all {
		sum += k.Time
	}
	for _, k := range all {
		if sum > 0 {
			c.Kernels = append(c.Kernels, spec.KernelUse{Size: z.name, Kernel: k.Kernel, Share: k.Time.Seconds() / sum.Seconds(),
				MS: 1000 * k.Time.Seconds() / float64(n), Calls: float64(k.Calls) / float64(n)})
		}
	}
	return nil
}
