package train

import (
	"testing"
	"time"
)

// clocked runs steps whose cost by number of workers is known, and counts who took them.
func clocked(p *pacing, clock *time.Time, steps int, cost func(workers int) time.Duration) map[int]int {
	taken := map[int]int{}
	at := p.deal()
	for range steps {
		next := p.deal()
		d := cost(at)
		*clock = clock.Add(d)
		taken[at]++
		p.took(1000, d)
		at = next
	}
	return taken
}

func TestTheFastestNumberOfWorkersIsUsed(t *testing.T) {
	ms := func(one, two, four int) func(int) time.Duration {
		return func(n int) time.Duration {
			return map[int]time.Duration{1: time.Duration(one), 2: time.Duration(two), 4: time.Duration(four)}[n] * time.Millisecond
		}
	}
	for name, c := range map[string]struct {
		helpers int
		cost    func(int) time.Duration
		want    int
	}{
		"four cores":               {3, ms(40, 22, 13), 4},
		"two cores":                {3, ms(40, 22, 24), 2},
		"one core":                 {3, ms(40, 42, 48), 1},
		"no gain to speak of":      {1, ms(40, 39, 0), 1},
		"two helpers are no use":   {2, ms(40, 22, 1), 2},
		"a helper that is no help": {1, ms(4, 9, 0), 1},
	} {
		clock := time.Unix(0, 0)
		p := newPacing(false, func() time.Time { return clock })
		p.begin(c.helpers)
		taken := clocked(p, &clock, 2000, c.cost)
		if taken[c.want] < 1800 {
			t.Errorf("%s: steps by number of workers %v, most should have %d", name, taken, c.want)
		}
	}
}

func TestWhatOtherProgramsDoIsFoundOut(t *testing.T) {
	clock := time.Unix(0, 0)
	p := newPacing(false, func() time.Time { return clock })
	p.begin(1)
	busy := func(n int) time.Duration { return time.Duration(20*n) * time.Millisecond }
	idle := func(n int) time.Duration { return time.Duration(40/n) * time.Millisecond }
	for i, cost := range []func(int) time.Duration{idle, busy, idle} {
		taken := clocked(p, &clock, 10_000, cost)
		want := 2
		if i == 1 {
			want = 1
		}
		if taken[want] < 7000 {
			t.Errorf("part %d: %v", i, taken)
		}
	}
}

func TestAFixedNumberIsNotQuestioned(t *testing.T) {
	clock := time.Unix(0, 0)
	p := newPacing(true, func() time.Time { return clock })
	p.begin(3)
	if taken := clocked(p, &clock, 500, func(n int) time.Duration { return time.Duration(n) * time.Second }); taken[4] != 500 {
		t.Errorf("%v", taken)
	}
}
