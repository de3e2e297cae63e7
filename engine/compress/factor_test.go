package compress

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/tensor"
)

func f32(w []float32, _, _ int) model.Encoding { return model.F32(w) }

func int8Rows(w []float32, rows, cols int) model.Encoding { return model.Quantize(w, rows, cols) }

// lost is the share of w's energy that its encoding loses.
func lost(w []float32, e model.Encoding) float64 {
	v := make([]float32, len(w))
	e.Floats(v)
	off, all := 0.0, 0.0
	for i, x := range w {
		off += float64(x-v[i]) * float64(x-v[i])
		all += float64(x) * float64(x)
	}
	return off / all
}

func TestALowRankLosesTheEnergyOfTheValuesLeftOut(t *testing.T) {
	for _, c := range []struct{ rows, cols int }{{60, 20}, {20, 60}} {
		w := matrix(5, c.rows, c.cols, 0.7)
		_, s, _, err := SVD(context.Background(), w, c.rows, c.cols, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, rank := range []int{1, 4, 10, 20} {
			e, err := LowRank(context.Background(), w, c.rows, c.cols, rank, f32, f32, nil)
			if err != nil {
				t.Fatal(err)
			}
			out, all := 0.0, 0.0
			for i, x := range s {
				if i >= rank {
					out += x * x
				}
				all += x * x
			}
			if got := lost(w, e); math.Abs(got-out/all) > 1e-6*(out/all)+1e-12 {
				t.Errorf("rank %d of %v lost %g, want %g", rank, c, got, out/all)
			}
		}
		e, err := LowRank(context.Background(), w, c.rows, c.cols, 10, int8Rows, int8Rows, nil)
		if err != nil || lost(w, e) > 0.01 || e.Kind() != "lowrank10 int8 int8" {
			t.Errorf("%s lost %g: %v", e.Kind(), lost(w, e), err)
		}
	}
}

func TestClustersFollowTheWeightsAndKeepZeros(t *testing.T) {
	w := matrix(6, 50, 40, 0.99)
	before := 1.0
	for bits := 1; bits <= 8; bits++ {
		now := lost(w, Cluster(w, 50, 40, bits, false))
		if now >= before {
			t.Errorf("%d bits lose %g, fewer lost %g", bits, now, before)
		}
		before = now
	}
	if before > 1e-4 {
		t.Errorf("8 bits lose %g", before)
	}
	for i := range w {
		if i%3 != 0 {
			w[i] = 0
		}
	}
	for _, sparse := range []bool{false, true} {
		e := Cluster(w, 50, 40, 3, sparse)
		v := make([]float32, len(w))
		e.Floats(v)
		for i, x := range w {
			if x == 0 && v[i] != 0 {
				t.Fatalf("%s: 0 became %g", e.Kind(), v[i])
			}
		}
	}
	few := []float32{3, 1, 3, 2, 1}
	if e := Cluster(few, 1, 5, 2, false).(*model.Clustered); lost(few, e) != 0 || !slices.Equal(e.Codebook, []float32{1, 2, 3}) {
		t.Errorf("three values became %v", e.Codebook)
	}
}

func TestProductQuantizationLosesLessWithMoreCentroidsAndWithNorms(t *testing.T) {
	const rows, cols = 600, 12
	w := matrix(7, rows, cols, 0.8)
	for r := range rows { // of very different lengths
		for c := range cols {
			w[r*cols+c] *= float32(1 + r%7)
		}
	}
	quantize := func(o Product) *model.Product {
		e, err := o.Quantize(context.Background(), w, rows, cols, nil)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	p4 := quantize(Product{Sub: 3, Bits: 4, Codebook: f32})
	p6 := quantize(Product{Sub: 3, Bits: 6, Codebook: f32})
	normed := quantize(Product{Sub: 3, Bits: 6, Norm: true, Codebook: int8Rows})
	t.Logf("lost: %s %.4f, %s %.4f, %s %.4f", p4.Kind(), lost(w, p4), p6.Kind(), lost(w, p6), normed.Kind(), lost(w, normed))
	if !(lost(w, p6) < lost(w, p4) && lost(w, normed) < lost(w, p6)) {
		t.Error("in another order")
	}
	// A codebook of all the points there are loses nothing.
	few, err := Product{Sub: 5, Bits: 8, Codebook: f32}.Quantize(context.Background(), w[:20*cols], 20, cols, nil)
	if err != nil || lost(w[:20*cols], few) != 0 {
		t.Errorf("20 rows by 256 centroids lost %g: %v", lost(w[:20*cols], few), err)
	}
}

func TestKMeansFindsClustersThatAreThere(t *testing.T) {
	var points []float32
	for i := range 300 {
		x := float32(i%3) * 10
		points = append(points, x+float32(i%7)*0.01, -x)
	}
	c, err := KMeans(context.Background(), points, 2, 3, tensor.Draw{Seed: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for want := range 3 {
		i, d := closest(c, 2, []float32{float32(want)*10 + 0.03, -float32(want) * 10})
		if d > 1e-4 {
			t.Errorf("the nearest to cluster %d is %v", want, c[2*i:2*i+2])
		}
	}
}

func TestKMeansEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	_, err := KMeans(ctx, matrix(8, 500, 4, 1), 4, 16, tensor.Draw{Seed: 1}, cancel)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// The hashes were made natively on amd64: wasm must find the same codes and codebooks.
func TestChosenNumbersAreTheSameOnEveryPlatform(t *testing.T) {
	w := matrix(9, 80, 24, 0.9)
	p, err := Product{Sub: 4, Bits: 4, Norm: true, Codebook: int8Rows, Seed: 3}.Quantize(context.Background(), w, 80, 24, nil)
	if err != nil {
		t.Fatal(err)
	}
	l, err := LowRank(context.Background(), w, 80, 24, 6, f32, int8Rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		e    model.Encoding
		want uint64
	}{{p, 0x5df80644ee4f5f3f}, {l, 0x7f58dcf8fe8800af}, {Cluster(w, 80, 24, 5, true), 0x4b1793bcb558317c}} {
		h := uint64(1)
		for _, x := range c.e.Tensors("w", []int{80, 24}) {
			for _, b := range x.Data {
				h = (h ^ uint64(b)) * 1099511628211
			}
		}
		if h != c.want {
			t.Errorf("%s: hash %#x, want %#x", c.e.Kind(), h, c.want)
		}
	}
}
