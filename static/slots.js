'use strict'
// Slots carry parcels of gradients between the worker and its helpers, beside their
// messages. Where the browser lets workers share memory (cross-origin isolation) each
// slot is a place in it; else a parcel is a buffer that its message takes along. Who may
// write a slot when: engine/train/wire.go.
self.Slots = class {
  views = [] // by slot, a Uint8Array that may be longer than the parcel
  memory = null

  // open makes room for so many parcels of so many bytes.
  open(count, size) {
    this.views = []
    if (self.crossOriginIsolated && typeof SharedArrayBuffer === 'function') this.share(new SharedArrayBuffer(count * size), size)
  }
  share(memory, size) {
    this.memory = { bytes: memory, size }
    this.views = Array.from({ length: memory.byteLength / size }, (_, i) => new Uint8Array(memory, i * size, size))
  }

  // room is where a parcel of n bytes is to be written.
  room(slot, n) { return this.memory ? this.views[slot] : this.views[slot] = new Uint8Array(n) }
  parcel(slot) { return this.views[slot] }

  // message is a word with the parcels of the slots whose bits are set, and what of it is
  // handed over. A parcel goes whole to the last who needs it, the others get copies.
  message(word, set, last) {
    const transfer = [word.buffer]
    if (this.memory) return [{ word, memory: this.memory }, transfer]
    const parcels = []
    for (let slot = 0; set >> slot; slot++) {
      if (!(set >> slot & 1)) continue
      const bytes = last ? this.views[slot] : this.views[slot].slice()
      parcels.push({ slot, bytes })
      transfer.push(bytes.buffer)
    }
    return [{ word, parcels }, transfer]
  }

  // receive takes a message's parcels and gives its word.
  receive(message) {
    if (message.memory && message.memory.bytes !== this.memory?.bytes) this.share(message.memory.bytes, message.memory.size)
    for (const { slot, bytes } of message.parcels ?? []) this.views[slot] = bytes
    return message.word
  }
}
