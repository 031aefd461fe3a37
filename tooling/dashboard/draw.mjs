// Draws the panels of docs/grafana-dashboard.json as an SVG that is legible on light and on dark pages: areas on top of one
// another for series, and tables.
const CELL = { width: 50, height: 30 };
const GAP = 8;
const COLOURS = ['#3b6fb6', '#d9822b', '#3c8d5a', '#c23b4b', '#7a5ab5', '#6b7785', '#b5a13a'];

/** `answers` are the rows of each panel's query. */
export function draw(panels, answers, range) {
  const height = Math.max(...panels.map(({ gridPos: { y, h } }) => y + h)) * CELL.height;
  const drawn = panels.map((panel, index) => {
    const { x, y, w, h } = panel.gridPos;
    const size = { width: w * CELL.width - GAP, height: h * CELL.height - GAP };
    const content = panel.type === 'table' ? table(answers[index], size) : areas(answers[index], range, size);
    return `<g transform="translate(${x * CELL.width + GAP / 2} ${y * CELL.height + GAP / 2})">
<rect width="${size.width}" height="${size.height}" rx="4" fill="#fff" stroke="#d5d9de"/>
<text x="12" y="22" font-size="13" font-weight="600">${escaped(panel.title)}</text>
${content}
</g>`;
  });
  const width = 24 * CELL.width;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="system-ui, sans-serif" font-size="11" fill="#222">
<title>The dashboard, with a day of generated data</title>
<rect width="100%" height="100%" rx="6" fill="#f4f5f7"/>
${drawn.join('\n')}
</svg>
`;
}

function areas(rows, { from, to, seconds }, { width, height }) {
  const [left, right, top, bottom] = [44, width - 12, 36, height - 44];
  const steps = Math.floor((to - from) / seconds) + 1;
  const series = new Map();
  for (const { t, ...rest } of rows) {
    const [name, value] = Object.values(rest);
    if (!series.has(name)) series.set(name, zeros(steps));
    series.get(name)[(Number(t) / 1000 - from) / seconds] = Number(value);
  }
  const total = zeros(steps);
  for (const values of series.values()) values.forEach((value, step) => { total[step] += value; });
  const most = round(Math.max(1, ...total));
  const x = (step) => (left + ((right - left) * step) / (steps - 1)).toFixed(1);
  const y = (value) => (bottom - ((bottom - top) * value) / most).toFixed(1);

  const lines = [0, most / 2, most].map((value) => `<path d="M${left} ${y(value)}H${right}" stroke="#e3e6ea"/><text x="${left - 6}" y="${Number(y(value)) + 4}" text-anchor="end">${value}</text>`);
  const hours = [0, 6, 12, 18].map((hour) => `<text x="${x((hour * 3600) / seconds)}" y="${bottom + 16}" text-anchor="middle">${String(hour).padStart(2, '0')}:00</text>`);
  const below = zeros(steps);
  let legend = left;
  const drawn = [...series].map(([name, values], index) => {
    const colour = COLOURS[index % COLOURS.length];
    const lower = below.map((value, step) => `${x(step)} ${y(value)}`).reverse();
    values.forEach((value, step) => { below[step] += value; });
    const upper = below.map((value, step) => `${x(step)} ${y(value)}`);
    const key = `<rect x="${legend}" y="${height - 20}" width="10" height="10" rx="2" fill="${colour}"/><text x="${legend + 14}" y="${height - 11}">${escaped(name)}</text>`;
    legend += 30 + name.length * 6.2;
    return `<path d="M${[...upper, ...lower].join('L')}Z" fill="${colour}" fill-opacity="0.75"/>${key}`;
  });
  return [...lines, ...hours, ...drawn].join('\n');
}

const zeros = (length) => Array.from({ length }, () => 0);

/** The next number that a scale ends at. */
function round(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [2, 4, 6, 8, 10].map((factor) => factor * power).find((end) => end >= value);
}

function table(rows, { width }) {
  const columns = Object.keys(rows[0] ?? {});
  const line = (cells, row, weight) => cells.map((cell, column) => {
    const [x, anchor] = column === 0 ? [12, 'start'] : [12 + ((width - 24) * (column + 1)) / columns.length, 'end'];
    return `<text x="${x.toFixed(1)}" y="${50 + row * 20}" text-anchor="${anchor}"${weight}>${escaped(String(cell))}</text>`;
  }).join('');
  return [line(columns, 0, ' font-weight="600"'), ...rows.map((row, index) => line(Object.values(row), index + 1, ''))].join('\n');
}

function escaped(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
