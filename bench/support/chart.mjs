// Bar charts as SVG that are legible on light and on dark pages.
const WIDTH = 720;
const LABEL = 280;
const ROW = 28;
const TOP = 48;

export function barChart(title, bars) {
  const most = Math.max(...bars.map(([, value]) => value));
  const scale = (WIDTH - LABEL - 90) / most;
  const height = TOP + ROW * bars.length + 12;
  const rows = bars.map(([label, value], row) => {
    const y = TOP + ROW * row;
    const width = (value * scale).toFixed(1);
    return `<text x="${LABEL - 8}" y="${y + 15}" text-anchor="end">${escaped(label)}</text>
<rect x="${LABEL}" y="${y + 2}" width="${width}" height="18" rx="2" fill="#3b6fb6"/>
<text x="${(LABEL + Number(width) + 6).toFixed(1)}" y="${y + 15}">${Number(value.toPrecision(3))}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="#222">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" rx="6" fill="#fcfcfc"/>
<text x="16" y="28" font-size="15" font-weight="600">${escaped(title)}</text>
${rows.join('\n')}
</svg>
`;
}

function escaped(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
