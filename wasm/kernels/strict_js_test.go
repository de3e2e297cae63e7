package kernels

import (
	"testing"

	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/stricttest"
	"github.com/clove-ml/clove/engine/tensor"
)

func TestTheModuleGivesTheGoldenWeights(t *testing.T) {
	stricttest.Each(t, func(t *testing.T, g stricttest.Golden) {
		dev := open(t, nil)
		g.Check(t, run.Env{Device: dev})
		g.CheckStopped(t, run.Env{Device: dev}, run.Env{Device: tensor.Generic(tensor.GenericOptions{})})
	})
}
