// Package train is the loop: steps of the optimiser over shuffled batches,
// evaluation on validation, early stop, and checkpoints from which a run goes
// on to the very bits that it would have reached without a stop.
//
// Everything random is a pure function of the Spec's seed, the step and the
// row, so a checkpoint needs no generator's state; the order of the batches is
// a function of seed and epoch. The test set is never looked at here.
package train

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/nn"
	"github.com/clove-ml/clove/engine/optim"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
)

// Shards is into how many row shards a batch is cut.
const Shards = nn.Shards

// Options of a Trainer. Threads, Team and Now change no bit of the result.
type Options struct {
	Threads int               // that work on the shards, 1 to 4; below 2 all is sequential
	Team    *Team             // of helpers that work on them too; nil none
	Masks   map[string][]bool // weights that may be other than zero, by parameter; nil all
	Initial *model.Model      // weights to start from; nil fresh ones
	Now     func() time.Time  // nil: time.Now
	Ahead   Ahead             // of what is known, on a tensor.Card; zero: what is good
	Card    string            // name of the device where it is one whose bits are its own; "" a host

	// Ways of training that compression needs; Threads work on them, a Team does not.
	Teacher *Teacher               // whose answers are learned beside the labels; nil none
	Round   map[string]nn.Rounding // parameters that the layers read rounded, by name
	// Prune gives the masks from that step on, for the weights as they stand, nil where
	// nothing changes. It is asked before every step.
	Prune func(step, steps int, weights func(name string) []float32) map[string][]bool
}

// Teacher is what another model answers on the training texts.
type Teacher struct {
	Logits []float32 // [texts, K], in the order of the data's Train
	nn.Distil
}

// plain says whether helpers can take part.
func (o *Options) plain() bool { return o.Teacher == nil && len(o.Round) == 0 && o.Prune == nil }

// Trainer is a model in training. It is not safe for use by several goroutines.
type Trainer struct {
	replica
	spec  spec.Spec
	enc   *data.Encoded
	masks map[string][]bool
	team  *Team
	ahead *ahead // on a tensor.Card; nil elsewhere
	card  string
	now   func() time.Time

	teacher *Teacher
	prune   func(step, steps int, weights func(name string) []float32) map[string][]bool

	stepsAnEpoch int
	order        [][]int32 // batches of the epoch orderOf
	orderOf      int
	byLength     []int32 // validation texts, short to long
	sample       []int32 // some of them, for a look in the midst of an epoch

	longest   int // tokens of a text
	crew      crew
	smooth    smoothing
	rows      []int32               // of the batch at hand
	read      []int32               // its tokens
	shardStep func(worker, job int) // oneShard and oneBlock, made once: no allocation per step
	shardLook func(worker, job int)

	part  *data.Part // being evaluated
	looks []int32    // rows of it
	seen  []result   // of its blocks, each the rows of a shard
	at    []int      // blocks at hand

	state state
	best  [][]float32 // parameters at state.Best; nil where they are the present ones, or not kept
	bestL [][]float32 // and what their roundings had learned
	print string      // fingerprint of the data, once made
}

// state is what a checkpoint keeps beside the tensors.
type state struct {
	Step    int     // taken
	Closed  int     // epochs ended
	Looked  int     // step of the last look at the sample
	Loss    float64 // sum over the texts of the epoch at hand
	Right   int
	Seen    int
	Seconds float64 // of steps and evaluations
	Best    Best
	Lowest  float64 // validation loss so far
	Since   int     // epochs without a lower one
	Stopped bool    // by patience
	Card    string  `json:",omitempty"` // the latest that took steps; "" hosts took all
}

// Best is where validation was best.
type Best struct {
	Epoch, Step int
	Measure     spec.Measure
}

// Stepped is what a step found.
type Stepped struct {
	Step, Epoch  int
	Loss         float64 // sum over the texts of the batch
	Right, Texts int
	Rate         float64
	GradNorm     float64 // before clipping
}

// And is two findings together: the sums of both, the figures of the later.
func (s Stepped) And(later Stepped) Stepped {
	if later.Texts == 0 {
		return s
	}
	later.Loss += s.Loss
	later.Right += s.Right
	later.Texts += s.Texts
	return later
}

// NotFinite is a run that can't go on: the tensor named holds an infinity or a
// NaN. The parameters are still those of the step before.
type NotFinite struct {
	Step   int     // that was being taken
	Tensor string  // parameter, or gradient of one; "loss" or "norm of the gradients" where only that is not finite
	Rate   float64 // a smaller learning rate to try
}

func (e *NotFinite) Error() string {
	return fmt.Sprintf("step %d: %s is not finite any more; try a smaller learning rate, %g", e.Step, e.Tensor, e.Rate)
}

// New makes a trainer of the model that s describes on the texts of enc.
func New(dev tensor.Device, enc *data.Encoded, s spec.Spec, o Options) (*Trainer, error) {
	if enc.Train.Len() == 0 {
		return nil, &data.Error{Code: data.CodeEmpty, Message: "there are no texts to train on"}
	}
	t := &Trainer{spec: s, enc: enc, masks: o.Masks, team: o.Team, card: o.Card, now: o.Now, teacher: o.Teacher, prune: o.Prune}
	if !o.plain() || o.Card != "" {
		t.team = nil
	}
	if t.now == nil {
		t.now = time.Now
	}
	t.crew.threads = 1
	if o.Threads > 1 {
		t.crew.threads = o.Threads
		if t.crew.threads > Shards {
			t.crew.threads = Shards
		}
	}
	net := Architecture(s, enc)
	t.replica = replica{dev: dev, net: nn.New(dev, net), clip: s.Train.Clip}
	t.smooth = newSmoothing(s.Train.Smoothing, len(enc.Labels), net.Outputs)
	if o.Initial != nil {
		if err := t.startFrom(o.Initial); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Round)) {
		if err := t.net.Round(name, o.Round[name]); err != nil {
			return nil, err
		}
	}
	t.net.Refresh()
	if n := enc.Train.Len() * net.Outputs; o.Teacher != nil && len(o.Teacher.Logits) != n {
		return nil, fmt.Errorf("a teacher with %d answers for %d outputs", len(o.Teacher.Logits), n)
	}
	var err error
	t.opt, err = optim.New(s.Train.Optimizer, dev, t.net, optim.Config{
		Beta1: s.Train.Beta1, Beta2: s.Train.Beta2, Epsilon: s.Train.Epsilon, Masks: o.Masks,
	})
	if err != nil {
		return nil, err
	}

	t.longest = Longest(enc)
	if card, ok := dev.(tensor.Card); ok && o.plain() {
		t.ahead, t.whole, t.crew.threads = newAhead(card, o.Ahead), true, 1
	}
	t.makeRoom(s.Train.Batch, t.longest, t.crew.threads, t.smooth.soft())
	t.shardStep, t.shardLook = t.oneShard, t.oneBlock
	t.stepsAnEpoch = (enc.Train.Len() + s.Train.Batch - 1) / s.Train.Batch
	t.byLength = ascending(&enc.Valid)
	t.sample = every(t.byLength, Sampled)
	t.team.lead(t)
	return t, nil
}

// Architecture is the network of a Spec on data: one output for two labels, else one for each.
func Architecture(s spec.Spec, enc *data.Encoded) nn.Config {
	outputs := len(enc.Labels)
	if outputs == 2 {
		outputs = 1
	}
	return nn.Config{
		Kind: s.Model.Kind, Vocabulary: enc.Vocab.Size(), Embedding: s.Model.Embedding, Hidden: s.Model.Hidden, Outputs: outputs,
		ForgetBias: float32(s.Model.ForgetBias), EmbeddingScale: float32(s.Model.EmbeddingScale),
		EmbeddingDropout: float32(s.Model.EmbeddingDropout), Dropout: float32(s.Model.Dropout), Seed: s.Seed,
	}
}

// Longest is the tokens of the longest text that is trained or validated on, 1 at least.
func Longest(enc *data.Encoded) int {
	longest := 1
	for _, p := range []*data.Part{&enc.Train, &enc.Valid} {
		for i := range p.Len() {
			if n := len(p.Text(i)); n > longest {
				longest = n
			}
		}
	}
	return longest
}

// Steps is how many the whole run takes, if it isn't stopped early.
func (t *Trainer) Steps() int { return t.stepsAnEpoch * t.spec.Train.Epochs }

// StepsAnEpoch is how many an epoch takes.
func (t *Trainer) StepsAnEpoch() int { return t.stepsAnEpoch }

// Taken is how many were taken.
func (t *Trainer) Taken() int { return t.state.Step }

// Closed is how many epochs have ended, their evaluation included.
func (t *Trainer) Closed() int { return t.state.Closed }

// BestEpoch is the epoch whose parameters Best gives, 0 before the first has ended.
func (t *Trainer) BestEpoch() int {
	if !t.spec.Train.KeepBest {
		return t.state.Closed
	}
	return t.state.Best.Epoch
}

// Early says whether patience stopped the run.
func (t *Trainer) Early() bool { return t.state.Stopped }

// Card is the device that took steps of the run whose bits are its own, "" where none did.
func (t *Trainer) Card() string { return t.state.Card }

// Finished says whether there is nothing left to do.
func (t *Trainer) Finished() bool { return t.state.Stopped || t.state.Closed == t.spec.Train.Epochs }

// Threads that may work on a step: goroutines, or workers.
func (t *Trainer) Threads() int {
	if t.team != nil {
		return t.team.Workers()
	}
	return t.crew.threads
}

// Working is how many of Threads do, but for trials.
func (t *Trainer) Working() int {
	if t.team != nil {
		return t.team.pace.best
	}
	return t.crew.threads
}

// Spec of the run.
func (t *Trainer) Spec() spec.Spec { return t.spec }

// Data that it runs on.
func (t *Trainer) Data() *data.Encoded { return t.enc }

// Ahead is how many texts are still to be trained on, and to be evaluated, the test at the end included.
func (t *Trainer) Ahead() (trained, looked int) {
	steps := t.Steps() - t.state.Step
	trained = steps * t.enc.Train.Len() / t.stepsAnEpoch
	looked = (t.spec.Train.Epochs-t.state.Closed)*t.enc.Valid.Len() + t.enc.Test.Len()
	looked += steps * (Looks - 1) / t.stepsAnEpoch * len(t.sample)
	return trained, looked
}
