// Adds the parts of lstm_weights.wgsl in order, each number to where it belongs.
//
//   [dW_ih | dW_hh | db] [4H, E+H+1] = Σ parts[z, :, :]
//
//   dwih [4H, E], dwhh [4H, H], db [4H]

struct P { parts: u32, count: u32, E: u32, H: u32, dwih: u32, dwhh: u32, db: u32 }

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let cols = p.E + p.H + 1u;
  let all = 4u * p.H * cols;
  let i = id.y * groups.x * 256u + id.x;
  if (i >= all) { return; }
  var sum = 0.0;
  for (var z = 0u; z < p.count; z++) { sum += mem[p.parts + z * all + i]; }
  let row = i / cols;
  let j = i - row * cols;
  if (j < p.E) {
    mem[p.dwih + row * p.E + j] = sum;
  } else if (j < p.E + p.H) {
    mem[p.dwhh + row * p.H + j - p.E] = sum;
  } else {
    mem[p.db + row] = sum;
  }
}
