package train

import "time"

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

	errands []errand // batches being read, by whom
	answers []answer // that are back

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
	reads                 // has a finished model, and is given texts
)

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
	for k, at := range m.where {
		if at == atWork || at == reads {
			m.where[k] = idle
		}
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
	m.undone(k)
	m.pace.begin(m.ready())
}

// ready is how many helpers run.
func (m *Team) ready() (n int) {
	for _, p := range m.where[1:] {
		if p >= idle {
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
		switch {
		case m.where[k] < atWork || joining != m.joined[k]: // of a time before it was set aside
		case kind == wordDone:
			m.done(t, &r)
		case kind == wordSeen:
			m.seen(t, &r)
		case kind == wordAnswer:
			m.answered(k, &r)
		}
	}
	return true
}

// Rest ends the helpers until a trainer wants them again: another device trains.
func (m *Team) Rest() {
	if m == nil {
		return
	}
	m.disband()
	m.Close()
}
