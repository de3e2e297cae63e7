package nn_test

import (
	"github.com/clove-ml/clove/engine/nn"
	"github.com/clove-ml/clove/engine/tensor"
)

const shardCount = 4

func newShards(net *nn.Net, rows, steps int) []*nn.Shard {
	var shards []*nn.Shard
	for range shardCount {
		shards = append(shards, net.NewShard((rows+shardCount-1)/shardCount, steps))
	}
	return shards
}

// cut is shard i of a batch: contiguous rows, a quarter each, rounded up.
func cut(b nn.Batch, k, i int) nn.Batch {
	size := (b.B + shardCount - 1) / shardCount
	from, to := i*size, (i+1)*size
	if from > b.B {
		from = b.B
	}
	if to > b.B {
		to = b.B
	}
	s := nn.Batch{
		B: to - from, T: b.T, IDs: b.IDs[from*b.T : to*b.T], Lengths: b.Lengths[from:to],
		FirstRow: b.FirstRow + from, Step: b.Step,
	}
	if b.Targets != nil {
		s.Targets = b.Targets[from:to]
	}
	if b.Soft != nil {
		s.Soft = b.Soft[from*k : to*k]
	}
	return s
}

// step is a whole batch forward and backward, and the reduction of its gradients.
func step(net *nn.Net, shards []*nn.Shard, b nn.Batch, train bool) (loss float64, logits []float32) {
	k := net.Config().Outputs
	for i, s := range shards {
		part := cut(b, k, i)
		if part.B == 0 {
			s.Clear()
			continue
		}
		z := s.Forward(part, train)
		sum, _ := s.Loss(part, b.B)
		loss += sum
		logits = append(logits, tensor.HostData(z)[:part.B*k]...)
		s.Backward(part)
	}
	net.Reduce(shards)
	return loss, logits
}

// dense is a gradient with the rows of tokens that the batch lacks.
func dense(g nn.Grad, vocabulary int) []float32 {
	all := tensor.HostData(g.G)[:g.Len]
	if !g.Sparse {
		return all
	}
	d := make([]float32, vocabulary*g.Width)
	for i, r := range g.Rows {
		copy(d[int(r)*g.Width:], all[i*g.Width:][:g.Width])
	}
	return d
}
