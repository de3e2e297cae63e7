// out [n, m] = x [m, n]ᵀ: written in order, read across.

struct P { m: u32, n: u32, x: u32, out: u32 }

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 256u + id.x;
  if (i >= p.m * p.n) { return; }
  let row = i / p.m;
  mem[p.out + i] = mem[p.x + (i - row * p.m) * p.n + row];
}
