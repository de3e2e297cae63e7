// Package bench measures a machine with the work that Clove gives it: training and
// answering of workload W, the kernels beneath, and the most that the processor and
// its memory could do. The command line, the page and docs/peers all measure with it.
//
// Everything measured is a probe. After one round that only warms up, the probes take
// turns: each round gives each a slice of time, so that whatever else the machine does
// meanwhile falls on all alike. A figure is the median of all samples, each a
// millisecond or one piece of work, so that what another program takes now and then does
// not count. Ratios of two figures of one Bench are worth more than the figures, where the
// machine does nothing else: a training step lasts longer than a program's turn, so that
// on a busy one it seems slower than the kernels that it is made of.
package bench

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/train"
)

// Options of a measurement.
type Options struct {
	Device     tensor.Device // of Strict arithmetic
	Arithmetic []string      // to measure; where Device has no Fast one, it is left out
	Threads    int           // one is measured always, and so many too if they are more
	Team       *train.Team   // of helpers elsewhere, to train with too, in Strict; nil none
	CPU        string        // its name, as it goes into the result
	Memory     int           // bytes to read for the memory's speed, more than the caches hold
	For        time.Duration // about how long, the warming up left out; one round at least is measured

	Now      func() time.Time
	Yield    func()              // called between pieces of work
	Progress func(share float64) // told after each probe
}

// aim is how many rounds there should be in the time that there is.
const aim = 5

// Run measures. An error is ctx's, or a training that failed.
func Run(ctx context.Context, o Options) (spec.Bench, error) {
	b := begin(ctx, o)
	threads := []int{1}
	if o.Threads > 1 {
		threads = append(threads, o.Threads)
	}
	for _, a := range o.Arithmetic {
		dev := o.Device
		if a == spec.Fast {
			var ok bool
			if dev, ok = tensor.FastOf(dev); !ok {
				continue
			}
			b.result.Fast = dev.Name()
		}
		for _, z := range sizes {
			for _, n := range threads {
				if err := b.workload(dev, a, z, n); err != nil {
					return spec.Bench{}, err
				}
			}
		}
		b.kernels(dev, a)
	}
	b.memory()
	return b.finish()
}

// begin is a measurement without probes.
func begin(ctx context.Context, o Options) *bench {
	return &bench{
		Options: o, ctx: ctx, enc: texts(), files: map[string][]byte{},
		result: spec.Bench{When: o.Now().Unix(), CPU: o.CPU, Cores: runtime.GOMAXPROCS(0), Device: o.Device.Name(), Go: runtime.Version()},
	}
}

// finish has the probes measure.
func (b *bench) finish() (spec.Bench, error) {
	if err := b.rounds(); err != nil {
		return spec.Bench{}, err
	}
	for _, then := range b.after {
		then()
	}
	return b.result, nil
}

// bench is a measurement in progress.
type bench struct {
	Options
	ctx    context.Context
	enc    *data.Encoded
	files  map[string][]byte // of a model of each size
	probes []*probe
	teams  []teamwork
	after  []func() // write what was found to the result

	warming bool          // the first round, which touches memory and has code compiled and caches filled
	slice   time.Duration // of a probe in a round; the first does each piece of work once
	result  spec.Bench
	err     error // of a training
}

// probe is one thing that is measured.
type probe struct {
	f     func(found []float64) []float64 // one round, whose samples it appends
	found []float64
}

func (p *probe) median() float64 { return spec.Quantile(p.sorted(), 0.5) }

func (p *probe) quartiles() spec.Quartiles {
	sorted := p.sorted()
	return spec.Quartiles{spec.Quantile(sorted, 0.25), spec.Quantile(sorted, 0.75)}
}

func (p *probe) sorted() []float64 { return slices.Sorted(slices.Values(p.found)) }

// rounds has the probes take turns until the time is over.
func (b *bench) rounds() error {
	began := b.Now()
	b.warming = true
	if err := b.round(func() {}); err != nil {
		return err
	}
	b.warming = false
	for _, p := range b.probes {
		p.found = p.found[:0]
	}
	b.slice = b.For / time.Duration(aim*len(b.probes))
	started, done := b.Now(), 0
	for ; b.result.Rounds == 0 || b.Now().Sub(started) < b.For; b.result.Rounds++ {
		err := b.round(func() {
			done++
			b.tell(float64(done)/float64(aim*len(b.probes)), float64(b.Now().Sub(started))/float64(b.For))
		})
		if err != nil {
			return err
		}
	}
	for _, w := range b.teams {
		if err := b.together(w); err != nil {
			return err
		}
	}
	b.result.Seconds = b.Now().Sub(began).Seconds()
	return nil
}

// tell how far it is: by the work done or the time gone, whichever is more.
func (b *bench) tell(shares ...float64) {
	if b.Progress != nil {
		b.Progress(min(slices.Max(shares), 1))
	}
}

func (b *bench) round(after func()) error {
	for _, p := range b.probes {
		p.found = p.f(p.found)
		if err := b.ctx.Err(); err != nil {
			return fmt.Errorf("measuring: %w", context.Cause(b.ctx))
		}
		if b.err != nil {
			return fmt.Errorf("measuring: %w", b.err)
		}
		after()
	}
	return nil
}

// repeat does f until the slice is over, and tells each how long it took. In the
// round that warms up there is no slice, and it does f once.
func (b *bench) repeat(f func(), each func(took time.Duration)) {
	for sum := time.Duration(0); ; {
		began := b.Now()
		f()
		took := b.Now().Sub(began)
		each(took)
		if b.Yield != nil {
			b.Yield()
		}
		if sum += took; sum >= b.slice || b.ctx.Err() != nil || b.err != nil {
			return
		}
	}
}

// rate is a probe of so much work a second.
func (b *bench) rate(work float64, f func()) *probe {
	return b.probe(b.rates(work, f, func(time.Duration) {}))
}

// sample is how long one lasts at least, where f is shorter: longer than what a clock can
// tell, a tenth of a millisecond in some tabs, and shorter than what a system leaves a
// program before it has another's turn.
const sample = time.Millisecond

// rates is a probe's round of f, in units of work a second; each is told how long f took.
func (b *bench) rates(work float64, f func(), each func(took time.Duration)) func(found []float64) []float64 {
	return func(found []float64) []float64 {
		before := len(found)
		var sum time.Duration
		n := 0
		add := func() {
			if sum > 0 {
				found = append(found, work*float64(n)/sum.Seconds())
			}
			sum, n = 0, 0
		}
		b.repeat(f, func(took time.Duration) {
			each(took)
			if sum, n = sum+took, n+1; sum >= sample {
				add()
			}
		})
		if len(found) == before {
			add()
		}
		return found
	}
}

// times is a probe of the milliseconds that f takes, each time counted.
func (b *bench) times(f func()) *probe {
	return b.probe(func(found []float64) []float64 {
		b.repeat(f, func(took time.Duration) { found = append(found, 1000*took.Seconds()) })
		return found
	})
}

func (b *bench) probe(f func(found []float64) []float64) *probe {
	p := &probe{f: f}
	b.probes = append(b.probes, p)
	return p
}
