// The sum of a matrix' rows: a workgroup takes 16 columns, 16 invocations share the rows
// of one, and their sums are added in order.
//
//   out[j] = Σ x[i, j]   x [rows, n], out [n]

struct P { rows: u32, n: u32, x: u32, out: u32 }

var<workgroup> part: array<f32, 256>;

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) id: vec3u) {
  let j = group.x * 16u + id.x;
  var sum = 0.0;
  if (j < p.n) {
    for (var i = id.y; i < p.rows; i += 16u) { sum += mem[p.x + i * p.n + j]; }
  }
  part[id.y * 16u + id.x] = sum;
  workgroupBarrier();
  if (id.y > 0u || j >= p.n) { return; }
  for (var q = 1u; q < 16u; q++) { sum += part[q * 16u + id.x]; }
  mem[p.out + j] = sum;
}
