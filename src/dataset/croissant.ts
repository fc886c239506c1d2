import type { DatasetDescription } from './dataset-item';
import type { LabelColumn } from './labels';

/** A file that the metadata describe, with its hash. */
interface HashedFile {
  path: string;
  bytes: number;
  sha256: string;
}

/** The context that the Croissant 1.0 specification prescribes. https://docs.mlcommons.org/croissant/docs/croissant-spec.html */
const CONTEXT = {
  '@language': 'en',
  '@vocab': 'https://schema.org/',
  citeAs: 'cr:citeAs',
  column: 'cr:column',
  conformsTo: 'dct:conformsTo',
  cr: 'http://mlcommons.org/croissant/',
  data: { '@id': 'cr:data', '@type': '@json' },
  dataType: { '@id': 'cr:dataType', '@type': '@vocab' },
  dct: 'http://purl.org/dc/terms/',
  examples: { '@id': 'cr:examples', '@type': '@json' },
  extract: 'cr:extract',
  field: 'cr:field',
  fileObject: 'cr:fileObject',
  fileProperty: 'cr:fileProperty',
  fileSet: 'cr:fileSet',
  format: 'cr:format',
  includes: 'cr:includes',
  isLiveDataset: 'cr:isLiveDataset',
  jsonPath: 'cr:jsonPath',
  key: 'cr:key',
  md5: 'cr:md5',
  parentField: 'cr:parentField',
  path: 'cr:path',
  rai: 'http://mlcommons.org/croissant/RAI/',
  recordSet: 'cr:recordSet',
  references: 'cr:references',
  regex: 'cr:regex',
  repeated: 'cr:repeated',
  replace: 'cr:replace',
  sc: 'https://schema.org/',
  separator: 'cr:separator',
  source: 'cr:source',
  subField: 'cr:subField',
  transform: 'cr:transform',
};

/** croissant.json: the data set in the words of mlcommons' Croissant 1.0 (JSON-LD), around labels.csv. */
export function croissantMetadata(
  description: DatasetDescription,
  columns: LabelColumn[],
  labels: HashedFile,
) {
  const { title, version, createdAt, licence } = description;
  const tuned = (description.tuned ?? []).map((one) => `fine-tuned with ${one.title}`);
  const bases = description.models.map(
    ({ title, version, method }) => `${title} ${version}${method ? ` (${method})` : ''}`,
  );
  const models = [...bases, ...tuned].join(', ');
  return {
    '@context': CONTEXT,
    '@type': 'sc:Dataset',
    conformsTo: 'http://mlcommons.org/croissant/1.0',
    name: title,
    description: `${description.description}\n\n${whatItIs(description)}`.trim(),
    license: licence.url,
    url: 'README.md',
    version,
    datePublished: createdAt.toISOString().slice(0, 10),
    dateCreated: createdAt.toISOString().slice(0, 10),
    creator: { '@type': 'sc:Organization', name: `Phantoscope ${description.appVersion}` },
    citeAs: `${title}, synthetic images made with Phantoscope ${description.appVersion} (${models})`,
    keywords: [description.sources ? 'partly synthetic' : 'synthetic', 'medical images'],
    'rai:dataCollection': `Made by generative models (${models}) in a browser; ${taken(description)}.`,
    'rai:dataLimitations':
      'Not for diagnosis. What the models never saw, or saw rarely, is missing or wrong here too.',
    distribution: [
      {
        '@type': 'cr:FileObject',
        '@id': 'labels',
        name: labels.path,
        description: 'One line for each image; paths are relative to this file.',
        contentUrl: labels.path,
        contentSize: `${labels.bytes} B`,
        encodingFormat: 'text/csv',
        sha256: labels.sha256,
      },
    ],
    recordSet: [
      {
        '@type': 'cr:RecordSet',
        '@id': 'images',
        name: 'images',
        description: 'The images and how each was made.',
        key: { '@id': 'images/file' },
        field: columns.map((column) => croissantField(column)),
      },
    ],
  };
}

function whatItIs({ sources }: DatasetDescription): string {
  if (!sources) return 'Every image is synthetic. It shows no real patient.';
  return (
    `${sources.outside} images contain parts of a source image, and of ${sources.unknown} that is not known; the others are ` +
    'synthetic and show no real patient.'
  );
}

function taken({ sources }: DatasetDescription): string {
  return sources
    ? 'some were made from images of other sources, see made_from'
    : 'no image was taken of anybody';
}

function croissantField({ name, type, description }: LabelColumn) {
  return {
    '@type': 'cr:Field',
    '@id': `images/${name}`,
    name,
    description,
    dataType: type,
    source: { fileObject: { '@id': 'labels' }, extract: { column: name } },
  };
}
