// Numbers as bars, as a table of colors, and small images.
import { el, minus } from './dom.js';

const named = n => ({ 'data-name': n.name });
const value = n => el('span', { class: 'value' }, minus(n.text));

// bars draws shares, in percent.
export function bars(place, numbers) {
  place.replaceChildren(...numbers.map((n, i) => {
    const bar = el('i', { class: `bar c${i}` });
    bar.style.width = `${Math.max(0, Math.min(100, n.value))}%`;
    return el('div', { class: 'row', ...named(n) }, el('dt', {}, n.name), el('dd', {}, el('span', { class: 'track' }, bar), value(n)));
  }));
}

// grid draws numbers whose names are "A, B" as a table: columns by A, rows by B.
export function grid(place, numbers, columns, rows) {
  const all = numbers.map(n => n.value), least = Math.min(...all), most = Math.max(...all);
  const cell = (column, row) => {
    const n = numbers.find(n => n.name === `${column}, ${row}`);
    if (!n) return el('td', {});
    const td = el('td', named(n), value(n));
    td.style.setProperty('--share', most > least ? (n.value - least) / (most - least) : 1);
    return td;
  };
  place.replaceChildren(el('table', { class: 'heat' },
    el('thead', {}, el('tr', {}, el('th', {}), columns.map(c => el('th', { scope: 'col' }, c)))),
    el('tbody', {}, rows.map(r => el('tr', {}, el('th', { scope: 'row' }, r), columns.map(c => cell(c, r)))))));
}

// images draws gray images of side×side in rows: one, and its nearest others.
export function images(canvas, values, side, across) {
  const count = values.length / (side * side), down = count / across, gap = 2, scale = 3;
  canvas.width = across * side * scale + (across - 1) * gap * scale + 4 * scale;
  canvas.height = (down * side + (down - 1) * gap) * scale;
  const c = canvas.getContext('2d');
  for (let i = 0; i < count; i++) {
    const left = (i % across) * (side + gap) + (i % across ? 4 : 0), top = Math.floor(i / across) * (side + gap);
    for (let p = 0; p < side * side; p++) {
      const shade = Math.round(255 * Math.max(0, Math.min(1, values[i * side * side + p])));
      c.fillStyle = `rgb(${shade} ${shade} ${shade})`;
      c.fillRect((left + p % side) * scale, (top + Math.floor(p / side)) * scale, scale, scale);
    }
  }
}
