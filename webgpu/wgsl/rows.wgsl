// Rows of a table by number, as op says:
//
//   0  out[i, :] = x[rows[i], :]
//   1  the same, 0 for |x| < 2⁻¹⁰⁰: an embedding
//   2  out[i, :] = out[i, :]·x[rows[i], :]
//   3  out[i, :] = out[i, :] + x
//
//   rows [count] in feed, x [·, n], of op 3 [n], out [count, n]

struct P { op: u32, count: u32, n: u32, rows: u32, x: u32, out: u32 }

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 256u + id.x;
  if (i >= p.count * p.n) { return; }
  let row = i / p.n;
  var at = i - row * p.n;
  if (p.op != 3u) { at += u32(feed[p.rows + row]) * p.n; }
  let x = mem[p.x + at];
  let out = p.out + i;
  switch (p.op) {
    case 0u: { mem[out] = x; }
    case 1u: { mem[out] = flush(x); }
    case 2u: { mem[out] = mem[out] * x; }
    default: { mem[out] = mem[out] + x; }
  }
}
