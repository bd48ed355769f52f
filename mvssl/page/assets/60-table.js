// The table of runs: it sorts, filters and groups, and chooses which runs are drawn.

const fromSummary = f => r => r.summary && isNumber(r.summary[f]) ? r.summary[f] : null;
const fromEither = (f, late = f) => r => r.summary && isNumber(r.summary[f]) ? r.summary[f] : r.latest && isNumber(r.latest[late]) ? r.latest[late] : null;
const measures = [
  { id: 'knn', head: 'kNN, %', of: fromSummary('knn_top1'), write: percent },
  { id: 'linear', head: 'linear, %', of: fromSummary('linear_top1'), write: percent },
  { id: 'quick', head: 'quick kNN, %', of: r => r.latest && isNumber(r.latest.knn_top1_quick) ? r.latest.knn_top1_quick : null, write: percent },
  { id: 'mi', head: 'MI ≥ (ER)', of: fromEither('mi_er'), write: num },
  { id: 'nce', head: 'InfoNCE', of: fromEither('mi_infonce'), write: num },
  { id: 'h', head: 'entropy', of: fromEither('entropy'), write: num },
  { id: 'r', head: 'reconstr.', of: fromEither('reconstruction'), write: num },
  { id: 'hw', head: 'H(W)', of: r => r.latest && isNumber(r.latest.entropy_w) ? r.latest.entropy_w : null, write: num },
  { id: 'rank', head: 'eff. rank', of: fromEither('effective_rank'), write: num },
  { id: 'loss', head: 'loss', of: fromEither('loss'), write: num },
  { id: 'speed', head: 'images/s', of: fromSummary('images_per_second'), write: num },
];
const stateWords = { training: 'training', ended: 'ended', stopped: 'stopped', gone: 'gone' };

// determines reports whether a field, but for the seed, determines a run's numbers. Data and
// first weights do so by their digests, where these are known.
const determines = (r, path) => path !== 'seed' && !/^(report|extended)\./.test(path) && !(/^(data|init)$/.test(path) && r.settings.get(`${path}_sha256`));
const unseeded = r => (r.config || []).filter(([p]) => determines(r, p)).map(s => s.join('=')).join('\n');

// distinct returns runs without those that repeat another, configuration and seed: of such
// the one that got furthest stays, of several that did the first.
function distinct(runs) {
  const by = new Map(), key = r => r.config ? `${r.settings.get('seed')}\n${unseeded(r)}` : r;
  const reached = r => r.state === 'ended' ? Infinity : r.progress.step;
  for (const r of runs) { const k = key(r), other = by.get(k); if (!other || reached(r) > reached(other)) by.set(k, r); }
  return runs.filter(r => by.get(key(r)) === r);
}

// differing returns the fields of the configuration in which runs differ.
function differing(runs) {
  const all = new Map();
  for (const r of runs) for (const [p] of r.config || []) all.set(p, true);
  return [...all.keys()].filter(p => new Set(runs.filter(r => r.config).map(r => r.settings.get(p))).size > 1);
}

// matches reports whether a run is meant by a filter: every word is in its name or its
// configuration; FIELD=VALUE is a field whose path ends so.
function matches(r, filter) {
  return filter.trim().toLowerCase().split(/\s+/).every(word => {
    if (!word) return true;
    const cut = word.indexOf('=');
    if (cut > 0) return (r.config || []).some(([p, v]) => (p.toLowerCase() === word.slice(0, cut) || p.toLowerCase().endsWith('.' + word.slice(0, cut))) && v.toLowerCase() === word.slice(cut + 1));
    return r.name.toLowerCase().includes(word) || r.state === word || (r.method && r.method.name.includes(word));
  });
}

const order = (a, b) => a == null ? (b == null ? 0 : 1) : b == null ? -1 : typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en', { numeric: true });

function sortValue(r, id) {
  const m = measures.find(m => m.id === id);
  if (m) return m.of(r);
  if (id === 'name') return r.name;
  if (id === 'state') return r.state;
  if (id === 'epoch') return r.progress.epoch;
  const v = r.settings.get(id), n = Number(v);
  return v == null ? null : v !== '' && isFinite(n) ? n : v;
}

function sorted(runs, sort) {
  const down = sort.startsWith('-'), id = down ? sort.slice(1) : sort;
  if (!id) return runs;
  const key = new Map(runs.map(r => [r, sortValue(r, id)]));
  return [...runs].sort((a, b) => { const x = key.get(a), y = key.get(b); return x == null || y == null ? order(x, y) : (down ? -1 : 1) * order(x, y); });
}

const maxRowsShown = 200;

// groupsOf returns runs by what their configurations say of a field, * being everything but
// the seed: {title, runs, repeats} each, in the order in which they come. The title is the
// method, and in what its groups differ; repeats is how many runs repeat one of these.
function groupsOf(runs, group) {
  const by = new Map();
  for (const r of runs) {
    const key = group === '*' ? unseeded(r) : r.settings.get(group) ?? '–';
    if (!by.has(key)) by.set(key, []);
    by.get(key).push(r);
  }
  const method = r => r.method ? r.method.name : r.short, own = new Map();
  const fields = name => {
    if (!own.has(name)) own.set(name, differing(runs.filter(r => method(r) === name)).filter(p => p !== 'data_sha256' && runs.some(r => determines(r, p))));
    return own.get(name).slice(0, 5);
  };
  const title = ([r]) => group === '*' ? [method(r), ...fields(method(r)).map(p => `${p.split('.').pop()} ${r.settings.get(p) ?? '–'}`)].join(', ') : `${group} ${r.settings.get(group) ?? '–'}`;
  return [...by.values()].map(all => { const runs = distinct(all); return { runs, repeats: all.length - runs.length, title: title(runs) }; });
}

class RunTable {
  constructor(app) {
    this.app = app;
    this.filter = el('input', { type: 'search', id: 'filter', placeholder: 'byol  seed=1', oninput: () => app.choose({ filter: this.filter.value }) });
    this.group = el('select', { id: 'group', onchange: () => app.choose({ group: this.group.value }) });
    this.fields = el('input', { type: 'checkbox', id: 'fields', onchange: () => app.choose({ fields: this.fields.checked ? 'all' : '' }) });
    this.count = el('span', { class: 'soft', 'aria-live': 'polite' });
    this.body = el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Runs' });
    this.root = el('section', { class: 'runs', 'aria-labelledby': 'runs-title' },
      el('div', { class: 'bar' }, el('h2', { id: 'runs-title' }, 'Runs'), this.count,
        el('label', { for: 'filter' }, 'Filter'), this.filter,
        el('label', { for: 'group' }, 'Group by'), this.group,
        el('label', { class: 'check' }, this.fields, 'all fields'),
        el('button', { type: 'button', onclick: () => app.choose({ runs: [] }) }, 'Clear choice')),
      this.body);
  }

  show() {
    const { app } = this, { filter, sort, group, fields } = app.choice;
    if (document.activeElement !== this.filter) this.filter.value = filter;
    this.fields.checked = fields === 'all';
    const found = sorted(app.runs.filter(r => matches(r, filter)), sort);
    const differ = differing(app.runs).filter(p => p !== 'data_sha256');
    const paths = fields === 'all' ? [...new Set(app.runs.flatMap(r => (r.config || []).map(s => s[0])))] : differ;
    const options = [['', 'nothing'], ['*', 'everything but the seed'], ...paths.map(p => [p, p])];
    const known = JSON.stringify(options);
    if (this.options !== known) { this.options = known; this.group.replaceChildren(...options.map(([v, words]) => el('option', { value: v }, words))); }
    this.group.value = group;
    this.count.textContent = found.length === app.runs.length ? `${found.length}` : `${found.length} of ${app.runs.length}`;
    const shown = measures.filter(m => app.runs.some(r => m.of(r) != null));
    const focus = document.activeElement && document.activeElement.id;
    this.body.replaceChildren(group ? this.groups(found, shown, group) : this.list(found, shown, paths));
    if (focus && document.activeElement === document.body) document.getElementById(focus)?.focus({ preventScroll: true });
  }

  head(id, words) {
    const { sort } = this.app.choice, now = sort === id ? 'ascending' : sort === '-' + id ? 'descending' : 'none';
    return el('th', { scope: 'col', 'aria-sort': now }, el('button', { type: 'button', id: `sort-${id}`, onclick: () => this.app.choose({ sort: sort === '-' + id ? id : '-' + id }) }, words, el('span', { 'aria-hidden': 'true' }, now === 'ascending' ? ' ↑' : now === 'descending' ? ' ↓' : '')));
  }

  list(found, shown, paths) {
    const { app } = this, chosen = new Set(app.selected.map(r => r.name));
    const row = r => {
      const p = r.progress, on = chosen.has(r.name), id = `run-${app.runs.indexOf(r)}`;
      const epoch = p.epochs ? `${epochText(p.epoch)}/${p.epochs}` : p.epoch ? num(p.epoch) : '–';
      return el('tr', { class: on ? 'on' : '' },
        el('th', { scope: 'row' }, el('label', {}, el('input', { type: 'checkbox', id, checked: on, onchange: e => app.toggle(r, e.target.checked) }), swatch(on && r.color < mostDrawn ? r : null), el('span', { title: r.name }, middle(r.short, 44)))),
        el('td', {}, badge(r)), el('td', {}, epoch),
        shown.map(m => { const v = m.of(r); return el('td', {}, v == null ? '–' : m.write(v)); }),
        paths.map(f => el('td', { class: 'text' }, middle(r.settings.get(f) ?? '–', 24))));
    };
    const table = el('table', {}, el('thead', {}, el('tr', {}, this.head('name', 'run'), this.head('state', 'state'), this.head('epoch', 'epoch'), shown.map(m => this.head(m.id, m.head)), paths.map(f => this.head(f, f)))),
      el('tbody', {}, found.slice(0, maxRowsShown).map(row)));
    return found.length > maxRowsShown ? el('div', {}, table, el('p', { class: 'soft' }, `The first ${maxRowsShown} of ${found.length}; the filter finds the others.`)) : table;
  }

  groups(found, shown, group) {
    const estimates = groupsOf(found, group).map(({ runs, repeats, title }) => ({ runs, repeats, title, of: shown.map(m => { const vs = runs.map(m.of).filter(isNumber); return vs.length ? estimate(vs) : null; }) }));
    const { sort } = this.app.choice, id = sort.replace(/^-/, ''), at = shown.findIndex(m => m.id === id);
    estimates.sort((a, b) => at < 0 ? (id === 'name' ? (sort[0] === '-' ? -1 : 1) * order(a.title, b.title) : 0) : (sort[0] === '-' ? -1 : 1) * order(a.of[at] && a.of[at].mean, b.of[at] && b.of[at].mean));
    const cell = (e, m) => e == null ? '–' : e.half == null ? m.write(e.mean) : `${m.write(e.mean)} ± ${m.write(e.half, 2)}`;
    const names = new Set(this.app.selected.map(r => r.name));
    return el('div', {}, el('table', {}, el('thead', {}, el('tr', {}, this.head('name', 'group'), el('th', { scope: 'col' }, 'runs'), shown.map(m => this.head(m.id, m.head)))),
      el('tbody', {}, estimates.map((g, i) => el('tr', { class: g.runs.every(r => names.has(r.name)) ? 'on' : '' },
        el('th', { scope: 'row' }, el('button', { type: 'button', class: 'link', id: `group-${i}`, onclick: () => this.app.choose({ runs: g.runs.map(r => r.name) }) }, g.title)),
        el('td', {}, `${g.runs.length}${g.repeats ? ` + ${g.repeats}` : ''}`), g.of.map((e, k) => el('td', {}, cell(e, shown[k]))))))),
      el('p', { class: 'soft' }, 'Means, and where there are several runs half of the 95 % interval by Student’s t. A group’s name draws its runs; in charts of several runs each group is one line, in a band from the least to the most.' + (estimates.some(g => g.repeats) ? ' Behind the + are runs that repeat another, configuration and seed: they do not count.' : '')));
  }
}

const swatch = r => svg('svg', { width: 16, height: 10, class: 'swatch', 'aria-hidden': 'true' }, r ? svg('line', { x1: 0, x2: 16, y1: 5, y2: 5, stroke: colorOf(r.color), 'stroke-width': 3, 'stroke-dasharray': dashOf(r.color).join(' ') }) : []);
const badge = r => el('span', { class: `badge ${r.state}` }, stateWords[r.state] || r.state);
