package nn

import "github.com/clove-ml/clove/engine/tensor"

// LSTM is one layer of long short-term memory over packed sequences (Hochreiter
// & Schmidhuber 1997, https://www.bioinf.jku.at/publications/older/2604.pdf; forget
// gate, Gers et al. 2000). The formulas stand at tensor.LSTM and
// tensor.LSTMGrad: the whole sequence is one kernel each way.
//
//	forward   x [N, E] → state at each sequence's last token [B, H]
//	backward  DLast [B, H] → dx [N, E], dW_ih [4H, E], dW_hh [4H, H], db [4H]
//
// One direction, one layer, no projection, h and c start at 0.
type LSTM struct {
	dev  tensor.Device
	args tensor.LSTM
	grad tensor.LSTMGrad

	DLast tensor.Buffer // [B, H] for the caller to fill before Backward
}

// NewLSTM has room for rows sequences of slots tokens together.
func NewLSTM(dev tensor.Device, E, H, rows, slots int, weightIH, weightHH, biasIH, biasHH tensor.Buffer) *LSTM {
	l := &LSTM{dev: dev}
	l.args = tensor.LSTM{
		E: E, H: H, WeightIH: weightIH, WeightHH: weightHH, BiasIH: biasIH, BiasHH: biasHH,
		Gates: dev.Alloc(slots * 4 * H), C: dev.Alloc(slots * H), TanhC: dev.Alloc(slots * H),
		HPrev: dev.Alloc(slots * H), Last: dev.Alloc(rows * H),
	}
	l.DLast = dev.Alloc(rows * H)
	l.grad = tensor.LSTMGrad{
		Last: l.DLast, X: dev.Alloc(slots * E), H: dev.Alloc(rows * H), C: dev.Alloc(rows * H),
	}
	return l
}

// Forward gives the states at the last tokens, in the order of p's rows.
func (l *LSTM) Forward(p *tensor.Packed, x tensor.Buffer) tensor.Buffer {
	l.args.Packed, l.args.X = p, x
	l.dev.LSTMForward(&l.args)
	return l.args.Last
}

// Backward gives dx for the last Forward, whose saved gates it overwrites, and writes
// dW_ih, dW_hh and db, which is that of both biases.
func (l *LSTM) Backward(dWeightIH, dWeightHH, dBias tensor.Buffer) tensor.Buffer {
	l.grad.WeightIH, l.grad.WeightHH, l.grad.Bias = dWeightIH, dWeightHH, dBias
	l.dev.LSTMBackward(&l.args, &l.grad)
	return l.grad.X
}
