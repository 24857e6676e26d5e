/** The server in one bundle; packages stay outside and are loaded from node_modules. */
export default {
  input: { main: 'server/main.ts' },
  platform: 'node',
  external: (id) => !/^[./#]/.test(id),
  output: { dir: 'dist', format: 'esm', sourcemap: true, entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
}
