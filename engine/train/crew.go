package train

import (
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// crew shares numbered jobs among goroutines. Which goroutine does which job
// changes no bit: every job writes its own place, sums are made afterwards, in order.
type crew struct {
	threads int
	next    atomic.Int32
	group   sync.WaitGroup
	panics  atomic.Pointer[Panic] // the first of the jobs at hand
}

// Panic is what share panics with where a job of a goroutine panicked: a goroutine's
// own panic would end the whole program, past its caller's recover.
type Panic struct {
	Value any
	Stack []byte // of the goroutine
}

func (p *Panic) String() string { return fmt.Sprint(p.Value) }

// share calls f(worker, job) for every job below n; at most threads at a time, each with its own worker number.
func (c *crew) share(n int, f func(worker, job int)) {
	helpers := c.threads - 1
	if helpers > n-1 {
		helpers = n - 1
	}
	c.next.Store(0)
	if helpers < 1 {
		c.work(0, n, f)
		return
	}
	c.panics.Store(nil)
	c.group.Add(helpers + 1)
	for w := 1; w <= helpers; w++ {
		go c.help(w, n, f)
	}
	c.help(0, n, f) // whose panic waits for the helpers as well: they write where others read
	c.group.Wait()
	if p := c.panics.Load(); p != nil {
		panic(p)
	}
}

func (c *crew) help(worker, n int, f func(worker, job int)) {
	defer c.group.Done()
	defer c.caught(n)
	c.work(worker, n, f)
}

// caught is deferred: it keeps a panic, and ends the jobs.
func (c *crew) caught(n int) {
	if p := recover(); p != nil {
		c.panics.CompareAndSwap(nil, &Panic{p, debug.Stack()})
		c.next.Store(int32(n))
	}
}

func (c *crew) work(worker, n int, f func(worker, job int)) {
	for {
		job := int(c.next.Add(1)) - 1
		if job >= n {
			return
		}
		f(worker, job)
	}
}
