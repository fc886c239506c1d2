/** See cli/bundling/gzip-imports.ts: the URL of the file, packed with gzip. */
declare module '*?gzip' {
  const url: string;
  export default url;
}
