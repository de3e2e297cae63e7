package tensor

import "fmt"

// Names of the host devices, as the command line and the events call them.
const (
	NameAuto    = "auto" // the fastest here
	NameGeneric = "generic"
	NameAVX2    = "avx2"
	NameAVX512  = "avx512"
)

// Devices are the names of the host devices that this machine can run, the fastest first.
func Devices() []string { return append(vectorNames(), NameGeneric) }

// Best is the fastest host device that this machine has. All host devices give the same bits.
func Best(o GenericOptions) Device {
	d, err := Named(Devices()[0], o)
	if err != nil {
		panic(err) // it was in the list
	}
	return d
}

// Named is the host device of that name; NameAuto or "" is Best. A device that
// this machine lacks is an *ErrNoDevice.
func Named(name string, o GenericOptions) (Device, error) {
	switch name {
	case "", NameAuto:
		return Best(o), nil
	case NameGeneric:
		return Generic(o), nil
	}
	if d := vectorDevice(name, o); d != nil {
		return d, nil
	}
	return nil, &ErrNoDevice{Name: name, Here: Devices()}
}

// FastOf is the device of Fast arithmetic that d has; where it has none, d and false.
func FastOf(d Device) (Device, bool) {
	if f, ok := d.(Faster); ok {
		if fast := f.Fast(); fast != nil {
			return fast, true
		}
	}
	return d, false
}

// ErrNoDevice says that this machine has no such device.
type ErrNoDevice struct {
	Name string
	Here []string // what it has
}

func (e *ErrNoDevice) Error() string {
	return fmt.Sprintf("this machine has no device %q; it has %v", e.Name, e.Here)
}
