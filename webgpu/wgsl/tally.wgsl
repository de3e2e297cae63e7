// A batch summed up, by one workgroup in order.
//
//   out[0] = Σ losses,  out[1] = rows whose largest logit is at their class, the first of equals;
//   of one output the class is 1 where it is above 0
//
//   classes [B] in feed, logits [B, K], losses [B], out [2]

struct P { B: u32, K: u32, classes: u32, logits: u32, losses: u32, out: u32 }

var<workgroup> loss: array<f32, 64>;
var<workgroup> right: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) at: u32) {
  var sum = 0.0;
  var hits = 0.0;
  for (var i = at; i < p.B; i += 64u) {
    sum += mem[p.losses + i];
    var best = 0u;
    var most = mem[p.logits + i * p.K];
    if (p.K == 1u && most > 0.0) { best = 1u; }
    for (var k = 1u; k < p.K; k++) {
      let z = mem[p.logits + i * p.K + k];
      if (z > most) { most = z; best = k; }
    }
    if (best == u32(feed[p.classes + i])) { hits += 1.0; }
  }
  loss[at] = sum;
  right[at] = hits;
  workgroupBarrier();
  if (at > 0u) { return; }
  for (var i = 1u; i < 64u; i++) { sum += loss[i]; hits += right[i]; }
  mem[p.out] = sum;
  mem[p.out + 1u] = hits;
}
