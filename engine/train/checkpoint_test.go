package train

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
)

func TestACheckpointOfAnythingElseIsRefused(t *testing.T) {
	enc := made(20, 5)
	tr := trainer(t, enc, little(), 1)
	for tr.Taken() < 3 {
		advance(t, tr, &figures{})
	}
	kept, err := tr.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	edited := func(f func(meta map[string]string, tensors []model.Tensor) []model.Tensor) []byte {
		meta, tensors, err := model.ReadTensors(kept)
		if err != nil {
			t.Fatal(err)
		}
		tensors = f(meta, tensors)
		return model.WriteTensors(meta, tensors)
	}
	swap := func(old, new string) []byte {
		return edited(func(meta map[string]string, x []model.Tensor) []model.Tensor {
			if !strings.Contains(meta[checkpointKey], old) {
				t.Fatalf("%s has no %s", meta[checkpointKey], old)
			}
			meta[checkpointKey] = strings.Replace(meta[checkpointKey], old, new, 1)
			return x
		})
	}
	for _, c := range []struct {
		name, want string
		bytes      []byte
		enc        *data.Encoded
		change     func(*spec.Spec)
	}{
		{"nothing", "damaged", nil, enc, nil},
		{"cut off", "damaged", kept[:len(kept)-3], enc, nil},
		{"a model", "this is not one", tr.Model().Bytes(), enc, nil},
		{"of other data", "other data", kept, made(21, 5), nil},
		{"of other settings", "other settings", kept, enc, func(s *spec.Spec) { s.Train.Rate /= 2 }},
		{"of another shape", "other settings", kept, enc, func(s *spec.Spec) { s.Model.Hidden = 9 }},
		{"of a later version", "version 2", swap(`"version":1`, `"version":2`), enc, nil},
		{"with a step too far", "contradict", swap(`"Step":3`, `"Step":300`), enc, nil},
		{"with a negative step", "contradict", swap(`"Step":3`, `"Step":-3`), enc, nil},
		{"without a tensor", "holds 20 tensors", edited(func(_ map[string]string, x []model.Tensor) []model.Tensor { return x[1:] }), enc, nil},
		{"with a tensor of another name", "lacks the tensor", edited(func(_ map[string]string, x []model.Tensor) []model.Tensor {
			x[0].Name = "adam.m/other"
			return x
		}), enc, nil},
		{"with a tensor of another shape", "not F32", edited(func(_ map[string]string, x []model.Tensor) []model.Tensor {
			x[0].Shape = []int{len(x[0].Data) / 4, 1}
			return x
		}), enc, nil},
		{"with a NaN", "not finite", edited(func(_ map[string]string, x []model.Tensor) []model.Tensor {
			x[0].Data = append([]byte{0, 0, 0xc0, 0x7f}, x[0].Data[4:]...)
			return x
		}), enc, nil},
	} {
		s := little()
		if c.change != nil {
			c.change(&s)
		}
		other := trainer(t, c.enc, s, 1)
		before := other.Model().SHA256()
		err := other.Restore(c.bytes)
		var e *CheckpointError
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if other.Taken() != 0 || other.Model().SHA256() != before {
			t.Errorf("%s: it was refused, yet changed the trainer", c.name)
		}
	}
	if err := trainer(t, enc, little(), 1).Restore(kept); err != nil {
		t.Errorf("the good one: %v", err)
	}
}

func FuzzRestore(f *testing.F) {
	enc := made(8, 3)
	s := little()
	s.Model.Embedding, s.Model.Hidden = 1, 1
	tr := trainer(f, enc, s, 1)
	for range 6 {
		kept, err := tr.Checkpoint()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(kept)
		advance(f, tr, &figures{})
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		tr := trainer(t, enc, s, 1)
		if err := tr.Restore(b); err != nil {
			var e *CheckpointError
			if !errors.As(err, &e) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		for !tr.Finished() { // whatever is accepted can be gone on from, to the end or to weights too large
			look, end := tr.Due()
			var err error
			switch {
			case look:
				_, err = tr.Look(context.Background(), nil)
			case end:
				_, err = tr.EndEpoch(context.Background(), nil)
			default:
				_, err = tr.Step()
			}
			var n *NotFinite
			if errors.As(err, &n) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
