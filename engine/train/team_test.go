package train

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
)

// office is a Wire to helpers in this program. They work only while the trainer hears, in
// an order that pick draws, so every interleaving of two programs can happen.
type office struct {
	table
	desks   map[int]*desk
	apart   bool // no memory is shared: parcels travel beside words
	said    []letter
	pick    func(n int) int           // below n
	silent  func(k, answers int) bool // helper k does not answer any more
	fails   func(k, answers int) bool // it ends
	started int
	posted  int
}

type desk struct {
	table
	helper   *Helper
	inbox    []letter
	answers  int
	finished bool
}

// letter is a word with what comes beside it.
type letter struct {
	k       int
	word    []byte
	lost    bool
	parcels map[int][]byte
	shared  *memory
}

type memory struct {
	size  int
	slots [][]byte
}

// table is the Slots of one program.
type table struct {
	*memory
	came map[int][]byte
}

func (t *table) Put(slot int, parcel []byte) {
	if len(parcel) > t.size {
		panic(fmt.Sprintf("a parcel of %d bytes for a slot of %d", len(parcel), t.size))
	}
	t.slots[slot] = append(t.slots[slot][:0], parcel...)
}

func (t *table) Take(slot, n int, dst []byte) []byte {
	if p, ok := t.came[slot]; ok {
		t.slots[slot] = p
	}
	return append(dst, t.slots[slot][:n]...)
}

// write is a letter from here.
func (t *table) write(k int, word []byte, slots []int, apart bool) letter {
	l := letter{k: k, word: append([]byte(nil), word...), parcels: map[int][]byte{}}
	if apart {
		l.shared = &memory{t.size, make([][]byte, len(t.slots))}
		for _, s := range slots {
			l.parcels[s] = append([]byte(nil), t.slots[s]...)
		}
	} else {
		l.shared = t.memory
	}
	return l
}

func (o *office) Open(slots, size int) { o.memory = &memory{size, make([][]byte, slots)} }

func (o *office) Post(k int, word []byte, slots []int) {
	o.posted++
	if d := o.desks[k]; d != nil {
		d.inbox = append(d.inbox, o.write(k, word, slots, o.apart))
	}
}

func (o *office) Stop(k int) {
	delete(o.desks, k)
	o.said = slices.DeleteFunc(o.said, func(l letter) bool { return l.k == k })
}

func (o *office) Start(k int) {
	o.started++
	d := &desk{}
	d.helper = NewHelper(tensor.Best(tensor.GenericOptions{}), d)
	o.desks[k] = d
	o.said = append(o.said, letter{k: k})
}

func (o *office) Hear(atMost time.Duration) (int, []byte, bool) {
	for rounds := o.pick(3); rounds > 0 || atMost > 0 && len(o.said) == 0; rounds-- {
		if !o.work() {
			break
		}
	}
	if len(o.said) == 0 {
		return 0, nil, false
	}
	l := o.said[0]
	o.said, o.came = o.said[1:], l.parcels
	return l.k, l.word, l.lost
}

// work has one of the helpers answer one word; false where none has any to answer.
func (o *office) work() bool {
	var able []int
	for k := 1; k < Shards; k++ {
		if d := o.desks[k]; d != nil && len(d.inbox) > 0 && !d.finished {
			able = append(able, k)
		}
	}
	if len(able) == 0 {
		return false
	}
	k := able[o.pick(len(able))]
	d := o.desks[k]
	if d.answers++; o.silent != nil && o.silent(k, d.answers) {
		d.finished = true
		return true
	}
	if o.fails != nil && o.fails(k, d.answers) {
		d.finished = true
		o.said = append(o.said, letter{k: k, lost: true})
		return true
	}
	l := d.inbox[0]
	d.inbox = d.inbox[1:]
	if d.memory == nil || !o.apart {
		d.memory = l.shared
	}
	d.came = l.parcels
	reply, with, err := d.helper.Answer(l.word)
	if err != nil {
		panic(err)
	}
	if len(reply) > 0 {
		o.said = append(o.said, d.write(k, reply, with, o.apart))
	}
	return true
}

// newOffice has helpers that answer as soon as the trainer waits.
func newOffice() *office {
	return &office{desks: map[int]*desk{}, pick: func(n int) int { return n - 1 }}
}

// employ gives a new trainer a team.
func employ(t testing.TB, o *office, enc *data.Encoded, s spec.Spec, workers int, fixed bool, now func() time.Time) *Trainer {
	t.Helper()
	tr, err := New(tensor.Best(tensor.GenericOptions{}), enc, s, Options{Team: NewTeam(o, workers, fixed, now), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// same trains to the end and compares every figure with those of a trainer alone.
func same(t testing.TB, tr *Trainer) {
	t.Helper()
	var want, got figures
	finish(t, trainer(t, tr.enc, tr.spec, 1), &want)
	finish(t, tr, &got)
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(figures{})); diff != "" {
		t.Error(diff)
	}
}

func TestWorkersChangeNoBit(t *testing.T) {
	smoothed, dense := little(), little()
	smoothed.Train.Smoothing = 0.1
	dense.Train.Batch = 3 // shards without a row at each epoch's end, and else
	three := made(41, 13)
	three.Labels = []string{"a", "b", "c"}
	for i := range three.Train.Labels {
		three.Train.Labels[i] = int32(i % 3)
	}
	for name, c := range map[string]struct {
		enc *data.Encoded
		s   spec.Spec
	}{
		"two labels": {made(41, 13), little()}, "smoothed": {made(41, 13), smoothed},
		"few rows": {made(43, 5), dense}, "three labels": {three, smoothed}, "no validation": {made(20, 0), little()},
	} {
		t.Run(name, func(t *testing.T) {
			for i, workers := range []int{2, 3, 4, 7, 2, 4} {
				o := newOffice()
				o.apart = i > 3
				same(t, employ(t, o, c.enc, c.s, workers, true, time.Now))
				if o.posted == 0 {
					t.Errorf("%d workers: the helpers had nothing to do", workers)
				}
			}
		})
	}
}

func TestWhateverBecomesOfTheHelpersTheBitsAreTheSame(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := little()
		s.Train.Batch = rapid.IntRange(1, 9).Draw(r, "batch")
		s.Train.Patience = rapid.IntRange(0, 2).Draw(r, "patience")
		o := newOffice()
		o.apart = rapid.Bool().Draw(r, "apart")
		o.pick = func(n int) int { return rapid.IntRange(0, n-1).Draw(r, "pick") }
		ends := rapid.IntRange(0, 30).Draw(r, "answers of each")
		o.fails = func(k, answers int) bool { return answers > ends && k == 1 }
		o.silent = func(k, answers int) bool { return answers > ends/2+3 && k == 2 }
		clock := time.Unix(0, 0)
		now := func() time.Time {
			clock = clock.Add(time.Duration(rapid.IntRange(0, 300).Draw(r, "ms")) * time.Millisecond)
			return clock
		}
		same(t, employ(t, o, made(20, rapid.IntRange(0, 9).Draw(r, "validation texts")), s,
			rapid.SampledFrom([]int{2, 4}).Draw(r, "workers"), rapid.Bool().Draw(r, "fixed"), now))
	})
}

func TestARunGoesOnWithoutAHelperThatEndedOrIsSilent(t *testing.T) {
	for name, break_ := range map[string]func(o *office){
		"ended":   func(o *office) { o.fails = func(k, answers int) bool { return k == 1 && answers == 5 } },
		"silent":  func(o *office) { o.silent = func(k, answers int) bool { return k == 1 && answers == 5 } },
		"at once": func(o *office) { o.fails = func(k, answers int) bool { return answers == 1 } },
	} {
		t.Run(name, func(t *testing.T) {
			for _, workers := range []int{2, 4} {
				o := newOffice()
				break_(o)
				same(t, employ(t, o, made(41, 13), little(), workers, true, time.Now))
			}
		})
	}
}

func TestAHelperThatIsLostIsStartedAgainButNotForEver(t *testing.T) {
	o := newOffice()
	o.fails = func(k, answers int) bool { return answers == 3 }
	clock := time.Unix(0, 0)
	now := func() time.Time { clock = clock.Add(time.Second); return clock }
	s := little()
	s.Train.Epochs = 40
	same(t, employ(t, o, made(41, 13), s, 2, false, now))
	if o.started != mostTries {
		t.Errorf("it was started %d times, want %d", o.started, mostTries)
	}
}

func TestATeamServesOneTrainerAfterTheOther(t *testing.T) {
	o := newOffice()
	enc := made(41, 13)
	first := employ(t, o, enc, little(), 2, true, time.Now)
	for range 5 { // and is left with work under way
		advance(t, first, &figures{})
	}
	m := first.Model()
	mask := make([]bool, len(m.Floats(model.LSTMHidden)))
	for i := range mask {
		mask[i] = i%3 == 0
	}
	s := little()
	s.Train.Epochs = 2
	tuned := func(team *Team) string {
		small, err := Finetune(context.Background(), tensor.Best(tensor.GenericOptions{}), enc, s,
			Options{Initial: m, Team: team, Masks: map[string][]bool{model.LSTMHidden: mask}}, func(float64) {}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return small.SHA256()
	}
	if got, want := tuned(first.team), tuned(nil); got != want {
		t.Errorf("with a helper %.12s, alone %.12s", got, want)
	}
	first.team.Close()
	if len(o.desks) != 0 {
		t.Error("helpers are left")
	}
}

func TestATeamTakesWhatIsRestored(t *testing.T) {
	enc := made(41, 13)
	var want, got figures
	finish(t, trainer(t, enc, little(), 1), &want)
	o := newOffice()
	tr := employ(t, o, enc, little(), 4, true, time.Now)
	for range 9 {
		advance(t, tr, &got)
	}
	kept, err := tr.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	for range 6 {
		advance(t, tr, &figures{})
	}
	if err := tr.Restore(kept); err != nil {
		t.Fatal(err)
	}
	finish(t, tr, &got)
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(figures{})); diff != "" {
		t.Error(diff)
	}
}

func TestAnEvaluationThatWasBrokenOffIsMadeAnew(t *testing.T) {
	o := newOffice()
	tr := employ(t, o, made(40, 200), little(), 2, true, time.Now)
	for range 3 {
		if _, err := tr.Step(); err != nil {
			t.Fatal(err)
		}
	}
	want, err := tr.Look(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for stop := range 3 {
		calls := 0
		_, err := tr.Look(context.Background(), func() error {
			if calls++; calls > stop {
				return context.Canceled
			}
			return nil
		})
		if err != context.Canceled {
			t.Fatal(err)
		}
		if got, err := tr.Look(context.Background(), nil); err != nil || got != want {
			t.Errorf("%+v, %v, want %+v", got, err, want)
		}
	}
}

func TestATeamReadsWithAFinishedModel(t *testing.T) {
	enc := made(41, 200)
	for name, break_ := range map[string]func(o *office){
		"all well": func(*office) {},
		"apart":    func(o *office) { o.apart = true },
		"ended":    func(o *office) { o.fails = func(k, answers int) bool { return k == 1 && answers == 20 } },
		"silent":   func(o *office) { o.silent = func(k, answers int) bool { return k == 2 && answers == 20 } },
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice()
			break_(o)
			tr := employ(t, o, enc, little(), 4, true, time.Now)
			for range 12 { // and is left with work under way
				advance(t, tr, &figures{})
			}
			m := tr.Model()
			p, err := infer.New(m, tensor.Best(tensor.GenericOptions{}))
			if err != nil {
				t.Fatal(err)
			}
			tr.team.Give(m, name == "apart")
			asked, answered := 0, map[int]bool{}
			for n := 0; n < 40 || len(answered) < asked; {
				texts := [][]int32{enc.Valid.Text(n % 200), enc.Valid.Text(n % 7)}
				if n < 40 && tr.team.Ask(n, texts) {
					asked++
				}
				n++
				b, logits, ok := tr.team.Answered(n >= 40)
				if !ok {
					continue
				}
				answered[b] = true
				want, err := p.Logits([][]int32{enc.Valid.Text(b % 200), enc.Valid.Text(b % 7)})
				if err != nil {
					t.Fatal(err)
				}
				if logits != nil && !slices.Equal(logits, want) {
					t.Errorf("batch %d: %v, want %v", b, logits, want)
				}
			}
			if asked < 10 {
				t.Errorf("%d batches were taken", asked)
			}
			advance(t, tr, &figures{}) // and they train again
		})
	}
}
