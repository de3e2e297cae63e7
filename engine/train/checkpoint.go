package train

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/nn"
	"github.com/clove-ml/clove/engine/optim"
)

// A checkpoint is a safetensors file. For every parameter NAME it holds
//
//	NAME           the weights
//	adam.m/NAME    Adam's first moment
//	adam.v/NAME    Adam's second moment
//	best/NAME      the weights where validation was best, unless they are the present ones
//
// and in its metadata, under "clove.checkpoint", the rest as JSON. With the
// Spec and the data, whose identities it names, that is all that the further
// run depends on.

// checkpointVersion changes whenever an older checkpoint would lead elsewhere.
const checkpointVersion = 1

// checkpointKey is where the metadata holds the rest.
const checkpointKey = "clove.checkpoint"

type rest struct {
	Version int    `json:"version"`
	Spec    string `json:"spec"` // identity
	Data    string `json:"data"` // SHA-256 of what is trained and validated on
	State   state  `json:"state"`
}

// CheckpointError says why a checkpoint can't be gone on from.
type CheckpointError struct{ Message string }

func (e *CheckpointError) Error() string { return "checkpoint: " + e.Message }

func badCheckpoint(format string, args ...any) error {
	return &CheckpointError{fmt.Sprintf(format, args...)}
}

// Checkpoint writes the trainer as it stands between two steps. It refuses to
// write parameters that are not finite, so that what is kept is always good.
func (t *Trainer) Checkpoint() ([]byte, error) {
	if err := t.settle(); err != nil {
		return nil, err
	}
	if name, ok := t.net.NonFinite(); !ok {
		return nil, t.notFinite(t.state.Step, name)
	}
	meta, err := json.Marshal(rest{Version: checkpointVersion, Spec: t.spec.ID(), Data: t.fingerprint(), State: t.state})
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	var tensors []model.Tensor
	add := func(name string, shape []int, v []float32) {
		tensors = append(tensors, model.Tensor{Name: name, DType: "F32", Shape: shape, Data: model.FloatBytes(v)})
	}
	adam, learned := t.opt.State(), t.values((*nn.Param).Learned)
	for i, p := range t.net.Params() {
		add(p.Name, p.Shape, learned[i])
		add("adam.m/"+p.Name, p.Shape, adam.M[i])
		add("adam.v/"+p.Name, p.Shape, adam.V[i])
		if t.best != nil && t.state.Best.Step != t.state.Step {
			add("best/"+p.Name, p.Shape, t.best[i])
		}
	}
	return model.WriteTensors(map[string]string{checkpointKey: string(meta)}, tensors), nil
}

// Restore puts the trainer where Checkpoint left one of the same Spec and data.
// A checkpoint that is damaged, or of anything else, is a *CheckpointError and
// changes nothing.
func (t *Trainer) Restore(b []byte) error {
	meta, tensors, err := model.ReadTensors(b)
	if err != nil {
		return badCheckpoint("it is damaged, or no checkpoint at all")
	}
	var r rest
	if err := json.Unmarshal([]byte(meta[checkpointKey]), &r); err != nil {
		return badCheckpoint("this is not one: %v", err)
	}
	if r.Version != checkpointVersion {
		return badCheckpoint("it is of version %d, this program reads %d; start the run anew", r.Version, checkpointVersion)
	}
	if r.Spec != t.spec.ID() {
		return badCheckpoint("it belongs to a run with other settings (%.12s, not %.12s)", r.Spec, t.spec.ID())
	}
	if r.Data != t.fingerprint() {
		return badCheckpoint("it belongs to other data (%.12s, not %.12s)", r.Data, t.fingerprint())
	}
	if err := t.plausible(r.State); err != nil {
		return err
	}

	hasBest := t.spec.Train.KeepBest && r.State.Best.Epoch > 0 && r.State.Best.Step != r.State.Step
	kinds := []string{"", "adam.m/", "adam.v/"}
	if hasBest {
		kinds = append(kinds, "best/")
	}
	params := t.net.Params()
	if len(tensors) != len(kinds)*len(params) {
		return badCheckpoint("it holds %d tensors, not %d", len(tensors), len(kinds)*len(params))
	}
	values := make([][][]float32, len(kinds))
	for k, prefix := range kinds {
		for _, p := range params {
			i, found := slices.BinarySearchFunc(tensors, prefix+p.Name, func(x model.Tensor, name string) int {
				switch {
				case x.Name < name:
					return -1
				case x.Name > name:
					return 1
				}
				return 0
			})
			if !found {
				return badCheckpoint("it lacks the tensor %s", prefix+p.Name)
			}
			if x := tensors[i]; x.DType != "F32" || !slices.Equal(x.Shape, p.Shape) {
				return badCheckpoint("its tensor %s is %s %v, not F32 %v", x.Name, x.DType, x.Shape, p.Shape)
			}
			v, ok := floats(tensors[i].Data)
			if !ok {
				return badCheckpoint("its tensor %s is not finite", tensors[i].Name)
			}
			values[k] = append(values[k], v)
		}
	}

	if err := t.opt.SetState(optim.State{Step: r.State.Step, M: values[1], V: values[2]}); err != nil {
		return badCheckpoint("%v", err)
	}
	for i, p := range params {
		t.dev.Upload(p.Learned(), values[0][i])
	}
	t.best = nil
	switch {
	case hasBest:
		t.best = values[3]
	case t.spec.Train.KeepBest && r.State.Best.Epoch > 0:
		t.best = values[0] // the present ones are, until the next step
	}
	t.state = r.State
	t.ahead.forget()
	t.team.disband() // whose weights are others
	return nil
}

// plausible refuses a state that no run of this Spec can be in.
func (t *Trainer) plausible(s state) error {
	ok := s.Step >= 0 && s.Step <= t.Steps() &&
		s.Closed >= 0 && s.Step >= s.Closed*t.stepsAnEpoch && s.Step <= (s.Closed+1)*t.stepsAnEpoch &&
		s.Looked >= 0 && s.Looked <= s.Step &&
		s.Seen >= 0 && s.Right >= 0 && s.Right <= s.Seen && s.Loss >= 0 && s.Seconds >= 0 &&
		(s.Seen > 0) == (s.Step > s.Closed*t.stepsAnEpoch) &&
		s.Best.Epoch >= 0 && s.Best.Epoch <= s.Closed && s.Best.Step == s.Best.Epoch*t.stepsAnEpoch &&
		s.Since >= 0 && s.Since <= s.Closed
	if !ok {
		return badCheckpoint("its counts contradict each other: it is damaged")
	}
	return nil
}

// fingerprint is SHA-256 of everything in the data that training depends on.
func (t *Trainer) fingerprint() string {
	if t.print == "" {
		t.print = fingerprint(t.enc)
	}
	return t.print
}

func fingerprint(e *data.Encoded) string {
	h := sha256.New()
	for _, l := range e.Labels {
		fmt.Fprintf(h, "%d:%s", len(l), l)
	}
	vocab, _ := e.Vocab.MarshalText() // a vocabulary always marshals
	fmt.Fprintf(h, ";%d:", len(vocab))
	h.Write(vocab)
	var buf [4096]byte
	numbers := func(v []int32) {
		fmt.Fprintf(h, ";%d:", len(v))
		for len(v) > 0 {
			n := len(buf) / 4
			if n > len(v) {
				n = len(v)
			}
			for i, x := range v[:n] {
				binary.LittleEndian.PutUint32(buf[4*i:], uint32(x))
			}
			h.Write(buf[:4*n])
			v = v[n:]
		}
	}
	for _, p := range []*data.Part{&e.Train, &e.Valid} {
		numbers(p.IDs)
		numbers(p.Offsets)
		numbers(p.Labels)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// floats is the inverse of model.FloatBytes; false where one is not finite.
func floats(b []byte) ([]float32, bool) {
	v := make([]float32, len(b)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		if v[i]-v[i] != 0 {
			return nil, false
		}
	}
	return v, true
}
