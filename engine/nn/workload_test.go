package nn_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"testing"

	"github.com/clove-ml/clove/engine/nn"
	"github.com/clove-ml/clove/engine/optim"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/tensor/devicetest"
)

// training is a small training whose every number is a function of its sizes.
type training struct {
	dev   tensor.Device
	net   *nn.Net
	on    *bench
	opt   optim.Optimizer
	batch nn.Batch
	parts [shardCount]nn.Batch
	loss  float64
}

func newTraining(cfg nn.Config, rows, steps int, fixedLength bool) *training {
	return newTrainingOn(tensor.Best(tensor.GenericOptions{}), cfg, rows, steps, fixedLength)
}

func newTrainingOn(dev tensor.Device, cfg nn.Config, rows, steps int, fixedLength bool) *training {
	t := &training{dev: dev, net: nn.New(dev, cfg)}
	t.on = newBench(t.net, rows, steps)
	opt, err := optim.New("adam", dev, t.net, optim.Config{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8})
	if err != nil {
		panic(err)
	}
	t.opt = opt
	t.batch = nn.Batch{
		B: rows, T: steps, IDs: make([]int32, rows*steps),
		Lengths: make([]int32, rows), Targets: make([]int32, rows),
	}
	t.draw(fixedLength)
	return t
}

// draw fills the batch of its step. The class of a text is whether its first
// token is even, so there is something to learn.
func (t *training) draw(fixedLength bool) {
	b, cfg := &t.batch, t.net.Config()
	d := tensor.Draw{Seed: 99, Stream: 77, Step: uint32(b.Step)}
	classes := uint32(cfg.Outputs)
	if classes == 1 {
		classes = 2
	}
	clear(b.IDs)
	for i := range b.B {
		b.Lengths[i] = int32(b.T)
		if !fixedLength {
			b.Lengths[i] = 1 + int32(d.Words(uint32(i), 1<<20)[0]%uint32(b.T))
		}
		row := b.IDs[i*b.T:]
		for j := range b.Lengths[i] {
			row[j] = 1 + int32(d.Words(uint32(i), uint32(j))[0]%uint32(cfg.Vocabulary-1))
		}
		b.Targets[i] = int32(uint32(row[0]) % classes)
	}
	for i := range t.parts {
		t.parts[i] = cut(*b, cfg.Outputs, i)
	}
}

func (t *training) shard(i int) {
	s, part := t.on.shards[i], t.parts[i]
	if part.B == 0 {
		t.on.parts[i].Clear()
		return
	}
	s.Forward(part, true)
	sum, _ := s.Loss(part, t.batch.B)
	t.loss += sum
	s.Backward(part, t.on.parts[i])
}

func (t *training) step() {
	t.loss = 0
	for i := range t.on.shards {
		t.shard(i)
	}
	t.net.Reduce(t.on.parts)
	optim.ClipNorm(t.dev, t.net.Grads(), 1)
	t.opt.Step(0.01)
	t.batch.Step++
}

// hash of all weights: name, zero byte, little-endian bytes.
func (t *training) hash() string {
	h := sha256.New()
	for _, p := range t.net.Params() {
		h.Write([]byte(p.Name + "\x00"))
		for _, w := range tensor.HostData(p.W) {
			h.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(w)))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// The weights of short trainings, the same on every machine and device. They change
// only with the definition of a kernel, which is the definition of every result
// that anybody has: do not renew them lightly.
func TestTheSameTrainingGivesTheSameBitsOnEveryMachine(t *testing.T) {
	for _, c := range []struct {
		outputs, embedding, hidden int
		want                       string
	}{
		{1, 13, 11, "3b57d385d9c8762f398d31421a54126f1e1ed351ae5f86ecb64bd96552ab7fe5"},
		{3, 13, 11, "416cafba00511dcb5940b2fe77b6832d29707e4ad3646ad528883a206e2e5b0c"},
		{1, 69, 44, "7ac9719412d86ebe840b43c0ddb32cebcf04389a62f083eb2ae471035cbbdbee"}, // panels of every width, whole and not
	} {
		devicetest.Each(t, func(t *testing.T, dev tensor.Device) {
			run := newTrainingOn(dev, nn.Config{
				Vocabulary: 301, Embedding: c.embedding, Hidden: c.hidden, Outputs: c.outputs,
				ForgetBias: 1, EmbeddingScale: 0.1, EmbeddingDropout: 0.2, Dropout: 0.3, Seed: 5,
			}, 10, 23, false)
			for range 40 {
				run.draw(false)
				run.step()
			}
			if got := run.hash(); got != c.want {
				t.Errorf("%d → %d, %d outputs: the weights' SHA-256 is %s, want %s", c.embedding, c.hidden, c.outputs, got, c.want)
			}
		})
	}
}

func TestTrainingOnOneBatchLearnsItByHeart(t *testing.T) {
	for _, outputs := range []int{1, 3} {
		cfg := tinyConfig
		cfg.Outputs, cfg.Dropout, cfg.EmbeddingDropout = outputs, 0, 0
		run := newTraining(cfg, 12, 9, false)
		run.step()
		first := run.loss
		for range 150 {
			run.step()
		}
		if run.loss > first/20 {
			t.Errorf("with %d outputs the loss went from %.3f to %.3f only", outputs, first, run.loss)
		}
	}
}

var small = nn.Config{
	Vocabulary: 10000, Embedding: 64, Hidden: 64, Outputs: 1,
	ForgetBias: 1, EmbeddingScale: 0.1, EmbeddingDropout: 0.2, Dropout: 0.3, Seed: 1,
}

func TestATrainingStepAllocatesNothing(t *testing.T) {
	cfg := small
	cfg.Vocabulary, cfg.Embedding, cfg.Hidden = 500, 16, 24
	devicetest.Each(t, func(t *testing.T, dev tensor.Device) {
		fast, _ := tensor.FastOf(dev)
		for _, dev := range []tensor.Device{dev, fast} {
			for _, outputs := range []int{1, 3} {
				cfg.Outputs = outputs
				run := newTrainingOn(dev, cfg, 9, 12, false)
				run.step()
				if n := testing.AllocsPerRun(5, run.step); n != 0 {
					t.Errorf("%s: a step with %d outputs allocates %g times", dev.Name(), outputs, n)
				}
			}
		}
	})
}

// Workload W small: vocabulary 10,000, 128 tokens, batch 32, 64/64.
func BenchmarkStepOfWorkloadW(b *testing.B) {
	for _, c := range []struct {
		name    string
		e, h    int
		threads int
		fast    bool
	}{
		{"small", 64, 64, 1, false}, {"small", 64, 64, 1, true}, {"small", 64, 64, 2, true},
		{"medium", 100, 128, 1, false}, {"medium", 100, 128, 1, true}, {"medium", 100, 128, 2, true},
	} {
		name := c.name
		if c.fast {
			name += "-fast"
		}
		if c.threads > 1 {
			name += "-threads"
		}
		b.Run(name, func(b *testing.B) {
			cfg := small
			cfg.Embedding, cfg.Hidden = c.e, c.h
			dev := tensor.Best(tensor.GenericOptions{})
			if c.fast {
				dev, _ = tensor.FastOf(dev)
			}
			run := newTrainingOn(dev, cfg, 32, 128, true)
			for b.Loop() {
				if c.threads == 1 {
					run.step()
				} else {
					run.stepThreads()
				}
			}
			b.ReportMetric(32*float64(b.N)/b.Elapsed().Seconds(), "sequences/s")
		})
	}
}

// stepThreads is step with the shards side by side.
func (t *training) stepThreads() {
	done := make(chan float64)
	for i := range t.on.shards {
		go func() {
			s, part := t.on.shards[i], t.parts[i]
			s.Forward(part, true)
			sum, _ := s.Loss(part, t.batch.B)
			s.Backward(part, t.on.parts[i])
			done <- sum
		}()
	}
	for range t.on.shards {
		<-done
	}
	t.net.Reduce(t.on.parts)
	optim.ClipNorm(t.dev, t.net.Grads(), 1)
	t.opt.Step(0.01)
	t.batch.Step++
}
