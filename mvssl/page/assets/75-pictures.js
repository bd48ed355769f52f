// What there is to see of a run's images: views, neighbors, a map, similarities, confusion,
// clusters. They come as atlases, many small images in one, and places in them.

const atlases = new WeakMap();
function loaded(atlas) {
  if (!atlases.has(atlas)) atlases.set(atlas, new Promise(done => { const image = new Image(); image.onload = () => done(image); image.src = atlas.source; }));
  return atlases.get(atlas);
}

// thumb shows an image of an atlas in a box of so many pixels: a small one enlarged by a
// whole factor.
function thumb(atlas, i, box, words) {
  const [w, h] = atlas.sizes.length === 1 ? atlas.sizes[0] : atlas.sizes[i] || [1, 1], longer = Math.max(w, h, 1);
  const factor = longer <= box ? Math.max(1, Math.floor(box / longer)) : box / longer;
  const canvas = el('canvas', { width: w, height: h, role: 'img', 'aria-label': words, title: words, class: factor > 1 ? 'thumb whole' : 'thumb' });
  canvas.style.width = `${Math.round(w * factor)}px`;
  canvas.style.height = `${Math.round(h * factor)}px`;
  loaded(atlas).then(image => canvas.getContext('2d').drawImage(image, (i % atlas.columns) * atlas.cell, Math.floor(i / atlas.columns) * atlas.cell, w, h, 0, 0, w, h));
  return canvas;
}

const shownBox = 64;
const cellOf = (picture, words, wrong) => el('li', {}, el('span', { class: 'box' }, picture), el('span', { class: wrong ? 'wrong' : 'soft' }, words));
const strip = (label, items) => el('ul', { class: 'strip', 'aria-label': label }, items);

// A section of the pictures that is not a chart.
const sheetCard = (id, title, good, ...body) => el('figure', { class: 'card wide sheet', id: `picture-${id}` }, el('figcaption', {}, el('h3', {}, title), el('p', { class: 'good' }, code(good))), body);
const lineOf = (id, title, why) => el('p', { class: 'soft missing', id: `missing-${id}` }, el('b', {}, title), ': ', why, '.');

class Pictures {
  constructor(app) {
    this.app = app;
    this.cards = new Map();
    this.body = el('div', { id: 'pictures-body' });
    this.root = el('section', { id: 'pictures', 'aria-labelledby': 'pictures-title' }, el('h2', { id: 'pictures-title', tabindex: -1 }, 'Pictures'), this.body);
  }

  // show shows what there is of a run by itself.
  show(one) {
    this.root.hidden = !this.app.runs.length;
    if (!one) { this.run = null; this.fill([el('p', { class: 'soft' }, 'Pictures are shown of one run by itself: choose one in the table.')]); return; }
    const changed = !this.run || this.run.name !== one.name || this.state !== one.state;
    if (!this.run || this.run.name !== one.name) { this.pictures = data.live ? null : one.pictures; this.before = this.after = null; this.body.replaceChildren(); this.drawnAs = null; }
    this.run = one; this.state = one.state;
    if (!data.live) { this.draw(); return; }
    if (changed) this.ask(false);
    else if (this.pictures) this.draw();
  }

  // ask asks the server for the pictures, and to make them where that is wanted.
  async ask(make) {
    const run = this.run, turn = this.turn = (this.turn || 0) + 1;
    clearTimeout(this.timer);
    const q = new URLSearchParams({ name: run.name });
    if (make) q.set('make', '1');
    let answer = null;
    try { const r = await fetch('api/pictures?' + q); if (r.ok) answer = await r.json(); } catch { /* said below */ }
    if (turn !== this.turn || this.run !== run) return;
    if (!answer) this.tell('The server did not answer. ', true);
    else if (answer.state === 'making') { this.tell(`They are being made: ${answer.what || 'waiting'}${answer.total ? ` ${answer.done} of ${answer.total}` : ''} …`, false); this.timer = setTimeout(() => this.ask(false), 700); }
    else if (answer.state === 'ready') { this.pictures = answer.pictures; this.note = null; this.draw(true); }
    else this.tell(run.state === 'training' ? 'They are made of the last checkpoint, in some seconds to minutes, by the processor that trains. ' : 'They are made of the checkpoint, in some seconds to minutes, and kept in the cache folder. ', true);
  }

  tell(words, button) {
    const again = this.pictures ? 'Make them of the last checkpoint' : 'Make the pictures';
    this.note = el('p', { class: 'soft', role: 'status' }, words, button ? this.button(again) : null);
    if (this.pictures) this.draw(true); else this.fill([this.note]);
  }

  button(words) { return el('button', { type: 'button', id: 'make-pictures', onclick: () => this.ask(true) }, words); }
  fill(kids) { this.drop(); this.body.replaceChildren(...kids); }
  drop() { for (const c of this.cards.values()) c.drop(); this.cards.clear(); this.drawnAs = null; }

  draw(anew) {
    const p = this.pictures, as = JSON.stringify([theme(), innerWidth, this.run.name, this.before, this.after]);
    if (!anew && this.drawnAs === as) return;
    if (!p) { this.fill([el('p', { class: 'soft' }, 'This report was written without them.')]); return; }
    const missing = p.missing || {};
    if (missing.all) { this.fill([el('p', { class: 'soft missing' }, `There are none: ${missing.all}. `, data.live ? this.button('Try again') : null)]); return; }
    const focus = document.activeElement && document.activeElement.id, open = new Set([...this.body.querySelectorAll('details[open]')].map(d => d.closest('figure').id));
    const stages = p.stages || [], names = stages.map(s => s.name);
    if (!names.includes(this.after)) this.after = names[names.length - 1];
    if (!names.includes(this.before)) this.before = names[0];
    const before = stages.find(s => s.name === this.before), after = stages.find(s => s.name === this.after);
    const pair = before && before !== after ? [before, after] : after ? [after] : [];
    this.drop();
    const grid = el('div', { class: 'grid' }, this.views(p), this.neighbors(p, pair));
    const charts = [...this.maps(p, pair), ...this.similarities(p), ...this.confusions(p, pair)], two = el('div', { class: 'grid two' });
    for (const c of charts) {
      const card = new Card(c.id);
      this.cards.set(c.id, card);
      if (c.beside) card.root.insertBefore(c.beside, card.read);
      two.append(card.root);
    }
    grid.append(two);
    const clusters = this.clusters(p);
    if (clusters) grid.append(clusters);
    this.body.replaceChildren(this.head(p, names), this.note || '', ...this.lacking(p), grid);
    for (const c of charts) {
      const card = this.cards.get(c.id);
      card.show(c);
      if (open.has(`chart-${c.id}`)) card.details.open = true;
    }
    this.drawnAs = JSON.stringify([theme(), innerWidth, this.run.name, this.before, this.after]);
    if (focus && document.activeElement === document.body) document.getElementById(focus)?.focus();
  }

  // lacking says what could not be made, a line each.
  lacking(p) {
    const titles = { views: 'Views', stages: 'Encoders', untrained: 'The encoder before training', points: 'Map', similarities: 'Similarities', confusion: 'Confusion' };
    return Object.entries(p.missing || {}).map(([id, why]) => lineOf(id.replace(/\W+/g, '-'), titles[id] || id, why));
  }

  head(p, names) {
    const choice = (id, label, value) => el('label', { class: 'choice' }, label, el('select', { id, onchange: e => { this[id === 'before' ? 'before' : 'after'] = e.target.value; this.draw(true); } }, names.map(n => el('option', { value: n, selected: n === value }, n))));
    const of = p.step ? `Of the checkpoint at step ${p.step.toLocaleString('en')}, epoch ${epochText(p.epoch)}. ` : '';
    const asked = p.bank ? `Neighbors are searched among ${p.bank.toLocaleString('en')} training images, for ${p.queries.toLocaleString('en')} ${p.part} images, a fixed choice. ` : '';
    return el('div', { class: 'bar picture-bar' }, el('p', { class: 'soft' }, `${of}${asked}Views and the untrained encoder are drawn from seed ${p.seed}.`), data.live && this.run.state === 'training' && !this.note ? this.button('Make them anew') : null, names.length > 2 ? [choice('before', 'Before', this.before), choice('after', 'After', this.after)] : null);
  }

  className(p, label) { return p.classes && p.classes[label] != null ? p.classes[label] : label == null ? '' : `class ${label}`; }

  views(p) {
    const v = p.views;
    if (!v) return null;
    const per = v.each + 1;
    const row = (name, k) => {
      const words = v.labels ? this.className(p, v.labels[k]) : name;
      return strip(v.labels ? `${name}, ${words}, and its views` : `${name} and its views`, Array.from({ length: per }, (_, i) => cellOf(thumb(v.atlas, k * per + i, shownBox, i ? `view ${i} of ${name}, ${words}` : `${name}, ${words}`), i ? `view ${i}` : middle(words, 12))));
    };
    const card = sheetCard('views', 'Images and their views', `What training sees: the image, then its ${v.all} views${v.all > v.each ? `, the first ${v.each} of them,` : ''} as in the first epoch. What the image is should be seen in each.`, el('div', { class: 'rows' }, v.images.map(row)));
    card.querySelector('.rows').style.gridTemplateColumns = `repeat(auto-fill, minmax(min(100%, ${80 * per + 24}px), 1fr))`;
    return card;
  }

  neighbors(p, pair) {
    if (!p.images || !(p.shown || []).length || !pair.length) return null;
    const tiles = (stage, k, query) => strip(`${stage.name}: nearest to image ${k + 1}, ${this.className(p, query.label)}`, ((stage.neighbors || [])[k] || []).map(t => {
      const name = t.label == null ? '' : this.className(p, t.label), wrong = t.label != null && query.label != null && t.label !== query.label;
      const words = [name, wrong ? 'another class' : '', `distance ${num(t.value)}`].filter(Boolean).join(', ');
      return cellOf(thumb(p.images, t.at, shownBox, words), wrong ? `✗ ${middle(name, 10)}` : name ? middle(name, 12) : num(t.value), wrong);
    }));
    const rows = p.shown.map((query, k) => el('div', { class: 'query' },
      el('div', { class: 'asked' }, strip('asked', [cellOf(thumb(p.images, query.at, shownBox, `${query.image}, ${this.className(p, query.label)}`), query.label == null ? `image ${k + 1}` : middle(this.className(p, query.label), 12))])),
      pair.map(stage => el('div', { class: 'found' }, el('span', { class: 'soft stage' }, stage.name), tiles(stage, k, query)))));
    return sheetCard('neighbors', 'Nearest neighbors', `Training images whose features are nearest, ${pair.map(s => `\`${s.name}\``).join(' and ')}: by color and pose before, by what they show after. ${p.classes ? '✗ is another class.' : ''}`, rows);
  }

  similarities(p) {
    const all = p.similarities || [];
    if (!all.length) return [];
    const cells = all[0].positives.length, xs = Array.from({ length: cells }, (_, i) => -1 + (2 * i + 1) / cells);
    const line = (s, what, k, color) => ({ name: `${what}, ${s.name}`, label: all.length > 1 && s.name !== 'now' ? '' : what, color, dash: s.name === 'now' || all.length === 1 ? [] : [2, 3], faint: false, xs, ys: s[k].map(v => 100 * v) });
    const lines = all.flatMap(s => [line(s, 'two views of an image', 'positives', colorOf(0)), line(s, 'different images', 'negatives', colorOf(1))]);
    for (const l of lines) l.label = '';
    const last = all[all.length - 1];
    return [{ id: 'similarities', unlabeled: true, title: 'Similarities of projections', good: 'Two humps apart: views of one image near 1, those of different images near 0 and spread. One hump at 1 is collapse.', x: { label: 'cosine', range: [-1, 1] }, y: { label: '% of pairs' }, lines, notes: [`of ${last.images} ${p.part} images; means ${all.map(s => `${s.name} ${num(s.positive)} and ${num(s.negative)}`).join(', ')}`], says: `Histogram of the cosines of projections. Means of two views of an image and of different images: ${all.map(s => `${s.name} ${num(s.positive)} and ${num(s.negative)}`).join('; ')}.`, write: v => `${num(v)} %`, tell: (l, i) => `${l.name}: ${num(l.ys[i])} % of pairs near ${num(l.xs[i])}` }];
  }

  maps(p, pair) {
    if (!p.points) return [];
    return pair.filter(s => s.map).map(stage => {
      const m = stage.map, by = new Map();
      m.x.forEach((x, i) => { const c = p.labels ? p.labels[i] : -1; if (!by.has(c)) by.set(c, []); by.get(c).push(i); });
      const id = `map-${pair.indexOf(stage)}`, preview = el('div', { class: 'preview', 'aria-hidden': 'true' });
      const lines = [...by.keys()].sort((a, b) => a - b).map(c => ({ name: c < 0 ? 'images' : this.className(p, c), color: colorOf(Math.max(c, 0)), mark: Math.floor(Math.max(c, 0) / palettes.light.length) % 4, dots: true, dash: [], of: by.get(c), xs: by.get(c).map(i => m.x[i] / 1000), ys: by.get(c).map(i => m.y[i] / 1000) }));
      return {
        id, square: true, walk: true, unlabeled: true, beside: preview, title: `Map of embeddings, ${stage.name}`, good: 'Images of a class come to lie together. Two directions of many: what overlaps here may be apart.',
        x: { label: `first principal direction, ${percent(m.shares[0])} % of the variance` }, y: { label: `second, ${percent(m.shares[1])} %` }, lines,
        notes: [`${m.x.length} ${p.part} images by PCA, nothing drawn by chance; point at one to see it`],
        under: (l, i) => preview.replaceChildren(l ? thumb(p.points, l.of[i], shownBox, l.name) : ''),
        says: `Map of the embeddings of ${m.x.length} ${p.part} images, ${stage.name}, by their two principal directions. The left and right arrow keys go from image to image.`,
        write: v => num(v), tell: (l, i) => `${l.name}, ${p.part} image ${l.of[i] + 1} of the choice`,
        rows: () => [['image', 'class', 'first direction', 'second direction'], m.x.map((x, i) => [String(i + 1), p.labels ? this.className(p, p.labels[i]) : '', x / 1000, m.y[i] / 1000])],
      };
    });
  }

  confusions(p, pair) {
    const stage = [...pair].reverse().find(s => s.confusion), earlier = pair.find(s => s !== stage && isNumber(s.accuracy));
    if (!stage) return [];
    const names = p.classes || [], n = Math.max(names.length, ...stage.confusion.map(t => Math.max(t[0], t[1]) + 1));
    const total = Array(n).fill(0);
    for (const [a, , k] of stage.confusion) total[a] += k;
    const name = c => this.className(p, c), worst = stage.confusion.filter(t => t[0] !== t[1]).sort((a, b) => b[2] - a[2]).slice(0, 3);
    const worstText = worst.map(([a, b, k]) => `${name(a)} for ${name(b)} ${k} of ${total[a]}`).join('; ');
    return [{
      id: 'confusion', title: `Confusion of nearest neighbors, ${stage.name}`, good: `The diagonal is right: ${percent(stage.accuracy)} % of all${earlier ? `, ${percent(earlier.accuracy)} % ${earlier.name}` : ''}.`, unlabeled: true,
      x: { label: 'taken for' }, y: { label: 'class' }, lines: [], n, total, cells: stage.confusion, name, draw: drawConfusion, write: num, notes: worst.length ? [`most often taken: ${worstText}`] : [],
      says: `Confusion matrix of ${n} classes: ${percent(stage.accuracy)} % are right.${worst.length ? ` Most often taken: ${worstText}.` : ''}`,
      near: (x, y, place) => { const a = Math.floor((y - place.top) / place.side), b = Math.floor((x - place.left) / place.side); if (a < 0 || b < 0 || a >= n || b >= n) return ''; const t = stage.confusion.find(t => t[0] === a && t[1] === b); return `${name(a)} taken for ${name(b)}: ${t ? t[2] : 0} of ${total[a]}`; },
      rows: () => [['class', 'taken for', 'images', 'of'], [...stage.confusion].sort((a, b) => b[2] - a[2]).map(([a, b, k]) => [name(a), name(b), k, total[a]])],
    }];
  }

  clusters(p) {
    const c = p.clusters;
    if (!c || !p.images) return null;
    const rows = c.shown.map(one => {
      const label = `cluster ${one.index + 1}, ${one.size} images`;
      return el('div', { class: 'query' }, el('div', { class: 'asked cluster' }, el('b', {}, `${one.index + 1}`), el('span', { class: 'soft' }, `${one.size} image${one.size === 1 ? '' : 's'}`)),
        el('div', { class: 'found' }, strip(label, one.members.map(t => cellOf(thumb(p.images, t.at, shownBox, [t.label == null ? t.image : this.className(p, t.label), `probability ${num(t.value)}`].join(', ')), t.label == null ? num(t.value) : middle(this.className(p, t.label), 12))))));
    });
    return sheetCard('clusters', 'Clusters and their members', `The largest of ${c.all.toLocaleString('en')} classes of W, of which ${c.used.toLocaleString('en')} have some of ${c.images.toLocaleString('en')} training images; the members that are most certainly in each. One for all is collapse.`, rows);
  }
}

// drawConfusion draws a matrix whose rows are classes and whose columns are what they were
// taken for, with a title where it is a file of its own.
function drawConfusion(chart, width, head) {
  const c = ink(), n = Math.max(1, chart.n), named = n <= 30, top = head ? 66 : 24;
  const words = i => middle(chart.name(i), 14), most = named ? Math.max(0, ...Array.from({ length: n }, (_, i) => textWidth(words(i), 11))) : 0;
  const left = 12 + (named ? Math.min(most, 0.3 * width) + 6 : 0), room = Math.min(width - left - 12, 460), side = room / n;
  const below = named ? Math.min(most, 90) * 0.75 + 26 : 26, height = top + side * n + below;
  const root = svg('svg', { viewBox: `0 0 ${width} ${height}`, width, height, 'font-family': font, 'font-size': 11, fill: c.soft, role: 'img', 'aria-label': chart.title });
  if (head) root.append(svg('rect', { width, height, fill: c.paper }), svg('text', { x: 12, y: 24, 'font-size': 15, 'font-weight': 600, fill: c.ink }, chart.title), svg('text', { x: 12, y: 42, 'font-size': 12 }, clipTo(chart.good, width - 24)));
  root.append(svg('text', { x: 12, y: top - 9, 'font-size': 12 }, 'class, down; taken for, across; % of the class'), svg('rect', { x: left, y: top, width: side * n, height: side * n, fill: 'none', stroke: c.axis }));
  for (const [a, b, k] of chart.cells) {
    const share = k / Math.max(1, chart.total[a]), x = left + b * side, y = top + a * side;
    root.append(svg('rect', { x: x + 0.5, y: y + 0.5, width: Math.max(0.8, side - 1), height: Math.max(0.8, side - 1), fill: colorOf(a === b ? 0 : 1), 'fill-opacity': (0.08 + 0.92 * share).toFixed(3) }, svg('title', {}, `${chart.name(a)} taken for ${chart.name(b)}: ${k} of ${chart.total[a]}`)));
    if (side >= 26) root.append(svg('text', { x: x + side / 2, y: y + side / 2 + 4, 'text-anchor': 'middle', fill: share > 0.55 ? c.paper : c.ink, 'pointer-events': 'none' }, String(Math.round(100 * share))));
  }
  if (named) for (let i = 0; i < n; i++) {
    if (side < 9) break;
    root.append(svg('text', { x: left - 6, y: top + (i + 0.5) * side + 4, 'text-anchor': 'end' }, textWidth(words(i), 11) <= left - 14 ? words(i) : clipTo(words(i), left - 14)));
    const x = left + (i + 0.5) * side, y = top + n * side + 12;
    root.append(svg('text', { x, y, 'text-anchor': 'end', transform: `rotate(-45 ${x.toFixed(1)} ${y.toFixed(1)})` }, words(i)));
  }
  root.place = { left, top, side };
  return root;
}
