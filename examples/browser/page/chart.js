/** The chart: the last seconds of each series on a canvas, drawn anew for each frame. */

const LEFT = 40;
const RIGHT = 14;
const TOP = 10;
const BOTTOM = 26;
/** Seconds that the picture is behind, so that what is under way arrives before its place is shown. */
const BEHIND = 0.12;
/** How much of the way to its new range the axis goes in a frame. */
const EASE = 0.08;
const FONT = '12px system-ui, sans-serif';

/** Round distances between about so many lines. */
function stepOf(span, lines) {
  const rough = span / lines;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough);
}

/** A number as it is printed, with a minus as long as a plus, and none before a zero. */
export const signed = (number, digits) => number.toFixed(digits).replace(/^-(?=.*[1-9])/, '−').replace('-', '');

export class Chart {
  #canvas;
  #context;
  #programs;
  #options;
  #range = { low: -1.5, high: 1.5 };
  #pointer;
  #colors;

  constructor(canvas, programs, options) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d');
    this.#programs = programs;
    this.#options = options;
    this.#readColors();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#readColors());
    canvas.addEventListener('pointermove', ({ offsetX }) => (this.#pointer = offsetX));
    canvas.addEventListener('pointerleave', () => (this.#pointer = undefined));
    const frame = () => {
      this.#draw();
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  get range() {
    return this.#range;
  }

  #readColors() {
    const style = getComputedStyle(document.documentElement);
    const color = (name) => style.getPropertyValue(`--${name}`).trim();
    this.#colors = { grid: color('grid'), soft: color('soft'), ink: color('ink'), card: color('card') };
    this.#colors.series = [1, 2, 3].map((place) => color(`series-${place}`));
  }

  #draw() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (!width) return;
    const scale = devicePixelRatio;
    if (this.#canvas.width !== Math.round(width * scale) || this.#canvas.height !== Math.round(height * scale)) {
      this.#canvas.width = Math.round(width * scale);
      this.#canvas.height = Math.round(height * scale);
    }
    const context = this.#context;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = FONT;
    this.#adjust();
    const { low, high } = this.#range;
    const box = { left: LEFT, right: width - RIGHT, top: TOP, bottom: height - BOTTOM };
    box.x = (age) => box.right - (age / this.#options.shown) * (box.right - box.left);
    box.y = (value) => box.bottom - ((value - low) / (high - low)) * (box.bottom - box.top);
    this.#grid(box);
    context.save();
    context.beginPath();
    context.rect(box.left, box.top - 6, box.right - box.left + 8, box.bottom - box.top + 12);
    context.clip();
    this.#programs.forEach((program, place) => this.#line(box, program, place));
    context.restore();
    if (this.#pointer >= box.left && this.#pointer <= box.right) this.#cross(box);
  }

  /** Brings the axis nearer to what is shown. */
  #adjust() {
    let [least, most] = [-1, 1];
    for (const { points } of this.#programs) {
      for (const { value } of points) {
        least = Math.min(least, value);
        most = Math.max(most, value);
      }
    }
    const margin = (most - least) * 0.06;
    this.#range.low += (least - margin - this.#range.low) * EASE;
    this.#range.high += (most + margin - this.#range.high) * EASE;
  }

  #grid(box) {
    const context = this.#context;
    const { low, high } = this.#range;
    const step = stepOf(high - low, 6);
    context.lineWidth = 1;
    context.strokeStyle = this.#colors.grid;
    context.fillStyle = this.#colors.soft;
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    for (let value = Math.ceil(low / step) * step; value <= high; value += step) {
      const y = Math.round(box.y(value)) + 0.5;
      this.#stroke(box.left, y, box.right, y);
      context.fillText(signed(value, step < 1 ? 1 : 0), box.left - 8, y);
    }
    const seconds = box.right - box.left < 420 ? 4 : 2;
    context.textAlign = 'center';
    context.textBaseline = 'top';
    for (let age = 0; age <= this.#options.shown; age += seconds) {
      const x = Math.round(box.x(age)) - 0.5;
      this.#stroke(x, box.top, x, box.bottom);
      context.textAlign = age ? 'center' : 'right';
      context.fillText(age ? `−${age} s` : 'now', age ? x : x + 6, box.bottom + 8);
    }
  }

  #stroke(fromX, fromY, toX, toY) {
    this.#context.beginPath();
    this.#context.moveTo(fromX, fromY);
    this.#context.lineTo(toX, toY);
    this.#context.stroke();
  }

  #line(box, program, place) {
    const context = this.#context;
    const { gap, shown } = this.#options;
    const time = program.time - BEHIND;
    const color = this.#colors.series[place % 3];
    context.strokeStyle = color;
    context.lineWidth = place ? 2.6 : 1.4;
    context.lineJoin = 'round';
    context.beginPath();
    let before;
    for (const point of program.points) {
      const age = time - point.at;
      if (age > shown + gap) continue;
      if (age < 0) break;
      const begins = before === undefined || point.at - before.at > gap;
      context[begins ? 'moveTo' : 'lineTo'](box.x(age), box.y(point.value));
      before = point;
    }
    context.stroke();
    if (!before || time - before.at > gap) return;
    context.beginPath();
    context.arc(box.x(time - before.at), box.y(before.value), place ? 4.5 : 3.5, 0, 2 * Math.PI);
    context.fillStyle = color;
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = this.#colors.card;
    context.stroke();
  }

  /** What the series were where the pointer is. */
  #cross(box) {
    const context = this.#context;
    const x = Math.round(this.#pointer) - 0.5;
    const age = ((box.right - x) / (box.right - box.left)) * this.#options.shown;
    context.strokeStyle = this.#colors.soft;
    context.lineWidth = 1;
    this.#stroke(x, box.top, x, box.bottom);
    const rows = this.#programs.flatMap((program, place) => {
      const at = program.time - BEHIND - age;
      const point = nearest(program.points, at);
      return point && Math.abs(point.at - at) < 0.3 ? [{ program, place, point }] : [];
    });
    for (const { place, point } of rows) {
      context.beginPath();
      context.arc(x, box.y(point.value), 4, 0, 2 * Math.PI);
      context.fillStyle = this.#colors.series[place % 3];
      context.fill();
    }
    this.#tip(box, x, age, rows);
  }

  #tip(box, x, age, rows) {
    const context = this.#context;
    const [width, line] = [118, 18];
    const height = (rows.length + 1) * line + 10;
    const left = x + 12 + width > box.right ? x - 12 - width : x + 12;
    context.fillStyle = this.#colors.card;
    context.strokeStyle = this.#colors.soft;
    context.beginPath();
    context.roundRect(left, box.top + 4, width, height, 8);
    context.fill();
    context.stroke();
    context.textBaseline = 'middle';
    const write = (row, name, value, color) => {
      const y = box.top + 4 + 5 + line * (row + 0.5);
      context.textAlign = 'left';
      context.fillStyle = color;
      context.fillText(name, left + 10, y);
      context.textAlign = 'right';
      context.fillStyle = this.#colors.ink;
      context.fillText(value, left + width - 10, y);
    };
    write(0, `−${age.toFixed(1)} s`, '', this.#colors.soft);
    rows.forEach(({ program, place, point }, row) => {
      write(row + 1, program.name.slice(0, 9), signed(point.value, 2), this.#colors.series[place % 3]);
    });
  }
}

function nearest(points, at) {
  let [low, high] = [0, points.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle].at < at) low = middle + 1;
    else high = middle;
  }
  const [before, after] = [points[low - 1], points[low]];
  return before && after && at - before.at < after.at - at ? before : after;
}
