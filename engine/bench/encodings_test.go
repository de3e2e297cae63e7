package bench

import (
	"context"
	"testing"

	"github.com/clove-ml/clove/engine/tensor"
)

func TestEveryEncodingIsMeasuredBesideFloat32(t *testing.T) {
	o := options()
	o.Device = tensor.Generic(tensor.GenericOptions{})
	b, err := encodingsAt(context.Background(), o, []size{{"tiny", 4, 8}})
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Encodings) != len(encodings) || b.Encodings[0].Encoding != "f32" {
		t.Fatalf("measured %v", b.Encodings)
	}
	for i, e := range b.Encodings {
		if e.Encoding != encodings[i].name || e.Size != "tiny" || e.Bytes <= 0 {
			t.Errorf("measured %+v", e)
		}
		if i > 0 && e.Bytes >= b.Encodings[0].Bytes {
			t.Errorf("%s takes %d bytes, f32 %d", e.Encoding, e.Bytes, b.Encodings[0].Bytes)
		}
		for _, x := range []float64{e.OneMS, e.BatchMS, e.TableMS, e.MatrixOneUS, e.MatrixBatchUS} {
			if !(x > 0) {
				t.Errorf("%s: %+v", e.Encoding, e)
			}
		}
	}
}
