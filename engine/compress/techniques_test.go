package compress

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/train"
)

// training is an Env that really trains.
func training(enc *data.Encoded, dev tensor.Device, threads int) Env {
	return Env{Device: dev, Data: enc, Threads: threads,
		Train: func(ctx context.Context, s spec.Spec, enc *data.Encoded, o train.Options, progress func(float64)) (*model.Model, error) {
			o.Threads = threads
			return train.Finetune(ctx, dev, enc, s, o, progress, nil)
		}}
}

func ignore(spec.Event) {}

// everything is a pipeline or more for each technique, all that train among them.
var everything = []string{
	"distill=lstm/embedding6/hidden5/epochs2", "distill=bag/embedding6/epochs2/alpha0.5/t4", "distill=bag/embedding5/epochs1,quantize=int4/group32/mse,huffman",
	"words=100", "units=0.5", "units=0.25,finetune=1", "columns=0.5,units=0.25",
	"prune=0.7", "prune=0.7/gradual2", "prune=0.5/layer/lstm/gradual1,quantize=int8", "positive", "positive/lstm,finetune=1",
	"quantize=int8/symmetric", "quantize=int8/gate", "quantize=int8/tensor/percentile", "quantize=int4/mse", "quantize=int4/group64/symmetric", "quantize=article", "quantize=int8/dynamic", "quantize=int4/group32/mse/calibrated",
	"qat=int4/group32/epochs2", "qat=int8/gate/symmetric/lstm", "qat=int4/learned/epochs2", "qat=int4/tensor/embedding,half=bfloat16/lstm",
	"half=float16", "half=bfloat16", "binary=plain/lstm", "binary=mean/epochs2", "binary=learned/epochs2/embedding/lstm/teacher", "units=0.5,finetune=1/teacher", "ternary=mean", "ternary=learned/epochs2",
	"rank=3", "cluster=3", "prune=0.6,cluster=2,huffman", "ternary=mean/lstm,huffman",
}

func TestTheSameStepsGiveTheSameWeightsOnEveryDeviceAndThreadCountAndLeaveTheOriginal(t *testing.T) {
	m := trained(t, 2)
	enc := set(t, m, 50)
	before := m.SHA256()
	for _, text := range everything {
		var want string
		for _, dev := range []tensor.Device{generic, tensor.Best(tensor.GenericOptions{})} {
			for _, threads := range []int{1, 3} {
				small, v, err := Run(context.Background(), m, pipeline(t, text), training(enc, dev, threads), ignore)
				if err != nil {
					t.Fatalf("%s: %v", text, err)
				}
				read, err := model.Read(small.Bytes())
				switch {
				case err != nil:
					t.Errorf("%s: reading the file: %v", text, err)
				case read.SHA256() != small.SHA256():
					t.Errorf("%s: the file has other weights", text)
				case v.FileBytes != len(small.Bytes()):
					t.Errorf("%s: %d bytes were told of %d", text, v.FileBytes, len(small.Bytes()))
				}
				if want == "" {
					want = v.SHA256
				} else if v.SHA256 != want {
					t.Errorf("%s: %s with %d threads of %s, %s before", text, v.SHA256, threads, dev.Name(), want)
				}
			}
		}
		if m.SHA256() != before {
			t.Fatalf("%s changed the original", text)
		}
	}
}

func TestCancellingEndsEveryTechnique(t *testing.T) {
	m := trained(t, 2)
	enc := set(t, m, 50)
	_, original, err := Original(context.Background(), m, Env{Device: generic, Data: enc})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range everything {
		ctx, cancel := context.WithCancel(context.Background())
		env := training(enc, generic, 1)
		env.Original = original
		_, _, err := Run(ctx, m, pipeline(t, text), env, func(e spec.Event) {
			if c, ok := e.(spec.Compressing); ok && c.Stage == 0 {
				cancel()
			}
		})
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s, cancelled in its first step: %v", text, err)
		}
	}
}

func TestWhatMakesNoSenseIsRefusedWithTheReason(t *testing.T) {
	m, quick := trained(t, 2), func(text string) (*model.Model, error) {
		m := trained(t, 2)
		small, _, err := Run(context.Background(), m, pipeline(t, text), training(set(t, m, 30), generic, 1), ignore)
		return small, err
	}
	for text, want := range map[string]string{
		"distill=lstm/embedding32": "the student, 32 → 3, is larger than its teacher, 16 → 12",
		"distill=lstm/hidden13":    "is larger than its teacher",
		"units=0.01":               "takes at least one hidden unit and leaves one",
		"columns=0.99":             "leaves 0",
		"rank=12/lstm":             "rank 12 would take more than it has",
		"rank=2000":                "no matrix is large enough for rank 2000",
		"pq=17":                    "has 16 numbers, which can't be cut into 17",
		"pq=4":                     "256 centroids for 60 words",
		"distill=bag,units=0.5":    "a bag of embeddings has no hidden units",
	} {
		if _, err := quick(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	for _, text := range []string{"prune=1", "prune=0", "units=1", "quantize=int4/group16", "distill=lstm/t0", "binary=learned/epochs0", "cluster=9"} {
		if _, err := spec.ParsePipeline(text); err == nil {
			t.Errorf("%s was taken", text)
		}
	}
	sick := m.With(func(p model.Param) model.Encoding {
		v := p.Values()
		if p.Name == model.LSTMHidden {
			v[5] = float32(math.NaN())
		}
		return model.F32(v)
	})
	for _, text := range everything {
		_, _, err := Run(context.Background(), sick, pipeline(t, text), training(set(t, m, 30), generic, 1), ignore)
		var e *model.Error
		if !errors.As(err, &e) || !strings.Contains(e.Message, model.LSTMHidden) {
			t.Errorf("%s of a model with NaN: %v", text, err)
		}
	}
	wild := training(set(t, m, 30), generic, 1)
	spoiled := trained(t, 2)
	spoiled.Config.Spec.Train.Rate = 1e30
	var e *train.NotFinite
	if _, _, err := Run(context.Background(), spoiled, pipeline(t, "finetune=3"), wild, ignore); !errors.As(err, &e) {
		t.Errorf("tuned at a rate of 1e30: %v", err)
	}
}

// logitsOf is what m answers to each text.
func logitsOf(t *testing.T, m *model.Model, texts [][]int32) []float32 {
	t.Helper()
	p, err := infer.New(m, generic)
	if err != nil {
		t.Fatal(err)
	}
	z, err := p.Logits(texts)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clone(z)
}

func near(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if d := got[i] - want[i]; d > 1e-5 || d < -1e-5 || d != d {
			t.Errorf("%s: logit %d is %g, want %g", what, i, got[i], want[i])
		}
	}
}

func TestANarrowerNetAnswersAsTheWideOneWithThoseUnitsSilent(t *testing.T) {
	m := trained(t, 3)
	enc := set(t, m, 20)
	s, err := begin(m, enc)
	if err != nil {
		t.Fatal(err)
	}
	narrow, err := units(context.Background(), s, job{step: pipeline(t, "units=0.5")[0]})
	if err != nil {
		t.Fatal(err)
	}
	h := m.Config.Model.Hidden
	if got := narrow.m.Config.Model.Hidden; got != h/2 {
		t.Fatalf("%d units of %d", got, h)
	}
	var texts [][]int32
	for i := range enc.Test.Len() {
		texts = append(texts, enc.Test.Text(i))
	}
	// Which went: those whose column of the Linear is not in the narrow one.
	wide, small := m.Floats(model.LinearWeight), narrow.m.Floats(model.LinearWeight)
	kept := map[int]bool{}
	for k := range h {
		if slices.Contains(small[:h/2], wide[k]) {
			kept[k] = true
		}
	}
	silent := m.With(func(p model.Param) model.Encoding {
		v := p.Values()
		rows, cols := p.Dims()
		if len(p.Shape) == 1 {
			rows, cols = p.Shape[0], 1
		}
		if model.LayerOf(p.Name) == spec.PartLSTM {
			for r := range rows {
				if !kept[r%h] { // a unit without weights has i = f = o = ½, g = 0, and so h = 0
					clear(v[r*cols : (r+1)*cols])
				}
			}
		}
		return model.F32(v)
	})
	near(t, "half of the units", logitsOf(t, narrow.m, texts), logitsOf(t, silent, texts))

	thin, err := columns(context.Background(), s, job{step: pipeline(t, "columns=0.25")[0]})
	if err != nil {
		t.Fatal(err)
	}
	e, left := m.Config.Model.Embedding, thin.m.Config.Model.Embedding
	first := thin.m.Floats(model.Embedding)[left : 2*left] // the row of <unk>
	dark := m.With(func(p model.Param) model.Encoding {
		v := p.Values()
		if p.Name == model.Embedding {
			for c := range e {
				if slices.Contains(first, v[e+c]) {
					continue
				}
				for r := range p.Shape[0] {
					v[r*e+c] = 0
				}
			}
		}
		return model.F32(v)
	})
	near(t, "three quarters of the columns", logitsOf(t, thin.m, texts), logitsOf(t, dark, texts))
}

func TestWordsThatStayScoreAsBefore(t *testing.T) {
	m := trained(t, 2)
	enc := set(t, m, 40)
	s, err := begin(m, enc)
	if err != nil {
		t.Fatal(err)
	}
	for _, by := range []string{"use", "effect"} {
		some, err := words(context.Background(), s, job{step: spec.PipelineStep{Name: "words", Value: "30", Options: []string{by}}})
		if err != nil {
			t.Fatal(err)
		}
		if some.m.Vocab.Size() != 30 || some.enc.Vocab.Size() != 30 || some.m.Config.Tokenizer.Vocabulary != 30 {
			t.Fatalf("by %s: %d words", by, some.m.Vocab.Size())
		}
		var old, new [][]int32
		for id := int32(1); id < 30; id++ {
			was := s.m.Vocab.ID(some.m.Vocab.Token(id))
			old, new = append(old, []int32{was, was, 1}), append(new, []int32{id, id, 1})
		}
		if a, b := logitsOf(t, m, old), logitsOf(t, some.m, new); !slices.Equal(a, b) {
			t.Errorf("by %s: %v, before %v", by, b, a)
		}
		for i := range enc.Train.Len() { // a word that went is read as <unk>
			for at, id := range enc.Train.Text(i) {
				token := some.m.Vocab.Token(some.enc.Train.Text(i)[at])
				if want := m.Vocab.Token(id); token != want && token != some.m.Vocab.Token(1) {
					t.Fatalf("by %s: %s is read as %s", by, want, token)
				}
			}
		}
	}
}

func TestGradualPruningReachesTheShareExactly(t *testing.T) {
	m := trained(t, 2)
	enc := set(t, m, 100)
	for _, share := range []float64{0.5, 0.9, 0.97} {
		step := spec.PipelineStep{Name: "prune", Value: "0.5", Options: []string{"lstm", "linear", "gradual2"}}
		step.Value = map[float64]string{0.5: "0.5", 0.9: "0.9", 0.97: "0.97"}[share]
		small, _, err := Run(context.Background(), m, []spec.PipelineStep{step}, training(enc, generic, 1), ignore)
		if err != nil {
			t.Fatal(err)
		}
		zeros, n := 0, 0
		for _, name := range []string{model.LSTMInput, model.LSTMHidden, model.LinearWeight} {
			for _, w := range small.Floats(name) {
				if w == 0 {
					zeros++
				}
				n++
			}
		}
		if want := int(math.RoundToEven(share * float64(n))); zeros != want {
			t.Errorf("%g: %d of %d are zero, want %d", share, zeros, n, want)
		}
		if slices.Contains(small.Floats(model.Embedding)[16:], 0) {
			t.Errorf("%g: the embedding was pruned too", share)
		}
	}
}

func TestPositiveLeavesNoWeightBelowZero(t *testing.T) {
	m := trained(t, 2)
	small, _, err := Run(context.Background(), m, pipeline(t, "positive/lstm,finetune=1"), training(set(t, m, 30), generic, 1), ignore)
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range m.Floats(model.LSTMHidden) {
		if now := small.Floats(model.LSTMHidden)[i]; w < 0 && now != 0 {
			t.Fatalf("%g became %g", w, now)
		}
	}
	if !slices.ContainsFunc(small.Floats(model.Embedding), func(x float32) bool { return x < 0 }) {
		t.Error("the embedding lost its negative weights too")
	}
}

func TestSignsStoreOneOfTwoOrThreeValuesARow(t *testing.T) {
	m := trained(t, 2)
	enc := set(t, m, 30)
	for text, most := range map[string]int{"binary=plain/lstm": 2, "binary=mean/lstm": 2, "binary=learned/lstm": 2, "ternary=mean/lstm": 3, "ternary=learned/lstm": 3} {
		small, _, err := Run(context.Background(), m, pipeline(t, text), training(enc, generic, 1), ignore)
		if err != nil {
			t.Fatal(err)
		}
		h := m.Config.Model.Hidden
		w := small.Floats(model.LSTMHidden)
		for r := range 4 * h {
			row := slices.Clone(w[r*h : (r+1)*h])
			slices.Sort(row)
			values := slices.Compact(row)
			if len(values) > most || values[0] != -values[len(values)-1] {
				t.Errorf("%s: row %d has %v", text, r, values)
			}
			if text == "binary=plain/lstm" && values[len(values)-1] != 1 {
				t.Errorf("%s: row %d has %v", text, r, values)
			}
		}
	}
}

func TestAStudentHasTheShapeThatWasAskedFor(t *testing.T) {
	m := trained(t, 3)
	enc := set(t, m, 40)
	for text, want := range map[string]spec.Model{
		"distill=lstm/embedding5/hidden7/epochs1": {Kind: "lstm", Embedding: 5, Hidden: 7},
		"distill=lstm/epochs1":                    {Kind: "lstm", Embedding: 4, Hidden: 3},
		"distill=bag/embedding8/epochs1":          {Kind: "bag", Embedding: 8, Hidden: 1},
	} {
		small, v, err := Run(context.Background(), m, pipeline(t, text), training(enc, generic, 1), ignore)
		if err != nil {
			t.Fatal(err)
		}
		if got := small.Config.Model; got.Kind != want.Kind || got.Embedding != want.Embedding || got.Hidden != want.Hidden {
			t.Errorf("%s: %+v", text, got)
		}
		if v.Versus == nil || v.Versus.Agreement < 0 || len(v.Errors) > 1 {
			t.Errorf("%s: %+v, errors %v of another shape", text, v.Versus, v.Errors)
		}
	}
}

func TestAReportSaysHowFarALayerIsFromTheOriginal(t *testing.T) {
	m := trained(t, 2)
	env := training(set(t, m, 60), generic, 1)
	env.Now = clock()
	_, v, err := Run(context.Background(), m, pipeline(t, "quantize=int8/lstm,half=float16/linear"), env, ignore)
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Errors) != 3 || !v.Errors[0].Exact || v.Errors[1].DB < 35 || v.Errors[1].DB > 60 || v.Errors[2].DB < 60 {
		t.Errorf("%+v", v.Errors)
	}
	if v.Original != m.SHA256() || v.Versus.Agreement != 1-float64(v.Changed)/60 {
		t.Errorf("%+v beside %s", v.Versus, v.Original)
	}
	if p := v.Pretend; p == nil || p.Texts != 60 || p.Agree < 55 || p.Most > 0.1 || p.LatencyMS != 1 {
		t.Errorf("%+v", p)
	}
}
