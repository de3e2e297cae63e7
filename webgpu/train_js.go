package webgpu

import "github.com/clove-ml/clove/engine/tensor"

const (
	normed  = 4096 // numbers that a workgroup of norm.wgsl takes
	learned = 1024 // weights that one of adam.wgsl takes
)

// Adam and AdamRows implement tensor.Device: an update of one parameter, unclipped.
func (d *Device) Adam(s tensor.AdamStep, n int, g, w, m, v tensor.Buffer) {
	d.lock()
	defer d.mu.Unlock()
	d.adam(s, []tensor.Updated{{N: n, G: g, W: w, M: m, V: v}}, u(d.ones.at))
}

func (d *Device) AdamRows(s tensor.AdamStep, V, E int, rows []int32, g, w, m, v tensor.Buffer) {
	d.lock()
	defer d.mu.Unlock()
	d.adam(s, []tensor.Updated{{N: V * E, G: g, W: w, M: m, V: v, Sparse: true, Rows: rows, Width: E}}, u(d.ones.at))
}

// Tally implements tensor.Card.
func (d *Device) Tally(B, K int, classes []int32, logits, losses, out tensor.Buffer) {
	d.lock()
	defer d.mu.Unlock()
	at := d.give(classes)
	d.run("tally", 1, 1, 1, u(B), u(K), at[0], place(logits, B*K), place(losses, B), place(out, 2))
}

// Update implements tensor.Card, by three kernels.
func (d *Device) Update(s tensor.AdamStep, bound float32, params []tensor.Updated, out, halt tensor.Buffer) {
	d.lock()
	defer d.mu.Unlock()
	d.table = d.table[:0]
	groups := 0
	for i := range params {
		p := &params[i]
		n := p.N
		if p.Sparse {
			n = len(p.Rows) * p.Width
		}
		d.table = append(d.table, int32(place(p.G, n)), int32(n), int32(groups))
		groups += (n + normed - 1) / normed
	}
	at := d.give(d.table)
	x := d.space(2*groups + 2)
	gx, gy := grid(groups)
	d.run("norm", gx, gy, 1, u(len(params)), at[0], x+2)
	d.run("clip", 1, 1, 1, 0, u(groups), x+2, f32(bound), x, place(out, 4), place(halt, 1))
	d.adam(s, params, x)
}

// adam is the step itself; by is where the factor of the gradients stands.
func (d *Device) adam(s tensor.AdamStep, params []tensor.Updated, by uint32) {
	d.table, d.places = d.table[:0], d.places[:0]
	groups := 0
	for i := range params {
		p := &params[i]
		keep := int32(-1)
		if p.Keep != nil {
			keep = int32(place(p.Keep, p.N))
		}
		width, at := 0, 0
		if p.Sparse {
			width, at = p.Width, len(d.places)
			for range p.N / max(1, width) {
				d.places = append(d.places, -1)
			}
			for j, r := range p.Rows {
				d.places[at+int(r)] = int32(j)
			}
		}
		g := p.N
		if p.Sparse {
			g = len(p.Rows) * width
		}
		d.table = append(d.table, int32(place(p.W, p.N)), int32(place(p.M, p.N)), int32(place(p.V, p.N)), int32(place(p.G, g)),
			keep, int32(p.N), int32(groups), int32(width), int32(at))
		groups += (p.N + learned - 1) / learned
	}
	if groups == 0 {
		return
	}
	// The table says where in feed the places stand: behind it.
	behind := d.upcoming(len(d.table)+len(d.places)) + len(d.table)
	for i := range params {
		d.table[9*i+8] += int32(behind)
	}
	at := d.give(d.table, d.places)
	x, y := grid(groups)
	d.run("adam", x, y, 1, u(len(params)), at[0], by, f32(s.Beta1), f32(s.Rest1), f32(s.Beta2), f32(s.Rest2), f32(s.Size), f32(s.InvRoot), f32(s.Epsilon))
}
