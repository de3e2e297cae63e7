// The gradients of an LSTM's weights and biases, one product for all three: da times the
// input, the state before, and 1. Tiles as in gemm.wgsl; the slots are cut into parts, which
// lstm_weights_sum.wgsl adds.
//
//   parts[z, j, :] = Σ da[s, j]·[x[s, :], hprev[s, :], 1]   s = z·depth … (z+1)·depth, at most N
//
//   da [N, 4H], x [N, E], hprev [N, H], parts [·, 4H, E+H+1]

struct P { N: u32, E: u32, H: u32, depth: u32, da: u32, x: u32, hprev: u32, parts: u32 }

var<workgroup> ta: array<f32, 1024>; // [16 slots, 64 gate rows]
var<workgroup> tb: array<f32, 1024>; // [16 slots, 64 columns]

fn right(s: u32, j: u32) -> f32 {
  if (j < p.E) { return mem[p.x + s * p.E + j]; }
  if (j < p.E + p.H) { return mem[p.hprev + s * p.H + j - p.E]; }
  return 1.0;
}

// put stores four numbers of gate row i: columns j, j + 16, j + 32, j + 48.
fn put(z: u32, i: u32, j: u32, x: vec4f) {
  if (i >= 4u * p.H) { return; }
  one(z, i, j, x.x);
  one(z, i, j + 16u, x.y);
  one(z, i, j + 32u, x.z);
  one(z, i, j + 48u, x.w);
}

fn one(z: u32, i: u32, j: u32, sum: f32) {
  let cols = p.E + p.H + 1u;
  if (j < cols) { mem[p.parts + (z * 4u * p.H + i) * cols + j] = sum; }
}

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) id: vec3u, @builtin(local_invocation_index) at: u32) {
  let rows = 4u * p.H;
  let cols = p.E + p.H + 1u;
  let row = group.y * 64u;
  let col = group.x * 64u;
  let begin = group.z * p.depth;
  let to = min(begin + p.depth, p.N);
  var s0 = vec4f(); var s1 = vec4f(); var s2 = vec4f(); var s3 = vec4f(); // rows id.y, + 16, + 32, + 48
  for (var at0 = begin; at0 < to; at0 += 16u) {
    for (var part = 0u; part < 4u; part++) {
      let e = at + part * 256u;
      let i = e % 64u;
      let s = at0 + e / 64u;
      ta[e] = 0.0;
      if (row + i < rows && s < to) { ta[e] = mem[p.da + s * rows + row + i]; }
      tb[e] = 0.0;
      if (col + i < cols && s < to) { tb[e] = right(s, col + i); }
    }
    workgroupBarrier();
    for (var q = 0u; q < 16u; q++) {
      let x = q * 64u + id.x;
      let y = q * 64u + id.y;
      let b = vec4f(tb[x], tb[x + 16u], tb[x + 32u], tb[x + 48u]);
      s0 += ta[y] * b;
      s1 += ta[y + 16u] * b;
      s2 += ta[y + 32u] * b;
      s3 += ta[y + 48u] * b;
    }
    workgroupBarrier();
  }
  put(group.z, row + id.y, col + id.x, s0);
  put(group.z, row + id.y + 16u, col + id.x, s1);
  put(group.z, row + id.y + 32u, col + id.x, s2);
  put(group.z, row + id.y + 48u, col + id.x, s3);
}
