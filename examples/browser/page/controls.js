/** Controls for what a program lets itself be asked: sliders for numbers, choices for words. */

/** A line of the answer to "get": NAME VALUE LOW..HIGH, LOW..HIGH/STEP or ONE|OTHER. */
function settingOf(line) {
  const [name, value, range] = line.split(' ');
  const numbers = /^(-?[\d.]+)\.\.(-?[\d.]+)(?:\/([\d.]+))?$/.exec(range ?? '');
  if (numbers) {
    const [low, high] = [Number(numbers[1]), Number(numbers[2])];
    const step = Number(numbers[3] ?? (high - low) / 100);
    const good = low < high && step > 0 && Number.isFinite(Number(value));
    return good ? { name, value, low, high, step } : undefined;
  }
  const words = /^[\w|]+$/.test(range ?? '') ? range.split('|') : [];
  return words.includes(value) ? { name, value, words } : undefined;
}

/** Asks for a change, one at a time: of those that come meanwhile only the newest. */
function changing(name, ask, show) {
  let busy = false;
  let next;
  return async (value) => {
    next = value;
    if (busy) return;
    busy = true;
    while (next !== undefined) {
      const wanted = next;
      next = undefined;
      const answer = await ask(`set ${name} ${wanted}`).catch(() => '');
      const [told, now] = answer.split(' ');
      if (told === name && next === undefined) show(now);
    }
    busy = false;
  };
}

function made(tag, properties, ...content) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...content);
  return element;
}

/** A number, as short as its step allows. */
const rounded = (value, step) => String(Number(Number(value).toFixed(step < 1 ? 2 : 0)));

function slider(id, { name, value, low, high, step }, ask) {
  const input = made('input', { type: 'range', id, min: low, max: high, step });
  const output = made('output', { htmlFor: id });
  input.value = value;
  const fill = () => input.style.setProperty('--part', `${((input.value - low) / (high - low)) * 100}%`);
  const show = (now) => (output.textContent = rounded(now, step));
  fill();
  show(value);
  const change = changing(name, ask, show);
  input.oninput = () => {
    fill();
    change(rounded(input.value, step));
  };
  return made('div', { className: 'setting' }, made('label', { htmlFor: id, textContent: name }), input, output);
}

function choices(id, { name, value, words }, ask) {
  const inputs = words.map((word) => made('input', { type: 'radio', name: id, value: word, checked: word === value }));
  const show = (now) => inputs.forEach((input) => (input.checked = input.value === now));
  const change = changing(name, ask, show);
  const labels = inputs.map((input) => {
    input.onchange = () => change(input.value);
    return made('label', {}, input, input.value);
  });
  const group = made('div', { className: 'choices', role: 'radiogroup', ariaLabel: name }, ...labels);
  return made('div', { className: 'setting' }, made('span', { textContent: name }), group);
}

/** The controls for what a program called so answered; lines that are no settings make none. */
export function controlsOf(program, answer, ask) {
  return answer
    .split('\n')
    .slice(0, 20)
    .map(settingOf)
    .filter(Boolean)
    .map((setting) => (setting.words ? choices : slider)(`${program}-${setting.name}`, setting, ask));
}
