// Which charts there are of some runs, and what good looks like in each.

const column = (t, name) => t && t[name] && t[name].some(isNumber) ? t[name] : null;
// few reports whether so few of a line's values are numbers that each is marked: a line through
// one of them is nothing to be seen.
const few = values => values.filter(isNumber).length <= 20;
// logged returns a column of the lines about steps, null where no line of the whole run has a
// number of it: the part that is here may have none.
const logged = (r, name) => r.series.ranges && r.series.ranges[name] ? r.series.steps[name] || [] : null;
const times = (values, factor) => values.map(v => isNumber(v) ? v * factor : v);

// chartsOf returns the charts of runs that are loaded: {section, id, …} each. With groups,
// {title, runs} each, the runs of a group are one line, their mean, in a band.
function chartsOf(runs, groups) {
  const many = runs.length > 1, soft = ink().soft, c = ink();
  const last = Math.max(1, ...runs.map(r => Math.max(r.progress.epochs && r.progress.per_epoch ? Math.min(r.progress.epochs, r.progress.steps / r.progress.per_epoch) : 0, r.progress.epoch || 0)));
  const marks = many ? [] : (runs[0].series.warnings || []).map(w => ({ x: w.epoch, text: w.text }));
  const charts = [];
  const color = (r, k) => many ? colorOf(r.color) : colorOf(k);
  const name = (r, what) => many ? (what ? `${r.short} · ${what}` : r.short) : what || r.short;

  // epochs makes a chart of columns of the lines about epochs: {column, name} each.
  const epochs = (section, id, title, good, unit, columns, more = {}) => {
    const lines = [], levels = [...(more.levels || [])], factor = more.factor || 1;
    const near = more.sphere ? sameSphere(runs, 'entropy') : runs;
    near.forEach(r => columns.forEach((col, k) => {
      const ys = column(r.series.epochs, col.column);
      if (!ys) return;
      lines.push({ of: r, part: k, what: columns.length > 1 ? col.name : '', name: name(r, columns.length > 1 || !many ? col.name : ''), run: many, label: many ? (k ? '' : r.short) : columns.length > 1 ? col.name : '', color: color(r, k), dash: many ? (k ? dashes[k % 4] : dashOf(r.color)) : dashOf(k), xs: r.series.epochs.epoch, ys: times(ys, factor), points: true });
      const first = ys[0];
      if (r.series.epochs.epoch[0] === 0 && isNumber(first)) levels.push({ of: r, part: k, y: first * factor, name: !many && columns.length === 1 ? 'untrained' : '', color: color(r, k), dash: [1, 4] });
    }));
    if (!lines.length) return;
    const notes = near.length < runs.filter(r => column(r.series.epochs, columns[0].column)).length ? ['runs whose projections have other dimensions are left out'] : [];
    if (levels.some(l => l.dash[0] === 1 && !l.name)) notes.push('dotted: untrained');
    if (many && columns.length > 1) notes.push(`${columns.map((col, k) => `${['solid', 'dashed', 'short dashes', 'dash and dot'][k]}: ${col.name}`).join(', ')}`);
    charts.push({ section, id, title, good, overTime: true, last, x: { label: 'epoch' }, y: { label: unit }, lines, levels: distinctLevels(levels), marks, notes, write: more.write || (v => num(v)) });
  };
  // steps is the same of the lines about steps.
  const steps = (section, id, title, good, unit, columns, more = {}) => {
    const lines = [], levels = [];
    runs.forEach(r => columns.forEach((col, k) => {
      const ys = logged(r, col.column);
      if (!ys) return;
      const mean = col.mean && column(r.series.epochs, col.mean);
      lines.push({ of: r, part: k, what: columns.length > 1 ? col.name : '', name: name(r, mean ? `${col.name}, a step` : columns.length > 1 || !many ? col.name : ''), run: many, label: mean ? '' : many ? (k ? '' : r.short) : columns.length > 1 ? col.name : '', color: color(r, k), dash: mean ? [] : many ? (k ? dashes[k % 4] : dashOf(r.color)) : dashOf(k), faint: Boolean(mean), xs: r.series.steps.epoch || r.series.steps.step, ys, points: few(ys) });
      if (mean) lines.push({ of: r, part: `mean ${k}`, what: '', name: name(r, `${col.name}, mean of the epoch`), run: many, label: many ? r.short : 'mean of the epoch', color: color(r, k), dash: many ? dashOf(r.color) : [], xs: r.series.epochs.epoch, ys: mean, points: true });
      const first = more.untrained && r.series.untrained ? r.series.untrained[col.column] : null;
      if (isNumber(first)) levels.push({ of: r, part: k, y: first, name: many ? '' : 'untrained', color: color(r, k), dash: [1, 4] });
    }));
    if (!lines.length) return;
    const thinned = runs.filter(r => r.series.shown < r.series.rows);
    const notes = levels.some(l => !l.name) ? ['dotted: untrained'] : [];
    if (thinned.length) notes.push(`${thinned[0].series.shown.toLocaleString('en')} of ${thinned[0].series.rows.toLocaleString('en')} steps, extremes kept`);
    charts.push({ section, id, title, good, overTime: true, last, x: { label: 'epoch' }, y: { label: unit }, lines, levels: distinctLevels(levels), marks, notes, write: v => num(v) });
  };
  const nats = runs.every(r => r.method && r.method.nats);

  const trajectory = (id, title, good, h, rec) => {
    const near = sameSphere(runs, h), left = runs.filter(r => column(r.series.epochs, h)).length - near.filter(r => column(r.series.epochs, h)).length;
    const lines = near.flatMap(r => {
      const xs = column(r.series.epochs, h), ys = column(r.series.epochs, rec);
      return xs && ys ? [{ of: r, part: 0, what: '', name: r.short, color: color(r, 0), dash: many ? dashOf(r.color) : [], xs, ys, epochs: r.series.epochs.epoch, points: true }] : [];
    });
    if (!lines.length) return;
    charts.push({ section: 'The bound', wide: true, id, title, good, plane: {}, x: { label: 'entropy, nats' }, y: { label: 'reconstruction, nats' }, lines, notes: many ? ['open: untrained, full: now', ...(left ? [`${left} left out, whose projections have other dimensions`] : [])] : [], write: v => num(v), tell: (l, i) => `${many ? l.name + ', ' : ''}epoch ${epochText(l.epochs[i])}: entropy ${num(l.xs[i])}, reconstruction ${num(l.ys[i])}, information ${num(l.xs[i] + l.ys[i])} nats` });
  };
  trajectory('plane', 'The plane of entropy and reconstruction', 'Good runs leave the shaded corner and cross the diagonals to the right: projections spread out, and one view still tells the other.', 'entropy', 'reconstruction');
  trajectory('plane-w', 'The same of the assignments W', 'Good runs end at the right, high up: all classes are in use, and one view tells the other’s.', 'entropy_w', 'reconstruction_w');
  // ceilings returns the logarithms of what count says of the runs that have one of some columns.
  const ceilings = (columns, letter, count) => {
    const all = new Map();
    for (const r of runs) if (columns.some(col => column(r.series.epochs, col))) { const [n, how] = count(r); if (n > 1 && all.get(n) !== '=') all.set(n, how); }
    return [...all].map(([n, how]) => ({ y: Math.log(n), name: `log ${letter}, ${letter} ${how} ${n}`, color: soft, dash: [6, 4] }));
  };
  const images = r => { const k = (column(r.series.epochs, 'held_out') || []).findLast(isNumber); return k ? [k, '='] : [r.plane ? r.plane.images : 512, 'at most']; };
  const classes = r => [Number(r.settings.get('model.prototypes') || r.settings.get('classes')), '='];
  epochs('The bound', 'mi', 'Mutual information of the two views, at least', 'Higher is better. No batch of k images can show more than log k.', 'nats', [{ column: 'mi_er', name: 'ER bound' }, { column: 'mi_infonce', name: 'InfoNCE bound' }], { levels: ceilings(['mi_er', 'mi_infonce'], 'k', images) });
  epochs('The bound', 'entropy', 'Entropy of the projections', 'Rises: they spread over the sphere. Back at the untrained line is collapse.', 'nats', [{ column: 'entropy', name: 'entropy' }], { sphere: true });
  epochs('The bound', 'reconstruction', 'Reconstruction of one view from the other', 'High while entropy is high. Highest of all is collapse, not success.', 'nats', [{ column: 'reconstruction', name: 'reconstruction' }], { sphere: true });
  epochs('The bound', 'entropies', 'Entropy by two other estimates', 'Both rise. Log-determinant far above nearest neighbors: clusters, or curves.', 'nats', [{ column: 'entropy_knn', name: 'nearest neighbors' }, { column: 'entropy_logdet', name: 'log-determinant' }], { sphere: true });
  epochs('The bound', 'entropy-w', 'Entropy of the assignments W', 'Near its ceiling, log c: all classes are in use. Near 0: one class for all.', 'nats', [{ column: 'entropy_w', name: 'entropy of W' }, { column: 'mi_er_w', name: 'ER bound with W' }], { levels: ceilings(['entropy_w', 'mi_er_w'], 'c', classes) });

  const val = runs.some(r => Number(r.settings.get('holdout')) > 0) ? 'held-out training' : 'test';
  const learns = runs.filter(r => r.method && r.method.supervised).length;
  const labels = learns === runs.length ? 'Labels are what it learns from.' : learns ? 'Labels are used to look; `supervised` alone learns from them.' : 'Labels are used to look, not to train.';
  epochs('What was learned', 'accuracy', `Accuracy on part of the ${val} images`, `Rises above the untrained line. ${labels}`, '%', [{ column: 'knn_top1_quick', name: 'nearest neighbors' }, { column: 'probe_online', name: 'online probe' }], { factor: 100, write: v => minus(v.toFixed(1)) + ' %', levels: many ? [] : [['knn_top1', 'kNN at the end'], ['linear_top1', 'linear at the end']].flatMap(([f, words]) => runs[0].summary && isNumber(runs[0].summary[f]) ? [{ y: 100 * runs[0].summary[f], name: words, color: soft, dash: [6, 4] }] : []) });
  epochs('What was learned', 'rank', 'Effective rank of the projections', 'Higher: more dimensions are in use. Near 1 is collapse.', 'dimensions', [{ column: 'effective_rank', name: 'effective rank' }]);
  const spectra = runs.flatMap(r => {
    const all = (r.series.spectra || []).filter(s => s.values && s.values.length > 1);
    const pick = many ? all.slice(-1) : all;
    return pick.map((s, i) => {
      const end = i === pick.length - 1;
      return { of: r, part: 0, what: '', name: many ? r.short : s.epoch === 0 ? 'untrained' : `epoch ${epochText(s.epoch)}`, run: many, label: many ? r.short : s.epoch === 0 ? 'untrained' : end ? `epoch ${epochText(s.epoch)}` : '', color: many ? colorOf(r.color) : s.epoch === 0 ? soft : colorOf(0), dash: many ? dashOf(r.color) : s.epoch === 0 ? [1, 4] : [], faint: !many && !end && s.epoch !== 0, xs: s.values.map((_, k) => k + 1), ys: s.values };
    });
  });
  if (spectra.length) charts.push({ section: 'What was learned', id: 'spectrum', title: 'Spectrum of the projections’ covariance', good: 'A slope, not a cliff: more dimensions are in use.', x: { label: 'eigenvalue, largest first', log: true }, y: { label: 'variance', log: true }, lines: spectra, write: v => num(v), tell: (l, i) => `${l.name}: eigenvalue ${l.xs[i]} is ${num(l.ys[i])}`, notes: many ? [] : spectra.length > 2 ? ['pale: epochs between'] : [] });
  epochs('What was learned', 'alignment', 'Alignment: mean squared distance of the two views', 'Falls, as long as uniformity falls too.', 'squared distance', [{ column: 'alignment', name: 'alignment' }]);
  epochs('What was learned', 'uniformity', 'Uniformity of the projections', 'Lower: more evenly spread. 0 is one point.', 'log of a mean', [{ column: 'uniformity', name: 'uniformity' }]);

  steps('Training', 'loss', 'Loss', 'Falls, then levels. Against a moving target it may rise while features improve.', nats ? 'nats' : 'no unit', [{ column: 'loss', name: 'loss', mean: 'loss' }], { untrained: true });
  const terms = [...new Set(runs.flatMap(r => Object.keys(r.series.ranges || {}).filter(n => n.startsWith('terms.'))))];
  if (terms.length > 1 || terms.some(t => runs.some(r => logged(r, t) && logged(r, 'loss') && r.series.ranges[t].join() !== r.series.ranges.loss.join())))
    terms.slice(0, 8).forEach((t, i) => steps('Training', `term-${i}`, `Term of the loss: ${t.slice(6).replace(/_/g, ' ')}`, 'Which part of the loss moves, and which stands still.', nats ? 'nats' : 'no unit', [{ column: t, name: t.slice(6).replace(/_/g, ' ') }], { untrained: true }));
  steps('Training', 'lr', 'Learning rate', 'As the recipe asks: a warm-up, then a fall.', 'a step', [{ column: 'lr', name: 'learning rate' }]);
  const scheduled = [...new Set(runs.flatMap(r => Object.keys(r.series.ranges || {}).filter(n => n.startsWith('schedules.'))))];
  const titles = { weight_decay: ['Weight decay', 'As its schedule says.'], 'schedules.ema': ['EMA of the target', 'Nearer 1 the target is slower; at 1 it stands still.'], 'schedules.temperature': ['Temperature', 'Smaller is sharper.'], 'schedules.teacher_temperature': ['Temperature of the teacher', 'Smaller is sharper; it begins soft where there is a warm-up.'] };
  // What never moves, and is the same in all runs, stands in the configuration.
  for (const [i, col] of ['weight_decay', ...scheduled.slice(0, 8)].entries()) {
    const all = new Set(runs.flatMap(r => r.series.ranges && r.series.ranges[col] || []));
    const [title, good] = titles[col] || [col.slice(10).replace(/_/g, ' '), 'As the method says.'];
    if (all.size > 1) steps('Training', `schedule-${i}`, title, good, 'no unit', [{ column: col, name: title.toLowerCase() }]);
  }
  const fast = runs.filter(r => r.series.throughput && r.series.throughput.images_per_second);
  if (fast.length) charts.push({ section: 'Training', id: 'speed', title: 'Throughput', good: 'Level. Dips are other work on the machine; evaluations do not count.', overTime: true, last, x: { label: 'epoch' }, y: { label: 'images a second' }, lines: fast.map(r => ({ of: r, part: 0, what: '', name: many ? r.short : 'images a second', run: many, label: many ? r.short : '', color: color(r, 0), dash: many ? dashOf(r.color) : [], xs: r.series.throughput.epoch || r.series.throughput.step, ys: r.series.throughput.images_per_second, points: few(r.series.throughput.images_per_second) })), write: v => num(v) });
  for (const c of charts) c.many = many;
  return groups ? charts.map(c => banded(c, groups)) : charts;
}

// banded returns a chart in which the lines of a group's runs are one: their mean, with a
// band from the least to the most.
function banded(chart, groups) {
  const parts = chart.lines.some(l => typeof l.part === 'string') ? chart.lines.filter(l => typeof l.part === 'string') : chart.lines;
  const together = (list, i) => {
    const by = new Map();
    for (const l of list) if (groups[i].runs.includes(l.of)) by.set(l.part, [...(by.get(l.part) || []), l]);
    return [...by.values()];
  };
  const lines = groups.flatMap((g, i) => together(parts, i).map(of => {
    const k = Number(String(of[0].part).replace('mean ', '')), merged = chart.plane ? meanTrack(of) : meanLine(of);
    return { ...of[0], ...merged, name: of[0].what ? `${g.title} · ${of[0].what}` : g.title, label: of.some(l => l.label) ? g.title : '', run: true, faint: false, color: colorOf(i), dash: k ? dashes[k % 4] : dashOf(i) };
  }));
  const levels = groups.flatMap((g, i) => together((chart.levels || []).filter(l => l.of), i).map(of => ({ ...of[0], y: mean(of.map(l => l.y)), color: colorOf(i) })));
  const some = groups.some(g => g.runs.length > 1);
  return { ...chart, lines, levels: distinctLevels([...(chart.levels || []).filter(l => !l.of), ...levels]), notes: [...(chart.notes || []), ...(some ? [chart.plane ? 'means of groups' : 'means, in bands from the least to the most'] : [])] };
}

const mean = values => values.reduce((a, b) => a + b, 0) / values.length;

// meanLine returns the mean of lines where all have a value: at the same places, or where
// their places differ over parts of the epochs that all have.
function meanLine(of) {
  if (of.length === 1) return { xs: of[0].xs, ys: of[0].ys };
  const at = of.map(l => new Map(l.xs.map((x, i) => [x, l.ys[i]])));
  let xs = of[0].xs.filter(x => at.every(m => m.has(x))), all = xs.map(x => at.map(m => m.get(x)));
  if (xs.length < Math.min(...of.map(l => l.xs.length)) / 2) {
    const ends = of.map(l => l.xs[l.xs.length - 1]), last = Math.min(...ends), bins = Math.max(1, Math.min(200, ...of.map(l => l.xs.length >> 1)));
    const sums = of.map(l => {
      const sum = new Array(bins).fill(0), count = new Array(bins).fill(0);
      l.xs.forEach((x, i) => { const b = Math.min(bins - 1, Math.floor(x / last * bins)); if (x <= last && isNumber(l.ys[i])) { sum[b] += l.ys[i]; count[b]++; } });
      return sum.map((s, b) => count[b] ? s / count[b] : null);
    });
    xs = [...sums[0].keys()].filter(b => sums.every(s => s[b] !== null));
    all = xs.map(b => sums.map(s => s[b]));
    xs = xs.map(b => (b + 0.5) * last / bins);
  }
  const whole = all.map(values => values.every(isNumber)), fold = f => all.map((values, i) => whole[i] ? f(values) : null);
  return { xs, ys: fold(mean), band: [fold(v => Math.min(...v)), fold(v => Math.max(...v))] };
}

// meanTrack is meanLine of trajectories, epoch by epoch.
function meanTrack(of) {
  const epochs = of[0].epochs.filter(e => of.every(l => l.epochs.includes(e)));
  const at = (values, e) => { const all = of.map(l => l[values][l.epochs.indexOf(e)]); return all.every(isNumber) ? mean(all) : null; };
  return { epochs, xs: epochs.map(e => at('xs', e)), ys: epochs.map(e => at('ys', e)) };
}

// sameSphere returns the runs whose entropies can be drawn together: the log of a sphere's
// area is another in each dimension.
function sameSphere(runs, h) {
  const first = r => (column(r.series.epochs, h) || []).find(isNumber);
  const all = runs.map(first).filter(isNumber).sort((a, b) => a - b), median = all[all.length >> 1];
  return runs.filter(r => isNumber(first(r)) && Math.abs(first(r) - median) < 60);
}

// distinctLevels leaves out lines that would lie on each other.
function distinctLevels(levels) {
  return levels.filter((l, i) => levels.findIndex(m => Math.abs(m.y - l.y) <= 1e-4 * Math.abs(l.y) && (m.name || '') === (l.name || '')) === i);
}
