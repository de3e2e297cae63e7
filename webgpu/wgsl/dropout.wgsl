// A dropout mask, by Philox4x32-10 as in engine/tensor/philox.go: the same draws as on a
// processor, whatever the shape of the work.
//
//   out[i, j] = 0 with probability share, else kept = 1/(1−share)
//   the word is number j mod 4 of Philox(seed, [j/4, rows[i], step, stream])
//
//   rows [count] in feed, out [count, n]; an invocation writes four columns

struct P { count: u32, n: u32, rows: u32, out: u32, share: f32, kept: f32, seed0: u32, seed1: u32, stream: u32, step: u32 }

// mul is the upper and lower half of a·b.
fn mul(a: u32, b: u32) -> vec2u {
  let al = a & 0xffffu; let ah = a >> 16u;
  let bl = b & 0xffffu; let bh = b >> 16u;
  let ll = al * bl;
  let mid = ah * bl + (ll >> 16u);
  let cross = al * bh + (mid & 0xffffu);
  return vec2u(ah * bh + (mid >> 16u) + (cross >> 16u), a * b);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let quads = (p.n + 3u) / 4u;
  let i = id.y * groups.x * 64u + id.x;
  if (i >= p.count * quads) { return; }
  let row = i / quads;
  let quad = i - row * quads;
  var c = vec4u(quad, u32(feed[p.rows + row]), p.step, p.stream);
  var k = vec2u(p.seed0, p.seed1);
  for (var turn = 0; turn < 10; turn++) {
    let x = mul(0xD2511F53u, c.x);
    let y = mul(0xCD9E8D57u, c.z);
    c = vec4u(y.x ^ c.y ^ k.x, y.y, x.x ^ c.w ^ k.y, x.y);
    k += vec2u(0x9E3779B9u, 0xBB67AE85u);
  }
  for (var j = 0u; j < 4u && quad * 4u + j < p.n; j++) {
    mem[p.out + row * p.n + quad * 4u + j] = select(p.kept, 0.0, f32(c[j] >> 8u) * 0x1p-24 < p.share);
  }
}
