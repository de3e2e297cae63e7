package tensor

var _ Meter = (*generic)(nil)

// Peak is Meter's: the six sums of a tile of Gemm (tile2), their factors in registers.
func (d *generic) Peak(rounds int) (flop int) {
	const n = 1000
	s := d.spaces.Get()
	defer d.spaces.Put(s)
	s.a = room(s.a, 1)
	x, y := float32(0.5), float32(-0.25)
	w0, w1, w2 := float32(0.125), float32(1), float32(0.75)
	for range rounds {
		var s00, s01, s02, s10, s11, s12 float32
		for range n {
			s00 += float32(x * w0)
			s10 += float32(y * w0)
			s01 += float32(x * w1)
			s11 += float32(y * w1)
			s02 += float32(x * w2)
			s12 += float32(y * w2)
			x, y = y, x
		}
		s.a[0] = s00 + s01 + s02 + s10 + s11 + s12 // or there were nothing to do
		d.spend(s, 6*n)
	}
	return 2 * 6 * n * rounds
}
