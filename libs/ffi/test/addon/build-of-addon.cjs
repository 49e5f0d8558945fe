// Loaded before a program (`node --require`): has it load the addon that was built with $ADDON_BUILD, in place of the one that is shipped.
const Module = require('node:module');

const { ADDON_BUILD } = process.env;
const load = Module._extensions['.node'];
Module._extensions['.node'] = (module, file) => load(module, file.replace('/build/release/', `/build/${ADDON_BUILD}/`));
