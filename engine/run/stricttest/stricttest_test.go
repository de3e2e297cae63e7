package stricttest_test

import (
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
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

// hashes are what the golden runs gave in each version of the arithmetic. A line that has
// been in a release is never changed: links tell their version and their hash.
var hashes = map[int]map[string][2]string{
	1: {
		"names": {"c835b5b4b7e72a68ff786f601645acbc03f89b967984f7f024dd10077ddfb7b1", "ceed7c1942dfc1c21d9639b92d4c7fa10c9350abe41f927a90440dcc674deca3"},
		"mail":  {"7e304dc1c169e000e822d8835a4d91b9329529aeacf17202bcf87056423980d2", "857a5e6211ff092d23bc7b873e1e3e272f27f479354e0fefbf077729f814e498"},
	},
}

func TestOtherGoldenWeightsAreOfAnotherVersionOfTheArithmetic(t *testing.T) {
	if len(hashes) != spec.ArithmeticVersion {
		t.Errorf("%d versions, and spec.ArithmeticVersion is %d", len(hashes), spec.ArithmeticVersion)
	}
	now := hashes[spec.ArithmeticVersion]
	goldens, err := stricttest.Goldens()
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range goldens {
		switch was, ok := now[g.Name]; {
		case !ok:
			t.Errorf("%s is a new golden run: give it a line under version %d", g.Name, spec.ArithmeticVersion)
		case was != [2]string{g.Trained, g.Compressed}:
			t.Errorf("%s gives other weights than in version %d: make spec.ArithmeticVersion one more, and add its hashes here", g.Name, spec.ArithmeticVersion)
		}
	}
	if len(now) != len(goldens) {
		t.Errorf("%d hashes of %d golden runs", len(now), len(goldens))
	}
}

func device(t *testing.T, name string) tensor.Device {
	dev, err := tensor.Named(name, tensor.GenericOptions{})
	var missing *tensor.ErrNoDevice
	if errors.As(err, &missing) {
		t.Skip(err)
	}
	return dev
}
