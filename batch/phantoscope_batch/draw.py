"""Requests to pixels by ONNX Runtime: src/diffusion/pipeline.ts, of which each line here is one.

The noise, the coefficients and the order of the composed prompts are the page's; so are the pixels, to within rounding of sums.
"""

import numpy as np

from phantoscope_batch.errors import RunFailed
from phantoscope_batch.nuclei import mask_channels, nuclei_mask
from phantoscope_batch.package import Graph, Words, chosen_providers
from phantoscope_batch.philox import initial_noise

_MOST_REMEMBERED = 64


def flow_steps(config, num_inference_steps):
    """[(timestep, coefficient of noisePred)] of Euler steps along a rectified flow, float64; src/diffusion/schedulers/flow-match-euler.ts.

    x_next = x + (σ_next − σ)·noisePred, noise levels rounded to float32.
    """
    shift, trained = config.get('shift', 1), config['numTrainTimesteps']

    def shifted(sigma):
        return float(np.float32(shift * sigma / (1 + (shift - 1) * sigma)))
    last = 1 / num_inference_steps if config.get('timestepSpacing') == 'trailing' else shifted(1 / trained)
    sigmas = [shifted(sigma) for sigma in np.linspace(1, last, num_inference_steps).tolist()]
    return [(float(np.float32(sigma * trained)), following - sigma) for sigma, following in zip(sigmas, [*sigmas[1:], 0.0])]


def covariate_vectors(known, asked):
    """(values, present), float32 (covariates,) each: min…max scaled to −1…1, 0 where absent; and 1 where a value was asked for."""
    values, present = np.zeros(len(known), np.float32), np.zeros(len(known), np.float32)
    for i, one in enumerate(known):
        if one['name'] in asked:
            values[i] = 2 * (asked[one['name']] - one['min']) / (one['max'] - one['min']) - 1
            present[i] = 1
    return values, present


class Painter:
    """The open graphs of a package: planned images in, pixels out."""

    def __init__(self, package, provider=None, threads=0):
        self.entry = package.entry
        providers = chosen_providers(provider)
        self.text_encoder, self.unet, self.vae = (Graph(package, part, providers, threads) for part in ('textEncoder', 'unet', 'vaeDecoder'))
        self.words, self.embeds = Words(package), {}

    def embed(self, text):
        """float32 (tokens, hidden); the last texts are remembered."""
        if text not in self.embeds:
            if len(self.embeds) >= _MOST_REMEMBERED:
                self.embeds.pop(next(iter(self.embeds)))
            self.embeds[text] = self.text_encoder(inputIds=self.words.ids(text)[None])[0]
        return self.embeds[text]

    def draw(self, planned, seeds=None):
        """[(pixels uint8 (height, width, 3), instance ids uint16 (height, width) or None)] of images of one recipe, in one batch.

        seeds: of each its noise, in place of the recipe's; the layout of nuclei stays.
        """
        seeds = seeds or [one.request['seed'] for one in planned]
        request, image = planned[0].request, self.entry['image']
        masks = [one.mask and nuclei_mask(one.mask, one.request['seed'], one.index, image['width'], image['height']) for one in planned]
        conditions = self._conditions(planned, masks)
        facts = self.entry['latents']
        dims = (facts['channels'], image['height'] // facts['downscale'], image['width'] // facts['downscale'])
        x = np.stack([initial_noise(seed, one.index, dims) for seed, one in zip(seeds, planned)])        # (n, c, h/f, w/f)
        config = next(one for one in self.entry['schedulers'] if one.get('id', one['type']) == request['scheduler'])
        for timestep, gain in flow_steps(config, request['numInferenceSteps']):
            noise_pred = self._predict(x, timestep, timestep / config['numTrainTimesteps'], request['guidanceScale'], conditions)
            x = (x.astype(np.float64) + gain * noise_pred).astype(np.float32)
        decoded = self.vae(latents=(x / facts['scalingFactor'] + facts['shift']).astype(np.float32))  # (n, 3, h, w)
        if not np.isfinite(decoded).all():
            raise RunFailed('The model computed a wrong number on this device: pixels hold infinity or no number, expected finite ones. '
                            'Choose another device by --provider CPUExecutionProvider.')
        pixels = np.rint(np.clip((decoded.astype(np.float64) + 1) * 127.5, 0, 255)).astype(np.uint8)
        return list(zip(pixels.transpose(0, 2, 3, 1), masks))

    def _conditions(self, planned, masks):
        """Two rows for each image where there is guidance: all unconditional ones first, with the negative prompt and nothing else."""
        n, unet = len(planned), self.unet.inputs
        told = {'promptEmbeds': np.stack([self.embed(one.request['prompt']) for one in planned])}
        pairs = [covariate_vectors(self.entry['conditions']['covariates'], one.request['covariates']) for one in planned]
        told['covariates'], told['covariatesPresent'] = (np.stack(list(part)) for part in zip(*pairs))
        if 'mask' in unet:
            size = self.entry['conditions']['mask']['size']
            none = np.zeros((2, size, size), np.float32)
            told['mask'] = np.stack([none if mask is None else mask_channels(mask, size) / np.float32(255) for mask in masks])
            told['maskPresent'] = np.array([[mask is not None] for mask in masks], np.float32)
        if planned[0].request['guidanceScale'] <= 1:
            return told
        untold = {name: np.zeros_like(value) for name, value in told.items()}
        untold['promptEmbeds'] = np.stack([self.embed(one.request['negativePrompt']) for one in planned])
        return {name: np.concatenate([untold[name], told[name]]) for name in told} | {'guided': n}

    def _predict(self, x, timestep, level, scale, conditions):
        """noisePred float32 (n, c, h, w) after guidance, which pushes only inside the model's interval of noise levels."""
        n = len(x)
        rows = {name: value for name, value in conditions.items() if name != 'guided'}
        low, high = self.entry['defaults'].get('guidanceInterval', (0, 1))
        guided = 'guided' in conditions and low <= level <= high
        if 'guided' in conditions and not guided:
            rows = {name: value[n:] for name, value in rows.items()}
        sample = np.concatenate([x, x]) if guided else x
        noise_pred = self._run(sample, timestep, rows)
        if not guided:
            return noise_pred
        without, with_ = noise_pred[:n].astype(np.float64), noise_pred[n:]
        return (without + scale * (with_ - without)).astype(np.float32)

    def _run(self, sample, timestep, rows):
        """All rows at once, or as many as the manifest allows."""
        most = self.entry['components']['unet'].get('maxBatch', len(sample))
        return np.concatenate([
            self.unet(latents=sample[k:k + most], timestep=np.full(len(sample[k:k + most]), timestep, np.float32),
                      **{name: value[k:k + most] for name, value in rows.items()})
            for k in range(0, len(sample), most)])
