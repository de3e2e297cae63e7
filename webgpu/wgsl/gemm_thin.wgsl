// A matrix product with few rows or columns, where a tile would be mostly empty: an
// invocation makes one number. As gemm.wgsl, of which it takes the same numbers.
//
//   c [m, n] = start + Σ a[i, q]·b[q, j]   q = 0 … k

struct P {
  m: u32, n: u32, k: u32, depth: u32,
  a: u32, ai: u32, aq: u32,
  b: u32, bq: u32, bj: u32,
  c: u32, start: u32, bias1: u32, bias2: u32,
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let e = id.y * groups.x * 64u + id.x;
  if (e >= p.m * p.n) { return; }
  let i = e / p.n;
  let j = e - i * p.n;
  let c = p.c + e;
  var x = 0.0;
  if (p.start == 1u) { x = mem[c]; }
  if (p.start == 2u) { x = mem[p.bias1 + j] + mem[p.bias2 + j]; }
  var a = p.a + i * p.ai;
  var b = p.b + j * p.bj;
  for (var q = 0u; q < p.k; q++) {
    x += mem[a] * mem[b];
    a += p.aq;
    b += p.bq;
  }
  mem[c] = x;
}
