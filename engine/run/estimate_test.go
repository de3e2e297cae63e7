package run

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/clove-ml/clove/engine/compress"
	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
)

// timed is a device whose kernels take the time that a made-up clock says: one that a
// probe can be held to.
type timed struct {
	tensor.Device
	clock time.Time
}

func (d *timed) now() time.Time { return d.clock }

func (d *timed) LSTMForward(l *tensor.LSTM) {
	d.clock = d.clock.Add(time.Duration(l.Packed.Slots) * 5 * time.Microsecond)
	d.Device.LSTMForward(l)
}

func (d *timed) LSTMBackward(l *tensor.LSTM, g *tensor.LSTMGrad) {
	d.clock = d.clock.Add(time.Duration(l.Packed.Slots) * 9 * time.Microsecond)
	d.Device.LSTMBackward(l, g)
}

func (d *timed) AdamRows(s tensor.AdamStep, V, E int, rows []int32, g, w, m, v tensor.Buffer) {
	d.clock = d.clock.Add(700 * time.Microsecond)
	d.Device.AdamRows(s, V, E, rows, g, w, m, v)
}

// uneven is a source of texts of one to sixty words, most of them short.
type uneven struct{ n int }

func (u uneven) Each(ctx context.Context, yield func(data.Row) error) (data.Report, error) {
	splits := []data.Split{data.Train, data.Train, data.Train, data.Valid, data.Test}
	for i := range u.n {
		h := i * 2654435761 >> 7
		words := make([]string, 1+(h%60)*(h/60%60)/60)
		for j := range words {
			words[j] = fmt.Sprint("w", (h+j*j)%50)
		}
		if err := yield(data.Row{Split: splits[i%5], Label: []string{"no", "yes"}[h&1], Text: fmt.Sprint(i, " ") + strings.Join(words, " ")}); err != nil {
			return data.Report{}, err
		}
	}
	return data.Report{Rows: u.n}, nil
}

func encoded(t *testing.T, s spec.Spec, src data.Source) *data.Encoded {
	t.Helper()
	enc, _, err := Describe(context.Background(), s, Env{Open: open(src)}, func(spec.Event) {})
	if err != nil {
		t.Fatal(err)
	}
	return enc
}

func TestAProbeOfSomeStepsTellsHowLongTheRunTakes(t *testing.T) {
	for name, change := range map[string]func(*spec.Spec){
		"as it is":    func(*spec.Spec) {},
		"more epochs": func(s *spec.Spec) { s.Train.Epochs = 7 },
		"large batch": func(s *spec.Spec) { s.Train.Batch = 100 },
		"small batch": func(s *spec.Spec) { s.Train.Batch = 3 },
		"long texts":  func(s *spec.Spec) { s.Tokenizer.MaxTokens = 64 },
	} {
		t.Run(name, func(t *testing.T) {
			s := little()
			change(&s)
			enc := encoded(t, s, uneven{1500})
			d := &timed{Device: tensor.Generic(tensor.GenericOptions{}), clock: time.Unix(1, 0)}
			env := Env{Device: d, Encoded: enc, Now: d.now}
			p, err := Probe(context.Background(), s, env, func() error { return nil })
			if err != nil {
				t.Fatal(err)
			}
			probed := d.clock.Sub(time.Unix(1, 0)).Seconds()
			var done spec.Done
			if _, err := Run(context.Background(), s, env, func(e spec.Event) {
				if e, ok := e.(spec.Done); ok {
					done = e
				}
			}); err != nil {
				t.Fatal(err)
			}
			told := p.Seconds(WorkOf(enc, s)) - compress.WarmFor.Seconds()
			t.Logf("probed for %.2f s; told %.2f s, took %.2f s: %.2f", probed, told, done.Seconds, told/done.Seconds)
			if x := told / done.Seconds; x < 0.8 || x > 1.25 {
				t.Errorf("told %.3f s, took %.3f s", told, done.Seconds)
			}
		})
	}
}

func TestAProbeGivesWayAtOnce(t *testing.T) {
	s := little()
	enough := errors.New("enough")
	n := 0
	_, err := Probe(context.Background(), s, Env{Encoded: encoded(t, s, uneven{1500})}, func() error {
		if n++; n > 3 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || n > 4 {
		t.Errorf("%v, asked %d times", err, n)
	}
}

// What lives is counted, after a collection: how much garbage lies when depends on the
// machine.
func TestTheMemoryThatIsToldIsTaken(t *testing.T) {
	for name, change := range map[string]func(*spec.Spec){
		"a wide net":   func(s *spec.Spec) { s.Model.Embedding, s.Model.Hidden, s.Data.Limit = 160, 200, 60 },
		"large batch":  func(s *spec.Spec) { s.Train.Batch, s.Model.Hidden = 512, 200 },
		"wide vectors": func(s *spec.Spec) { s.Model.Embedding, s.Model.Hidden = 500, 64 },
	} {
		t.Run(name, func(t *testing.T) {
			s := little()
			s.Train.Epochs, s.Data.Limit, s.Tokenizer.MaxTokens = 2, 200, 64
			change(&s)
			enc := encoded(t, s, uneven{300})
			told := Memory(enc, s)
			heap := func() int64 {
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				return int64(m.HeapAlloc)
			}
			before, most := heap(), int64(0)
			look := func(more int) { most = max(most, heap()-before+int64(more)) }
			_, err := Run(context.Background(), s, Env{
				Encoded: enc,
				Save: func(_ context.Context, c Checkpoint) error {
					look(len(c.Bytes)) // its tensors lived a second time while it was written
					file := c.Model.Bytes()
					look(0)
					runtime.KeepAlive(file)
					return nil
				},
			}, func(spec.Event) {})
			if err != nil {
				t.Fatal(err)
			}
			took := garbage * float64(most)
			t.Logf("told %.1f MB, with garbage %.1f MB: %.2f", float64(told)/1e6, took/1e6, float64(told)/took)
			if x := float64(told) / took; x < 1/1.5 || x > 1.5 {
				t.Errorf("told %d bytes, took %.0f", told, took)
			}
		})
	}
}
