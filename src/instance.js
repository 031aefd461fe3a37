// The WebAssembly instance that serves. A panic ends everything that it was doing, so the next call gets a fresh one.
import * as glue from '../build/glue/index.js';

/** Shared with the crate `worker`: its panic hook sets `criticalError`, and each instance gets an `instanceId`. */
const state = glue.__worker_init_state();

addEventListener('error', ({ error }) => noteDeath(error));

export const fetch = (...parameters) => alive(() => glue.fetch(...parameters));
export const Guard = renewed(glue.Guard);
export const Home = renewed(glue.Home);
export const Upgrades = renewed(glue.Upgrades);

function alive(call) {
  if (state.criticalError) {
    glue.__wbg_reset_state();
    state.criticalError = false;
  }
  try {
    return call();
  } catch (error) {
    noteDeath(error);
    throw error;
  }
}

function noteDeath(error) {
  if (error instanceof WebAssembly.RuntimeError) state.criticalError = true;
}

/** A class of objects that are made anew in each instance. */
function renewed(Class) {
  return class {
    #arguments;
    #object;
    #instance;

    constructor(...parameters) {
      this.#arguments = parameters;
    }

    fetch(request) {
      return alive(() => this.#current().fetch(request));
    }

    alarm() {
      return alive(() => this.#current().alarm());
    }

    #current() {
      if (this.#instance !== state.instanceId) {
        this.#object = new Class(...this.#arguments);
        this.#instance = state.instanceId;
      }
      return this.#object;
    }
  };
}
