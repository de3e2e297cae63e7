// One element each, as op says:
//
//   0  y = 0          3  y = y·by
//   1  y = y + x      4  y = 0 where x is 0
//   2  y = y·x
//
//   x, y [n]

struct P { op: u32, n: u32, x: u32, y: u32, by: f32 }

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 256u + id.x;
  if (i >= p.n) { return; }
  let y = p.y + i;
  switch (p.op) {
    case 0u: { mem[y] = 0.0; }
    case 1u: { mem[y] = mem[y] + mem[p.x + i]; }
    case 2u: { mem[y] = mem[y] * mem[p.x + i]; }
    case 3u: { mem[y] = mem[y] * p.by; }
    default: { if (mem[p.x + i] == 0.0) { mem[y] = 0.0; } }
  }
}
