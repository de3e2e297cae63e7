package compress

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
)

// Answers are a model's on a part, in the part's order.
type Answers struct {
	Measure       spec.Measure
	Class         []int32   // of each text, an index of the labels
	Probabilities []float32 // [n, labels]
}

// batch is how many texts are read together. They are of like length, so that few steps are idle.
const batch = 32

// Evaluate reads the part's texts in order of their length, and answers in the part's.
// Yield, if not nil, is called after each batch.
func Evaluate(ctx context.Context, p *infer.Predictor, part *data.Part, yield func()) (*Answers, error) {
	n, labels := part.Len(), len(p.Model().Config.Labels)
	if n == 0 {
		return nil, fmt.Errorf("there are no texts to measure on")
	}
	a := &Answers{Class: make([]int32, n), Probabilities: make([]float32, n*labels)}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return len(part.Text(i)) - len(part.Text(j)) })
	loss := make([]float64, n)
	right := 0
	texts := make([][]int32, 0, batch)
	for from := 0; from < n; from += batch {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		now := order[from:min(from+batch, n)]
		texts = texts[:0]
		for _, i := range now {
			texts = append(texts, part.Text(i))
		}
		logits, err := p.Logits(texts)
		if err != nil {
			return nil, err
		}
		k := len(logits) / len(texts)
		for b, i := range now {
			row := logits[b*k : (b+1)*k]
			a.Class[i] = int32(p.Answer(row))
			p.Probabilities(a.Probabilities[i*labels:(i+1)*labels], row)
			loss[i] = lossOf(row, int(part.Labels[i]))
			if a.Class[i] == part.Labels[i] {
				right++
			}
		}
		if yield != nil {
			yield()
		}
	}
	sum := 0.0
	for _, l := range loss { // in the part's order, whatever the batches
		sum += l
	}
	a.Measure = spec.NewMeasure(right, n, sum)
	return a, nil
}

// lossOf is the cross-entropy in nats, by the formulas of the loss in training
// (tensor.Device) and the engine's own exp and log: the same figure on every machine.
// One beyond float32 counts as its end, so that it can be told.
func lossOf(logits []float32, class int) float64 {
	var l float32
	if z := logits[0]; len(logits) == 1 {
		size := z
		if z < 0 {
			size = -z
		}
		most := z
		if z < 0 {
			most = 0
		}
		l = most - float32(z*float32(class)) + tensor.Log1p32(tensor.Exp32(-size))
	} else {
		top := z
		for _, z := range logits {
			if z > top {
				top = z
			}
		}
		var sum float32
		for _, z := range logits {
			sum += tensor.Exp32(z - top)
		}
		l = tensor.Log32(sum) - (logits[class] - top)
	}
	if l-l != 0 {
		return math.MaxFloat32
	}
	return float64(l)
}
