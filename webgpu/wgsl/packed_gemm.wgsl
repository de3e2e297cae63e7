// A product with a matrix in whole numbers, as it is packed: a word of the weights, four of 8
// bits or eight of 4, is read once and multiplied where it lies. A workgroup makes a tile of
// 16 × 16 of c; 64 of k at a time of x lie in workgroup memory.
//
//   c[i, j] = bias[j] + Σ_g scale[j, g]·Σ x[i, k]·(q[j, k] − zero[j, g])   g = ⌊k/group⌋
//
//   x [m, K], c [m, n]; q [n, K], scale and zero [n, groups] as in packed_rows.wgsl; group is
//   a multiple of 8, or the whole row

struct P { m: u32, n: u32, K: u32, bits: u32, words: u32, group: u32, groups: u32, x: u32, w: u32, scale: u32, zero: u32, bias1: u32, bias2: u32, c: u32 }

var<workgroup> tx: array<f32, 1024>; // [16 rows, 64 of k]

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_id) id: vec3u, @builtin(local_invocation_index) at: u32) {
  let i = tile.y * 16u + id.y;
  let j = tile.x * 16u + id.x;
  let per = 32u / p.bits;
  var sum = 0.0;
  for (var k0 = 0u; k0 < p.K; k0 += 64u) {
    for (var part = 0u; part < 4u; part++) {
      let e = at + part * 256u;
      let row = tile.y * 16u + e / 64u;
      let k = k0 + e % 64u;
      tx[e] = 0.0;
      if (row < p.m && k < p.K) { tx[e] = mem[p.x + row * p.K + k]; }
    }
    workgroupBarrier();
    if (j < p.n) {
      for (var k = k0; k < min(k0 + 64u, p.K); k += per) {
        let word = bitcast<i32>(packed[p.w + j * p.words + k / per]);
        let s = j * p.groups + k / p.group;
        let zero = mem[p.zero + s];
        var part = 0.0;
        for (var e = 0u; e < per; e++) {
          part += tx[id.y * 64u + k - k0 + e] * (f32(extractBits(word, e * p.bits, p.bits)) - zero);
        }
        sum += mem[p.scale + s] * part;
      }
    }
    workgroupBarrier();
  }
  if (i < p.m && j < p.n) { mem[p.c + i * p.n + j] = mem[p.bias1 + j] + mem[p.bias2 + j] + sum; }
}
