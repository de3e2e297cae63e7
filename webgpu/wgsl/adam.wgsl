// Adam on several tensors at once; the formula stands at tensor.AdamStep. A workgroup takes
// 1024 weights of one of them. Where by[0] is 0 nothing changes, else gradients are scaled by it.
//
//   table [count, 9] in feed, of each: w, m, v, g, keep, length, its first workgroup, the width of
//   its rows, and where in feed the place of each row in g stands, −1 for none. A width of 0: g
//   has the shape of w. A keep of −1: all.

struct P {
  count: u32, table: u32, by: u32,
  beta1: f32, rest1: f32, beta2: f32, rest2: f32, size: f32, root: f32, epsilon: f32,
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) at: u32) {
  let by = mem[p.by];
  if (by == 0.0) { return; }
  let b = group.y * groups.x + group.x;
  var t = p.table;
  for (var i = 1u; i < p.count && u32(feed[t + 15u]) <= b; i++) { t += 9u; }
  let w = u32(feed[t]); let m = u32(feed[t + 1u]); let v = u32(feed[t + 2u]); let g = u32(feed[t + 3u]);
  let n = u32(feed[t + 5u]);
  let width = u32(feed[t + 7u]);
  let begin = (b - u32(feed[t + 6u])) * 1024u;
  for (var i = begin + at; i < min(begin + 1024u, n); i += 256u) {
    var x = 0.0;
    var old = mem[m + i];
    if (width == 0u) {
      x = mem[g + i] * by;
    } else {
      let row = feed[u32(feed[t + 8u]) + i / width];
      if (row >= 0) { x = mem[g + u32(row) * width + i % width] * by; }
      else if (old == 0.0 && mem[v + i] == 0.0) { continue; }
    }
    if (abs(x) < 0x1p-50) { x = 0.0; }
    old = p.beta1 * old + p.rest1 * x;
    if (abs(old) < 0x1p-60) { old = 0.0; }
    var square = p.beta2 * mem[v + i] + p.rest2 * (x * x);
    if (square < 0x1p-110) { square = 0.0; }
    var fresh = mem[w + i];
    if (old != 0.0) { fresh -= p.size * (old / (sqrt(square) * p.root + p.epsilon)); }
    if (feed[t + 4u] >= 0 && mem[u32(feed[t + 4u]) + i] == 0.0) {
      fresh = 0.0; old = 0.0; square = 0.0;
    }
    mem[w + i] = fresh;
    mem[m + i] = old;
    mem[v + i] = square;
  }
}
