package compress

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/train"
)

func TestAPipelineMakesAMeasuredVariant(t *testing.T) {
	for _, classes := range []int{2, 4} {
		for _, text := range []string{"quantize=int8", "prune=0.8", "prune=0.8/lstm", "prune=0.9,finetune=1,quantize=int8", "finetune=2,prune=0.5"} {
			m := trained(t, classes)
			enc := set(t, m, 100)
			before := m.SHA256()
			var events []spec.Event
			env := Env{Device: generic, Data: enc, Train: nudge, Now: clock()}
			small, v, err := Run(context.Background(), m, pipeline(t, text), env, func(e spec.Event) { events = append(events, e) })
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			if m.SHA256() != before || m.Config.Pipeline != "" {
				t.Errorf("%s: the original changed", text)
			}
			file := small.Bytes()
			if v.FileBytes != len(file) || v.SHA256 != small.SHA256() || v.Pipeline != text || small.Config.Pipeline != text || v.ID != text {
				t.Errorf("%s: variant %+v of a file of %d bytes", text, v, len(file))
			}
			if len(file) >= m.FileBytes() && text != "finetune=2,prune=0.5" {
				t.Errorf("%s: %d bytes, the original %d", text, len(file), m.FileBytes())
			}
			read, err := model.Read(file)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			a, err := answers(context.Background(), read, enc, env, func(float64) {})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(v.Test, a.Measure); diff != "" {
				t.Errorf("%s: the file measures otherwise: %s", text, diff)
			}
			steps := pipeline(t, text)
			if len(v.Stages) != len(steps) || v.Stages[len(steps)-1].Bytes != v.FileBytes || v.Stages[len(steps)-1].Accuracy != v.Test.Accuracy {
				t.Errorf("%s: stages %+v", text, v.Stages)
			}
			if v.LatencyMS != 1 || v.LatencyQ1 != 1 || v.LatencyQ3 != 1 {
				t.Errorf("%s: latency %g (%g to %g) by a clock of 1 ms a look", text, v.LatencyMS, v.LatencyQ1, v.LatencyQ3)
			}
			if last, ok := events[len(events)-1].(spec.Compressed); !ok || last.Variant.SHA256 != v.SHA256 {
				t.Errorf("%s: the last event is %v", text, events[len(events)-1])
			}
			share := -1.0
			stage := -1
			for _, e := range events[:len(events)-1] {
				c := e.(spec.Compressing)
				if c.Of != len(steps) || c.Text != steps[c.Stage].String() || c.Stage < stage || c.Stage == stage && c.Share < share {
					t.Errorf("%s: progress %+v after stage %d, %g", text, c, stage, share)
				}
				stage, share = c.Stage, c.Share
			}
			if stage != len(steps)-1 || share != 1 {
				t.Errorf("%s: progress ended at stage %d, %g", text, stage, share)
			}
			for _, e := range events {
				spec.Encode(e)
			}
		}
	}
}

func TestMasksOutliveFineTuning(t *testing.T) {
	m := trained(t, 2)
	enc := set(t, m, 30)
	small, v, err := Run(context.Background(), m, pipeline(t, "prune=0.8,finetune=3"), Env{
		Device: generic, Data: enc,
		Train: func(ctx context.Context, s spec.Spec, enc *data.Encoded, o train.Options, progress func(float64)) (*model.Model, error) {
			if s.Train.Epochs != 3 || s.Train.Schedule != "constant" || s.Train.Rate != spec.Default().Train.Rate*0.5 {
				t.Errorf("tuned with %+v", s.Train)
			}
			return nudge(ctx, s, enc, o, progress)
		},
	}, func(spec.Event) {})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(v.Sparsity-0.8) > 1e-3 {
		t.Errorf("a sparsity of %g after tuning", v.Sparsity)
	}
	if p, _ := small.Param(model.Embedding); p.Enc.Kind() != "sparse f32" {
		t.Errorf("the pruned embedding is stored as %s", p.Enc.Kind())
	}
}

func TestTheOriginalIsAVariantToo(t *testing.T) {
	m := trained(t, 2)
	enc := set(t, m, 100)
	v, a, err := Original(context.Background(), m, Env{Device: generic, Data: enc, Now: clock()})
	if err != nil {
		t.Fatal(err)
	}
	if v.ID != "original" || v.Name != "original" || v.FileBytes != len(m.Bytes()) || v.Test.Accuracy != 0.8 || v.Test.Texts != 100 || v.Where != "generic" {
		t.Errorf("%+v", v)
	}
	if v.Test != a.Measure || len(a.Class) != 100 || v.Changed != 0 || v.Stages != nil {
		t.Errorf("%+v", v)
	}
	sum := 0
	for _, p := range v.Parts {
		sum += p.Bytes
	}
	if sum != v.FileBytes {
		t.Errorf("the parts add up to %d of %d", sum, v.FileBytes)
	}
	without, _, err := Original(context.Background(), m, Env{Device: generic, Data: enc})
	if err != nil || without.LatencyMS != 0 {
		t.Errorf("without a clock the latency is %g, %v", without.LatencyMS, err)
	}
}

func TestAPanicWhileEvaluatingEndsWithItsCaller(t *testing.T) {
	m := trained(t, 3)
	enc := set(t, m, 300)
	for i := range enc.Test.Labels {
		enc.Test.Labels[i] = 99 // there are three
	}
	p, err := infer.New(m, generic)
	if err != nil {
		t.Fatal(err)
	}
	for _, threads := range []int{1, 4} {
		var failed any
		func() {
			defer func() {
				if p := recover(); p != nil {
					failed = p
				}
			}()
			if _, err := evaluate(context.Background(), p, &enc.Test, threads, nil, nil, func(float64) {}); err != nil {
				failed = err
			}
		}()
		if failed == nil {
			t.Errorf("%d threads: nobody was told", threads)
		}
	}
}

// forgetful readers take some batches, lose every third and answer the latest first.
type forgetful struct {
	p     *infer.Predictor
	taken int
	out   []int
	texts [][][]int32
}

func (f *forgetful) Give(m *model.Model, _ bool) { f.p, _ = infer.New(m, generic) }

func (f *forgetful) Ask(n int, texts [][]int32) bool {
	if len(f.out) == 2 {
		return false
	}
	f.out, f.texts = append(f.out, n), append(f.texts, texts)
	return true
}

func (f *forgetful) Answered(wait bool) (int, []float32, bool) {
	last := len(f.out) - 1
	if last < 0 || !wait && last == 0 {
		return 0, nil, false
	}
	n, texts := f.out[last], f.texts[last]
	f.out, f.texts = f.out[:last], f.texts[:last]
	if f.taken++; f.taken%3 == 0 {
		return n, nil, true
	}
	logits, err := f.p.Logits(texts)
	if err != nil {
		panic(err)
	}
	return n, logits, true
}

func TestWhoReadsTheTextsChangesNoAnswer(t *testing.T) {
	m := trained(t, 3)
	enc := set(t, m, 700)
	p, err := infer.New(m, generic)
	if err != nil {
		t.Fatal(err)
	}
	want, err := Evaluate(context.Background(), p, &enc.Test, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := &forgetful{}
	got, err := evaluate(context.Background(), p, &enc.Test, 1, f, nil, func(float64) {})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" || f.taken < 5 {
		t.Errorf("others took %d batches: %s", f.taken, diff)
	}
}

func TestEvaluateAnswersInTheOrderOfThePart(t *testing.T) {
	m := trained(t, 3)
	enc := set(t, m, 77)
	p, err := infer.New(m, generic)
	if err != nil {
		t.Fatal(err)
	}
	yields := 0
	last := 0.0
	a, err := evaluate(context.Background(), p, &enc.Test, 1, nil, func() { yields++ }, func(share float64) { last = share })
	if err != nil {
		t.Fatal(err)
	}
	if last != 1 {
		t.Errorf("progress ended at %g", last)
	}
	for _, threads := range []int{2, 7} {
		other, err := evaluate(context.Background(), p, &enc.Test, threads, nil, nil, func(float64) {})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, other); diff != "" {
			t.Errorf("%d threads answer otherwise: %s", threads, diff)
		}
	}
	if yields != 3 {
		t.Errorf("%d yields for 77 texts in batches of 32", yields)
	}
	right, loss := 0, 0.0
	for i := range enc.Test.Len() {
		z, err := p.Logits([][]int32{enc.Test.Text(i)})
		if err != nil {
			t.Fatal(err)
		}
		want := make([]float32, 3)
		p.Probabilities(want, z)
		if !slices.Equal(want, a.Probabilities[i*3:(i+1)*3]) || int(a.Class[i]) != p.Answer(z) {
			t.Errorf("text %d: class %d %v, alone %d %v", i, a.Class[i], a.Probabilities[i*3:(i+1)*3], p.Answer(z), want)
		}
		truth := enc.Test.Labels[i]
		if a.Class[i] == truth {
			right++
		}
		loss -= math.Log(float64(want[truth]))
	}
	if a.Measure.Accuracy != float64(right)/77 || math.Abs(a.Measure.Loss-loss/77) > 1e-5 {
		t.Errorf("%+v, want %d right and a loss of %g", a.Measure, right, loss/77)
	}
	if a.Measure.Low >= a.Measure.Accuracy || a.Measure.High <= a.Measure.Accuracy {
		t.Errorf("the interval %g to %g", a.Measure.Low, a.Measure.High)
	}
}

func TestTheLossIsThatOfTraining(t *testing.T) {
	for _, z := range []float32{0, 1, -1, 30, -30, 1e30, -1e30} {
		for class := range 2 {
			logits, target := generic.Alloc(1), generic.Alloc(1)
			generic.Upload(logits, []float32{z})
			generic.Upload(target, []float32{float32(class)})
			losses, d := generic.Alloc(1), generic.Alloc(1)
			generic.BCEWithLogits(1, 1, logits, target, losses, d)
			want := make([]float32, 1)
			generic.Download(want, losses)
			if got := lossOf([]float32{z}, class); got != float64(want[0]) {
				t.Errorf("logit %g, class %d: %g, in training %g", z, class, got, want[0])
			}
		}
	}
	nan := float32(math.NaN())
	for _, z := range [][]float32{{nan}, {float32(math.Inf(1))}, {nan, 0, 0}} {
		if got := lossOf(z, 0); got != math.MaxFloat32 {
			t.Errorf("logits %v: a loss of %g", z, got)
		}
	}
}

func TestFlipsAreCountedAndSorted(t *testing.T) {
	enc := &data.Encoded{Labels: []string{"bad", "good"}, Test: data.Part{
		Labels: []int32{0, 0, 1, 1, 0, 1},
		Texts:  []string{"a", "b", "c", "d", "e", "f"},
	}}
	before := &Answers{Class: []int32{0, 1, 1, 1, 0, 0}, Probabilities: []float32{0.9, 0.1, 0.4, 0.6, 0.2, 0.8, 0.3, 0.7, 0.8, 0.2, 0.6, 0.4}}
	after := &Answers{Class: []int32{1, 0, 1, 0, 0, 1}, Probabilities: []float32{0.4, 0.6, 0.6, 0.4, 0.1, 0.9, 0.9, 0.1, 0.7, 0.3, 0.4, 0.6}}
	var v spec.Variant
	compare(&v, before, after, enc)
	if v.Changed != 4 || v.NowWrong != 2 || v.NowRight != 2 {
		t.Errorf("%d changed, %d now wrong, %d now right", v.Changed, v.NowWrong, v.NowRight)
	}
	var order []int
	for _, f := range v.Flips {
		order = append(order, f.Index)
	}
	if !slices.Equal(order, []int{3, 0, 1, 5}) {
		t.Errorf("flips %v, the surest change first", order)
	}
	want := spec.Flip{Index: 0, Text: "a", Truth: "bad", Before: float64(float32(0.1)), After: float64(float32(0.6))}
	if v.Flips[1] != want {
		t.Errorf("%+v, want %+v", v.Flips[1], want)
	}
	if !v.Flips[3].NowRight {
		t.Errorf("%+v became right", v.Flips[3])
	}
}

func TestWithManyLabelsAFlipTellsTheTrueOnesProbability(t *testing.T) {
	enc := &data.Encoded{Labels: []string{"a", "b", "c"}, Test: data.Part{Labels: []int32{1}}}
	var v spec.Variant
	compare(&v, &Answers{Class: []int32{0}, Probabilities: []float32{0.6, 0.3, 0.1}}, &Answers{Class: []int32{2}, Probabilities: []float32{0.2, 0.25, 0.55}}, enc)
	if f := v.Flips[0]; f.Before != float64(float32(0.3)) || f.After != 0.25 || f.NowRight || v.NowRight+v.NowWrong != 0 {
		t.Errorf("%+v, variant %+v", f, v)
	}
}

func TestAtMost500FlipsAreCarried(t *testing.T) {
	n := 700
	enc := &data.Encoded{Labels: []string{"a", "b"}, Test: data.Part{Labels: make([]int32, n)}}
	before := &Answers{Class: make([]int32, n), Probabilities: make([]float32, 2*n)}
	after := &Answers{Class: slices.Repeat([]int32{1}, n), Probabilities: make([]float32, 2*n)}
	var v spec.Variant
	compare(&v, before, after, enc)
	if v.Changed != n || len(v.Flips) != 500 {
		t.Errorf("%d changed, %d carried", v.Changed, len(v.Flips))
	}
}

func TestCancellingEndsAnyStage(t *testing.T) {
	m := trained(t, 2)
	enc := set(t, m, 100)
	for at := range 12 {
		ctx, cancel := context.WithCancel(context.Background())
		yields := 0
		_, _, err := Run(ctx, m, pipeline(t, "prune=0.8,finetune=1,quantize=int8"), Env{
			Device: generic, Data: enc, Train: nudge, Now: clock(), Threads: 1,
			Yield: func() {
				if yields == at {
					cancel()
				}
				yields++
			},
		}, func(spec.Event) {})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled at yield %d: %v", at, err)
		}
		cancel()
	}
}

func TestWhatCanNotBeDoneIsSaid(t *testing.T) {
	m := trained(t, 2)
	enc := set(t, m, 20)
	env := Env{Device: generic, Data: enc}
	quiet := func(spec.Event) {}
	if _, _, err := Run(context.Background(), m, nil, env, quiet); err == nil {
		t.Error("an empty pipeline was run")
	}
	if _, _, err := Run(context.Background(), m, pipeline(t, "finetune=1"), env, quiet); err == nil {
		t.Error("tuned without a trainer")
	}
	if _, _, err := Run(context.Background(), m, []spec.PipelineStep{{Name: "squeeze"}}, env, quiet); err == nil {
		t.Error("an unknown technique was run")
	}
	small, _, err := Run(context.Background(), m, pipeline(t, "quantize=int8"), env, quiet)
	if err != nil {
		t.Fatal(err)
	}
	var e *model.Error
	if _, _, err := Run(context.Background(), small, pipeline(t, "prune=0.5"), env, quiet); !errors.As(err, &e) || e.Code != model.Shape {
		t.Errorf("pruning rounded weights: %v", err)
	}
	foreign := *enc
	foreign.Test.IDs = slices.Repeat([]int32{vocabSize}, len(enc.Test.IDs))
	for _, threads := range []int{1, 3} {
		if _, _, err := Original(context.Background(), m, Env{Device: generic, Data: &foreign, Threads: threads}); err == nil || errors.Is(err, context.Canceled) {
			t.Errorf("texts of another vocabulary, %d threads: %v", threads, err)
		}
	}
	none := &data.Encoded{Labels: enc.Labels, Vocab: enc.Vocab}
	if _, _, err := Original(context.Background(), m, Env{Device: generic, Data: none}); err == nil {
		t.Error("measured on no texts")
	}
}

func TestEveryTechniqueOfTheSpecIsHere(t *testing.T) {
	for _, of := range spec.Techniques {
		if techniques[of.Name] == nil {
			t.Errorf("%s is in the language of pipelines and not here", of.Name)
		}
	}
	if len(techniques) != len(spec.Techniques) {
		t.Errorf("%d techniques, %d in the language", len(techniques), len(spec.Techniques))
	}
}

func TestNamesAreShortAndPlain(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "original",
		"quantize=int8":                         "int8",
		"prune=0.8,quantize=int8":               "prune 80 · int8",
		"prune=0.8/lstm,finetune=1":             "prune 80 lstm · tune 1",
		"prune=0.825,finetune=12,quantize=int8": "prune 82.5 · tune 12 · int8",
		"prune=0.07":                            "prune 7",
	} {
		if got := Name(pipeline(t, text)); got != want {
			t.Errorf("%q is called %q, want %q", text, got, want)
		}
	}
}
