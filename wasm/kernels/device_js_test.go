package kernels

import (
	"testing"

	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/tensor/devicetest"
)

func open(t testing.TB, yield func()) tensor.Device {
	t.Helper()
	d, err := New(yield)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheDeviceConforms(t *testing.T) { devicetest.Run(t, open(t, nil)) }
