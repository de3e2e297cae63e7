'use strict'
// Slots carry parcels of gradients between the worker and its helpers, beside their
// messages. Where the browser lets workers share memory (cross-origin isolation) each
// slot is a place in it; else a parcel is a buffer that its message takes along. Who may
// write a slot when: engine/train/wire.go.
self.Slots = class {
  views = [] // by slot, a Uint8Array that may be longer than the parcel
  memory = null
  came = [] // with the latest message

  constructor(leads) { this.leads = leads }

  // open makes room for so many parcels of so many bytes.
  open(count, size) {
    this.share(null)
    if (!self.crossOriginIsolated || typeof SharedArrayBuffer !== 'function') return
    try {
      this.share({ bytes: new SharedArrayBuffer(count * size), size })
    } catch { /* too much at once for this machine */ }
  }
  share(memory) {
    this.memory = memory
    this.views = memory ? Array.from({ length: memory.bytes.byteLength / memory.size }, (_, i) => new Uint8Array(memory.bytes, i * memory.size, memory.size)) : []
  }

  // room is where a parcel of n bytes is to be written.
  room(slot, n) { return this.memory ? this.views[slot] : this.views[slot] = new Uint8Array(n) }

  // parcel is the one in a slot: that which came with the latest message, where one did.
  // A message that is not wanted any more leaves the slots alone.
  parcel(slot) {
    const came = this.came.find(p => p.slot === slot)
    if (came) this.views[slot] = came.bytes
    return this.views[slot]
  }

  // message is a word with the parcels of the slots whose bits are set, and what of it is
  // handed over. A parcel goes whole to the last who needs it, the others get copies.
  message(word, set, last) {
    const parcels = [], transfer = [word.buffer]
    for (let slot = 0; !this.memory && set >> slot; slot++) {
      if (!(set >> slot & 1)) continue
      const bytes = last ? this.views[slot] : this.views[slot].slice()
      parcels.push({ slot, bytes })
      transfer.push(bytes.buffer)
    }
    return [{ word, parcels, memory: this.leads ? this.memory : undefined }, transfer]
  }

  // receive gives a message's word, and keeps its parcels until the next.
  receive({ word, parcels, memory }) {
    if (!this.leads && memory?.bytes !== this.memory?.bytes) this.share(memory)
    this.came = parcels
    return word
  }
}
