// A matrix product through workgroup memory. A workgroup makes a tile of 64 × 64 of c, an
// invocation 4 × 4 of it; 16 of k at a time lie in workgroup memory. Where c has few tiles
// and k is long, k is cut: part z of it goes to its own place and sums.wgsl adds them.
//
//   c [m, n] = start + Σ a[i, q]·b[q, j]   q = z·depth … (z+1)·depth, at most k
//
//   a[i, q] at a + i·ai + q·aq, b[q, j] at b + q·bq + j·bj: either may be stored transposed
//   start: 0 nothing, 1 what c holds, 2 bias1[j] + bias2[j]

struct P {
  m: u32, n: u32, k: u32, depth: u32,
  a: u32, ai: u32, aq: u32,
  b: u32, bq: u32, bj: u32,
  c: u32, start: u32, bias1: u32, bias2: u32,
}

var<workgroup> ta: array<f32, 1024>; // [16 of k, 64 rows]
var<workgroup> tb: array<f32, 1024>; // [16 of k, 64 columns]

// put stores four numbers of row i: columns j, j + 16, j + 32, j + 48.
fn put(z: u32, i: u32, j: u32, x: vec4f) {
  if (i >= p.m) { return; }
  one(z, i, j, x.x);
  one(z, i, j + 16u, x.y);
  one(z, i, j + 32u, x.z);
  one(z, i, j + 48u, x.w);
}

fn one(z: u32, i: u32, j: u32, sum: f32) {
  if (j >= p.n) { return; }
  let c = p.c + (z * p.m + i) * p.n + j;
  switch (p.start) {
    case 0u: { mem[c] = sum; }
    case 1u: { mem[c] = mem[c] + sum; }
    default: { mem[c] = mem[p.bias1 + j] + mem[p.bias2 + j] + sum; }
  }
}

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) id: vec3u, @builtin(local_invocation_index) at: u32) {
  let row = group.y * 64u;
  let col = group.x * 64u;
  let begin = group.z * p.depth;
  let to = min(begin + p.depth, p.k);
  var s0 = vec4f(); var s1 = vec4f(); var s2 = vec4f(); var s3 = vec4f(); // rows id.y, + 16, + 32, + 48
  for (var q0 = begin; q0 < to; q0 += 16u) {
    for (var part = 0u; part < 4u; part++) {
      // Neighbours read neighbours: along k where that is how the matrix lies.
      let e = at + part * 256u;
      var i = e % 64u; var q = e / 64u;
      if (p.aq == 1u) { i = e / 16u; q = e % 16u; }
      ta[q * 64u + i] = 0.0;
      if (row + i < p.m && q0 + q < to) { ta[q * 64u + i] = mem[p.a + (row + i) * p.ai + (q0 + q) * p.aq]; }
      var j = e % 64u; q = e / 64u;
      if (p.bq == 1u) { j = e / 16u; q = e % 16u; }
      tb[q * 64u + j] = 0.0;
      if (col + j < p.n && q0 + q < to) { tb[q * 64u + j] = mem[p.b + (q0 + q) * p.bq + (col + j) * p.bj]; }
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
