package tensor

import "math"

// Coded is weights [N, K] each of which is a code of a float32: of float16's or bfloat16's
// bits, or the place of its value in a table.
type Coded struct {
	N, K  int
	Bits  []uint16 // of half precision
	Brain bool     // bfloat16's

	Codes []byte // instead of Bits
	Table []float32

	// Panels are the codes as a device lays them out: PrepareCoded's, and no other device's.
	Panels []byte
}

// Coder is an optional interface of host devices: products that decode weights as they go.
type Coder interface {
	// PrepareCoded lays w out for many products; Bits and Codes may be dropped after it
	// where it has set Panels.
	PrepareCoded(w *Coded)
	// AddCoded: y [m, N] += x [m, K] · wᵀ, the bits of Gemm on the decoded weights.
	AddCoded(m int, x []float32, w *Coded, y []float32)
}

func (d *generic) PrepareCoded(*Coded) {}

func (d *generic) AddCoded(m int, x []float32, w *Coded, y []float32) {
	s := d.spaces.Get()
	defer d.spaces.Put(s)
	s.row = room(s.row, w.K)
	for r := range w.N {
		w.Decode(s.row, r*w.K)
		for i := range m {
			sum := y[i*w.N+r]
			for k, v := range x[i*w.K:][:w.K] {
				sum += float32(v * s.row[k])
			}
			y[i*w.N+r] = sum
		}
		d.spend(s, (m+2)*w.K)
	}
}

// Decode writes the weights from one on, row-major, while Bits or Codes are there.
func (w *Coded) Decode(dst []float32, from int) {
	if w.Table != nil {
		for i, c := range w.Codes[from:][:len(dst)] {
			dst[i] = w.Table[c]
		}
		return
	}
	for i, h := range w.Bits[from:][:len(dst)] {
		b := uint32(h)
		if w.Brain {
			dst[i] = math.Float32frombits(b << 16)
			continue
		}
		v := math.Float32frombits(b<<17>>4) * 0x1p112 // the exponent is 112 less than float32's
		dst[i] = math.Float32frombits(math.Float32bits(v) | b>>15<<31)
	}
}
