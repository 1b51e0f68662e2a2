/**
 * The page: subscribes to each program, plots what it publishes, and shows controls for what it lets itself
 * be asked. Where the programs are says where.json; what can be set, each program itself.
 */
import { req, sub } from './sockery/browser.mjs';
import { Chart, signed } from './chart.js';
import { controlsOf } from './controls.js';

/** Seconds that the chart shows, and that a series keeps. */
const SHOWN = 12;
/** A series is broken where nothing came for so many seconds. */
const GAP = 0.5;
/** How far a program's clock may jump, in seconds, and how large a value is believed. */
const JUMP = 60;
const MOST = 1000;
/** Milliseconds: until a question counts as unanswered, between rates, and between looks at where the programs are. */
const PATIENCE = 10_000;
const TICK = 500;
const LOOK = 2000;
const LINES = 6;

const byId = (id) => document.getElementById(id);

function element(tag, className, ...content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

const now = () => Date.now() / 1000;

/** "TIME VALUE" as numbers; undefined when that is not what it says. */
function sampleOf(text) {
  const found = /^(\d{1,12}(?:\.\d{1,9})?) (-?\d{1,9}(?:\.\d{1,9})?)$/.exec(text);
  if (!found) return undefined;
  const [at, value] = [Number(found[1]), Number(found[2])];
  return Math.abs(value) <= MOST ? { at, value } : undefined;
}

/** The questions that were asked last. */
class Log {
  #list = byId('log');

  add(program, question) {
    const answer = element('span', 'answer', '…');
    const millis = element('span', 'millis');
    const line = element('li', '', element('span', 'swatch'), element('span', 'what', question), answer, millis);
    line.title = program.language;
    line.style.setProperty('--own', program.color);
    this.#list.querySelector('.none')?.remove();
    this.#list.prepend(line);
    while (this.#list.children.length > LINES) this.#list.lastChild.remove();
    return (text, failed, spent) => {
      answer.textContent = `→ ${text}`;
      answer.classList.toggle('failed', failed);
      millis.textContent = `${spent.toFixed(1)} ms`;
    };
  }
}

/** One program: what it published, and the two sockets that lead to it. */
class Program {
  points = [];
  refused = 0;
  count = 0;
  #offset;
  #state = element('span', 'state', 'connecting');
  #settings = element('div', 'settings');

  constructor({ name, language, feed, ask }, place, log) {
    Object.assign(this, { name, language, log });
    this.color = `var(--series-${(place % 3) + 1})`;
    this.#show();
    this.feed = sub(feed, {
      subscribe: `${name} `,
      text: true,
      reconnectMax: 1000,
      onmessage: (message) => this.#take(message.slice(name.length + 1)),
      onchange: ({ state, reason }) => this.#changed(state, reason),
    });
    this.questions = req(ask, { text: true, timeout: PATIENCE, reconnectMax: 1000, queue: 20 });
  }

  #show() {
    const crash = element('button', '', 'Crash it');
    crash.type = 'button';
    crash.onclick = async () => {
      crash.disabled = true;
      await this.ask('crash').catch(() => {});
      crash.disabled = false;
    };
    const title = element('h2', '', `${this.name}, by ${this.language}`);
    const note = element('p', '', crash, ' and see the page find it again.');
    const head = element('header', '', element('span', 'swatch'), title, this.#state);
    const card = element('section', 'card program', head, this.#settings, note);
    card.dataset.name = this.name;
    card.style.setProperty('--own', this.color);
    byId('programs').insertBefore(card, byId('programs').lastElementChild);

    this.last = element('span', 'last', '–');
    this.rate = element('span', 'rate');
    const entry = element('li', '', element('span', 'swatch'), this.name, this.last, this.rate);
    entry.dataset.name = this.name;
    entry.style.setProperty('--own', this.color);
    byId('legend').append(entry);
  }

  #changed(state, reason) {
    this.#state.dataset.state = state;
    this.#state.textContent = state === 'open' ? 'connected' : 'waiting for it';
    this.#state.title = reason ?? '';
    if (state !== 'open') return;
    this.#offset = undefined;
    this.#begin().catch(({ message }) => (this.#settings.textContent = message));
  }

  /** What was published before we came, and what can be set. */
  async #begin() {
    const [history, settings] = await Promise.all(['history', 'get'].map((question) => this.questions.request(question)));
    const samples = history.split('\n').map(sampleOf).filter(Boolean);
    this.#merge(samples);
    this.#settings.replaceChildren(...controlsOf(this.name, settings, (question) => this.ask(question)));
  }

  #merge(samples) {
    const newest = samples.at(-1);
    if (!newest) return;
    this.#offset ??= now() - newest.at;
    const all = new Map([...this.points, ...samples].map((sample) => [sample.at, sample]));
    this.points = [...all.values()].sort((one, other) => one.at - other.at);
    this.#forget();
  }

  #take(text) {
    const sample = sampleOf(text);
    const lag = sample && now() - sample.at;
    const late = sample && sample.at <= (this.points.at(-1)?.at ?? 0);
    if (!sample || late || Math.abs(lag - (this.#offset ?? lag)) > JUMP) {
      this.refused += 1;
      return;
    }
    // The quickest message tells best how the clocks differ; they drift.
    this.#offset = Math.min((this.#offset ?? lag) + 0.0001, lag);
    this.points.push(sample);
    this.count += 1;
    this.#forget();
  }

  #forget() {
    const oldest = this.points.at(-1).at - SHOWN - GAP;
    const place = this.points.findIndex(({ at }) => at >= oldest);
    if (place > 0) this.points.splice(0, place);
  }

  /** The program's time now. */
  get time() {
    return now() - (this.#offset ?? 0);
  }

  /** Asks, and shows both question and answer. */
  async ask(question) {
    const answered = this.log.add(this, question);
    const start = performance.now();
    try {
      const answer = await this.questions.request(question);
      answered(answer, answer.startsWith('error'), performance.now() - start);
      return answer;
    } catch (error) {
      answered(error.message, true, performance.now() - start);
      throw error;
    }
  }

  tick(seconds) {
    const last = this.points.at(-1);
    this.last.textContent = last ? signed(last.value, 2) : '–';
    if (seconds) this.rate.textContent = `${Math.round(this.count / seconds)} a second`;
  }
}

const whereabouts = async () => (await fetch('where.json')).text();

/** Begins anew when the programs have moved: when all was stopped and started again. */
async function follow(programs, known) {
  if (programs.every(({ feed }) => feed.peers)) return;
  const told = await whereabouts().catch(() => known);
  if (told !== known) location.reload();
}

async function main() {
  const known = await whereabouts();
  const log = new Log();
  const programs = JSON.parse(known).map((program, place) => new Program(program, place, log));
  const chart = new Chart(byId('chart'), programs, { shown: SHOWN, gap: GAP });
  let ticked = performance.now();
  setInterval(() => {
    const seconds = (performance.now() - ticked) / 1000;
    ticked = performance.now();
    for (const program of programs) {
      program.tick(seconds);
      program.count = 0;
    }
    const refused = programs.reduce((sum, program) => sum + program.refused, 0);
    byId('refused').hidden = !refused;
    byId('refused').textContent = `${refused} ${refused === 1 ? 'message was' : 'messages were'} not understood, and left out.`;
  }, TICK);
  setInterval(() => follow(programs, known), LOOK);
  // For the console, and for tests.
  Object.assign(window, { lab: { programs, chart } });
}

main();
