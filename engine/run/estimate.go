package run

import (
	"context"
	"time"

	"github.com/clove-ml/clove/engine/compress"
	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/train"
)

// How long a run will take, and how much memory, before it begins.
//
//	seconds = Step · steps + Token · tokens trained on + Look · tokens of looks and validation
//	        + Read · tokens of the test + the timing of single answers
//
// with the cost of each from a probe of some real steps on this machine.

// Pace is what the parts of a run cost on a machine, in seconds.
type Pace struct {
	train.Pace
	Read   float64 `json:"read"`   // a token of a test text, 32 texts at once
	Answer float64 `json:"answer"` // a token of a text that is read alone
}

// Work is how much of each a run has. It is counted, no guess.
type Work struct {
	Steps    int
	Trained  int // tokens, over all epochs
	Looked   int
	Tested   int
	Answered int // of the texts that are timed alone
}

// WorkOf counts the work of a run of s on enc, if patience does not end it early.
func WorkOf(enc *data.Encoded, s spec.Spec) Work {
	epochs, steps := s.Train.Epochs, (enc.Train.Len()+s.Train.Batch-1)/s.Train.Batch
	mean := func(p *data.Part, texts int) int { return texts * len(p.IDs) / max(1, p.Len()) }
	looks := min(steps-1, train.Looks)
	return Work{
		Steps:    steps * epochs,
		Trained:  len(enc.Train.IDs) * epochs,
		Looked:   epochs * (len(enc.Valid.IDs) + looks*mean(&enc.Valid, min(train.Sampled, enc.Valid.Len()))),
		Tested:   len(enc.Test.IDs),
		Answered: mean(&enc.Test, min(compress.MaxTimed, enc.Test.Len())),
	}
}

// Seconds that work takes at a pace.
func (p Pace) Seconds(w Work) float64 {
	alone := min(p.Answer*float64(w.Answered), compress.TimedFor.Seconds())
	if w.Answered > 0 {
		alone += compress.WarmFor.Seconds()
	}
	return p.Step*float64(w.Steps) + p.Token*float64(w.Trained) + p.Look*float64(w.Looked) +
		p.Read*float64(w.Tested)/float64(max(1, p.Workers)) + alone
}

// Times is a pace that takes so many times as long.
func (p Pace) Times(x float64) Pace {
	p.Step, p.Token, p.Look, p.Read, p.Answer = p.Step*x, p.Token*x, p.Look*x, p.Read*x, p.Answer*x
	return p
}

// Probe finds the pace of a run of s on env.Encoded here, in about a tenth of a second of
// real steps. Of env it uses Device, Threads, Team, Now and Yield; between steps it calls
// between, whose error ends it.
func Probe(ctx context.Context, s spec.Spec, env Env, between func() error) (p Pace, err error) {
	defer func() { err = asPanic(recover(), err) }()
	enc := env.Encoded
	r := newRunner(env, func(spec.Event) {})
	r.spec = s
	o := train.Options{Threads: env.Threads, Team: env.Team, Now: r.env.Now}
	pace, t, err := train.Probe(ctx, r.learner(), enc, s, o, between)
	if err != nil {
		return Pace{}, err
	}
	p.Pace = pace
	reader, err := infer.New(t.View(), r.env.Device)
	if err != nil {
		return Pace{}, err
	}
	part := &enc.Test
	if part.Len() == 0 {
		part = &enc.Train
	}
	if p.Read, err = reading(reader, part, 32, 2, r.env.Now, between); err == nil {
		p.Answer, err = reading(reader, part, 1, 8, r.env.Now, between)
	}
	return p, err
}

// reading is the seconds a token of texts that are read so many at once, so many times;
// the first time does not count.
func reading(p *infer.Predictor, part *data.Part, atOnce, times int, now func() time.Time, between func() error) (float64, error) {
	seconds, tokens := 0.0, 0
	batch := make([][]int32, 0, atOnce)
	for i := range times + 1 {
		if err := between(); err != nil {
			return 0, err
		}
		batch = batch[:0]
		n := 0
		for j := range atOnce {
			at := ((i*atOnce + j) * 7919) % part.Len() // a prime: texts from everywhere
			batch = append(batch, part.Text(at))
			n += len(batch[j])
		}
		began := now()
		if _, err := p.Logits(batch); err != nil {
			return 0, err
		}
		if i > 0 {
			seconds, tokens = seconds+now().Sub(began).Seconds(), tokens+n
		}
	}
	return seconds / float64(max(1, tokens)), nil
}

// garbage is how many bytes the heap takes for each that lives.
const garbage = 1.45

// Memory is the bytes that a run of s on enc takes beside the program, the one that trains:
// what lives at once while a checkpoint is written, and the garbage that is let lie, of
// each live byte so many more (see debug.SetGCPercent).
//
//	weights, gradients, two moments, the best copy   V·E and 4H(E + H + 2), K(H + 1)
//	a shard's activations                            rows · tokens · (7H + 2E)
//	gradients of four shards                         each dense, and rows · tokens · E of the embedding
//	a checkpoint                                     four copies as bytes, twice
//	texts as numbers, and those of the test          4 bytes a token
func Memory(enc *data.Encoded, s spec.Spec) int64 {
	const float = 4
	net := train.Architecture(s, enc)
	V, E, H, K := net.Vocabulary, net.Embedding, net.Hidden, net.Outputs
	table := V * E
	dense := 4*H*(E+H+2) + K*(H+1)
	rows := (s.Train.Batch + train.Shards - 1) / train.Shards
	slots := rows * train.Longest(enc)
	weights := table + dense
	gradients := dense + min(V, train.Shards*slots)*E + train.Shards*(dense+min(V, slots)*E)
	live := 4*weights + gradients + slots*(7*H+2*E+3) + train.Shards*slots
	checkpoint := (3 + 4 + 4) * weights // one more copy, the tensors as bytes, and the file of them
	return int64(garbage * (float64(float*(live+checkpoint)) + float64(Texts(enc))))
}

// Texts is the bytes that a data set takes as it lies in memory.
func Texts(enc *data.Encoded) int64 {
	n := int64(0)
	for _, p := range []*data.Part{&enc.Train, &enc.Valid, &enc.Test} {
		n += 4 * int64(len(p.IDs)+2*p.Len())
		for _, t := range p.Texts {
			n += int64(len(t)) + 8
		}
	}
	return n + 64*int64(enc.Vocab.Size())
}
