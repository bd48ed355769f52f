// The table of the golden suite, filled while a worker goes through it.
import { el } from './dom.js';
import { switchTheme } from './theme.js';

const trouble = document.getElementById('trouble');
const state = document.getElementById('state'), bar = document.querySelector('progress'), results = document.getElementById('results');
const button = document.getElementById('start');

const names = { f64: 'float64', f32: 'float32' };

function table({ profile, passed, failed, expected, ops }) {
  return el('section', { 'data-profile': profile }, el('h3', {}, `${names[profile]}: ${passed} of ${expected} as the suite says`, failed ? `, ${failed} wrong` : ''),
    el('div', { class: 'scroll tried', tabindex: 0, role: 'region', 'aria-label': names[profile] }, el('table', {},
      el('thead', {}, el('tr', {}, ['operation', 'questions', 'wrong', 'to be refused', 'not refused', 'verdict'].map(name => el('th', { scope: 'col' }, name)))),
      el('tbody', {}, ops.map(o => el('tr', {}, el('th', { scope: 'row' }, o.op), [o.cases, o.failed, o.refusals, o.wrong].map(n => el('td', { class: 'number' }, String(n))), el('td', {}, o.verdict, o.why && `: ${o.why}`)))))));
}

function start() {
  button.disabled = true;
  results.replaceChildren();
  let profile = 'f64';
  const worker = new Worker('golden-worker.js', { type: 'module' });
  worker.onerror = e => { trouble.textContent = `The engine did not start: ${e.message ?? 'golden-worker.js could not be loaded'}.`; trouble.hidden = false; };
  worker.onmessage = ({ data }) => {
    if (data.error) {
      trouble.textContent = `The engine says: ${data.error}`;
      trouble.hidden = false;
    } else if (data.ops) results.append(table(data));
    else if (data.end) {
      state.textContent = 'All was asked.';
      document.body.dataset.state = 'ended';
      button.disabled = false;
      worker.terminate();
    } else if (data.total) {
      bar.max = data.total;
      bar.value = data.done;
      state.textContent = `${names[profile]}: ${data.done} of ${data.total}`;
    } else {
      profile = data.profile;
      state.textContent = `${names[profile]}: the questions are made…`;
    }
  };
}

button.addEventListener('click', start);
document.getElementById('theme').addEventListener('click', switchTheme);
