// out [n, m] = x [m, n]ᵀ, by tiles of 16 × 16, so that both sides are read and written in order.

struct P { m: u32, n: u32, x: u32, out: u32 }

var<workgroup> tile: array<f32, 272>; // [16, 17]: a column's numbers lie in different banks

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) id: vec3u) {
  let i = group.y * 16u + id.y;
  let j = group.x * 16u + id.x;
  if (i < p.m && j < p.n) { tile[id.y * 17u + id.x] = mem[p.x + i * p.n + j]; }
  workgroupBarrier();
  let r = group.x * 16u + id.y;
  let c = group.y * 16u + id.x;
  if (r < p.n && c < p.m) { mem[p.out + r * p.m + c] = tile[id.x * 17u + id.y]; }
}
