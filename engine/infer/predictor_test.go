package infer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/nn"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/tensor/devicetest"
	"github.com/clove-ml/clove/engine/text"
)

var generic = tensor.Generic(tensor.GenericOptions{})

// labels of 2 or more classes.
func labels(n int) []string {
	l := make([]string, n)
	for i := range l {
		l[i] = fmt.Sprintf("label%d", i)
	}
	return l
}

// trained is a model with values as training leaves them, about.
func trained(t testing.TB, vocab, e, h, classes int) *model.Model {
	t.Helper()
	var counts []text.Count
	for i := range vocab - 2 {
		counts = append(counts, text.Count{Token: fmt.Sprintf("w%d", i), N: 1})
	}
	s := spec.Default()
	s.Model.Embedding, s.Model.Hidden = e, h
	r := rand.New(rand.NewPCG(uint64(e), uint64(h)))
	c := model.NewConfig(s, labels(classes))
	v := text.Build(counts, vocab, 1)
	m, err := model.FromFloats(c, v, func(name string) []float32 {
		for _, p := range c.Shapes(vocab) {
			if p.Name != name {
				continue
			}
			n := 1
			for _, d := range p.Shape {
				n *= d
			}
			w := make([]float32, n)
			for i := range w {
				// Multiples of 2⁻¹¹ in ±0.7, the same on every platform, their deviation 0.4.
				w[i] = float32(r.IntN(2867)-1433) / 2048
			}
			if name == model.Embedding {
				clear(w[:e])
			}
			return w
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// pruned has zeros in place of weights below 0.3.
func pruned(m *model.Model) *model.Model {
	return m.With(func(p model.Param) model.Encoding {
		v := p.Values()
		if len(p.Shape) == 2 {
			for i, x := range v {
				if -0.3 < x && x < 0.3 {
					v[i] = 0
				}
			}
		}
		return model.F32(v)
	})
}

func quantized(m *model.Model) *model.Model {
	return m.With(func(p model.Param) model.Encoding {
		if len(p.Shape) < 2 {
			return p.Enc
		}
		return model.Quantize(p.Values(), p.Shape[0], p.Shape[1])
	})
}

// sparsely stores the named matrices sparse, whether that is smaller or not; none named, all.
func sparsely(m *model.Model, names ...string) *model.Model {
	return m.With(func(p model.Param) model.Encoding {
		if len(p.Shape) < 2 || len(names) > 0 && !slices.Contains(names, p.Name) {
			return p.Enc
		}
		if q, ok := p.Enc.(*model.Ints); ok {
			return model.SparseInt8(q)
		}
		return model.SparseF32(p.Values(), p.Shape[0], p.Shape[1])
	})
}

// variants are a model in every encoding that can be run.
func variants(m *model.Model) map[string]*model.Model {
	p := pruned(m)
	all := map[string]*model.Model{
		"f32":                   m,
		"int8":                  quantized(m),
		"sparse f32":            sparsely(p),
		"sparse int8":           sparsely(quantized(p)),
		"sparse f32 LSTM":       sparsely(p, model.LSTMInput, model.LSTMHidden),
		"sparse f32 embedding":  sparsely(p, model.Embedding),
		"sparse f32 W_hh":       sparsely(p, model.LSTMHidden),
		"sparse int8 embedding": sparsely(quantized(p), model.Embedding),
		"sparse int8 LSTM":      sparsely(quantized(p), model.LSTMInput, model.LSTMHidden),
	}
	for name, k := range kinds {
		all[name] = encoded(m, k.encode)
	}
	return all
}

// texts of lengths 1 to longest, in no order.
func texts(n, longest, vocab int) [][]int32 {
	r := rand.New(rand.NewPCG(7, 9))
	all := make([][]int32, n)
	for i := range all {
		all[i] = make([]int32, 1+r.IntN(longest))
		for j := range all[i] {
			all[i][j] = int32(1 + r.IntN(vocab-1))
		}
	}
	return all
}

func predictor(t testing.TB, m *model.Model) *Predictor {
	t.Helper()
	p, err := New(m, generic)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func logits(t testing.TB, p *Predictor, all [][]int32) []float32 {
	t.Helper()
	z, err := p.Logits(all)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func same(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
}

func TestFloat32GivesTheBitsOfTraining(t *testing.T) {
	for _, classes := range []int{2, 5} {
		m := trained(t, 40, 12, 9, classes)
		all := texts(11, 17, 40)
		net := nn.New(generic, nn.Config{
			Vocabulary: 40, Embedding: 12, Hidden: 9, Outputs: m.Config.Outputs, EmbeddingDropout: 0.5, Dropout: 0.5,
		})
		for _, p := range net.Params() {
			generic.Upload(p.W, m.Floats(p.Name))
		}
		b := nn.Batch{B: len(all), T: 17, IDs: make([]int32, len(all)*17)}
		for i, ids := range all {
			copy(b.IDs[i*17:], ids)
			b.Lengths = append(b.Lengths, int32(len(ids)))
		}
		want := make([]float32, len(all)*m.Config.Outputs)
		generic.Download(want, net.NewShard(len(all), 17).Forward(b, false))
		if got := logits(t, predictor(t, m), all); !same(got, want) {
			t.Errorf("%d classes: logits\n%v, in training\n%v", classes, got, want)
		}
	}
}

func TestEveryDeviceAnswersTheSame(t *testing.T) {
	all := texts(37, 9, 40)
	for name, m := range variants(trained(t, 40, 45, 38, 3)) {
		want := logits(t, predictor(t, m), all)
		devicetest.Each(t, func(t *testing.T, dev tensor.Device) {
			p, err := New(m, dev)
			if err != nil {
				t.Fatal(err)
			}
			if got := logits(t, p, all); !same(got, want) {
				t.Errorf("%s: logits\n%v, on the generic device\n%v", name, got, want)
			}
		})
	}
}

func TestABatchAnswersAsItsTextsAlone(t *testing.T) {
	for _, classes := range []int{2, 4} {
		all := texts(13, 21, 40)
		for name, m := range variants(trained(t, 40, 10, 7, classes)) {
			p := predictor(t, m)
			together := logits(t, p, all)
			for i, ids := range all {
				k := p.Outputs()
				if alone := logits(t, p, [][]int32{ids}); !same(alone, together[i*k:(i+1)*k]) {
					t.Errorf("%s: text %d alone %v, in the batch %v", name, i, alone, together[i*k:(i+1)*k])
				}
			}
		}
	}
}

// A sparse product adds what a dense one would but for the terms that are 0, in the same order.
func TestSparseGivesTheBitsOfDense(t *testing.T) {
	all := texts(9, 15, 40)
	m := pruned(trained(t, 40, 11, 6, 2))
	want := logits(t, predictor(t, m), all)
	wantInt8 := logits(t, predictor(t, quantized(m)), all)
	for name, v := range variants(trained(t, 40, 11, 6, 2)) {
		if !strings.HasPrefix(name, "sparse") || kinds[name].encode != nil {
			continue
		}
		dense := want
		if strings.Contains(name, "int8") {
			dense = wantInt8
		}
		if got := logits(t, predictor(t, v), all); !same(got, dense) {
			t.Errorf("%s: %v, dense %v", name, got, dense)
		}
	}
}

func TestATraceEndsAtTheAnswer(t *testing.T) {
	ids := texts(1, 12, 40)[0]
	ids = append(ids, 3, 4, 5)
	for name, m := range variants(trained(t, 40, 10, 7, 3)) {
		p := predictor(t, m)
		tr, err := p.Trace(ids)
		if err != nil {
			t.Fatal(err)
		}
		if len(tr.Embed) != len(ids) || len(tr.Hidden) != len(ids) || len(tr.Logits) != len(ids) {
			t.Fatalf("%s: %d rows, %d states, %d logits for %d tokens", name, len(tr.Embed), len(tr.Hidden), len(tr.Logits), len(ids))
		}
		table := m.Floats(model.Embedding)
		for i, id := range ids {
			if z := logits(t, p, [][]int32{ids[:i+1]}); !same(z, tr.Logits[i]) {
				t.Errorf("%s: after token %d the logits are %v, of the text cut there %v", name, i, tr.Logits[i], z)
			}
			if !slices.Equal(tr.Embed[i], table[id*10:(id+1)*10]) {
				t.Errorf("%s: token %d has another row than the table", name, i)
			}
			if len(tr.Hidden[i]) != 7 {
				t.Errorf("%s: a state of %d units", name, len(tr.Hidden[i]))
			}
		}
	}
}

func TestTheSameModelFromItsFileAnswersTheSame(t *testing.T) {
	all := texts(5, 9, 30)
	for name, m := range variants(trained(t, 30, 6, 5, 2)) {
		again, err := model.Read(m.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if !same(logits(t, predictor(t, m), all), logits(t, predictor(t, again), all)) {
			t.Errorf("%s: other answers after reading it back", name)
		}
	}
}

func TestManyMayAskAtOnce(t *testing.T) {
	all := texts(6, 30, 40)
	for name, m := range variants(trained(t, 40, 10, 7, 2)) {
		p := predictor(t, m)
		want := logits(t, p, all)
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				for range 5 {
					got, err := p.Logits(all)
					if err != nil || !same(got, want) {
						t.Errorf("%s: another answer beside others: %v", name, err)
					}
				}
			})
		}
		wait.Wait()
	}
}

// A worker that yields inside a long reading may be asked for another meanwhile.
func TestOneMayAskAgainInsideYield(t *testing.T) {
	m := sparsely(quantized(pruned(trained(t, 40, 64, 64, 2))))
	long, short := texts(40, 60, 40), texts(3, 5, 40)
	quiet := predictor(t, m)
	want, wantShort := logits(t, quiet, long), logits(t, quiet, short)
	p := predictor(t, m)
	yields := 0
	p.Yield = func() {
		yields++
		if !same(logits(t, quiet, short), wantShort) {
			t.Error("another answer inside Yield")
		}
		if yields == 1 && !same(logits(t, p, short), wantShort) {
			t.Error("another answer of the same predictor inside Yield")
		}
	}
	if !same(logits(t, p, long), want) {
		t.Error("yielding changed the answer")
	}
	if yields < 3 {
		t.Errorf("%d yields in some 40 million multiply-adds", yields)
	}
}

func TestWrongIDsAreRefused(t *testing.T) {
	p := predictor(t, trained(t, 30, 4, 4, 2))
	for name, ids := range map[string][]int32{"none": {}, "below": {-1}, "beyond": {30}} {
		if _, err := p.Logits([][]int32{{1}, ids}); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if _, err := p.Trace(ids); err == nil {
			t.Errorf("%s: traced", name)
		}
	}
}

func TestAModelOfTwoArithmeticsAnswers(t *testing.T) {
	m := trained(t, 30, 4, 4, 2).With(func(p model.Param) model.Encoding {
		if p.Name == model.LSTMHidden {
			return model.Quantize(p.Values(), p.Shape[0], p.Shape[1])
		}
		return p.Enc
	})
	decoded := m.With(func(p model.Param) model.Encoding { return model.F32(p.Values()) })
	texts := [][]int32{{3, 4, 5}, {7}}
	got, err := predictor(t, m).Logits(texts)
	if err != nil {
		t.Fatal(err)
	}
	want, err := predictor(t, decoded).Logits(texts)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if d := got[i] - want[i]; d > 0.02 || d < -0.02 {
			t.Errorf("logit %d is %g, decoded %g", i, got[i], want[i])
		}
	}
}

// bare is a device without any optional kernel.
type bare struct{ tensor.Device }

func TestADeviceWithoutTheKernelSaysSo(t *testing.T) {
	m := pruned(trained(t, 30, 4, 4, 2))
	for op, x := range map[string]*model.Model{"GemmInt8": quantized(m), "GemmSparse": sparsely(m)} {
		var e *tensor.ErrUnsupported
		if _, err := New(x, bare{generic}); !errors.As(err, &e) || e.Op != op {
			t.Errorf("%s: %v", op, err)
		}
	}
}

func TestProbabilitiesAreOfTheLabels(t *testing.T) {
	two, four := predictor(t, trained(t, 30, 4, 4, 2)), predictor(t, trained(t, 30, 4, 4, 4))
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct {
		p      *Predictor
		logits []float32
		want   []float64
		class  int
	}{
		{two, []float32{0}, []float64{0.5, 0.5}, 0},
		{two, []float32{2}, []float64{0.119203, 0.880797}, 1},
		{two, []float32{-100}, []float64{1, 0}, 0},
		{two, []float32{inf}, []float64{0, 1}, 1},
		{two, []float32{nan}, []float64{0.5, 0.5}, 0},
		{four, []float32{1, 1, 1, 1}, []float64{0.25, 0.25, 0.25, 0.25}, 0},
		{four, []float32{1000, 0, 0, 1000}, []float64{0.5, 0, 0, 0.5}, 0},
		{four, []float32{0, 1, 2, 3}, []float64{0.032059, 0.087144, 0.236883, 0.643914}, 3},
		{four, []float32{0, nan, 0, 0}, []float64{0.25, 0.25, 0.25, 0.25}, 0},
		{four, []float32{0, inf, 0, 0}, []float64{0.25, 0.25, 0.25, 0.25}, 1},
	} {
		got := make([]float32, len(c.want))
		c.p.Probabilities(got, c.logits)
		for k := range got {
			if math.Abs(float64(got[k])-c.want[k]) > 1e-6 {
				t.Errorf("%v: %v, want %v", c.logits, got, c.want)
				break
			}
		}
		if class := c.p.Answer(c.logits); class != c.class || class != nn.Class(c.logits) {
			t.Errorf("%v is class %d, in training %d, want %d", c.logits, class, nn.Class(c.logits), c.class)
		}
	}
}

func TestAnyTextIsReadAndAnswered(t *testing.T) {
	p := predictor(t, trained(t, 30, 4, 4, 2))
	for _, s := range []string{"w1 w2 W3 unheard", "", "\xff\xfe", strings.Repeat("w5 ", 500)} {
		z, err := p.Logits([][]int32{p.Encode(s)})
		if err != nil || len(z) != 1 || z[0]-z[0] != 0 {
			t.Errorf("%.20q: %v %v", s, z, err)
		}
	}
	if n := len(p.Encode(strings.Repeat("w5 ", 500))); n != p.Model().Config.Tokenizer.MaxTokens {
		t.Errorf("a long text is cut to %d tokens", n)
	}
}

// The figures were made natively on amd64; under wasm and on arm64 the same must come out.
func TestTheBitsAreTheSameOnEveryPlatform(t *testing.T) {
	want := map[string]uint64{
		"f32": 0x33b4628cf53f9a6b, "int8": 0xc6c0e7bd2843025a,
		"sparse f32": 0x7657446ff70d0aa0, "sparse int8": 0xc784ac663f1f37b4,
	}
	all := texts(20, 40, 60)
	for name, m := range variants(trained(t, 60, 24, 18, 3)) {
		h := fnv.New64a()
		for _, z := range logits(t, predictor(t, m), all) {
			binary.Write(h, binary.LittleEndian, math.Float32bits(z))
		}
		if w, known := want[name]; known && h.Sum64() != w {
			t.Errorf("%s: the logits' hash is %#x, want %#x", name, h.Sum64(), w)
		}
	}
}
