package compress

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/model"
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

// tablePays is for how many tokens a word of the vocabulary it is worth to make a table of
// what each word adds (infer.Predictor.Tabulate): making it costs as much as reading each once.
const tablePays = 4

// tabulated makes the table where reading the part pays for it, and says so.
func tabulated(p *infer.Predictor, part *data.Part) bool {
	pays := len(part.IDs) > tablePays*p.Model().Vocab.Size()
	if pays {
		p.Tabulate()
	}
	return pays
}

// Evaluate reads the part's texts in order of their length, and answers in the part's.
// Nobody else may be using p. It uses all the threads that Go has; yield, if not nil,
// is called on the caller's own between batches.
func Evaluate(ctx context.Context, p *infer.Predictor, part *data.Part, yield func()) (*Answers, error) {
	return evaluate(ctx, p, part, 0, nil, yield, func(float64) {})
}

// Readers answer texts elsewhere while we do, with the model that they were given. They
// may fail at any time: a batch comes back without logits then. Package train has them.
type Readers interface {
	Give(m *model.Model, tabulate bool)
	// Ask hands batch number n over, where somebody is free to take it.
	Ask(n int, texts [][]int32) bool
	// Answered is a batch that is back. With wait, ok is false only where none is out.
	Answered(wait bool) (n int, logits []float32, ok bool)
}

// evaluate with so many threads, 0 all, and others elsewhere, nil for none. The answers do
// not depend on who gives them.
func evaluate(ctx context.Context, p *infer.Predictor, part *data.Part, threads int, others Readers, yield func(), progress func(share float64)) (*Answers, error) {
	n, labels := part.Len(), len(p.Model().Config.Labels)
	if n == 0 {
		return nil, errors.New("there are no texts to measure on")
	}
	tabulate := tabulated(p, part)
	e := &evaluation{
		p: p, part: part, order: make([]int, n), loss: make([]float64, n),
		a: &Answers{Class: make([]int32, n), Probabilities: make([]float32, n*labels)},
	}
	for i := range e.order {
		e.order[i] = i
	}
	slices.SortStableFunc(e.order, func(i, j int) int { return len(part.Text(i)) - len(part.Text(j)) })
	if threads < 1 {
		threads = runtime.GOMAXPROCS(0)
	}
	// The caller's goroutine works too: with one thread it is the only one.
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wait sync.WaitGroup
	for range threads - 1 {
		wait.Go(func() {
			defer func() { // a goroutine's panic would end the program, past its caller's recover
				if p := recover(); p != nil {
					stop(fmt.Errorf("internal error: %v", p))
				}
			}()
			for e.batch(ctx, stop) {
			}
		})
	}
	if others != nil {
		others.Give(p.Model(), tabulate)
	}
	for ctx.Err() == nil {
		e.handOut(others)
		if !e.again(stop) && !e.batch(ctx, stop) && !e.comeBack(others, true) {
			break
		}
		for e.comeBack(others, false) {
		}
		progress(float64(min(int(e.next.Load())*batch, n)) / float64(n))
		if yield != nil {
			yield()
		}
	}
	wait.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	right, sum := 0, 0.0
	for i, l := range e.loss { // in the part's order, whoever read what
		sum += l
		if e.a.Class[i] == part.Labels[i] {
			right++
		}
	}
	e.a.Measure = spec.NewMeasure(right, n, sum)
	return e.a, nil
}

// evaluation is what the threads share; each text's results have their own place.
type evaluation struct {
	p     *infer.Predictor
	part  *data.Part
	order []int
	next  atomic.Int64 // batch to take
	left  []int        // batches taken that nobody reads: of the caller's goroutine alone
	a     *Answers
	loss  []float64
}

// batch reads the next one; false when there is none or ctx has ended.
func (e *evaluation) batch(ctx context.Context, stop context.CancelCauseFunc) bool {
	n, ok := e.take()
	if !ok || ctx.Err() != nil {
		return false
	}
	return e.read(n, stop)
}

func (e *evaluation) take() (n int, ok bool) {
	n = int(e.next.Add(1) - 1)
	return n, n*batch < len(e.order)
}

// again reads one that is left; false where none is.
func (e *evaluation) again(stop context.CancelCauseFunc) bool {
	if len(e.left) == 0 {
		return false
	}
	n := e.left[0]
	e.left = e.left[1:]
	return e.read(n, stop)
}

// handOut gives batches to others, as many as they take.
func (e *evaluation) handOut(others Readers) {
	for others != nil {
		if len(e.left) == 0 {
			n, ok := e.take()
			if !ok {
				return
			}
			e.left = append(e.left, n)
		}
		if !others.Ask(e.left[0], e.texts(e.left[0])) {
			return
		}
		e.left = e.left[1:]
	}
}

// comeBack takes a batch from the others; false where none is back, or with wait, out.
func (e *evaluation) comeBack(others Readers, wait bool) bool {
	if others == nil {
		return false
	}
	n, logits, ok := others.Answered(wait)
	switch {
	case !ok:
	case logits == nil:
		e.left = append(e.left, n)
	default:
		e.settle(n, logits)
	}
	return ok
}

// rows of a batch.
func (e *evaluation) rows(n int) []int {
	return e.order[n*batch : min((n+1)*batch, len(e.order))]
}

func (e *evaluation) texts(n int) [][]int32 {
	var texts [][]int32
	for _, i := range e.rows(n) {
		texts = append(texts, e.part.Text(i))
	}
	return texts
}

// read answers a batch; false where that failed.
func (e *evaluation) read(n int, stop context.CancelCauseFunc) bool {
	logits, err := e.p.Logits(e.texts(n))
	if err != nil {
		stop(err)
		return false
	}
	e.settle(n, logits)
	return true
}

// settle writes down what the logits of a batch say.
func (e *evaluation) settle(n int, logits []float32) {
	k, labels := e.p.Outputs(), len(e.p.Model().Config.Labels)
	for b, i := range e.rows(n) {
		row := logits[b*k : (b+1)*k]
		e.a.Class[i] = int32(e.p.Answer(row))
		e.p.Probabilities(e.a.Probabilities[i*labels:(i+1)*labels], row)
		e.loss[i] = lossOf(row, int(e.part.Labels[i]))
	}
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
