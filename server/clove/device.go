package main

import (
	"flag"
	"strings"

	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/server/native"
)

// device is the flag --device: what computes. It changes the time, never a weight.
type device struct{ on tensor.Device }

func deviceFlag(f *flag.FlagSet) *device {
	d := new(device)
	f.Var(d, "device", "`NAME` of what computes: auto, "+strings.Join(tensor.Devices(), ", ")+"; changes the time, not the weights")
	return d
}

// choice is the device named, or the fastest.
func (d *device) choice() tensor.Device {
	if d.on != nil {
		return d.on
	}
	return native.Device()
}

func (d *device) String() string {
	if d == nil || d.on == nil {
		return tensor.NameAuto
	}
	return d.on.Name()
}

func (d *device) Set(name string) error {
	on, err := tensor.Named(name, tensor.GenericOptions{})
	d.on = on
	return err
}
