package train

import "github.com/clove-ml/clove/engine/model"

// How a team reads texts with a finished model, as it is stored: compress.Readers. Any
// helper that runs can, whether or not it has trained.

// errand is a batch of texts that a helper was asked to answer.
type errand struct{ by, batch int }

// answer to one; no logits where the helper was lost.
type answer struct {
	batch  int
	logits []float32
}

// Give has the helpers that run read with it from now on, by a table of what each word
// adds if that is worth it (infer.Predictor.Tabulate).
func (m *Team) Give(finished *model.Model, tabulate bool) {
	if m == nil {
		return
	}
	m.disband()
	m.errands, m.answers = m.errands[:0], m.answers[:0]
	for m.hear(nil, 0) {
	}
	file := finished.Bytes()
	for k, readers := 1, 1; k < m.most && readers < m.pace.best; k++ {
		if m.where[k] != idle {
			continue
		}
		readers++
		m.joining++
		m.where[k], m.joined[k] = reads, m.joining
		m.word.begin(wordModel, m.joining)
		m.word.bytes(file)
		m.word.int(map[bool]int{true: 1}[tabulate])
		m.wire.Post(k, m.word.b, nil)
	}
}

// Ask hands a batch to a helper with less than two to read; false where there is none.
func (m *Team) Ask(batch int, texts [][]int32) bool {
	if m == nil {
		return false
	}
	for k := 1; k < m.most; k++ {
		if m.where[k] != reads || m.sent(k) > 1 {
			continue
		}
		m.errands = append(m.errands, errand{k, batch})
		m.word.begin(wordRead, m.joined[k])
		m.word.int(batch)
		m.word.texts(texts)
		m.wire.Post(k, m.word.b, nil)
		return true
	}
	return false
}

// sent is how many errands a helper has.
func (m *Team) sent(k int) (n int) {
	for _, e := range m.errands {
		if e.by == k {
			n++
		}
	}
	return n
}

// Answered gives the logits of a batch that was handed out, nil where nobody will answer
// it; ok is false where none is back. With wait it is only where none is out.
func (m *Team) Answered(wait bool) (batch int, logits []float32, ok bool) {
	if m == nil {
		return 0, nil, false
	}
	for len(m.answers) == 0 {
		switch {
		case !wait || len(m.errands) == 0:
			if !m.hear(nil, 0) {
				return 0, nil, false
			}
		case !m.wait(nil):
			m.lose(m.errands[0].by)
		}
	}
	a := m.answers[0]
	m.answers = m.answers[1:]
	return a.batch, a.logits, true
}

// answered takes an answer.
func (m *Team) answered(k int, r *reading) {
	batch := r.int()
	for i, e := range m.errands {
		if e == (errand{k, batch}) {
			m.errands = append(m.errands[:i], m.errands[i+1:]...)
			m.answers = append(m.answers, answer{batch, r.floats()})
			return
		}
	}
}

// undone gives back the errands of a helper that was lost.
func (m *Team) undone(k int) {
	left := m.errands[:0]
	for _, e := range m.errands {
		if e.by == k {
			m.answers = append(m.answers, answer{batch: e.batch})
		} else {
			left = append(left, e)
		}
	}
	m.errands = left
}
