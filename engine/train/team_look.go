package train

import "slices"

// How a team shares an evaluation: its helpers have the weights of the step before, and
// whoever is free takes the next blocks of texts.

// look is blocks of an evaluation that a helper was asked to measure.
type look struct {
	by     int
	blocks []int
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
