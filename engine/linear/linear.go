// Package linear is the honest baseline beside a net: which words a text has, in no order,
// counted and weighed. It has no floating point but in what it reports, so that it comes to
// the same figure everywhere.
//
// It is the averaged perceptron (Freund & Schapire 1999, https://doi.org/10.1023/A:1007662407062;
// Collins 2002, https://aclanthology.org/W02-1001) on words that are there or not, K labels:
//
//	z_k = Σ w_k[v] over the words v of a text    the answer is the largest, of equals the first
//	wrong on a training text of label y:         w_y[v] += 1, w_z[v] −= 1 for its words v
//	w̄ = the mean of w after each text            which is what answers
//
// A word that every text has stands in for a bias. It goes over the training texts up to ten
// times, until a pass does no better on validation; the best is kept. It needs no rate to be tuned.
package linear

import (
	"context"
	"fmt"
	"slices"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/text"
)

// passes over the training texts, at most.
const passes = 10

// between two calls of yield, so many texts are read.
const pause = 256

// Measure learns from the training texts and tells how often it is right on the test texts,
// by the words that a model of enc knows. Yield, if not nil, is called every few milliseconds.
func Measure(ctx context.Context, enc *data.Encoded, yield func()) (spec.Measure, error) {
	if enc.Train.Len() == 0 || enc.Test.Len() == 0 {
		return spec.Measure{}, fmt.Errorf("counting words: want texts to learn from and texts to test on")
	}
	c := &counter{words: enc.Vocab.Size(), labels: len(enc.Labels)}
	c.w, c.sum = make([]int32, c.labels*c.words), make([]int64, c.labels*c.words)
	var best []int64
	seen, most := int64(0), -1
	for range passes {
		for i := range enc.Train.Len() {
			c.learn(enc.Train.Text(i), int(enc.Train.Labels[i]), seen)
			seen++
			if i%pause == 0 && yield != nil {
				yield()
			}
			if err := ctx.Err(); err != nil {
				return spec.Measure{}, fmt.Errorf("counting words: %w", err)
			}
		}
		now := c.mean(seen)
		valid := &enc.Valid
		if valid.Len() == 0 {
			valid = &enc.Train
		}
		if right := c.right(now, valid); right > most {
			best, most = now, right
		} else {
			break
		}
	}
	return spec.NewMeasure(c.right(best, &enc.Test), enc.Test.Len(), 0), nil
}

// counter is the perceptron: rows are labels, columns words. Column 0, padding's, is the word
// that every text has.
type counter struct {
	words, labels int
	w             []int32
	sum           []int64 // of each change times the texts seen before it
	text          []int32
}

// learn reads a text, the seen-th.
func (c *counter) learn(ids []int32, label int, seen int64) {
	c.text = present(c.text, ids)
	best, most := 0, int64(0)
	for k := range c.labels {
		var z int64
		for _, v := range c.text {
			z += int64(c.w[k*c.words+int(v)])
		}
		if k == 0 || z > most {
			best, most = k, z
		}
	}
	if best == label {
		return
	}
	for _, v := range c.text {
		c.w[label*c.words+int(v)]++
		c.sum[label*c.words+int(v)] += seen
		c.w[best*c.words+int(v)]--
		c.sum[best*c.words+int(v)] -= seen
	}
}

// mean is the mean of w over the texts seen, times their number.
func (c *counter) mean(seen int64) []int64 {
	m := make([]int64, len(c.w))
	for i, w := range c.w {
		m[i] = seen*int64(w) - c.sum[i]
	}
	return m
}

// right counts the texts of a part that weights answer rightly.
func (c *counter) right(w []int64, p *data.Part) (n int) {
	for i := range p.Len() {
		c.text = present(c.text, p.Text(i))
		best, most := 0, int64(0)
		for k := range c.labels {
			var z int64
			for _, v := range c.text {
				z += w[k*c.words+int(v)]
			}
			if k == 0 || z > most {
				best, most = k, z
			}
		}
		if best == int(p.Labels[i]) {
			n++
		}
	}
	return n
}

// present are the words of a text, each once, behind the one that every text has. Unknown
// words are none.
func present(into, ids []int32) []int32 {
	into = append(into[:0], 0)
	for _, id := range ids {
		if id != text.UnkID {
			into = append(into, id)
		}
	}
	slices.Sort(into)
	return slices.Compact(into)
}
