"""Small detail through the autoencoder: crops of held-out images, real above, decoded below.

    python -m training.evaluate.detail_sheet --autoencoder runs/ae/autoencoder --data DIR --out docs/pictures/autoencoder-detail.png

Lung markings, ventricles, nuclei, a skin lesion, vessels and microaneurysms, an ultrasound lesion; each 96×96 shown twice as large.
"""

import argparse

import numpy as np
import torch
from PIL import Image

from training.common.files import out_file
from training.data.dataset import load_dataset
from training.model.autoencoder import MedicalAutoencoder

CROP = 96
# (set, label, top, left): where such detail usually is.
PLACES = [('nih', 'No_findings', 60, 20), ('kermany', 'normal', 70, 30), ('nickparvar', 'glioma', 80, 80), ('oasis1', 'axial', 80, 80),
          ('dsb2018', 'fluorescence', 80, 80), ('dsb2018', 'H&E / purple stained histology', 80, 80), ('pad_ufes', 'NEV', 80, 80),
          ('idrid', 'DR3', 80, 60), ('busi', 'benign', 60, 80)]

if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--autoencoder', required=True)
    parser.add_argument('--data', required=True)
    parser.add_argument('--cache', default='runs/cache')
    parser.add_argument('--out', type=out_file, required=True)
    args = parser.parse_args()
    rows, images, _, validation = load_dataset(args.data, args.cache)
    vae = MedicalAutoencoder.from_pretrained(args.autoencoder).eval()
    pairs = []
    for owner, label, top, left in PLACES:
        i = next(i for i in np.nonzero(validation)[0] if rows[i]['set'] == owner and rows[i]['label'] == label)
        real = np.array(images[i])
        with torch.no_grad():
            x = torch.from_numpy(real).permute(2, 0, 1)[None].float() / 127.5 - 1
            decoded = ((vae(x)[0].clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()
        pairs.append(np.concatenate([part[top:top + CROP, left:left + CROP] for part in (real, decoded)]))
    sheet = Image.fromarray(np.concatenate(pairs, axis=1))
    sheet.resize((2 * sheet.width, 2 * sheet.height), Image.Resampling.NEAREST).save(args.out)
