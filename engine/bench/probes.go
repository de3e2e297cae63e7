package bench

import (
	"sync"
	"time"

	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/train"
)

// workload adds the probes of W at one size, on so many threads.
func (b *bench) workload(dev tensor.Device, arithmetic string, z size, threads int) error {
	account := newLedger(dev, b.Now)
	learns := tensor.Device(account)
	if threads > 1 {
		learns = dev // an account is one goroutine's
	}
	t, err := train.New(learns, b.enc, z.spec(), train.Options{Threads: threads, Now: b.Now})
	if err != nil {
		return err
	}
	m := t.View() // costs no memory; that it goes on learning changes answers, which nobody looks at
	reader := func() (*infer.Predictor, error) {
		p, err := infer.New(m, dev)
		if err == nil {
			p.Yield = b.Yield
		}
		return p, err
	}
	wide, err := reader() // answers batches, by a table
	if err != nil {
		return err
	}
	began := b.Now()
	table := wide.Tabulate()
	tabulated := b.Now().Sub(began)

	steps, took := 0, time.Duration(0)
	step := b.probe(b.stepper(t, func(d time.Duration) {
		if b.warming {
			account.clear()
		} else {
			steps, took = steps+1, took+d
		}
	}))

	few := make([][]int32, batch)
	for i := range few {
		few[i] = b.enc.Valid.Text(i)
	}
	infers := b.answers(threads, func() { answer(wide, few) })

	w := spec.Workload{
		Workload: "W", Size: z.name, Threads: threads, Arithmetic: arithmetic,
		TableBytes: table, TableMS: 1000 * tabulated.Seconds(),
	}
	at := len(b.result.Workloads)
	b.result.Workloads = append(b.result.Workloads, w)
	b.after = append(b.after, func() {
		w := &b.result.Workloads[at]
		trained(w, z, step)
		w.InferSeqS, w.InferQuartiles = infers.median(), infers.quartiles()
	})
	if threads > 1 {
		b.after = append(b.after, func() {
			w, one := &b.result.Workloads[at], b.result.Workloads[at-1]
			w.LatencyMS, w.LatencyQuartiles = one.LatencyMS, one.LatencyQuartiles
			w.TableLatencyMS, w.ColdMS = one.TableLatencyMS, one.ColdMS
		})
		return nil
	}
	if b.Team != nil && arithmetic == spec.Strict {
		b.teams = append(b.teams, teamwork{z, dev, step, wide, few})
	}
	alone, err := reader()
	if err != nil {
		return err
	}
	latency := b.times(func() { answer(alone, few[:1]) })
	looked := b.times(func() { answer(wide, few[:1]) })
	if b.files[z.name] == nil {
		b.files[z.name] = m.Bytes()
	}
	file, said := b.files[z.name], sentence(b.enc)
	cold := b.times(func() { b.cold(dev, file, said) })
	b.after = append(b.after, func() {
		w := &b.result.Workloads[at]
		w.LatencyMS, w.LatencyQuartiles = latency.median(), latency.quartiles()
		w.TableLatencyMS, w.ColdMS = looked.median(), cold.median()
		for _, k := range account.shares(steps, took) {
			k.Size, k.Arithmetic = z.name, arithmetic
			b.result.Kernels = append(b.result.Kernels, k)
		}
	})
	return nil
}

// stepper is a probe's round of training, in texts a second; each step's time is told.
func (b *bench) stepper(t *train.Trainer, each func(took time.Duration)) func(found []float64) []float64 {
	return b.rates(batch, func() {
		if _, err := t.Step(); err != nil {
			b.err = err
		}
	}, each)
}

// trained writes what was found of training.
func trained(w *spec.Workload, z size, step *probe) {
	w.TrainSeqS, w.TrainQuartiles = step.median(), step.quartiles()
	if w.TrainGFLOPS = 3 * z.flop() * w.TrainSeqS / 1e9; w.TrainSeqS > 0 {
		w.StepMS = 1000 * batch / w.TrainSeqS
	}
}

// answer texts, whose ids are the model's own.
func answer(p *infer.Predictor, texts [][]int32) {
	if _, err := p.Logits(texts); err != nil {
		panic(err)
	}
}

// teamwork is a training with helpers, to be measured against the one without, and
// answering with them. A team follows one trainer at a time, so that the two trainings
// take turns with each other alone.
type teamwork struct {
	size   size
	dev    tensor.Device
	one    *probe
	reader *infer.Predictor
	texts  [][]int32 // a batch
}

func (b *bench) together(w teamwork) error {
	t, err := train.New(w.dev, b.enc, w.size.spec(), train.Options{Team: b.Team, Now: b.Now})
	if err != nil {
		return err
	}
	all := &probe{f: b.stepper(t, func(time.Duration) {})}
	b.probes = []*probe{all} // the helpers come and take the weights
	b.warming = true
	if err := b.round(func() {}); err != nil {
		return err
	}
	b.warming, b.probes, all.found = false, []*probe{w.one, all}, nil
	share := b.For / 4
	b.slice = share / (2 * aim)
	for began := b.Now(); all.found == nil || b.Now().Sub(began) < share; {
		if err := b.round(func() {}); err != nil {
			return err
		}
	}
	b.Team.Give(w.reader.Model(), true)
	reads := &probe{f: b.rates(float64(sweep*b.Team.Workers()*batch), func() { b.share(w) }, func(time.Duration) {})}
	b.slice = 0 // once, while the helpers take the model
	reads.f(nil)
	for b.slice = share / (2 * aim); len(reads.found) < aim; {
		reads.found = reads.f(reads.found)
	}
	b.after = append(b.after, func() {
		row := spec.Workload{Workload: "W", Size: w.size.name, Threads: b.Team.Workers(), Arithmetic: spec.Strict}
		trained(&row, w.size, all)
		row.InferSeqS, row.InferQuartiles = reads.median(), reads.quartiles()
		b.result.Workloads = append(b.result.Workloads, row)
	})
	return b.ctx.Err()
}

// share has a team answer some batches for each of its workers, we among them.
func (b *bench) share(w teamwork) {
	all := sweep * b.Team.Workers()
	for asked, done := 0, 0; done < all; {
		for asked < all && b.Team.Ask(asked, w.texts) {
			asked++
		}
		if asked < all {
			answer(w.reader, w.texts)
			asked, done = asked+1, done+1
		}
		for {
			_, logits, ok := b.Team.Answered(asked == all && done < all)
			if !ok {
				break
			}
			if done++; logits == nil { // its helper was lost
				answer(w.reader, w.texts)
			}
		}
	}
}

// turns is how many batches a thread answers between two meetings of all.
const turns = 4

// sweep is how many each worker of a team answers: the last ones, when some have nothing
// left to do, count as little as over a test set.
const sweep = 16

// answers adds the probe of f, which answers a batch, done by so many goroutines at once.
func (b *bench) answers(threads int, f func()) *probe {
	if threads == 1 {
		return b.rate(batch, f)
	}
	return b.rate(float64(turns*threads*batch), func() {
		var group sync.WaitGroup
		for range threads {
			group.Go(func() {
				for range turns {
					f()
				}
			})
		}
		group.Wait()
	})
}

// cold is the first answer of a model that was only a file.
func (b *bench) cold(dev tensor.Device, file []byte, said string) {
	m, err := model.Read(file)
	if err != nil {
		b.err = err
		return
	}
	p, err := infer.New(m, dev)
	if err != nil {
		b.err = err
		return
	}
	p.Yield = b.Yield
	if _, err := p.Logits([][]int32{p.Encode(said)}); err != nil {
		b.err = err
	}
}

// kernels adds the probes of single kernels, and of the most that they could reach.
func (b *bench) kernels(dev tensor.Device, arithmetic string) {
	speed := len(b.result.Speeds)
	b.result.Speeds = append(b.result.Speeds, spec.Speed{Arithmetic: arithmetic})
	if m, ok := dev.(tensor.Meter); ok {
		peak := b.peak(m)
		b.after = append(b.after, func() {
			if c := &b.result.Ceiling; arithmetic == spec.Fast {
				c.FastGFLOPS = peak.median()
			} else {
				c.StrictGFLOPS = peak.median()
			}
		})
	}
	x, y, z := filled(dev, mostFloats, 1), filled(dev, mostFloats, 1), dev.Alloc(mostFloats)
	for _, s := range shapes {
		b.product(s, "f32", arithmetic, func() { dev.Gemm(s.transA, s.transB, s.m, s.n, s.k, x, y, false, z) })
	}
	lstm := b.lstm(dev, sizes[0])
	b.after = append(b.after, func() {
		b.result.Speeds[speed].GemmGFLOPS = total(b.result.Products, "f32", arithmetic)
		b.result.Speeds[speed].LSTMGFLOPS = lstm.median()
	})
	d, ok := dev.(tensor.Int8)
	if !ok {
		return
	}
	for _, s := range shapes {
		if s.transB {
			b.int8(d, arithmetic, s)
		}
	}
	b.after = append(b.after, func() {
		b.result.Speeds[speed].Int8GOPS = total(b.result.Products, "int8", arithmetic)
	})
}

// total is the rate over all products of a type, one after the other.
func total(all []spec.Product, kind, arithmetic string) float64 {
	var work, took float64
	for _, p := range all {
		if p.Type == kind && p.Arithmetic == arithmetic && p.GOPS > 0 {
			w := 2 * float64(p.M) * float64(p.N) * float64(p.K)
			work, took = work+w, took+w/(p.GOPS*1e9)
		}
	}
	if took == 0 {
		return 0
	}
	return work / took / 1e9
}

// peak finds how many of the device's rounds last about a millisecond, and measures those.
func (b *bench) peak(m tensor.Meter) *probe {
	rounds, flop := 1, 0
	for {
		began := b.Now()
		flop = m.Peak(rounds)
		if b.Now().Sub(began) >= time.Millisecond || rounds >= 1<<20 {
			break
		}
		rounds *= 2
	}
	return b.rate(float64(flop)/1e9, func() { m.Peak(rounds) })
}

func (b *bench) int8(dev tensor.Int8, arithmetic string, s shape) {
	w := &tensor.Int8Matrix{
		N: s.n, K: s.k, Codes: make([]int8, s.n*s.k), Zero: make([]int8, s.n), Scale: make([]float32, s.n), Sum: make([]int32, s.n),
	}
	x, by, y := make([]int8, s.m*s.k), make([]tensor.Int8Row, s.m), make([]float32, s.m*s.n)
	d := tensor.Draw{Seed: 1}
	for _, codes := range [][]int8{w.Codes, x} {
		for i := range codes {
			codes[i] = int8(d.Words(uint32(i/4), 0)[i%4])
		}
	}
	b.product(s, "int8", arithmetic, func() { dev.AddInt8(s.m, x, by, w, y) })
}

func (b *bench) product(s shape, kind, arithmetic string, f func()) {
	p := b.rate(s.flop()/1e9, f)
	at := len(b.result.Products)
	b.result.Products = append(b.result.Products, spec.Product{Shape: s.name, Type: kind, M: s.m, N: s.n, K: s.k, Arithmetic: arithmetic})
	b.after = append(b.after, func() { b.result.Products[at].GOPS, b.result.Products[at].Quartiles = p.median(), p.quartiles() })
}

// lstm is the layer's sequence, forward, over a batch.
func (b *bench) lstm(dev tensor.Device, z size) *probe {
	pack := tensor.NewPacked(batch, tokens)
	lengths := make([]int32, batch)
	for i := range lengths {
		lengths[i] = tokens
	}
	pack.Set(lengths)
	N, E, H := pack.Slots, z.e, z.h
	l := &tensor.LSTM{
		Packed: pack, E: E, H: H, X: filled(dev, N*E, 0.3), WeightIH: filled(dev, 4*H*E, 0.1), WeightHH: filled(dev, 4*H*H, 0.1),
		BiasIH: filled(dev, 4*H, 0.1), BiasHH: filled(dev, 4*H, 0.1),
		Gates: dev.Alloc(N * 4 * H), C: dev.Alloc(N * H), TanhC: dev.Alloc(N * H), HPrev: dev.Alloc(N * H), Last: dev.Alloc(batch * H),
	}
	return b.rate(batch*z.flop()/1e9, func() { dev.LSTMForward(l) })
}

// memory is how fast one thread reads what no cache holds.
func (b *bench) memory() {
	n := b.Memory / 4
	x := filled(b.Device, n, 1)
	read := b.rate(float64(4*n)/1e9, func() { b.Device.SumSquares(n, x) })
	b.after = append(b.after, func() { b.result.Ceiling.ReadGBS = read.median() })
}

// filled is a buffer of numbers within ±size. They repeat: none of the kernels looks.
func filled(dev tensor.Device, n int, size float32) tensor.Buffer {
	buf := dev.Alloc(n)
	values := make([]float32, min(n, 1<<12))
	tensor.Uniform(tensor.Draw{Seed: 1}, -size, size, values)
	for at := 0; at < n; at += len(values) {
		part := buf.View(at, min(len(values), n-at))
		dev.Upload(part, values[:part.Len()])
	}
	return buf
}
