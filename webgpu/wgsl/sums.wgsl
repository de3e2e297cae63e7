// Adds the parts of products whose k was cut, in order.
//
//   c[i] = (add ? c[i] : 0) + Σ x[z, i]   x [parts, n], c [n]

struct P { parts: u32, n: u32, x: u32, c: u32, add: u32 }

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 256u + id.x;
  if (i >= p.n) { return; }
  var sum = 0.0;
  if (p.add == 1u) { sum = mem[p.c + i]; }
  for (var z = 0u; z < p.parts; z++) { sum += mem[p.x + z * p.n + i]; }
  mem[p.c + i] = sum;
}
