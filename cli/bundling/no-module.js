/** Takes the place of Node's `fs` and `path`, which the image codecs ask for in Node and never in a browser. */
export default {};
