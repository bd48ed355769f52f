// How exhibits look: which numbers are drawn over the steps, in which table, and what their
// controls are called.

const told = 'what there is to tell', most = 'most entropy';

export const views = {
  forces: {
    lines: ['entropy', 'reconstruction', 'information'], levels: [most, told],
    tried: ['entropy', 'reconstruction', 'information'],
    controls: { weight: 'weight of the entropy' },
  },
  kappa: {
    lines: ['entropy', 'reconstruction', 'ER bound', 'InfoNCE bound'], levels: [most, told],
    tried: ['entropy', 'reconstruction', 'ER bound', 'InfoNCE bound'],
    controls: { kappa: 'κ', objective: 'trained by' },
  },
  neighbor: {
    lines: ['entropy with itself', 'entropy without itself', 'entropy of all 512 points'], levels: [most],
    tried: ['entropy with itself', 'entropy without itself', 'entropy of all 512 points'],
    controls: { itself: 'trained counting itself', kappa: 'κ', batch: 'batch' },
  },
  byol: {
    lines: ['entropy', 'reconstruction', 'information'], levels: [most, told],
    tried: ['entropy', 'reconstruction', 'information'],
    controls: { predictor: 'predictor', average: 'moving average', stop: 'stop-gradient' },
  },
  ceiling: {
    lines: ['InfoNCE bound'], levels: ['the truth', 'log k'], across: 'batch',
    tried: ['InfoNCE bound', 'log k', 'the truth'],
    controls: { batch: 'pairs in a batch, k', kappa: 'how dependent, κ' },
    points: 'Pairs of points, each pair of one color: 24 of a batch at most.',
  },
  seats: {
    lines: ['entropy of W', 'entropy of W, given the view', 'information'], levels: ['log 8', told], bars: 'seat ',
    tried: ['entropy of W', 'entropy of W, given the view', 'information'],
    controls: { codes: 'codes', sharpness: 'their temperature' },
    points: 'Points are views, colored by content; diamonds are the eight prototypes.',
  },
  grid: {
    grid: { columns: ['κ 2', 'κ 5', 'κ 10', 'κ 20', 'κ 50'], rows: ['weight 0', 'weight 0.1', 'weight 0.5', 'weight 1'] },
    controls: { measure: 'shown' },
  },
  spectrum: {
    lines: ['directions in use'], levels: [], bars: 'direction ', ball: false,
    tried: ['directions in use', 'spread', 'right neighbors'],
    controls: { objective: 'trained by' },
  },
  images: {
    lines: ['neighbors of the same shape', 'neighbors at the same place'], levels: ['by pixels, the same shape', 'by pixels, the same place'],
    tried: ['neighbors of the same shape', 'neighbors at the same place'],
    controls: { views: 'both views have the same' },
    images: { side: 12, across: 6 },
    points: 'One point is one image, its color the shape.',
  },
};

// Words for choices that are not numbers.
export const words = {
  er: 'the ER bound', infonce: 'InfoNCE', agree: 'agreement alone', vicreg: 'VICReg',
  softmax: 'softmax', centered: 'softmax, centered', sinkhorn: 'Sinkhorn',
  information: 'information', entropy: 'entropy', reconstruction: 'reconstruction', neighbors: 'right neighbors',
};

// What numbers are.
export const notes = {
  entropy: 'nats, how far the points are spread',
  reconstruction: 'nats, how well a view tells where the other is',
  information: 'nats, a bound on mutual information',
  'ER bound': 'nats, entropy plus reconstruction',
  'InfoNCE bound': 'nats, log k less the loss',
  'right neighbors': 'nearest other point of the same kind',
  'entropy with itself': 'nats, of batches, each point its own neighbor',
  'entropy without itself': 'nats, of batches, other points alone',
  'entropy of all 512 points': 'nats, enough of them that it matters little',
  'give or take': 'nats, the standard error of that mean',
  'log k': 'nats, the ceiling',
  'the truth': 'nats, in closed form',
  'not told': 'nats, the truth less the bound',
  'entropy of W': 'nats, of the seats that are taken',
  'entropy of W, given the view': 'nats, how undecided a view is',
  'log 8': 'nats, all seats taken equally',
  'directions in use': 'e to the entropy of the shares',
  spread: 'total variance, 1 at most',
  'neighbors of the same shape': 'nearest other image, by the network',
  'neighbors at the same place': 'nearest other image, by the network',
  'by pixels, the same shape': 'nearest other image, untrained',
  'by pixels, the same place': 'nearest other image, untrained',
  [most]: 'nats, spread evenly over the sphere: log 4π',
  [told]: 'nats, four contents: log 4',
};
