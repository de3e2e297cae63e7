package tensor

import (
	"errors"
	"time"
)

// Lost is how a device ends that can: a graphics card that was taken away, that has no
// memory left, or that refuses a shader. The kernel that finds out panics with it, and so
// does every kernel after that one; what was in the device's buffers is gone. Whoever can
// go on elsewhere turns the panic into an error by AsLost.
type Lost struct {
	Device  string // its name
	Code    string // one of the Lost constants
	Message string // what the browser or the driver says
}

// Codes of Lost.
const (
	LostDevice = "gpu_lost"   // taken away: driver, sleep, another program, destroyed
	LostMemory = "gpu_memory" // no room for a buffer
	LostShader = "gpu_shader" // a shader or a pipeline was refused
	LostNone   = "gpu_none"   // there is no such device here: no adapter, or none given
)

func (e *Lost) Error() string { return e.Device + ": " + e.Message }

// AsLost finds a *Lost in what was recovered from a panic, or in an error.
func AsLost(p any) (*Lost, bool) {
	var lost *Lost
	err, ok := p.(error)
	return lost, ok && errors.As(err, &lost)
}

// Closer is an optional interface of devices that hold what no collector frees. A closed
// device must not be used.
type Closer interface{ Close() }

// Close gives back what a device holds.
func Close(d Device) {
	if c, ok := d.(Closer); ok {
		c.Close()
	}
}

// KernelTime is what a kernel took on a card.
type KernelTime struct {
	Kernel string
	Calls  int
	Time   time.Duration
}

// Timed is an optional interface of cards that have a clock.
type Timed interface {
	// Timed calls f and tells where the card's time went meanwhile, the most first; nil where
	// it can't tell.
	Timed(f func() error) ([]KernelTime, error)
}
