// Elements, numbers and times as text. Everything that a run brings along goes through
// textContent: nothing of it becomes markup.

const data = JSON.parse(document.getElementById('data').textContent);

function set(e, attrs, kids) {
  for (const [key, v] of Object.entries(attrs)) {
    if (key.startsWith('on')) e.addEventListener(key.slice(2), v);
    else if (v === true) e.setAttribute(key, '');
    else if (v !== false && v != null) e.setAttribute(key, v);
  }
  e.append(...kids.flat(9).filter(k => k != null && k !== false));
  return e;
}
const el = (tag, attrs = {}, ...kids) => set(document.createElement(tag), attrs, kids);
const svg = (tag, attrs = {}, ...kids) => set(document.createElementNS('http://www.w3.org/2000/svg', tag), attrs, kids);

// renew makes an element what another is and leaves alone what is the same: what is open in it,
// how far it is scrolled and what has the focus stay.
function renew(old, now) {
  if (old.isEqualNode(now)) return;
  for (const { name } of [...old.attributes]) if (name !== 'open' && !now.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of now.attributes) if (name !== 'open' && old.getAttribute(name) !== value) old.setAttribute(name, value);
  if ('checked' in now) old.checked = now.checked;
  const kind = node => node.nodeType === Node.ELEMENT_NODE ? `${node.nodeName} ${node.id} ${node.getAttribute('class')}` : node.nodeName;
  let at = old.firstChild;
  for (const kid of [...now.childNodes]) {
    let same = at;
    while (same && kind(same) !== kind(kid)) same = same.nextSibling;
    if (!same) { old.insertBefore(kid, at); continue; }
    while (at !== same) { const next = at.nextSibling; at.remove(); at = next; }
    at = same.nextSibling;
    if (same.nodeType === Node.ELEMENT_NODE) renew(same, kid); else if (same.nodeValue !== kid.nodeValue) same.nodeValue = kid.nodeValue;
  }
  while (at) { const next = at.nextSibling; at.remove(); at = next; }
}

// arrange makes some elements the children of another, in this order, and moves none of those
// that are.
function arrange(parent, wanted) {
  for (const kid of [...parent.childNodes]) if (!wanted.includes(kid)) kid.remove();
  let at = parent.firstChild;
  for (const kid of wanted) { if (kid === at) at = at.nextSibling; else parent.insertBefore(kid, at); }
}

const isNumber = v => typeof v === 'number' && isFinite(v);
const minus = text => text.replace(/-/g, '−');

// num writes a number with about four digits.
function num(v, digits = 4) {
  if (!isNumber(v)) return '–';
  const size = Math.abs(v);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return minus(v.toExponential(digits - 2).replace('e+', 'e'));
  return minus(v.toFixed(size === 0 ? digits - 1 : Math.max(0, digits - 1 - Math.floor(Math.log10(size)))));
}
const epochText = v => !isNumber(v) ? '–' : Number.isInteger(v) ? String(v) : v.toFixed(2);
const percent = v => isNumber(v) ? minus((100 * v).toFixed(1)) : '–';

function duration(seconds) {
  if (!isNumber(seconds) || seconds < 0) return '–';
  const s = Math.round(seconds), m = Math.round(s / 60), h = Math.floor(m / 60);
  if (s < 60) return `${s} s`;
  if (m < 10 && s < 600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (m < 60) return `${m} min`;
  if (h < 48) return `${h} h ${m % 60} min`;
  return `${Math.round(h / 24)} days`;
}

// code splits text at backquotes: what is between them is code.
const code = text => text.split('`').map((part, i) => i % 2 ? el('code', {}, part) : part);

// middle shortens a name in its middle.
const middle = (text, most) => text.length <= most ? text : `${text.slice(0, Math.ceil(most / 2) - 1)}…${text.slice(text.length - Math.floor(most / 2))}`;

const quantile95 = [12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042];

// estimate returns the mean of values and half of its 95 % t-interval, null of one value.
function estimate(values) {
  const n = values.length, mean = values.reduce((a, b) => a + b, 0) / n;
  if (n < 2) return { n, mean, half: null };
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / (n - 1);
  return { n, mean, half: (quantile95[n - 2] || 1.96) * Math.sqrt(variance / n) };
}

function save(name, type, content) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  el('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
const fileName = text => text.toLowerCase().replace(/[^a-z0-9.-]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 60) || 'chart';

// csvCell writes a value for CSV. Text that a program would take for a formula begins with an
// apostrophe.
function csvCell(v) {
  let text = v == null || Number.isNaN(v) ? '' : String(v);
  if (typeof v === 'string' && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
