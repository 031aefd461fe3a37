// Futures are polled in microtasks. Those of a promise take some 5 microseconds less of a request than the runtime's own
// queueMicrotask, which this stands in for in the module that is built (scripts/build.mjs).
const settled = Promise.resolve();

export function queueMicrotask(task) {
  settled.then(() => {
    try {
      task();
    } catch (error) {
      // A panic: seen as an error that nobody caught, which has the next request meet a fresh instance.
      globalThis.queueMicrotask(() => {
        throw error;
      });
    }
  });
}
