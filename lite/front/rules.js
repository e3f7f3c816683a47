// Four rules of adam_core.py and two of its surfaces, for a page without Python.
// tests/test_front.py compares their paths with adam_core's.

const EPS = 1e-8;

// Each rule: its dials -> a coordinate's memory, at zero -> step t, where the slope is g.
const rules = {
  gd: ({ lr }) => () => (g) => lr * g,

  heavy_ball: ({ lr, beta1 }) => (velocity = 0) => (g) => {
    velocity = beta1 * velocity + lr * g;
    return velocity;
  },

  rmsprop: ({ lr, beta2 }) => (v = 0) => (g) => {
    v = beta2 * v + (1 - beta2) * g ** 2;
    return (lr * g) / (Math.sqrt(v) + EPS);
  },

  adam: ({ lr, beta1, beta2 }) => (m = 0, v = 0) => (g, t) => {
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g ** 2;
    const m_hat = m / (1 - beta1 ** t);
    const v_hat = v / (1 - beta2 ** t);
    return (lr * m_hat) / (Math.sqrt(v_hat) + EPS);
  },
};

const surfaces = {
  "long narrow valley": {
    f: (x, y) => (x * x / 25 + y * y) / 2,
    grad: (x, y) => [x / 25, y],
    minimum: [0, 0], start: [-9, 2], bounds: [[-10, 10], [-5, 5]],
  },
  "bent valley": { // Rosenbrock's
    f: (x, y) => (1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x),
    grad: (x, y) => [-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)],
    minimum: [1, 1], start: [-1.2, 1], bounds: [[-2, 2], [-1, 3]],
  },
};

// The path: theta at steps 0 to `steps`.
function run(rule, grad, start, steps, dials) {
  const [stepX, stepY] = start.map(() => rules[rule](dials)());
  let [x, y] = start;
  const theta = [[x, y]];
  for (let t = 1; t <= steps; t++) {
    const [gx, gy] = grad(x, y);
    [x, y] = [x - stepX(gx, t), y - stepY(gy, t)];
    theta.push([x, y]);
  }
  return theta;
}
