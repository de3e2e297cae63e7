// The gradient of an embedding, without atomics: a number of it belongs to one invocation,
// which adds what goes there in order, so each run gives the same bits.
//
//   grad[ids[r], :] += Σ dout[slots[q], :]   q = first[r] … first[r+1]
//
//   ids [count], first [count+1], slots [first[count]] in feed; dout [·, E], grad [·, E]

struct P { count: u32, E: u32, ids: u32, first: u32, slots: u32, dout: u32, grad: u32 }

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 256u + id.x;
  if (i >= p.count * p.E) { return; }
  let r = i / p.E;
  let e = i - r * p.E;
  let at = p.grad + u32(feed[p.ids + r]) * p.E + e;
  var sum = mem[at];
  for (var q = feed[p.first + r]; q < feed[p.first + r + 1u]; q++) {
    sum += mem[p.dout + u32(feed[p.slots + u32(q)]) * p.E + e];
  }
  mem[at] = sum;
}
