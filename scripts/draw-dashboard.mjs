// Draws docs/grafana-dashboard.svg: what the dashboard shows of a generated day.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DAY, rowsOfADay } from '../tooling/dashboard/day.mjs';
import { draw } from '../tooling/dashboard/draw.mjs';
import { ask, expanded, panels } from '../tooling/dashboard/queries.mjs';
import { root } from '../tooling/root.mjs';

const answers = ask(rowsOfADay(), panels.map((panel) => expanded(panel, DAY)));
writeFileSync(join(root, 'docs/grafana-dashboard.svg'), draw(panels, answers, DAY));
