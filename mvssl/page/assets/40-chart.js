// A chart on the page: a figure with a title that says what good looks like, the picture,
// what stands under the pointer, its data as a table, and buttons to save it.

// span is the part of the runs that all charts over time show, in epochs; null is all.
let span = null;
const spanWatchers = new Set();
function setSpan(next) {
  span = next && next[1] > next[0] ? next : null;
  for (const c of cards.values()) c.follow();
  for (const w of spanWatchers) w();
}

const cards = new Map();

class Card {
  constructor(id) {
    this.id = id;
    this.title = el('h3', { id: `title-${id}` });
    this.good = el('p', { class: 'good' });
    this.unit = el('span', { class: 'unit' });
    this.plot = el('div', { class: 'plot', tabindex: 0, role: 'img', 'aria-labelledby': `title-${id}`, 'aria-describedby': `read-${id}`, onkeydown: e => this.key(e) });
    this.legend = el('ul', { class: 'legend' });
    this.read = el('p', { class: 'read', id: `read-${id}`, 'aria-live': 'polite' });
    this.details = el('details', { ontoggle: () => this.details.open && this.fill() }, el('summary', {}, 'Data'));
    this.root = el('figure', { class: `card card-${id}`, id: `chart-${id}` },
      el('figcaption', {}, this.title, this.good), this.unit, this.plot, this.legend, this.read,
      el('div', { class: 'foot' }, this.details, el('div', { class: 'saves' },
        el('button', { type: 'button', onclick: () => this.saveSVG(), 'aria-label': 'Save as SVG' }, 'SVG'),
        el('button', { type: 'button', onclick: () => this.savePNG(), 'aria-label': 'Save as PNG' }, 'PNG'))));
    // A chart that is not on the screen follows zoom and pan when it comes there.
    this.seen = true;
    new IntersectionObserver(all => { this.seen = all[all.length - 1].isIntersecting; if (this.seen && this.late) this.follow(); }, { rootMargin: '200px' }).observe(this.root);
  }

  // show draws a chart, or the same one with more data.
  show(chart) {
    const same = this.chart && this.chart.lines.length === chart.lines.length && chart.lines.every((l, i) => l.name === this.chart.lines[i].name);
    this.chart = chart;
    this.title.textContent = chart.title;
    this.good.replaceChildren(...code(chart.good));
    this.unit.textContent = chart.overTime ? chart.y.label : '';
    if (chart.overTime) this.overTime(); else this.drawn();
    this.describe();
    if (chart.overTime) this.cursor(this.u); else if (!same) this.read.textContent = '';
    if (this.details.open) this.fill();
  }

  width() { return Math.max(260, this.plot.clientWidth || this.root.clientWidth - 32); }

  // drawn shows a chart as SVG, and what is nearest to the pointer.
  drawn() {
    this.drop();
    const picture = (this.chart.draw || drawSVG)(this.chart, this.width());
    picture.setAttribute('aria-hidden', 'true');
    picture.addEventListener('pointermove', e => this.near(e, picture));
    picture.addEventListener('pointerleave', () => { this.read.textContent = ''; if (this.chart.under) this.chart.under(null); });
    this.plot.replaceChildren(picture);
    this.legendOf(this.chart.unlabeled ? false : labelsOf(this.chart, this.width(), 300).labels.length > 0 || this.chart.lines.length === 1);
  }

  near(e, picture) {
    const box = picture.getBoundingClientRect(), scale = box.width / picture.viewBox.baseVal.width;
    if (this.chart.near) { this.read.textContent = this.chart.near((e.clientX - box.left) / scale, (e.clientY - box.top) / scale, picture.place); return; }
    const px = (e.clientX - box.left) / scale, py = (e.clientY - box.top) / scale, { X, Y } = picture.place;
    let best = null, least = 30 ** 2;
    for (const l of this.chart.lines) for (let i = 0; i < l.xs.length; i++) {
      if (!isNumber(l.xs[i]) || !isNumber(l.ys[i])) continue;
      const d = (X(l.xs[i]) - px) ** 2 + (Y(l.ys[i]) - py) ** 2;
      if (d < least) { least = d; best = [l, i]; }
    }
    if (best) this.at(...best);
  }

  // at tells of a point of a line.
  at(l, i) {
    this.point = [l, i];
    this.read.textContent = this.chart.tell(l, i);
    if (this.chart.under) this.chart.under(l, i);
  }

  // overTime shows a chart by uPlot.
  overTime() {
    const { chart } = this, width = this.width(), height = 210;
    const tables = chart.lines.map(l => [l.xs, l.ys]);
    const aligned = tables.length ? uPlot.join(tables) : [[0], []];
    const look = JSON.stringify([theme(), width, chart.lines.map(l => [l.name, l.color, l.dash, l.faint, l.points && l.xs.length < 60, l.label]), (chart.levels || []).length]);
    this.tags = labelsOf(chart, width, height - 40);
    this.legendOf(this.tags.labels.length > 0 && chart.lines.length <= 1 + this.tags.labels.length);
    if (this.u && this.look === look) {
      this.quiet = true;
      this.u.setData(aligned, false);
      this.u.setScale('x', this.range());
      this.quiet = false;
      return;
    }
    this.drop();
    this.look = look;
    const c = ink(), axis = { stroke: c.soft, font: `12px ${font}`, grid: { stroke: c.grid, width: 1 }, ticks: { stroke: c.axis, width: 1, size: 4 }, gap: 4 };
    this.u = new uPlot({
      width, height, padding: [10, this.tags.room, 0, 2], legend: { show: false },
      scales: { x: { time: false, range: (u, lo, hi) => this.limits(lo, hi) }, y: { range: (u, lo, hi) => this.vertical(lo, hi) } },
      axes: [
        { ...axis, size: 30, space: 60, grid: { show: false }, values: (u, vs) => vs.map(v => tickText(v, vs)) },
        { ...axis, size: (u, vs) => 12 + Math.max(24, ...(vs || []).map(v => textWidth(v))), values: (u, vs) => vs.map(v => tickText(v, vs)) },
      ],
      cursor: { drag: { x: true, y: false }, points: { size: 7 }, sync: { key: 'epochs', filters: { pub: type => type === 'mousemove' || type === 'mouseleave' } }, bind: { dblclick: () => () => { setSpan(null); } } },
      series: [{}].concat(chart.lines.map(l => ({
        label: l.name, stroke: l.color, width: l.faint ? 1 : 2, alpha: l.faint ? 0.4 : 1, dash: l.dash && l.dash.length ? l.dash : undefined,
        points: { show: Boolean(l.points && l.xs.length < 60), size: 6, fill: l.color },
      }))),
      hooks: {
        drawClear: [u => this.behind(u)], draw: [u => this.before(u)], setCursor: [u => this.cursor(u)],
        setSelect: [u => { if (u.select.width > 4) setSpan([u.posToVal(u.select.left, 'x'), u.posToVal(u.select.left + u.select.width, 'x')]); u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false); }],
      },
    }, aligned, this.plot);
    this.plot.onwheel = e => this.wheel(e);
    if (span) this.follow();
  }

  limits(lo, hi) {
    if (span) return span;
    const top = this.chart.last || hi || 1;
    return [Math.min(0, lo || 0), Math.max(top, lo + 1e-9)];
  }
  range() { const [min, max] = this.limits(0, 0); return { min, max }; }
  vertical(lo, hi) {
    const values = (this.chart.levels || []).map(l => l.y).filter(isNumber);
    for (const l of this.chart.lines) if (l.band) l.xs.forEach((x, i) => { if (!span || x >= span[0] && x <= span[1]) values.push(l.band[0][i], l.band[1][i]); });
    if (isNumber(lo)) values.push(lo);
    if (isNumber(hi)) values.push(hi);
    return pad(bounds(values), 0.06);
  }
  follow() {
    this.late = !this.seen;
    if (this.u && !this.quiet && this.seen) this.u.setScale('x', this.range());
  }

  // behind draws levels and warnings under the lines, before the labels at their ends.
  behind(u) {
    const g = u.ctx, ratio = uPlot.pxRatio, c = ink(), { left, top, width, height } = u.bbox;
    g.save();
    g.beginPath(); g.rect(left, top, width, height); g.clip();
    for (const l of this.chart.lines) for (const part of bandParts(l)) {
      g.fillStyle = l.color; g.globalAlpha = bandAlpha;
      g.beginPath();
      for (const [x, y] of part) g.lineTo(u.valToPos(x, 'x', true), u.valToPos(y, 'y', true));
      g.fill();
      g.globalAlpha = 1;
    }
    g.lineWidth = 1.2 * ratio;
    for (const l of this.chart.levels || []) {
      const y = u.valToPos(l.y, 'y', true);
      g.strokeStyle = l.color; g.setLineDash(l.dash.map(d => d * ratio));
      g.beginPath(); g.moveTo(left, y); g.lineTo(left + width, y); g.stroke();
    }
    g.setLineDash([ratio, 3 * ratio]); g.strokeStyle = c.warn;
    for (const m of this.chart.marks || []) {
      const x = u.valToPos(m.x, 'x', true);
      g.beginPath(); g.moveTo(x, top); g.lineTo(x, top + height); g.stroke();
      g.fillStyle = c.warn; g.beginPath(); g.moveTo(x, top); g.lineTo(x - 4 * ratio, top - 7 * ratio); g.lineTo(x + 4 * ratio, top - 7 * ratio); g.fill();
    }
    g.restore();
  }
  before(u) {
    const { labels } = this.tags;
    if (!labels.length) return;
    const g = u.ctx, ratio = uPlot.pxRatio, { left, top, width, height } = u.bbox;
    g.save();
    g.font = `${12 * ratio}px ${font}`; g.textBaseline = 'middle'; g.textAlign = 'left';
    spread(labels.map(l => u.valToPos(l.y, 'y', true)), 15 * ratio, top, top + height).forEach((y, i) => {
      g.fillStyle = labels[i].color;
      g.fillText(labels[i].text, left + width + 8 * ratio, y);
    });
    g.restore();
  }

  cursor(u) {
    const at = u.cursor.idx;
    if (at == null) { this.read.textContent = ''; return; }
    const x = u.data[0][at], parts = [];
    this.chart.lines.forEach((l, i) => {
      if (l.faint && this.chart.lines.length > 8) return;
      let best = null; // the nearest value of this line, whose points may lie elsewhere
      for (let d = 0; d < 400 && best === null; d++) for (const j of [at - d, at + d]) if (isNumber(u.data[i + 1][j])) { best = u.data[i + 1][j]; break; }
      if (best !== null) parts.push(`${l.name} ${this.chart.write(best)}`);
    });
    this.read.textContent = `epoch ${epochText(x)}: ${parts.slice(0, 8).join(' · ')}${parts.length > 8 ? ' …' : ''}`;
  }

  wheel(e) {
    const sideways = Math.abs(e.deltaX) > Math.abs(e.deltaY) ? e.deltaX : e.shiftKey ? e.deltaY : 0;
    if (!sideways && !e.ctrlKey) return;
    e.preventDefault();
    const box = this.u.over.getBoundingClientRect(), at = (e.clientX - box.left) / box.width;
    if (sideways) this.move(sideways / box.width); else this.zoom(e.deltaY > 0 ? 1.2 : 1 / 1.2, at);
  }
  move(part) {
    const { min, max } = this.u.scales.x, last = this.chart.last || max, by = Math.max(-min, Math.min(part * (max - min), last - max));
    if (span) setSpan([min + by, max + by]);
  }
  zoom(factor, at = 0.5) {
    const { min, max } = this.u.scales.x, last = this.chart.last || max, middle = min + at * (max - min);
    const lo = Math.max(0, middle - (middle - min) * factor), hi = Math.min(last, middle + (max - middle) * factor);
    setSpan(lo <= 0 && hi >= last ? null : [lo, hi]);
  }
  key(e) {
    if (this.chart.walk && (e.key === 'ArrowRight' || e.key === 'ArrowLeft')) { e.preventDefault(); this.walk(e.key === 'ArrowRight' ? 1 : -1); return; }
    if (!this.u || e.ctrlKey || e.metaKey || e.altKey) return;
    const u = this.u, step = d => { const at = Math.max(0, Math.min(u.data[0].length - 1, (u.cursor.idx ?? (d > 0 ? -1 : u.data[0].length)) + d)); u.setCursor({ left: u.valToPos(u.data[0][at], 'x'), top: 10 }); };
    const does = { ArrowRight: () => e.shiftKey ? this.move(0.2) : step(1), ArrowLeft: () => e.shiftKey ? this.move(-0.2) : step(-1), '+': () => this.zoom(0.5), '=': () => this.zoom(0.5), '-': () => this.zoom(2), 0: () => setSpan(null), Escape: () => setSpan(null) }[e.key];
    if (does) { e.preventDefault(); does(); }
  }

  // walk goes from point to point, from line to line.
  walk(by) {
    const all = this.chart.lines.flatMap(l => l.xs.map((_, i) => [l, i]));
    const now = this.point ? all.findIndex(([l, i]) => l.name === this.point[0].name && i === this.point[1]) : by > 0 ? -1 : 0;
    if (all.length) this.at(...all[(now + by + all.length) % all.length]);
  }

  // describe says in words what the chart shows.
  describe() {
    if (this.chart.says) { this.plot.setAttribute('aria-label', this.chart.says); this.plot.removeAttribute('aria-labelledby'); return; }
    const words = this.chart.lines.filter(l => !l.faint).slice(0, 6).map(l => {
      const ys = l.ys.filter(isNumber);
      return ys.length ? `${l.name}: from ${this.chart.write(ys[0])} to ${this.chart.write(ys[ys.length - 1])}` : `${l.name}: no numbers`;
    });
    this.plot.setAttribute('aria-label', `${this.chart.title}. ${words.join('; ')}${this.chart.lines.length > 6 ? '; and more' : ''}. Arrow keys read values, plus and minus zoom, 0 shows all.`);
    this.plot.removeAttribute('aria-labelledby');
  }

  legendOf(labeled) {
    const entries = labeled || this.chart.many ? [] : this.chart.lines.filter(l => l.name && !l.faint);
    const item = (l, words) => el('li', {}, l.dots ? svg('svg', { width: 12, height: 12, 'aria-hidden': 'true' }, mark(l.mark, 6, 6, 4, { fill: l.color })) : svg('svg', { width: 22, height: 10, 'aria-hidden': 'true' }, svg('line', { x1: 0, x2: 22, y1: 5, y2: 5, stroke: l.color, 'stroke-width': l.thin ? 1.2 : 2.5, 'stroke-dasharray': (l.dash || []).join(' ') })), words);
    const levels = labelsOf(this.chart, this.width(), 170).labels.length ? [] : (this.chart.levels || []).filter(l => l.name).map(l => item({ ...l, thin: true }, l.name));
    this.legend.replaceChildren(...entries.slice(0, 32).map(l => item(l, middle(l.name, 40))), ...(entries.length > 32 ? [el('li', {}, `and ${entries.length - 32} more`)] : []), ...levels, ...(this.chart.notes || []).map(n => el('li', { class: 'note' }, n)));
  }

  // rows returns the chart's data: a head, and a row for each x.
  rows() {
    if (this.chart.rows) return this.chart.rows();
    const { x } = this.chart, at = new Map();
    const lines = this.chart.lines.flatMap(l => l.band ? [l, { ...l, name: `${l.name}, least`, ys: l.band[0] }, { ...l, name: `${l.name}, most`, ys: l.band[1] }] : [l]);
    lines.forEach((l, i) => l.xs.forEach((v, k) => {
      const key = this.chart.plane ? `${l.name}/${l.epochs[k]}` : v;
      if (!at.has(key)) at.set(key, this.chart.plane ? [l.name, l.epochs[k], v, l.ys[k]] : [v, ...lines.map(() => null)]);
      if (!this.chart.plane) at.get(key)[i + 1] = l.ys[k];
    }));
    const body = [...at.values()];
    if (!this.chart.plane) body.sort((a, b) => a[0] - b[0]);
    return [this.chart.plane ? ['run', 'epoch', x.label, this.chart.y.label] : [x.label, ...lines.map(l => l.name)], body];
  }

  // fill shows the data. The table and the button stay when there are more of them.
  fill() {
    const [head, body] = this.rows(), most = 200, shown = body.slice(0, most);
    if (!this.data) {
      const csv = () => { const [head, body] = this.rows(); save(`${fileName(this.chart.title)}.csv`, 'text/csv', [head, ...body].map(r => r.map(csvCell).join(',')).join('\n') + '\n'); };
      this.data = { scroll: el('div', { class: 'scroll', tabindex: 0, role: 'region' }), head: el('thead'), body: el('tbody'), more: el('span') };
      this.data.scroll.append(el('table', {}, this.data.head, this.data.body));
      this.details.append(this.data.scroll, el('p', {}, this.data.more, el('button', { type: 'button', onclick: csv }, 'Save as CSV')));
    }
    this.data.scroll.setAttribute('aria-label', `Data of ${this.chart.title}`);
    this.data.more.textContent = body.length > most ? `${body.length - most} more rows are in the file. ` : '';
    const text = JSON.stringify([head, shown]);
    if (text === this.data.text) return;
    this.data.text = text;
    const cell = v => el('td', {}, typeof v === 'string' ? v : v == null ? '' : isNumber(v) ? num(v) : String(v));
    this.data.head.replaceChildren(el('tr', {}, head.map(h => el('th', { scope: 'col' }, h))));
    this.data.body.replaceChildren(...shown.map(r => el('tr', {}, r.map(cell))));
  }

  exported() {
    const picture = (this.chart.draw || drawSVG)(this.chart, 760, true);
    picture.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
    return new XMLSerializer().serializeToString(picture);
  }
  saveSVG() { save(`${fileName(this.chart.title)}.svg`, 'image/svg+xml', this.exported()); }
  savePNG() {
    const image = new Image(), url = URL.createObjectURL(new Blob([this.exported()], { type: 'image/svg+xml' }));
    image.onload = () => {
      const canvas = el('canvas', { width: image.width * 2, height: image.height * 2 });
      canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
      URL.revokeObjectURL(url);
      canvas.toBlob(blob => save(`${fileName(this.chart.title)}.png`, 'image/png', blob));
    };
    image.src = url;
  }

  drop() {
    if (this.u) this.u.destroy();
    this.u = this.look = null;
    this.plot.replaceChildren();
  }
}
