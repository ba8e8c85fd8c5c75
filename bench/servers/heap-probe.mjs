// Loaded into a measured process (node --expose-gc --import): tells its parent the heap that is
// left after collection.

process.on('message', async () => {
  // Weak references and finalizers need more than one collection.
  for (let round = 0; round < 4; round += 1) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  process.send(process.memoryUsage().heapUsed);
});
