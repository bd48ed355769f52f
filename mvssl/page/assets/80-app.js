// The page: which runs are chosen, where that is kept (behind the # of the address), and
// what comes from the server while it is live.

// mostDrawn is how many lines a chart has of one number: of runs, or of groups of them.
// mostPoints is how many steps the server is asked for of a run, and pointsOfAll of all.
const mostDrawn = 40, mostPoints = 4000, pointsOfAll = mostDrawn * mostPoints;

class App {
  constructor() {
    this.runs = [];
    this.selected = [];
    this.news = new Set();
    this.choice = { runs: [], filter: '', sort: '', group: '', fields: '' };
    this.status = el('span', { class: 'soft', id: 'status', role: 'status' });
    this.switch = el('button', { type: 'button', id: 'theme', onclick: () => { switchTheme(); this.redraw(); } });
    this.table = new RunTable(this);
    this.head = el('div', { id: 'head' });
    this.key = el('ul', { class: 'legend key', 'aria-label': 'Runs that are drawn' });
    this.charts = el('div', { id: 'charts' });
    this.sections = new Map();
    this.pictures = new Pictures(this);
    document.getElementById('top').append(el('h1', {}, 'entrec'), this.status, this.switch);
    document.getElementById('main').replaceChildren(this.table.root, this.head, this.key, this.charts, this.pictures.root);
    document.getElementById('foot').append(el('p', {}, 'Drag in a chart to zoom, double-click to see all; in a chart the arrow keys read values, + and − zoom. '), el('p', {}, 'Charts over time are drawn by uPlot, MIT license, © Leon Sorokin.'));
    this.readLink();
    addEventListener('hashchange', () => { this.readLink(); this.chosen(); });
    preferred.addEventListener('change', () => { applyTheme(); this.redraw(); });
    let width = innerWidth;
    addEventListener('resize', () => { if (innerWidth !== width) { width = innerWidth; this.redraw(); } });
    spanWatchers.add(() => this.refine());
  }

  readLink() {
    const q = new URLSearchParams(location.hash.slice(1));
    this.choice = { runs: q.getAll('run'), filter: q.get('filter') || '', sort: q.get('sort') || '', group: q.get('group') || '', fields: q.get('fields') || '' };
  }
  writeLink() {
    const q = new URLSearchParams();
    for (const name of this.choice.runs) q.append('run', name);
    for (const key of ['filter', 'sort', 'group', 'fields']) if (this.choice[key]) q.set(key, this.choice[key]);
    const hash = '#' + q;
    if (hash !== location.hash && (location.hash || hash !== '#')) history.replaceState(null, '', hash);
  }

  // take brings runs in: those known by their names are brought up to date.
  take(list) {
    const known = new Map(this.runs.map(r => [r.name, r]));
    for (const r of list) {
      const old = known.get(r.name);
      r.settings = new Map(r.config || []);
      if (r.method && !r.method.formula) r.method = { ...(data.methods && data.methods[r.method.name]), ...r.method };
      if (old) { if (!r.series) { r.series = old.series; } r.color = old.color; r.configOpen = old.configOpen; Object.assign(old, { notes: null, method: null, config: null, summary: null, plane: null }, r); }
      else this.runs.push(r);
    }
    const count = new Map();
    for (const r of this.runs) count.set(r.base, (count.get(r.base) || 0) + 1);
    for (const r of this.runs) r.short = count.get(r.base) > 1 ? r.name : r.base;
  }

  choose(change) {
    Object.assign(this.choice, change);
    this.writeLink();
    if ('runs' in change) { this.chosen(); return; }
    if ('group' in change) this.show(); else this.table.show();
    if (data.live && 'group' in change) this.fetch(this.drawn().filter(r => !r.series));
  }
  toggle(r, on) { this.choose({ runs: on ? [...new Set([...this.selected.map(s => s.name), r.name])] : this.selected.map(s => s.name).filter(n => n !== r.name) }); }

  // chosen draws what is chosen; without a choice the run that was written last, or in a
  // report all.
  chosen() {
    const by = new Map(this.runs.map(r => [r.name, r]));
    let names = this.choice.runs.filter(n => by.has(n));
    if (!names.length) names = data.live ? [...this.runs].sort((a, b) => (b.state === 'training') - (a.state === 'training') || b.progress.written - a.progress.written).slice(0, 1).map(r => r.name) : this.runs.map(r => r.name);
    this.selected = names.map(n => by.get(n));
    this.selected.forEach((r, i) => { r.color = i; });
    this.show();
    if (data.live) this.fetch(this.drawn());
  }

  // drawn returns the runs that are drawn: the first, or where they are grouped all of the first
  // groups.
  drawn() { return this.grouped ? this.grouped.slice(0, mostDrawn).flatMap(g => g.runs) : this.selected.slice(0, mostDrawn); }

  show() {
    this.switch.textContent = theme() === 'dark' ? 'Light' : 'Dark';
    this.switch.setAttribute('aria-label', `Switch to the ${theme() === 'dark' ? 'light' : 'dark'} theme`);
    this.table.root.hidden = this.runs.length < 2;
    if (!this.table.root.hidden) this.table.show();
    const n = this.runs.filter(r => r.state === 'training').length;
    if (!data.live) this.status.textContent = `report of ${this.runs.length === 1 ? 'a run' : `${this.runs.length} runs`}`;
    else if (!this.away) this.status.textContent = `${this.runs.length} run${this.runs.length === 1 ? '' : 's'}, ${n} in training`;
    const one = this.selected.length === 1 && this.selected[0];
    this.grouped = this.groups();
    document.title = one ? `${one.short} – entrec` : 'entrec';
    if (!this.runs.length) { this.head.replaceChildren(el('p', { class: 'empty' }, data.live ? 'No run is here yet. entrec train begins one, and it will show up by itself.' : 'There is no run in this report.')); this.headIs = undefined; }
    else this.headOf(one);
    this.draw();
    this.pictures.show(one);
  }

  headOf(one) {
    const head = one ? runHead(one) : manyHead(this.selected, this.drawn(), this.grouped), of = one ? one.name : null;
    if (this.headIs === of) renew(this.head.firstChild, head); else this.head.replaceChildren(head);
    this.headIs = of;
    this.key.hidden = Boolean(one);
    const groups = this.grouped && this.grouped.slice(0, mostDrawn);
    this.key.replaceChildren(...(one ? [] : groups ? groups.map((g, i) => el('li', {}, swatch({ color: i }), el('span', { title: g.runs.map(r => r.name).join(', ') }, `${middle(g.title, 60)}: ${g.runs.length} run${g.runs.length === 1 ? '' : 's'}`))) : this.drawn().map(r => el('li', {}, swatch(r), el('span', { title: r.name }, middle(r.short, 44)), r.state === 'ended' ? null : badge(r)))));
  }

  // groups returns the groups of the runs that are chosen, null where each is drawn by itself.
  groups() {
    if (!this.choice.group || this.selected.length < 2) return null;
    const groups = groupsOf(this.selected, this.choice.group);
    return groups.some(g => g.runs.length > 1) ? groups : null;
  }

  draw() {
    const runs = this.drawn().filter(r => r.series), groups = this.grouped && this.grouped.slice(0, mostDrawn).map(g => ({ ...g, runs: g.runs.filter(r => r.series) }));
    const list = runs.length ? chartsOf(runs, groups) : [];
    const empty = runs.length && !list.length ? el('p', { class: 'empty' }, 'No numbers yet: the first line of metrics.jsonl is still to be written.') : null;
    for (const [id, card] of cards) if (!list.some(c => c.id === id)) { card.drop(); cards.delete(id); }
    const sections = [...new Set(list.map(c => c.section))].map(name => {
      if (!this.sections.has(name)) this.sections.set(name, el('section', { 'aria-label': name }, el('h2', {}, name), el('div', { class: 'grid' })));
      const section = this.sections.get(name);
      arrange(section.lastChild, list.filter(c => c.section === name).map(c => {
        if (!cards.has(c.id)) cards.set(c.id, new Card(c.id));
        cards.get(c.id).root.classList.toggle('wide', Boolean(c.wide));
        return cards.get(c.id).root;
      }));
      return section;
    });
    arrange(this.charts, empty ? [empty] : sections);
    for (const c of list) cards.get(c.id).show(c);
  }
  redraw() { for (const c of cards.values()) c.drop(); this.show(); }

  // refine asks for the steps of what is zoomed in, of runs that were thinned.
  refine() {
    if (!data.live) return;
    clearTimeout(this.refining);
    this.refining = setTimeout(() => this.fetch(this.drawn().filter(r => r.series && (r.series.shown < r.series.rows || r.series.part))), 120);
  }

  async fetch(runs) {
    if (!runs.length) return;
    const turn = this.turn = (this.turn || 0) + 1, points = Math.floor(Math.min(mostPoints, pointsOfAll / this.drawn().length));
    this.asking = (this.asking || 0) + 1;
    await Promise.all(runs.map(async r => {
      const q = new URLSearchParams({ name: r.name, points });
      if (span && r.progress.per_epoch) { q.set('from', Math.floor(span[0] * r.progress.per_epoch)); q.set('to', Math.ceil(span[1] * r.progress.per_epoch)); }
      try {
        const answer = await fetch('api/run?' + q);
        if (answer.ok) { const run = await answer.json(); if (turn < (r.turn || 0)) return; r.turn = turn; this.take([run]); const now = this.runs.find(x => x.name === run.name); now.series.part = Boolean(span); }
        else if (answer.status === 404) r.state = 'gone';
      } catch { /* the stream of events says that the server is away */ }
    }));
    this.asking--;
    if (turn === this.turn || !this.asking) this.show();
  }

  // catchUp asks for the numbers of the runs of which there are news, and not for more before
  // these are there.
  async catchUp() {
    if (this.catching) return;
    this.catching = true;
    try {
      while (this.news.size) {
        const changed = this.drawn().filter(r => this.news.has(r.name));
        this.news.clear();
        if (changed.length) await this.fetch(changed); else this.show();
      }
    } finally { this.catching = false; }
  }

  live() {
    const events = new EventSource('api/events');
    events.addEventListener('runs', e => {
      this.away = false;
      const list = JSON.parse(e.data), first = !this.runs.length, before = this.selected.map(r => r.name);
      this.take(list);
      if (first || !before.length) { this.chosen(); return; }
      for (const r of list) this.news.add(r.name);
      this.catchUp();
    });
    events.onerror = () => { this.away = true; this.status.textContent = 'the server is away; what is here stays'; };
    events.onopen = () => { this.away = false; };
    setInterval(() => { const one = this.selected.length === 1 && this.selected[0], p = document.getElementById('progress'); if (one && p && one.state !== 'ended') p.textContent = progressOf(one); }, 1000);
  }
}

const app = new App();
app.take(data.runs || []);
app.chosen();
if (data.live) app.live();
