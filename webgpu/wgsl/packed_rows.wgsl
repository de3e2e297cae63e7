// Rows of a matrix in whole numbers, decoded where they are gathered.
//
//   out[i, j] = scale[r, j/group]·(q[r, j] − zero[r, j/group])   r = rows[i]
//
//   out [count, K]; q in packed, a row begins at a word, 32/bits to a word from the lowest bits
//   up, in two's complement; scale and zero [N, groups]; rows in feed

struct P { count: u32, K: u32, bits: u32, words: u32, group: u32, groups: u32, rows: u32, w: u32, scale: u32, zero: u32, out: u32 }

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let at = id.x + id.y * grid.x * 256u;
  if (at >= p.count * p.K) { return; }
  let j = at % p.K;
  let r = u32(feed[p.rows + at / p.K]);
  let per = 32u / p.bits;
  let word = bitcast<i32>(packed[p.w + r * p.words + j / per]);
  let q = f32(extractBits(word, (j % per) * p.bits, p.bits));
  let s = r * p.groups + j / p.group;
  mem[p.out + at] = flush(mem[p.scale + s] * (q - mem[p.zero + s]));
}
