package stricttest_test

import (
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/stricttest"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/tensor/devicetest"
)

func TestEveryDeviceAndNumberOfThreadsGivesTheGoldenWeights(t *testing.T) {
	stricttest.Each(t, func(t *testing.T, g stricttest.Golden) {
		for _, name := range []string{tensor.NameGeneric, tensor.NameAVX2, tensor.NameAVX512} {
			t.Run(name, func(t *testing.T) {
				dev := device(t, name)
				threads := []int{1, 2, 4}
				if runtime.GOOS == "js" { // which has one
					threads = threads[:1]
				}
				for _, threads := range threads {
					t.Run(fmt.Sprintf("%d threads", threads), func(t *testing.T) {
						g.Check(t, run.Env{Device: dev, Threads: threads})
					})
				}
			})
		}
	})
}

// Stopped on the one device, gone on with on the other: no bit of a checkpoint knows
// who made it.
func TestARunStoppedWithinAnEpochEndsWithTheGoldenWeights(t *testing.T) {
	stricttest.Each(t, func(t *testing.T, g stricttest.Golden) {
		generic := tensor.Generic(tensor.GenericOptions{})
		devicetest.Each(t, func(t *testing.T, dev tensor.Device) {
			g.CheckStopped(t, run.Env{Device: dev, Threads: 4}, run.Env{Device: generic, Threads: 2})
		})
	})
}

func device(t *testing.T, name string) tensor.Device {
	dev, err := tensor.Named(name, tensor.GenericOptions{})
	var missing *tensor.ErrNoDevice
	if errors.As(err, &missing) {
		t.Skip(err)
	}
	return dev
}
