import type { Layout } from './layout';

/** As it has always been: labels are in tables. */
const plain: Layout = {
  takesVolumes: true,
  howToLoad: '',
  begin: () => ({
    place: ({ record: { id }, endings }) => ({
      image: `images/${id}.${endings.image}`,
      mask: `masks/${id}.${endings.mask}`,
    }),
    index: () => ({}),
  }),
};

export default plain;
