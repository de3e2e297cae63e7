package nn

import "github.com/clove-ml/clove/engine/tensor"

// Linear is a matrix product and a bias.
//
//	forward   y [B, K] = x [B, H] · Wᵀ + b      W [K, H], b [K]
//	backward  dW = dyᵀ·x   db = Σ dy   dx = dy·W
type Linear struct {
	dev          tensor.Device
	h, k         int
	weight, bias tensor.Buffer

	Out tensor.Buffer // [B, K]
}

// NewLinear has room for so many rows.
func NewLinear(dev tensor.Device, H, K, rows int, weight, bias tensor.Buffer) *Linear {
	return &Linear{
		dev: dev, h: H, k: K, weight: weight, bias: bias,
		Out: dev.Alloc(rows * K),
	}
}

// Forward takes x [B, H].
func (l *Linear) Forward(B int, x tensor.Buffer) tensor.Buffer {
	l.dev.Gemm(false, true, B, l.k, l.h, x, l.weight, false, l.Out)
	l.dev.AddBias(B, l.k, l.bias, l.Out)
	return l.Out
}

// Backward takes Forward's x and dy [B, K], and writes dx [B, H], dW and db.
func (l *Linear) Backward(B int, x, dy, dx, dWeight, dBias tensor.Buffer) {
	l.dev.Gemm(true, false, l.k, l.h, B, dy, x, false, dWeight)
	l.dev.SumRows(B, l.k, dy, dBias)
	l.dev.Gemm(false, false, B, l.h, l.k, dy, l.weight, false, dx)
}
