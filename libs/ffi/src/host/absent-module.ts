/** Stands in for what `ws` uses where it is installed, and does without where it is not. */
throw new Error('not part of the bundled host');
export {};
