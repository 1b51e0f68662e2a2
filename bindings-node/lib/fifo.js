'use strict';
/**
 * A queue whose both ends cost the same however long it is. Used by channel.js.
 */
class Fifo {
  #items = [];
  #head = 0;

  get length() {
    return this.#items.length - this.#head;
  }

  push(item) {
    this.#items.push(item);
  }

  peek() {
    return this.#items[this.#head];
  }

  shift() {
    const items = this.#items;
    if (this.#head === items.length) return undefined;
    const item = items[this.#head];
    items[this.#head++] = undefined;
    if (this.#head === items.length) {
      items.length = this.#head = 0;
    } else if (this.#head >= 1024 && this.#head * 2 >= items.length) {
      items.splice(0, this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Takes one item out of the middle. */
  remove(item) {
    const place = this.#items.indexOf(item, this.#head);
    if (place >= 0) this.#items.splice(place, 1);
  }

  clear() {
    this.#items.length = this.#head = 0;
  }
}

module.exports = { Fifo };
