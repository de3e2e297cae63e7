package nn_test

import (
	"github.com/clove-ml/clove/engine/nn"
	"github.com/clove-ml/clove/engine/tensor"
)

const shardCount = nn.Shards

// bench is activations and gradients of the shards of a batch.
type bench struct {
	shards []*nn.Shard
	parts  []*nn.Partial
}

func newBench(net *nn.Net, rows, steps int) *bench {
	b := &bench{}
	each := (rows + shardCount - 1) / shardCount
	for range shardCount {
		b.shards = append(b.shards, net.NewShard(each, steps))
		b.parts = append(b.parts, net.NewPartial(each*steps))
	}
	return b
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
		FirstRow: b.FirstRow + from, Step: b.Step, Distil: b.Distil,
	}
	if b.Teacher != nil {
		s.Teacher = b.Teacher[from*k : to*k]
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
func step(net *nn.Net, on *bench, b nn.Batch, train bool) (loss float64, logits []float32) {
	k := net.Config().Outputs
	for i, s := range on.shards {
		part := cut(b, k, i)
		if part.B == 0 {
			on.parts[i].Clear()
			continue
		}
		z := s.Forward(part, train)
		sum, _ := s.Loss(part, b.B)
		loss += sum
		logits = append(logits, tensor.HostData(z)[:part.B*k]...)
		s.Backward(part, on.parts[i])
	}
	net.Reduce(on.parts)
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
