import {svelte} from '@sveltejs/vite-plugin-svelte';
import {defineConfig} from 'vite';

// A server to develop against: TENANTRY_SERVER, as the command line has it.
const server = process.env.TENANTRY_SERVER ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // the Content-Security-Policy knows no inline scripts
    modulePreload: {polyfill: false},
    chunkSizeWarningLimit: 1000,
    rollupOptions: {
      output: {
        entryFileNames: 'assets/[name]-[hash].js',
        chunkFileNames: 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
      },
    },
  },
  server: {proxy: {'/api': {target: server, changeOrigin: false}}},
});
