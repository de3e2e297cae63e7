// Linear is the honest baseline beside which docs/results.md sets Clove's models: logistic
// regression on which words and pairs of words a review has, each weighed by its naive
// Bayes log-count ratio (Wang & Manning 2012, https://aclanthology.org/P12-2018).
//
//	p = 1 + Σ f of positive texts    q = 1 + Σ f of negative ones    f 1 where a feature is in the text
//	r = log((p / ‖p‖₁) / (q / ‖q‖₁))
//	z = b + Σ w·r over the text's features
//
// w is learned by AdaGrad (Duchi et al. 2011) on the training texts alone, after each epoch
// validation is asked, and the best is kept. It is made smaller as the models are: the
// weights w·r that matter least are left out, the others rounded to 8 bits beside 32 bits of
// their feature's hash; or features share buckets by hash (Weinberger et al. 2009,
// arXiv:0902.2206) of 8 or 4 bits, trained so.
//
//	go run ./docs/results/linear PATH      prints JSON, a line a variant
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"slices"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/text"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: linear PATH of the set imdb")
		os.Exit(2)
	}
	if err := measure(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "linear:", err)
		os.Exit(1)
	}
}

func measure(path string) error {
	src, err := data.Open(path, data.ReadOptions{})
	if err != nil {
		return err
	}
	s, _ := spec.Preset("imdb") // its split
	s.Tokenizer.Vocabulary, s.Tokenizer.MinCount, s.Tokenizer.MaxTokens = spec.MaxVocabulary, 2, spec.MaxTokens
	enc, err := data.Encode(context.Background(), src, s, data.Hooks{})
	if err != nil {
		return err
	}
	whole := newSet(enc)
	full := whole.learn()
	tell("NB-weighted logistic regression, words and pairs", whole.bytes(), whole.right(full, &whole.test), len(enc.Test.Labels))
	for _, n := range []int{200_000, 50_000, 10_000, 5_000} {
		tell(fmt.Sprintf("… the %d features that matter most, int8", n), 5*n+8, whole.right(full.largest(n).rounded(8), &whole.test), len(enc.Test.Labels))
	}
	for _, by := range []struct{ log, bits int }{{20, 8}, {18, 4}, {16, 4}} {
		hashed := whole.hashed(1 << by.log)
		w := hashed.learn().rounded(by.bits)
		tell(fmt.Sprintf("… 2^%d buckets by hash, int%d", by.log, by.bits), 1<<by.log*by.bits/8+8, hashed.right(w, &hashed.test), len(enc.Test.Labels))
	}
	return nil
}

// tell one variant.
func tell(name string, bytes, right, texts int) {
	b, err := json.Marshal(struct {
		Name  string       `json:"name"`
		Bytes int          `json:"bytes"`
		Test  spec.Measure `json:"test"`
	}{name, bytes, spec.NewMeasure(right, texts, 0)})
	if err != nil {
		panic(err) // plain fields
	}
	fmt.Println(string(b))
}

// texts are the features of each, and whether it is of the last label.
type texts struct {
	features [][]int32
	positive []bool
}

// set is the three parts by the same features.
type set struct {
	train, valid, test texts
	names              []string // of the features; nil where they are buckets
	n                  int
}

// newSet has the words and pairs that two training texts have.
func newSet(enc *data.Encoded) *set {
	s := &set{}
	count := map[[2]int32]int{}
	for i := range enc.Train.Len() {
		for _, f := range pairs(enc.Train.Text(i)) {
			count[f]++
		}
	}
	var known [][2]int32
	for f, n := range count {
		if n >= 2 {
			known = append(known, f)
		}
	}
	slices.SortFunc(known, func(a, b [2]int32) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	index := map[[2]int32]int32{}
	for i, f := range known {
		index[f] = int32(i)
		name := enc.Vocab.Token(f[0])
		if f[1] >= 0 {
			name += " " + enc.Vocab.Token(f[1])
		}
		s.names = append(s.names, name)
	}
	s.n = len(known)
	read := func(part *data.Part) (t texts) {
		for i := range part.Len() {
			var list []int32
			for _, f := range pairs(part.Text(i)) {
				if at, ok := index[f]; ok {
					list = append(list, at)
				}
			}
			t.features = append(t.features, list)
			t.positive = append(t.positive, part.Labels[i] == 1)
		}
		return t
	}
	s.train, s.valid, s.test = read(&enc.Train), read(&enc.Valid), read(&enc.Test)
	return s
}

// pairs are the words of a text and its neighbours in pairs, each once, ascending; the
// second of a word alone is −1. Unknown words make none.
func pairs(ids []int32) (list [][2]int32) {
	for i, id := range ids {
		if id == text.UnkID {
			continue
		}
		list = append(list, [2]int32{id, -1})
		if i > 0 && ids[i-1] != text.UnkID {
			list = append(list, [2]int32{ids[i-1], id})
		}
	}
	slices.SortFunc(list, func(a, b [2]int32) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	return slices.Compact(list)
}

// bytes of a file of names and float32 weights.
func (s *set) bytes() int {
	n := 0
	for _, name := range s.names {
		n += len(name) + 1 + 4
	}
	return n
}

// hashed is the set with features in so many buckets.
func (s *set) hashed(buckets int) *set {
	to := make([]int32, s.n)
	for i, name := range s.names {
		h := fnv.New64a()
		h.Write([]byte(name))
		to[i] = int32(h.Sum64() % uint64(buckets))
	}
	read := func(t texts) texts {
		u := texts{positive: t.positive}
		for _, f := range t.features {
			var list []int32
			for _, at := range f {
				list = append(list, to[at])
			}
			slices.Sort(list)
			u.features = append(u.features, slices.Compact(list))
		}
		return u
	}
	return &set{train: read(s.train), valid: read(s.valid), test: read(s.test), n: buckets}
}

// weights are w·r of each feature, and the bias.
type weights struct {
	v    []float64
	bias float64
}

const (
	epochs = 8
	rate   = 0.05
	decay  = 1e-6
)

// learn by AdaGrad, the best epoch on validation.
func (s *set) learn() weights {
	p, q := make([]float64, s.n), make([]float64, s.n)
	for i := range s.n {
		p[i], q[i] = 1, 1
	}
	for i, list := range s.train.features {
		for _, f := range list {
			if s.train.positive[i] {
				p[f]++
			} else {
				q[f]++
			}
		}
	}
	var P, Q float64
	for i := range s.n {
		P += p[i]
		Q += q[i]
	}
	r, w, g2 := make([]float64, s.n), make([]float64, s.n), make([]float64, s.n)
	for i := range s.n {
		r[i] = math.Log(p[i] / P * Q / q[i])
	}
	bias, bias2 := 0.0, 0.0
	best, most := weights{}, -1
	random := rand.New(rand.NewPCG(1, 2))
	for range epochs {
		for _, i := range random.Perm(len(s.train.features)) {
			z, y := bias, 0.0
			for _, f := range s.train.features[i] {
				z += w[f] * r[f]
			}
			if s.train.positive[i] {
				y = 1
			}
			d := 1/(1+math.Exp(-z)) - y
			bias2 += d * d
			bias -= rate * d / math.Sqrt(bias2+1e-8)
			for _, f := range s.train.features[i] {
				g := d*r[f] + decay*w[f]
				g2[f] += g * g
				w[f] -= rate * g / math.Sqrt(g2[f]+1e-8)
			}
		}
		now := weights{make([]float64, s.n), bias}
		for i := range w {
			now.v[i] = w[i] * r[i]
		}
		if n := s.right(now, &s.valid); n > most {
			best, most = now, n
		}
	}
	return best
}

// right counts the texts that w gives their label.
func (s *set) right(w weights, t *texts) (n int) {
	for i, list := range t.features {
		z := w.bias
		for _, f := range list {
			z += w.v[f]
		}
		if (z > 0) == t.positive[i] {
			n++
		}
	}
	return n
}

// largest keeps n weights.
func (w weights) largest(n int) weights {
	order := make([]int, len(w.v))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(math.Abs(w.v[b]), math.Abs(w.v[a])) })
	kept := weights{make([]float64, len(w.v)), w.bias}
	for _, i := range order[:min(n, len(order))] {
		kept.v[i] = w.v[i]
	}
	return kept
}

// rounded to so many bits, one scale for all; weights beyond eight deviations are cut off.
func (w weights) rounded(bits int) weights {
	sum, n, most := 0.0, 0.0, 0.0
	for _, x := range w.v {
		if x != 0 {
			sum += x * x
			n++
		}
		most = max(most, math.Abs(x))
	}
	end := float64(int(1)<<(bits-1) - 1)
	scale := min(most, 8*math.Sqrt(sum/n)) / end
	out := weights{make([]float64, len(w.v)), w.bias}
	for i, x := range w.v {
		out.v[i] = scale * max(-end, min(end, math.RoundToEven(x/scale)))
	}
	return out
}
