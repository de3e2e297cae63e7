package train

import (
	"slices"
	"time"
)

// How a team takes a step. The words and their order are drawn at Helper.

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
		if m.where[k] == idle || m.where[k] == reads {
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
	if m.hear(t, d/2) {
		return true
	}
	return m.hear(t, d/2)
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
