// Cross-entropy of a softmax with soft targets, and its gradient; an invocation is a row.
//
//   losses[i] = Σ y·(log Σ exp(z − max z) − (z − max z)),  dz = (softmax(z)·Σ y − y)·scale
//
//   z, y, dz [B, K], losses [B]

struct P { B: u32, K: u32, scale: f32, z: u32, y: u32, losses: u32, dz: u32 }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= p.B) { return; }
  let row = id.x * p.K;
  var most = mem[p.z + row];
  for (var k = 1u; k < p.K; k++) {
    let z = mem[p.z + row + k];
    most = select(most, z, most < z);
  }
  var sum = 0.0;
  var whole = 0.0;
  for (var k = 0u; k < p.K; k++) {
    let e = exp32(mem[p.z + row + k] - most);
    mem[p.dz + row + k] = e;
    sum += e;
    whole += mem[p.y + row + k];
  }
  let log = log32(sum);
  var loss = 0.0;
  for (var k = 0u; k < p.K; k++) {
    let y = mem[p.y + row + k];
    loss += y * (log - (mem[p.z + row + k] - most));
    mem[p.dz + row + k] = (mem[p.dz + row + k] / sum * whole - y) * p.scale;
  }
  mem[p.losses + id.x] = loss;
}
