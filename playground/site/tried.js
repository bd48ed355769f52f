// A table of what was tried in an exhibit, and what came of it. Where there are few settings
// all of them have a row, and a button goes through them.
import { el, minus } from './dom.js';
import { words } from './views.js';

const results = new Map(); // by address, as long as the page is open

export const keep = look => results.set(look.address, look);

// every returns the addresses of all settings of an exhibit.
function every(exhibit) {
  let all = [''];
  for (const c of exhibit.controls) all = all.flatMap(start => c.choices.map(v => `${start}${start && '&'}${c.name}=${v}`));
  return all.map(query => `${exhibit.name}?${query}`);
}

export class Tried {
  // go opens an address.
  constructor(place, exhibit, view, go) {
    Object.assign(this, { place, exhibit, view, go, queue: [] });
    this.all = every(exhibit);
    this.few = this.all.length <= 8;
  }

  // show draws the table; address is what is open.
  show(address) {
    const { exhibit, view } = this;
    const list = this.few ? this.all : this.all.filter(a => results.has(a));
    const rows = list.map(a => {
      const set = new URLSearchParams(a.split('?')[1]), numbers = results.get(a)?.numbers;
      return el('tr', { class: a === address && 'on' },
        exhibit.controls.map((c, i) => el(i ? 'td' : 'th', i ? {} : { scope: 'row' }, i ? this.word(set.get(c.name)) : el('a', { href: `#${a}` }, this.word(set.get(c.name))))),
        view.tried.map(name => el('td', { class: 'number' }, numbers ? minus(numbers.find(n => n.name === name)?.text ?? '–') : '·')));
    });
    const head = [...exhibit.controls.map(c => view.controls[c.name] ?? c.name), ...view.tried];
    const missing = this.all.filter(a => !results.has(a));
    const next = this.few && missing.length > 0 && el('button', { type: 'button', onclick: () => { this.queue = missing; this.next(); } }, missing.length < this.all.length ? 'Try the others' : 'Try all');
    this.place.replaceChildren(el('h3', {}, 'What you tried', ' ', next), el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'What you tried' },
      el('table', {}, el('thead', {}, el('tr', {}, head.map(name => el('th', { scope: 'col' }, name)))), el('tbody', {}, rows))));
  }

  word(value) { return words[value] ?? minus(value); }

  // next goes on with what the button was pressed for.
  next() {
    const address = this.queue.find(a => !results.has(a));
    if (address) this.go(address);
    else this.queue = [];
  }
}
