// A chart drawn as SVG: those that are not over time, and every one that is exported.
//
// A chart is { title, good, x: {label, log, range}, y: {label, log}, lines, levels, marks, plane }:
//   lines   {name, color, dash, xs, ys, points, faint, bold, label}; null is a gap
//   levels  {y, name, color, dash}: horizontal lines
//   marks   {x, text}: warnings
//   square  one unit is as long on both axes, which have no numbers
//   plane   {most}: lines of equal x + y, and the corner of collapse

// ticksOf returns about n round numbers in lo … hi.
function ticksOf(lo, hi, n) {
  const span = hi - lo;
  if (!(span > 0) || !isFinite(span)) return [lo];
  const power = 10 ** Math.floor(Math.log10(span / n));
  const step = [1, 2, 5, 10].map(f => f * power).find(s => span / s <= n + 0.01) || 10 * power;
  const out = [];
  for (let i = Math.ceil(lo / step - 1e-9); i * step <= hi + 1e-9 * span && out.length < 50; i++) out.push(i * step);
  return out;
}
// tickText writes a tick's value with as many digits as its step has, so that no two ticks
// read alike.
function tickText(v, ticks) {
  const step = ticks.length > 1 ? Math.abs(ticks[1] - ticks[0]) : Math.abs(v) || 1;
  if (Math.abs(v) < step / 1e6) v = 0;
  let digits = 0; // after the point, of which the step is a whole number
  const whole = s => Math.round(s) >= 1 && Math.abs(s - Math.round(s)) <= 1e-3 * s;
  while (digits < 20 && !whole(step * 10 ** digits)) digits++;
  if (Math.abs(v) < 1e6 && step >= 1e-5) return minus(v.toFixed(digits));
  const before = v === 0 ? 0 : Math.floor(Math.log10(Math.abs(v)));
  return minus(Number(v.toExponential(Math.max(0, Math.min(15, before + digits)))).toExponential().replace('e+', 'e'));
}

// spread moves places apart so that no two are nearer than gap, within lo … hi.
function spread(places, gap, lo, hi) {
  const order = places.map((y, i) => ({ y, i })).sort((a, b) => a.y - b.y);
  order.forEach((p, k) => { p.y = Math.max(p.y, k ? order[k - 1].y + gap : lo); });
  for (let k = order.length - 1; k >= 0; k--) order[k].y = Math.min(order[k].y, k === order.length - 1 ? hi : order[k + 1].y - gap);
  const out = [];
  for (const p of order) out[p.i] = p.y;
  return out;
}

// labelsOf returns what stands at the right end of lines and levels: {text, color, y}, in
// room of at most share of the width, which names of runs are shortened to. There are none
// where they would not fit.
function labelsOf(chart, width, height, share = 0.34) {
  const labels = [], most = share * width - 16;
  for (const l of chart.lines) {
    if (!l.label) continue;
    let at = l.ys.length - 1;
    while (at >= 0 && !isNumber(l.ys[at])) at--;
    if (at >= 0) labels.push({ text: l.label, color: l.color, y: l.ys[at], run: l.run });
  }
  for (const l of chart.levels || []) if (l.name) labels.push({ text: l.name, color: l.color, y: l.y });
  for (const l of labels) for (let n = l.text.length; l.run && n > 8 && textWidth(l.text) > most; n--) l.text = middle(l.text, n);
  const widest = Math.max(0, ...labels.map(l => textWidth(l.text)));
  return labels.length * 15 > height || widest > most ? { labels: [], room: 14 } : { labels, room: labels.length ? widest + 16 : 14 };
}

function bounds(values, log) {
  let lo = Infinity, hi = -Infinity;
  for (const v of values) if (isNumber(v) && (!log || v > 0)) { if (v < lo) lo = v; if (v > hi) hi = v; }
  if (lo > hi) return log ? [0.1, 1] : [0, 1];
  if (log) return lo === hi ? [lo / 2, hi * 2] : [lo, hi];
  if (hi - lo <= 1e-9 * Math.max(Math.abs(lo), Math.abs(hi))) { const by = Math.abs(lo) / 10 || 1; return [lo - by, hi + by]; }
  return [lo, hi];
}
const pad = ([lo, hi], by) => [lo - by * (hi - lo), hi + by * (hi - lo)];

// drawSVG returns the chart as an element. With head, it has its title and legend too, as
// a file of its own needs them.
function drawSVG(chart, width, head) {
  const c = ink(), height = chart.plane || chart.square ? Math.max(320, Math.min(560, Math.round(width * 0.72))) : 260;
  const { labels, room } = labelsOf(chart, width, height - 60);
  const xs = chart.lines.flatMap(l => l.xs), ys = chart.lines.flatMap(l => l.band ? [...l.ys, ...l.band[0], ...l.band[1]] : l.ys).concat((chart.levels || []).map(l => l.y));
  let [x0, x1] = bounds(xs, chart.x.log), [y0, y1] = bounds(ys, chart.y.log);
  if (chart.x.range) [x0, x1] = chart.x.range;
  let top = 22 + (head ? 44 : 0), bottom = 40;
  const legend = head && !labels.length ? chart.lines.filter(l => l.name && !l.faint) : [];
  if (chart.plane) { top += 22; [x0, x1] = pad([x0, x1], 0.08); [y0, y1] = pad([y0, y1], 0.08); }
  else if (!chart.y.log) [y0, y1] = pad([y0, y1], 0.05);
  const ny = Math.max(3, Math.floor((height - top - bottom) / 44));
  let left = 12 + Math.max(28, ...(chart.y.log ? [textWidth('1e−10')] : ticksOf(y0, y1, ny).map(v => textWidth(tickText(v, ticksOf(y0, y1, ny))))));
  const right = width - room, base = height - bottom + (head ? 44 : 0);
  if (chart.square) {
    left = 14;
    [x0, x1] = pad([x0, x1], 0.04);
    const per = Math.max((x1 - x0) / (right - left), (y1 - y0) / (base - top)), mx = (x0 + x1) / 2, my = (y0 + y1) / 2;
    [x0, x1] = [mx - per * (right - left) / 2, mx + per * (right - left) / 2];
    [y0, y1] = [my - per * (base - top) / 2, my + per * (base - top) / 2];
  }
  if (chart.plane) { // one unit is as long on both axes, and the corner of collapse is the upper left one
    if (Math.abs(-y1 - x0) < 0.35 * (y1 - y0 + x1 - x0)) x0 = Math.min(x0, -y1);
    const wide = right - left, tall = base - top, per = Math.max((x1 - x0) / wide, (y1 - y0) / tall);
    x1 = Math.max(x1, x0 + per * wide); y0 = Math.min(y0, y1 - per * tall);
  }
  const place = (lo, hi, from, to, log) => v => log ? from + Math.log(v / lo) / Math.log(hi / lo) * (to - from) : from + (v - lo) / (hi - lo) * (to - from);
  const X = place(x0, x1, left, right, chart.x.log), Y = place(y0, y1, base, top, chart.y.log);
  const total = base + bottom + 20 * Math.ceil(legend.length / Math.max(1, Math.floor(width / 200)));
  const root = svg('svg', { viewBox: `0 0 ${width} ${total}`, width, height: total, 'font-family': font, 'font-size': 12, fill: c.soft, role: 'img', 'aria-label': chart.title });
  if (head) {
    root.append(svg('rect', { width, height: total, fill: c.paper }),
      svg('text', { x: 12, y: 24, 'font-size': 15, 'font-weight': 600, fill: c.ink }, chart.title),
      svg('text', { x: 12, y: 42 }, clipTo(chart.good || '', width - 24)));
  }
  const clip = `clip-${++drawn}`;
  root.append(svg('defs', {}, svg('clipPath', { id: clip }, svg('rect', { x: left, y: top - 1, width: right - left, height: base - top + 2 }))));
  const inside = svg('g', { 'clip-path': `url(#${clip})` });
  const text = (x, y, words, attrs = {}) => svg('text', { x, y, ...attrs }, words);

  const xt = chart.square ? [] : chart.x.log ? powers(x0, x1) : ticksOf(x0, x1, Math.max(2, Math.floor((right - left) / 70)));
  const yt = chart.square ? [] : chart.y.log ? powers(y0, y1) : ticksOf(y0, y1, ny);
  for (const v of yt) root.append(svg('line', { x1: left, x2: right, y1: Y(v), y2: Y(v), stroke: c.grid }),
    text(left - 6, Y(v) + 4, chart.y.log ? powerText(v) : tickText(v, yt), { 'text-anchor': 'end' }));
  let free = -Infinity;
  for (const v of xt) {
    const words = chart.x.log ? powerText(v) : tickText(v, xt), half = textWidth(words) / 2;
    root.append(svg('line', { x1: X(v), x2: X(v), y1: base, y2: base + 4, stroke: c.axis }));
    if (X(v) - half > free && X(v) + half < width - 2) { root.append(text(X(v), base + 17, words, { 'text-anchor': 'middle' })); free = X(v) + half + 8; }
  }
  root.append(svg('line', { x1: left, x2: right, y1: base, y2: base, stroke: chart.square ? c.grid : c.axis }),
    text(right, base + 33, chart.x.label, { 'text-anchor': 'end' }), text(chart.plane ? 12 : left - 6 < 60 ? 12 : left - 6, top - (chart.plane ? 26 : 9), chart.y.label));

  const diagonals = !chart.plane ? [] : drawPlane(root, inside, { x0, x1, y0, y1, X, Y, left, right, top, base, c, text });
  for (const l of chart.levels || []) inside.append(svg('line', { x1: left, x2: right, y1: Y(l.y), y2: Y(l.y), stroke: l.color, 'stroke-dasharray': l.dash.join(' '), 'stroke-width': 1.2 }));
  for (const m of chart.marks || []) inside.append(svg('line', { x1: X(m.x), x2: X(m.x), y1: top, y2: base, stroke: c.warn, 'stroke-dasharray': '1 3' }, svg('title', {}, m.text)));
  for (const l of chart.lines) for (const part of bandParts(l)) inside.append(svg('polygon', { fill: l.color, 'fill-opacity': bandAlpha, points: part.filter(([x, y]) => (!chart.x.log || x > 0) && (!chart.y.log || y > 0)).map(([x, y]) => `${X(x).toFixed(1)},${Y(y).toFixed(1)}`).join(' ') }));
  for (const l of chart.lines) drawLine(inside, l, X, Y, chart);
  root.append(inside);
  if (chart.plane) namePoints(root, chart, X, Y, { left, right, top, base, text, c, diagonals });
  spread(labels.map(l => Y(l.y)), 15, top + 4, base).forEach((y, i) =>
    root.append(text(right + 8, y + 4, labels[i].text, { fill: labels[i].color })));
  const columns = Math.max(1, Math.floor(width / 200));
  legend.forEach((l, i) => {
    const x = 12 + (i % columns) * 200, y = base + bottom + 14 + 20 * Math.floor(i / columns);
    root.append(l.dots ? mark(l.mark, x + 9, y - 4, 4, { fill: l.color }) : svg('line', { x1: x, x2: x + 18, y1: y - 4, y2: y - 4, stroke: l.color, 'stroke-width': 2, 'stroke-dasharray': l.dash.join(' ') }), text(x + 24, y, middle(l.name, 26)));
  });
  root.place = { X, Y };
  return root;
}
let drawn = 0;

const powers = (lo, hi) => {
  const a = Math.ceil(Math.log10(lo) - 1e-9), b = Math.floor(Math.log10(hi) + 1e-9), by = Math.max(1, Math.ceil((b - a) / 6));
  const out = [];
  for (let p = a; p <= b; p += by) out.push(10 ** p);
  return out.length > 1 ? out : [lo, hi];
};
const powerText = v => v >= 0.01 && v < 1e4 ? String(Number(v.toPrecision(2))) : minus(Number(v.toPrecision(2)).toExponential().replace('e+', 'e'));

function clipTo(words, width) {
  if (textWidth(words) <= width) return words;
  while (words && textWidth(words + '…') > width) words = words.slice(0, -4);
  return words + '…';
}

// mark is a mark of one of four forms around a place.
function mark(form, x, y, r, attrs) {
  const at = points => svg('polygon', { points: points.map(([a, b]) => `${(x + a * r).toFixed(1)},${(y + b * r).toFixed(1)}`).join(' '), ...attrs });
  switch (form) {
    case 1: return at([[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]]);
    case 2: return at([[0, -1.15], [1.1, 0.85], [-1.1, 0.85]]);
    case 3: return at([[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]]);
  }
  return svg('circle', { cx: x.toFixed(1), cy: y.toFixed(1), r, ...attrs });
}

function drawLine(g, l, X, Y, chart) {
  if (l.dots) {
    for (let i = 0; i < l.xs.length; i++) g.append(mark(l.mark, X(l.xs[i]), Y(l.ys[i]), 3.2, { fill: l.color, 'fill-opacity': 0.75 }));
    return;
  }
  let d = '', pen = false;
  const ok = i => isNumber(l.xs[i]) && isNumber(l.ys[i]) && (!chart.x.log || l.xs[i] > 0) && (!chart.y.log || l.ys[i] > 0);
  for (let i = 0; i < l.xs.length; i++) {
    if (!ok(i)) { if (l.ys[i] === null) pen = false; continue; }
    d += `${pen ? 'L' : 'M'}${X(l.xs[i]).toFixed(1)} ${Y(l.ys[i]).toFixed(1)}`;
    pen = true;
  }
  g.append(svg('path', { d, fill: 'none', stroke: l.color, 'stroke-width': l.faint ? 1 : 2, 'stroke-opacity': l.faint ? 0.4 : 1, 'stroke-dasharray': (l.dash || []).join(' '), 'stroke-linejoin': 'round' }));
  if (!l.points || l.xs.length > 60) return;
  for (let i = 0; i < l.xs.length; i++) if (ok(i)) g.append(svg('circle', { cx: X(l.xs[i]), cy: Y(l.ys[i]), r: 3, fill: l.color, 'fill-opacity': l.faint ? 0.4 : 1 }));
}

// bandParts returns the outlines of a line's band, between its gaps: along the least and back
// along the most.
const bandAlpha = 0.16;
function bandParts(l) {
  if (!l.band) return [];
  const parts = [];
  let now = [];
  for (let i = 0; i <= l.xs.length; i++) {
    if (i < l.xs.length && isNumber(l.band[0][i]) && isNumber(l.band[1][i])) { now.push(i); continue; }
    if (now.length > 1) parts.push([...now.map(k => [l.xs[k], l.band[0][k]]), ...now.reverse().map(k => [l.xs[k], l.band[1][k]])]);
    now = [];
  }
  return parts;
}

// drawPlane draws the lines of equal information, named along the upper edge, and shades
// where there is none. It returns the lines: their sums and their ends.
function drawPlane(root, inside, { x0, x1, y0, y1, X, Y, left, right, top, base, c, text }) {
  const sums = ticksOf(x0 + y1, x1 + y1, Math.max(3, Math.floor((right - left) / 60)));
  const corner = 0;
  inside.append(svg('polygon', { fill: c.shade, points: `${X(corner - y1)},${Y(y1)} ${X(corner - y0)},${Y(y0)} ${X(x0)},${Y(y0)} ${X(x0)},${Y(y1)}` }));
  for (const s of sums) {
    inside.append(svg('line', { x1: X(s - y1), y1: Y(y1), x2: X(s - y0), y2: Y(y0), stroke: s > -1e-9 && s < 1e-9 ? c.shadeInk : c.axis, 'stroke-dasharray': Math.abs(s) < 1e-9 ? '' : '3 3' }));
    const at = X(s - y1);
    if (at > left + 2 - 8 && at < right + 1) root.append(text(at, top - 7, tickText(s, sums), { 'text-anchor': at < left + 8 ? 'start' : 'middle' }));
  }
  root.append(text(right, top - 26, right - left > 420 ? 'information, their sum, nats (diagonals)' : 'their sum, nats (diagonals)', { 'text-anchor': 'end' }));
  const words = 'shaded: the views tell nothing of each other', edge = Math.min(right, left + (base - 24 - Y(y1)) - (X(x0) - X(-y1)));
  if (edge - left > textWidth(words) + 20) inside.append(text(left + 10, base - 12, words, { fill: c.shadeInk, class: 'shaded' }));
  return sums.map(sum => ({ sum, ends: [X(sum - y1), Y(y1), X(sum - y0), Y(y0)] }));
}

// namePoints marks where trajectories begin and end, and names epochs where there is room: an
// open mark is the untrained encoder, a full one the last epoch.
function namePoints(root, chart, X, Y, { left, right, top, base, text, c, diagonals }) {
  const shaded = root.querySelector('.shaded'), words = shaded ? [[left, base - 26, left + 20 + textWidth(shaded.textContent), base]] : [];
  for (const p of endsOf(chart)) {
    const at = { cx: X(p.l.xs[p.i]), cy: Y(p.l.ys[p.i]) };
    if (p.first && p.epoch === 0) root.append(svg('circle', { ...at, r: 4.5, fill: c.paper, stroke: p.l.color, 'stroke-width': 2 }));
    if (p.last && p.epoch !== 0) root.append(svg('circle', { ...at, r: 5.5, fill: p.l.color }));
  }
  for (const n of namesOf(chart, X, Y, { left, right, top, base, diagonals }, words)) root.append(text(n.x, n.y, n.words, { fill: n.last ? n.l.color : c.soft, 'font-weight': n.last ? 600 : 400 }));
}

// endsOf returns the points of trajectories that are numbers: which are the first and the last.
function endsOf(chart) {
  return chart.lines.flatMap(l => {
    const at = [...l.xs.keys()].filter(i => isNumber(l.xs[i]) && isNumber(l.ys[i]));
    return at.map((i, k) => ({ l, i, epoch: l.epochs[i], first: k === 0, last: k === at.length - 1, every: k % Math.max(1, Math.ceil(at.length / 8)) === 0 }));
  });
}

// namesOf returns the names of points and where they stand, none over another or over what is
// taken: over no trajectory and not over the line of no information, unless it names an end and
// there is no other place; over another diagonal only where there is no better place.
function namesOf(chart, X, Y, { left, right, top, base, diagonals }, names) {
  const within = b => b[0] >= left && b[2] <= right && b[1] >= top && b[3] <= base;
  const apart = (b, list) => list.every(t => b[2] < t[0] || b[0] > t[2] || b[3] < t[1] || b[1] > t[3]);
  const along = (x1, y1, x2, y2) => {
    const steps = Math.max(1, Math.min(400, Math.ceil(Math.hypot(x2 - x1, y2 - y1) / 4))), boxes = [];
    for (let k = 0; k <= steps; k++) { const x = x1 + (x2 - x1) * k / steps, y = y1 + (y2 - y1) * k / steps; boxes.push([x - 1, y - 1, x + 1, y + 1]); }
    return boxes;
  };
  const points = endsOf(chart), taken = points.map(p => [X(p.l.xs[p.i]) - 3, Y(p.l.ys[p.i]) - 3, X(p.l.xs[p.i]) + 3, Y(p.l.ys[p.i]) + 3]);
  points.forEach((p, k) => { if (!p.first) taken.push(...along(X(points[k - 1].l.xs[points[k - 1].i]), Y(points[k - 1].l.ys[points[k - 1].i]), X(p.l.xs[p.i]), Y(p.l.ys[p.i]))); });
  const crossed = [];
  for (const s of diagonals) (Math.abs(s.sum) < 1e-9 ? taken : crossed).push(...along(...s.ends));
  const order = p => p.last ? 0 : p.first ? 1 : 2;
  const candidates = points.filter(p => p.last || chart.lines.length < 4 && (p.first || p.every)).sort((a, b) => order(a) - order(b));
  const found = [];
  names = [...names];
  for (const p of candidates) {
    const words = p.last && chart.lines.length > 1 ? middle(p.l.name, 24) : p.epoch === 0 ? 'untrained' : `epoch ${epochText(p.epoch)}`;
    const x = X(p.l.xs[p.i]), y = Y(p.l.ys[p.i]), w = textWidth(words) * (p.last ? 1.08 : 1);
    const spots = (order(p) < 2 ? [9, 18, 32] : [9]).flatMap(d => [[x + d, y + 4], [x + d, y - d + 1], [x + d, y + d + 7], [x - w - d, y + 4], [x - w / 2, y - d - 3], [x - w / 2, y + d + 11], [x - w - d, y + d + 7], [x - w - d, y - d + 1]]);
    const box = ([x, y]) => [x - 1, y - 11, x + w + 1, y + 3];
    const free = spots.filter(s => within(box(s)) && apart(box(s), names)), clear = free.filter(s => apart(box(s), taken));
    const spot = clear.find(s => apart(box(s), crossed)) || clear[0] || order(p) < 2 && free[0];
    if (!spot) continue;
    names.push([spot[0] - 2, spot[1] - 12, spot[0] + w + 2, spot[1] + 4]);
    found.push({ ...p, words, x: spot[0], y: spot[1] });
  }
  return found;
}
