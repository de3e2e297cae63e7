// The first half of a norm: a workgroup sums the squares of 4096 numbers of one of several
// tensors, in order, and says whether one of them is not finite.
//
//   parts[g, 0] = Σ x²,  parts[g, 1] = how many are not finite
//
//   table [count, 3] in feed: x, its length, its first workgroup; parts [groups, 2]

struct P { count: u32, table: u32, parts: u32 }

var<workgroup> squares: array<f32, 256>;
var<workgroup> bad: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) at: u32) {
  let g = group.y * groups.x + group.x;
  var which = 0u;
  while (which + 1u < p.count && u32(feed[p.table + 3u * which + 5u]) <= g) { which++; }
  let x = u32(feed[p.table + 3u * which]);
  let n = u32(feed[p.table + 3u * which + 1u]);
  let begin = (g - u32(feed[p.table + 3u * which + 2u])) * 4096u;
  var sum = 0.0;
  var odd = 0.0;
  for (var i = begin + at; i < min(begin + 4096u, n); i += 256u) {
    let v = mem[x + i];
    sum += v * v;
    if (!finite(v)) { odd += 1.0; }
  }
  squares[at] = sum;
  bad[at] = odd;
  for (var half = 128u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (at < half) {
      squares[at] += squares[at + half];
      bad[at] += bad[at + half];
    }
  }
  if (at == 0u && begin < n) {
    mem[p.parts + 2u * g] = squares[0];
    mem[p.parts + 2u * g + 1u] = bad[0];
  }
}
