import { expect, test } from 'vitest';
import { buildFolder } from '../../../../sandbox/simulators/flux/kustomize-build.ts';
import { configMap } from '../../../support/flux-cluster.ts';

function build(files: Readonly<Record<string, string>>, folder = 'lab') {
  const built = buildFolder(new Map(Object.entries(files)), folder);
  return built.kind === 'built' ? built.objects.map(({ metadata }) => metadata.name) : built.message;
}

const accumulating = 'kustomize build failed: accumulating resources: accumulation err=';
const lab = '/tmp/kustomization-1/lab';

test('takes a folder entry by entry, and one with a kustomization as that says', () => {
  const files = {
    'lab/b.yaml': configMap('b'),
    'lab/a/z.yml': configMap('z'),
    'lab/c/kustomization.yml': 'resources:\n- y.yaml\n',
    'lab/c/x.yaml': configMap('x'),
    'lab/c/y.yaml': configMap('y'),
    'lab/notes.txt': '',
  };

  expect(build(files)).toEqual(['z', 'b', 'y']);
});

test('takes resources in their order, from other folders too', () => {
  const files = {
    'lab/kustomization.yaml': 'kind: Kustomization\nresources: [../base, a.yaml]\n',
    'lab/a.yaml': configMap('a'),
    'lab/left-out.yaml': configMap('left-out'),
    'base/Kustomization': 'resources: [b.yaml]\n',
    'base/b.yaml': `# nothing\n---\n${configMap('b')}`,
  };

  expect(build(files)).toEqual(['b', 'a']);
});

test('opens lists', () => {
  const list = {
    apiVersion: 'v1',
    kind: 'List',
    items: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } }],
  };

  expect(build({ 'lab/l.yaml': JSON.stringify(list) })).toEqual(['n']);
});

test.each([
  ['no manifest', { 'lab/readme.md': '' }],
  ['an empty kustomization', { 'lab/kustomization.yaml': 'kind: Kustomization\n', 'lab/a.yaml': configMap('a') }],
])('makes nothing of %s', (_, files) => {
  expect(build(files)).toEqual([]);
});

test.each([
  [
    'a resource that is missing',
    { 'lab/kustomization.yaml': 'resources: [nothing.yaml]' },
    `${accumulating}'accumulating resources from 'nothing.yaml': open ${lab}/nothing.yaml: no such file or directory': must build at directory: not a valid directory: evalsymlink failure on '${lab}/nothing.yaml' : lstat ${lab}/nothing.yaml: no such file or directory`,
  ],
  [
    'a folder without a kustomization',
    { 'lab/kustomization.yaml': 'resources: [sub]', 'lab/sub/a.yaml': configMap('a') },
    `${accumulating}'accumulating resources from 'sub': read ${lab}/sub: is a directory': couldn't make target for path '${lab}/sub': unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '${lab}/sub'`,
  ],
  [
    'an object twice',
    { 'lab/a.yaml': configMap('dup'), 'lab/b.yaml': configMap('dup') },
    `${accumulating}'merging resources from './b.yaml': may not add resource with an already registered id: ConfigMap.v1.[noGrp]/dup.default': must build at directory: '${lab}/b.yaml': file is not directory`,
  ],
  [
    'no object',
    { 'lab/a.yaml': 'foo: bar' },
    `failed to decode Kubernetes YAML from ${lab}/a.yaml: missing Resource metadata`,
  ],
])('fails in the words of kustomize: %s', (_, files, message) => {
  expect(build(files)).toBe(message);
});

test('says where YAML is malformed', () => {
  expect(build({ 'lab/a.yaml': 'metadata: {name: a\n  namespace: [\n' })).toMatch(
    /^failed to decode Kubernetes YAML from \/tmp\/kustomization-1\/lab\/a\.yaml: MalformedYAMLError: yaml: line \d+: /,
  );
});

test.each(['patches', 'images', 'configMapGenerator', 'namespace', 'components'])(
  'refuses %s, which it does not know',
  (field) => {
    const files = { 'lab/kustomization.yaml': `resources: [a.yaml]\n${field}: []\n`, 'lab/a.yaml': configMap('a') };

    expect(build(files)).toBe(
      `kustomize build failed: the simulator of Flux does not know ${field} in lab/kustomization.yaml`,
    );
  },
);

test('refuses to read from elsewhere, and folders that hold each other', () => {
  expect(build({ 'lab/kustomization.yaml': 'resources: [https://example.com/a.yaml]' })).toContain(
    'the simulator of Flux reads nothing from elsewhere: https://example.com/a.yaml',
  );
  expect(
    build({ 'lab/kustomization.yaml': 'resources: [x]', 'lab/x/kustomization.yaml': 'resources: [../../lab]' }),
  ).toContain('cycle detected');
});
