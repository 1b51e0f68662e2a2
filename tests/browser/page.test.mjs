/**
 * examples/browser in a headless Chromium, and sockery/browser in it. Run by tests/run browser, which
 * installs Chromium and, into .build/browser, what is imported here. Leaves screenshots there.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const top = fileURLToPath(new URL('../../', import.meta.url));
const build = `${top}.build/browser/`;
const installed = createRequire(build);
const { chromium } = installed('playwright-core');
const esbuild = installed('esbuild');
// NODE_PATH is for require alone.
const { nnmsg } = createRequire(import.meta.url)('sockery');

const CHROMIUM = process.env.SOCKERY_CHROMIUM || '/usr/bin/chromium';
const LIMIT = 30_000;
/** The most bytes of the client when minified. */
const MOST_BYTES = 6_000;
const DESK = { width: 1180, height: 940 };
const PHONE = { width: 390, height: 844 };

let example;
let address;
let browser;
let page;
const faults = [];

/** Starts the example; its address. */
function started(port) {
  example = spawn('python3', [`${top}examples/browser/main.py`, '--port', port], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    example.stdout.on('data', (line) => resolve(/http:\S+/.exec(line)?.[0]));
    example.on('exit', () => reject(new Error('the example ended')));
  });
}

before(async () => {
  [browser, address] = await Promise.all([
    chromium.launch({ executablePath: CHROMIUM, args: process.getuid() ? [] : ['--no-sandbox'] }),
    started('0'),
  ]);
  page = await opened({ viewport: DESK });
});

after(async () => {
  await browser?.close();
  example?.kill();
});

/** The page in a window of its own; whatever goes wrong in it fails the test that looks at `faults`. */
async function opened(options, prepare = () => {}) {
  const made = await browser.newPage(options);
  made.setDefaultTimeout(LIMIT);
  made.on('pageerror', (error) => faults.push(String(error)));
  await prepare(made);
  await made.goto(address);
  await made.waitForSelector('#signal-noise');
  return made;
}

/** Waits until something holds in the page. */
const until = (where, holds, argument) => where.waitForFunction(holds, argument, { timeout: LIMIT });

const where = async () => (await fetch(`${address}where.json`)).json();

/** What a program answers to somebody else than the page. */
async function asked(name, question) {
  const { ask } = (await where()).find((program) => program.name === name);
  const socket = nnmsg.socket.req();
  socket.setopt(nnmsg._NN_RCVTIMEO, LIMIT);
  socket.connect(ask);
  await socket.send(question);
  const answer = String(await socket.recv());
  socket.close();
  return answer;
}

/** What a program publishes while the page receives it too: "TIME VALUE" of so many messages. */
async function published(name, count) {
  const { feed } = (await where()).find((program) => program.name === name);
  const socket = nnmsg.socket.sub();
  socket.setopt(nnmsg._NN_RCVTIMEO, LIMIT);
  socket.subscribe(`${name} `);
  socket.connect(feed);
  const samples = [];
  while (samples.length < count) samples.push(String(await socket.recv()).slice(name.length + 1).split(' ').map(Number));
  socket.close();
  return samples;
}

/** The page has exactly what was published, from the first of these to the last. */
async function hasWhatWasPublished(name) {
  const samples = await published(name, 60);
  const [[first], [last]] = [samples[0], samples.at(-1)];
  const shown = await until(page, ([name, last]) => {
    const { points } = window.lab.programs.find((program) => program.name === name);
    return points.at(-1)?.at > last && points.map(({ at, value }) => [at, value]);
  }, [name, last]);
  assert.deepEqual((await shown.jsonValue()).filter(([at]) => at >= first && at <= last), samples);
}

/** The process of a program of the example. */
const processOf = (script) => Number(spawnSync('pgrep', ['-P', String(example.pid), '-f', script], { encoding: 'utf8' }).stdout);

test('the client is small', () => {
  const text = readFileSync(`${top}bindings-node/lib/browser.mjs`, 'utf8');
  const { code } = esbuild.transformSync(text, { minify: true, format: 'esm' });
  console.log(`sockery/browser: ${code.length} bytes minified`);
  assert.ok(code.length < MOST_BYTES, `${code.length} bytes`);
});

test('the page plots what is published, and the last values show it', async () => {
  for (const name of ['signal', 'smooth']) {
    await hasWhatWasPublished(name);
    await until(page, (name) => {
      const shown = document.querySelector(`#legend [data-name=${name}] .last`).textContent;
      return /^−?\d\.\d\d$/.test(shown);
    }, name);
    assert.equal(await page.textContent(`.program[data-name=${name}] .state`), 'connected');
  }
  const picture = () => page.evaluate(() => document.getElementById('chart').toDataURL());
  const before = await picture();
  await until(page, (before) => document.getElementById('chart').toDataURL() !== before, before);
});

test('a control asks, shows the answer, and changes the program', async () => {
  await page.fill('#signal-noise', '0.4');
  await page.getByText('sine', { exact: true }).click();
  await page.fill('#smooth-window', '20');
  for (const [question, answer] of [['set noise 0.4', 'noise 0.4'], ['set shape sine', 'shape sine'], ['set window 20', 'window 20']]) {
    await until(page, ([question, answer]) => {
      const lines = [...document.querySelectorAll('#log li')];
      const line = lines.find((line) => line.querySelector('.what').textContent === question);
      return line?.querySelector('.answer').textContent === `→ ${answer}` && / ms$/.test(line.textContent);
    }, [question, answer]);
  }
  assert.match(await asked('signal', 'get'), /^shape sine .*\n(.*\n)*noise 0\.4 /);
  assert.match(await asked('smooth', 'get'), /window 20 /);
  assert.match(await asked('signal', 'set noise 7'), /^error: noise: expected a number from 0 to 1, got 7$/);
});

test('a program that was killed is found again, and the page tells so meanwhile', async () => {
  const state = '.program[data-name=signal] .state';
  const before = await page.evaluate(() => window.lab.programs[0].points.at(-1).at);
  process.kill(processOf('oscillator.py'), 'SIGKILL');
  await until(page, (state) => document.querySelector(state).dataset.state === 'waiting', state);
  const late = page.evaluate(() => window.lab.programs[0].ask('get'));
  await until(page, (state) => document.querySelector(state).dataset.state === 'open', state);
  assert.match(await late, /^shape heartbeat /, 'a question that was asked meanwhile is answered');
  await until(page, (before) => window.lab.programs[0].points.at(-1).at > before + 1, before);
  for (const name of ['signal', 'smooth']) await hasWhatWasPublished(name);
  await page.click('.program[data-name=smooth] button');
  await until(page, () => window.lab.programs[1].questions.peers === 0);
  await until(page, () => window.lab.programs[1].questions.peers === 1);
  await hasWhatWasPublished('smooth');
});

/** A program that says what no good one does. */
function hostile() {
  const [feed, ask] = [nnmsg.socket.pub(), nnmsg.socket.rep()];
  for (const socket of [feed, ask]) socket.bind('ws://127.0.0.1:0/');
  const image = '<img src=x onerror="window.bad=1">';
  const now = Date.now() / 1000;
  const samples = [
    '', 'x', image, `${now} NaN`, `${now} 1e308`, `${now} 99999999`, `${now} 1 1`, `-1 1`, '0 1', '999999999999 1',
    `${now}\n1`, Buffer.from([0xff, 0xfe, 0]), Buffer.alloc(3 << 20, 0x31), '__proto__ 1', `${now.toFixed(3)} 0.25`,
  ];
  const answers = {
    get: `${image} 1 0..1\nnoise ${image} 0..1\n__proto__ 1 0..1\nx 5 9..1\ny a ${image}|a\nz\n${'q 1 0..1\n'.repeat(1000)}`,
    history: `${image}\nNaN NaN\n${'1 1\n'.repeat(100_000)}`,
  };
  (async () => {
    for await (const question of ask) await ask.send(answers[question] ?? image);
  })();
  return { feed, ask, samples };
}

test('what a hostile program says is left out, and the rest goes on', async () => {
  const { feed, ask, samples } = hostile();
  const added = { name: 'hostile', language: '<b>nobody</b>', feed: feed.lastEndpoint, ask: ask.lastEndpoint };
  const victim = await opened({ viewport: DESK }, (page) =>
    page.route('**/where.json', async (route) => route.fulfill({ json: [added, ...(await where())] })),
  );
  await feed.waitForPeers(1, LIMIT);
  await until(victim, () => window.lab.programs[0].questions.peers === 1);
  for (const sample of samples) await feed.send(Buffer.concat([Buffer.from('hostile '), Buffer.from(sample)]));
  await until(victim, () => window.lab.programs[0].points.at(-1)?.value === 0.25 || window.lab.programs[0].refused > 13);
  const [before, refused, most] = await victim.evaluate(() => [
    window.lab.programs[1].points.at(-1).at,
    window.lab.programs[0].refused,
    window.lab.chart.range.high,
  ]);
  assert.ok(refused >= 12, `${refused} refused`);
  assert.ok(most < 10, `the axis goes to ${most}`);
  await until(victim, (before) => window.lab.programs[1].points.at(-1).at > before + 0.5, before);
  await until(victim, () => /left out\.$/.test(document.getElementById('refused').textContent));
  assert.equal(await victim.evaluate(() => window.bad), undefined);
  assert.equal(await victim.locator('main img, main b').count(), 0);
  assert.ok((await victim.locator('.program[data-name=hostile] .setting').count()) <= 20);
  await victim.close();
  for (const socket of [feed, ask]) socket.close();
});

test('the client in the browser: bytes and texts of every size, both ways, and closing', async () => {
  const rep = nnmsg.socket.rep();
  rep.setopt(nnmsg._NN_RCVMAXSIZE, -1);
  rep.bind('ws://127.0.0.1:0/');
  const serving = (async () => {
    for await (const question of rep) await rep.send(question);
  })();
  const told = await page.evaluate(async (url) => {
    const { req, rep } = await import('/sockery/browser.mjs');
    const ask = req(url, { timeout: 20_000 });
    for (const size of [0, 1, 125, 126, 65_535, 65_536, 1_000_000]) {
      const bytes = new Uint8Array(size).map((_, place) => place);
      const answer = await ask.request(bytes);
      if (answer.length !== size || answer.some((byte, place) => byte !== bytes[place])) return `${size} bytes`;
    }
    const many = await Promise.all(Array.from({ length: 200 }, (_, place) => ask.request(`grüße ${place}`)));
    const wrong = many.findIndex((answer, place) => new TextDecoder().decode(answer) !== `grüße ${place}`);
    if (wrong >= 0) return `answer ${wrong}`;
    const reasons = [];
    const twice = Promise.withResolvers();
    const onchange = ({ reason }) => reasons.push(reason) === 2 && twice.resolve();
    const lost = rep(url, () => '', { reconnect: 10, onchange });
    await twice.promise;
    await Promise.all([lost.close(), ask.close()]);
    return reasons[0];
  }, rep.lastEndpoint);
  assert.equal(told, 'no answer of a req (1006)');
  rep.close();
  await serving;
});

test('when all was stopped and started again, the page that stayed open goes on', async () => {
  const ended = new Promise((resolve) => example.on('exit', resolve));
  example.kill();
  await ended;
  await until(page, () => window.lab.programs.every(({ feed }) => feed.peers === 0));
  const loaded = page.waitForEvent('load');
  await started(new URL(address).port);
  await loaded;
  await until(page, () => window.lab?.programs.every(({ points }) => points.length > 0));
  for (const name of ['signal', 'smooth']) await hasWhatWasPublished(name);
});

test('it fits a phone, and looks good in the dark', async () => {
  const phone = await opened({ viewport: PHONE, deviceScaleFactor: 2 });
  const dark = await opened({ viewport: DESK, colorScheme: 'dark' });
  await dark.hover('#chart', { position: { x: 600, y: 120 } });
  assert.ok((await phone.evaluate(() => document.documentElement.scrollWidth)) <= PHONE.width);
  for (const each of [page, phone, dark]) {
    await until(each, () => window.lab.programs.every(({ points }) => points.length > 100));
  }
  await page.screenshot({ path: `${build}page.png` });
  await phone.screenshot({ path: `${build}page-phone.png`, fullPage: true });
  await dark.screenshot({ path: `${build}page-dark.png` });
  assert.deepEqual(faults, []);
});
