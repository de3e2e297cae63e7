// Fake quantisation with a scale and a zero a row; the formula stands at
// tensor.Device.FakeQuantize.
//
//   x, out, pass (through) [rows, n], scale, zero [rows]

struct P { rows: u32, n: u32, lo: f32, hi: f32, scale: u32, zero: u32, x: u32, out: u32, through: u32 }

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 256u + id.x;
  if (i >= p.rows * p.n) { return; }
  let row = i / p.n;
  let s = mem[p.scale + row];
  let z = mem[p.zero + row];
  let q = round(mem[p.x + i] * (1.0 / s)) + z;
  mem[p.through + i] = select(0.0, 1.0, p.lo <= q && q <= p.hi);
  let cut = select(select(q, p.hi, p.hi < q), p.lo, q < p.lo);
  mem[p.out + i] = (cut - z) * s;
}
