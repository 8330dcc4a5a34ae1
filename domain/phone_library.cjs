/**
 * Loads libphonenumber-js at the first call: with its tables it takes 5 MB, and most phones need none of it. Only
 * CommonJS can load while a number is being read.
 *
 * @returns {typeof import("libphonenumber-js")}
 */
module.exports = () => require("libphonenumber-js");
