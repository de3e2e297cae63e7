package webgpu

import (
	"context"
	"sync"
	"syscall/js"
	"testing"

	"github.com/clove-ml/clove/engine/tensor/devicetest"
)

// theCard is opened once: its shaders take seconds to compile where a processor plays it.
var theCard = sync.OnceValues(func() (*Device, error) { return Open(context.Background(), Options{}) })

// open is a device of the browser's card with memory of its own, closed at the test's end.
func open(t *testing.T) *Device {
	t.Helper()
	if nav := js.Global().Get("navigator"); !nav.Truthy() || !nav.Get("gpu").Truthy() {
		t.Skip("no WebGPU here: e2e/webgpu.test.mjs runs this in Chromium")
	}
	d, err := theCard()
	if err != nil {
		t.Fatal(err)
	}
	d = d.Fork()
	t.Cleanup(d.Close)
	return d
}

func TestDeviceConforms(t *testing.T) { devicetest.RunCard(t, open(t)) }
