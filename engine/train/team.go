package train

import (
	"slices"
	"time"
)

// Team is the helpers of a trainer, or of several one after the other. Who computes
// which shard changes no bit, so whatever becomes of a helper only costs time: where one
// ends, or is silent for too long, its shards are computed here and the run goes on with
// the others. A replacement, as any helper that was set aside for a while, joins with
// the weights and moments of that moment.
//
// A nil Team is one without helpers.
type Team struct {
	wire  Wire
	most  int // workers, the leader among them
	pace  *pacing
	where []place // of each helper, by number; 0 is the leader, not used
	tries []int   // how often each was started

	joining uint32 // of the latest that joined, counted over all trainers
	joined  []uint32
	active  []int // helpers at work, in the order that shards are dealt
	fresh   []int // of them those that join at the step to come
	size    int   // the bytes of the largest parcel that the slots have room for

	step    int         // that is dealt; −1 none
	dealt   [Shards]int // who computes each shard: 0 for us
	have    [Shards]bool
	lengths [Shards]int // of parcels
	results [Shards]result
	mine    []int
	share   func(worker, job int)

	asked  int          // number of the latest look
	looks  map[int]look // under way, by number
	missed []int        // blocks of looks whose helper was lost
	word   writing
	parcel []byte
	with   []int
}

// place is how it stands with a helper.
type place int

const (
	away     place = iota // not started, or lost
	starting              // has not said its first word
	idle                  // runs, and knows nothing of the present weights
	atWork                // has them, and is given shards
)

// look is blocks of an evaluation that a helper was asked to measure.
type look struct {
	by     int
	blocks []int
}

const (
	patience  = 2 * time.Second // with a silent helper, at least
	slowness  = 20              // usual steps, at least
	mostTries = 3               // starts of one helper
)

// NewTeam is helpers for so many workers, the leader among them. With fixed all are used,
// and waited for at the start; else as many as prove fastest. It is nil where there is none.
func NewTeam(w Wire, workers int, fixed bool, now func() time.Time) *Team {
	switch {
	case workers > Shards:
		workers = Shards
	case workers == 3:
		workers = 2 // see pacing
	case workers < 2:
		return nil
	}
	return &Team{
		wire: w, most: workers, pace: newPacing(fixed, now), step: -1, looks: map[int]look{},
		where: make([]place, workers), tries: make([]int, workers), joined: make([]uint32, workers),
	}
}

// Close ends the helpers.
func (m *Team) Close() {
	if m == nil {
		return
	}
	for k := 1; k < m.most; k++ {
		m.wire.Stop(k)
		m.where[k] = away
	}
	m.active = m.active[:0]
}

// Workers that may compute, the leader among them.
func (m *Team) Workers() int {
	if m == nil {
		return 1
	}
	return m.most
}

// Start has the helpers start, if that was not done, so that they are there when a trainer
// wants them. One that keeps going away is left alone.
func (m *Team) Start() {
	if m == nil {
		return
	}
	for k := 1; k < m.most; k++ {
		if m.where[k] == away && m.tries[k] < mostTries {
			m.tries[k]++
			m.where[k] = starting
			m.wire.Start(k)
		}
	}
}

// disband leaves no helper with work: t is another trainer, or stands elsewhere.
func (m *Team) disband() {
	if m == nil {
		return
	}
	for _, k := range m.active {
		m.where[k] = idle
	}
	m.active, m.fresh, m.step = m.active[:0], m.fresh[:0], -1
}

// lead gives the team a new trainer.
func (m *Team) lead(t *Trainer) {
	if m == nil {
		return
	}
	m.Start()
	m.disband()
	m.share = func(worker, job int) { t.oneShard(worker, m.mine[job]) }
	m.size = t.parts[0].ParcelSize()
	m.wire.Open(slots, m.size)
	m.pace.begin(m.ready())
}

// lose is for a helper that ended or is silent. Where it was at work all others begin
// anew, with slots that nobody of old writes into; what is missing is computed here.
func (m *Team) lose(k int) {
	m.wire.Stop(k)
	worked := m.where[k] == atWork
	m.where[k] = away
	if worked {
		for _, other := range m.active {
			if other != k {
				m.where[other] = idle
			}
		}
		m.active, m.fresh = m.active[:0], m.fresh[:0]
		for i := range m.dealt {
			if !m.have[i] {
				m.dealt[i] = 0
			}
		}
		for _, l := range m.looks {
			m.missed = append(m.missed, l.blocks...)
		}
		clear(m.looks)
		m.wire.Open(slots, m.size)
	}
	m.pace.begin(m.ready())
}

// ready is how many helpers run.
func (m *Team) ready() (n int) {
	for _, p := range m.where[1:] {
		if p == idle || p == atWork {
			n++
		}
	}
	return n
}

// hear takes one word; false where none came.
func (m *Team) hear(t *Trainer, atMost time.Duration) bool {
	k, word, lost := m.wire.Hear(atMost)
	switch {
	case k == 0:
		return false
	case lost:
		m.lose(k)
	case len(word) == 0:
		if m.where[k] == starting {
			m.where[k] = idle
			m.pace.begin(m.ready())
		}
	default:
		r := reading{word}
		kind, joining := r.kind(), uint32(r.int())
		if m.where[k] != atWork || joining != m.joined[k] {
			break // of a time before it was set aside
		}
		if kind == wordDone {
			m.done(t, &r)
		} else {
			m.seen(t, &r)
		}
	}
	return true
}

// done takes a helper's shards.
func (m *Team) done(t *Trainer, r *reading) {
	step := r.int()
	for range r.int() {
		i, n := r.int(), r.int()
		m.results[i] = result{r.float(), r.int()}
		m.parcel = m.wire.Take(slotOf(step, i), n, m.parcel[:0])
		if err := t.parts[i].Unpack(m.parcel); err != nil {
			panic(err)
		}
		m.have[i], m.lengths[i] = true, n
	}
}

// deal says who computes what of a step: as many as are fastest, contiguous shards each.
func (m *Team) deal(t *Trainer, step int) {
	for m.hear(t, 0) {
	}
	if m.pace.again() {
		m.Start()
	}
	for m.pace.fixed && m.step < 0 && slices.Contains(m.where, starting) && m.hear(t, patience) {
	}
	want := m.pace.deal() - 1
	if step == t.Steps() {
		want = len(m.active) // none joins for the evaluation that is left
	}
	m.fresh = m.fresh[:0]
	for len(m.active) > want {
		last := len(m.active) - 1
		m.where[m.active[last]] = idle
		m.active = m.active[:last]
	}
	for k := 1; k < m.most && len(m.active) < want; k++ {
		if m.where[k] == idle {
			m.where[k] = atWork
			m.active, m.fresh = append(m.active, k), append(m.fresh, k)
		}
	}
	for i := range m.dealt {
		m.dealt[i] = 0
		if w := i * (1 + len(m.active)) / Shards; w > 0 {
			m.dealt[i] = m.active[w-1]
		}
		m.have[i] = false
	}
	m.step = step
}

// compute has all shards of the batch at hand computed.
func (m *Team) compute(t *Trainer) {
	if m.step != t.state.Step {
		m.deal(t, t.state.Step)
		m.welcome(t)
	}
	m.here(t)
	for i := 0; i < Shards; {
		switch {
		case m.have[i]:
			i++
		case m.dealt[i] == 0: // its helper was lost
			m.here(t)
		case !m.wait(t):
			m.lose(m.dealt[i])
		}
	}
	for i := range m.dealt {
		if m.dealt[i] != 0 {
			t.lots[i].loss, t.lots[i].right = m.results[i].loss, m.results[i].right
		}
	}
}

// wait hears a word, or is out of patience. It waits twice, since a machine that slept
// wakes with all of its timers over.
func (m *Team) wait(t *Trainer) bool {
	d := slowness * m.pace.usual
	if d < patience {
		d = patience
	}
	return m.hear(t, d/2) || m.hear(t, d/2)
}

// here computes the shards that are ours, and puts their parcels out.
func (m *Team) here(t *Trainer) {
	m.mine = m.mine[:0]
	for i := range m.dealt {
		if m.dealt[i] == 0 && !m.have[i] {
			m.mine = append(m.mine, i)
		}
	}
	t.crew.share(len(m.mine), m.share)
	for _, i := range m.mine {
		m.have[i] = true
		if len(m.active) > 0 {
			m.parcel = t.parts[i].Pack(m.parcel[:0])
			m.lengths[i] = len(m.parcel)
			m.wire.Put(slotOf(m.step, i), m.parcel)
		}
	}
}

// handOn gives the helpers what they lack of this step and their shards of the next, before
// we take the step ourselves.
func (m *Team) handOn(t *Trainer, rate float64) {
	if m == nil {
		return
	}
	step, whose := m.step, m.dealt
	next := step + 1
	m.deal(t, next) // the results of this step are used up
	for _, k := range m.active {
		if slices.Contains(m.fresh, k) {
			continue
		}
		m.with = m.with[:0]
		m.word.begin(wordStep, m.joined[k])
		m.word.int(step)
		m.word.float(rate)
		for i, by := range whose {
			if by == k {
				m.word.int(0)
				continue
			}
			m.word.int(m.lengths[i])
			m.with = append(m.with, slotOf(step, i))
		}
		m.order(t, k)
	}
}

// order ends a word with the shards that helper k is dealt, and sends it.
func (m *Team) order(t *Trainer, k int) {
	count := 0
	for _, by := range m.dealt {
		if by == k && m.step < t.Steps() {
			count++
		}
	}
	m.word.int(count)
	if count > 0 {
		m.word.int(m.step)
		m.word.int(len(t.batch(m.step)))
	}
	for i, by := range m.dealt {
		if by == k && count > 0 {
			t.lay(i, m.step)
			m.word.int(i)
			m.word.lot(&t.lots[i])
		}
	}
	m.wire.Post(k, m.word.b, m.with)
}

// welcome has those join who are new at the step to come, from the state that is now.
func (m *Team) welcome(t *Trainer) {
	for _, k := range m.fresh {
		m.joining++
		m.joined[k] = m.joining
		m.word.begin(wordJoin, m.joining)
		t.introduce(&m.word)
		m.wire.Post(k, m.word.b, nil)
		m.with = m.with[:0]
		m.word.begin(wordStep, m.joining)
		m.word.int(-1)
		m.order(t, k)
	}
	m.fresh = m.fresh[:0]
}

// took is told at a step's end how long it was.
func (m *Team) took(t *Trainer, tokens int, d time.Duration) {
	if m != nil {
		m.pace.took(tokens, d)
		m.welcome(t)
	}
}

// ask has the helpers measure blocks of an evaluation, two lots of them at a time each;
// next gives some, or none when all are given.
func (m *Team) ask(t *Trainer, next func() []int) {
	if m == nil {
		return
	}
	for m.hear(t, 0) {
	}
	for _, k := range m.active {
		for under := m.under(k); under < 2; under++ {
			blocks := slices.Clone(next())
			if len(blocks) == 0 {
				return
			}
			m.asked++
			m.looks[m.asked] = look{k, blocks}
			m.word.begin(wordLook, m.joined[k])
			m.word.int(m.asked)
			m.word.int(len(blocks))
			for _, b := range blocks {
				t.lots[0].fill(t.part, t.block(b))
				m.word.lot(&t.lots[0])
			}
			m.wire.Post(k, m.word.b, nil)
		}
	}
}

// under is how many looks a helper has under way.
func (m *Team) under(k int) (n int) {
	for _, l := range m.looks {
		if l.by == k {
			n++
		}
	}
	return n
}

// await waits for a look to be answered; false where none is under way.
func (m *Team) await(t *Trainer) bool {
	if m == nil || len(m.looks) == 0 {
		return false
	}
	if !m.wait(t) {
		silent := 0
		for _, l := range m.looks {
			if l.by > silent {
				silent = l.by
			}
		}
		m.lose(silent)
	}
	return true
}

// unanswered are blocks whose helper was lost, which are nobody's now.
func (m *Team) unanswered() (blocks []int) {
	if m != nil {
		blocks, m.missed = m.missed, nil
	}
	return blocks
}

// forget is for an evaluation that begins: what an earlier one still had under way is its own.
func (m *Team) forget() {
	if m != nil {
		clear(m.looks)
		m.missed = m.missed[:0]
	}
}

// seen takes the answer to a look.
func (m *Team) seen(t *Trainer, r *reading) {
	number := r.int()
	l, ok := m.looks[number]
	if !ok {
		return
	}
	delete(m.looks, number)
	r.int() // how many
	for _, b := range l.blocks {
		t.seen[b] = result{r.float(), r.int()}
	}
}
