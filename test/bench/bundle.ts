/** A bundle as it is deployed, with what esbuild says of it. */
import { join } from 'node:path';
import { build, type BuildOptions, type Metafile } from 'esbuild';

/**
 * As the functions are deployed. ES modules first (`mainFields`), or nothing of the AWS SDK can be left out; split, so
 * that what is imported when it is needed (credential providers that Lambda never asks) is read no sooner.
 */
const productionSettings = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  mainFields: ['module', 'main'],
  minify: true,
  splitting: true,
  // For packages that are CommonJS only (undici, yaml), which ask for Node's modules by `require`.
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
} as const satisfies BuildOptions;

export interface Bundle {
  /** Path of the file to import. */
  readonly file: string;
  /** What importing it reads. */
  readonly importedBytes: number;
  /** With what it imports later. */
  readonly allBytes: number;
  /** Names of the npm packages that something is left of, in whichever file. */
  readonly packages: ReadonlySet<string>;
}

/** Bundles a source file, or source text as if it stood in this folder. */
export async function createBundle(
  entry: { readonly file: string } | { readonly text: string },
  directory: string,
): Promise<Bundle> {
  const source =
    'file' in entry
      ? { entryPoints: { index: entry.file } }
      : {
          stdin: { contents: entry.text, resolveDir: import.meta.dirname, sourcefile: 'index.ts' },
          entryNames: 'index',
        };
  const { metafile } = await build({ ...productionSettings, ...source, outdir: directory, metafile: true });
  const entryPath = Object.keys(metafile.outputs).find((path) => path.endsWith('/index.mjs')) ?? '';
  return {
    file: join(directory, 'index.mjs'),
    importedBytes: bytesOf(metafile, importedAtOnce(metafile, entryPath)),
    allBytes: bytesOf(metafile, Object.keys(metafile.outputs)),
    packages: packagesOf(metafile),
  };
}

/** The file and all that it imports statically, by whichever way. */
function importedAtOnce({ outputs }: Metafile, entryPath: string): readonly string[] {
  const found = new Set([entryPath]);
  for (const path of found) {
    for (const imported of outputs[path]?.imports ?? []) {
      if (imported.kind === 'import-statement' && outputs[imported.path]) found.add(imported.path);
    }
  }
  return [...found];
}

function bytesOf({ outputs }: Metafile, paths: readonly string[]): number {
  return paths.reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0);
}

function packagesOf({ outputs }: Metafile): ReadonlySet<string> {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  return new Set(inputs.flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? packageNames(path) : [])));
}

/** The package that a file belongs to; of one inside another, the inner one. */
function packageNames(path: string): readonly string[] {
  const inside = path.split('node_modules/').slice(1).at(-1);
  if (inside === undefined) return [];
  const [scope = '', name = ''] = inside.split('/');
  return [scope.startsWith('@') ? `${scope}/${name}` : scope];
}
