package webgpu

import (
	"syscall/js"
	"testing"

	"github.com/clove-ml/clove/engine/tensor/devicetest"
)

// open is a device of the browser's card, closed at the test's end.
func open(t *testing.T) *Device {
	t.Helper()
	if nav := js.Global().Get("navigator"); !nav.Truthy() || !nav.Get("gpu").Truthy() {
		t.Skip("no WebGPU here: e2e/webgpu.test.mjs runs this in Chromium")
	}
	d, err := Open(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

func TestDeviceConforms(t *testing.T) { devicetest.RunCard(t, open(t)) }
