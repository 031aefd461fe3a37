// An entry around the built Worker with a dataset of Analytics Engine, whose points it prints.
import Worker, { Guard, Home, Upgrades } from '../../build/index.js';

export { Guard, Home, Upgrades };

const ANALYTICS = { writeDataPoint: (point) => console.log(`point ${JSON.stringify(point)}`) };

export default {
  fetch(request, env, context) {
    return Worker.fetch(request, { ...env, ANALYTICS }, context);
  },
};
