package train

import (
	"slices"
	"time"
)

// pacing finds out how many workers are fastest: where there are fewer idle cores than
// workers, each more of them slows all. It tries every number for some steps in turn,
// keeps to the fastest, and tries again now and then, since other programs come and go.
//
// What is compared is the median over steps of seconds a token; a step in which the number
// changes does not count.
type pacing struct {
	fixed bool // all, whatever they cost
	now   func() time.Time
	usual time.Duration // of a step, of late

	sizes     []int // numbers to try, descending
	costs     [][]float64
	best      int
	at        int // step of the trial, counted from 0
	trial     int // steps of the trial at hand
	rest      time.Duration
	next      time.Time // when to try again
	began     bool
	this      turn // the step at hand
	following turn // and the one dealt already
}

// turn is a step's number of workers; in a trial which one, and whether it counts.
type turn struct {
	size, index int
	counts      bool
}

const (
	counted   = 4                // steps of a number at a time, after one that does not count
	firstRest = 5 * time.Second  // between two trials, doubled each time
	longRest  = 60 * time.Second // at most
	gain      = 0.97             // of the time that fewer need: else the fewer do
)

func newPacing(fixed bool, now func() time.Time) *pacing {
	p := &pacing{fixed: fixed, now: now}
	p.begin(0)
	return p
}

// begin tries anew with so many helpers.
func (p *pacing) begin(helpers int) {
	p.sizes = p.sizes[:0]
	for _, n := range []int{4, 2, 1} { // three leave one of them two of the four shards: no gain over two
		if n <= helpers+1 {
			p.sizes = append(p.sizes, n)
		}
	}
	p.best, p.rest = p.sizes[0], firstRest
	p.try(2)
}

// try begins a trial in which each number comes so many times.
func (p *pacing) try(rounds int) {
	p.costs = make([][]float64, len(p.sizes))
	p.at, p.trial = 0, rounds*len(p.sizes)*(counted+1)
	if p.fixed || len(p.sizes) == 1 {
		p.trial = 0
	}
	p.next, p.began = p.now().Add(p.rest), true
	p.this.counts, p.following.counts = false, false // of what was tried before
}

// again says once after a trial has begun that it has.
func (p *pacing) again() bool {
	began := p.began
	p.began = false
	return began
}

// deal is how many workers the step to come shall have.
func (p *pacing) deal() int {
	if p.at == p.trial && !p.now().Before(p.next) {
		if p.rest *= 2; p.rest > longRest {
			p.rest = longRest
		}
		p.try(1)
	}
	p.this, p.following = p.following, turn{size: p.best}
	if p.at < p.trial {
		i := p.at / (counted + 1) % len(p.sizes)
		p.following = turn{p.sizes[i], i, p.at%(counted+1) > 0}
		p.at++
	}
	return p.following.size
}

// took is told a step's tokens and time.
func (p *pacing) took(tokens int, d time.Duration) {
	if p.usual == 0 {
		p.usual = d
	}
	p.usual += (d - p.usual) / 8
	if p.this.counts && p.this.index < len(p.costs) && tokens > 0 {
		p.costs[p.this.index] = append(p.costs[p.this.index], d.Seconds()/float64(tokens))
	}
	if p.trial == 0 || p.at < p.trial {
		return
	}
	p.best = p.sizes[len(p.sizes)-1]
	least := median(p.costs[len(p.sizes)-1])
	for i := len(p.sizes) - 2; i >= 0; i-- {
		if c := median(p.costs[i]); c < least*gain {
			p.best, least = p.sizes[i], c
		}
	}
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	return v[len(v)/2]
}
