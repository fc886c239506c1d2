"""The methods of the comparison, in the order in which they are run and told of."""

from training.common.errors import BadSetting
from training.rivals.methods.adversarial import Dcgan, Gan, Pix2pix
from training.rivals.methods.latent import Monai, Ours
from training.rivals.methods.pixel_diffusion import Ddpm
from training.rivals.methods.untrained import Augmented, Mixup, RoundTrip, Shipped
from training.rivals.methods.variational import Cvae

TRAINED = [Gan, Dcgan, Cvae, Ddpm, Monai, Ours]
CONTROLS = [Augmented, RoundTrip, Mixup]
BY_TASK = {'chest': [*TRAINED, Shipped, *CONTROLS], 'nuclei': [Pix2pix, Ours, Gan, Monai, Ddpm, Dcgan, Cvae, Shipped, *CONTROLS]}


def methods_of(task, names=None):
    """The classes of methods of a task, all or the named ones. Raises BadSetting for a name that is not among them."""
    known = {cls.key: cls for cls in BY_TASK[task]}
    strange = sorted(set(names or []) - {cls.key for classes in BY_TASK.values() for cls in classes})
    if strange:
        raise BadSetting(f'There is no method {", ".join(strange)}: choose of {", ".join(known)}.')
    return [cls for key, cls in known.items() if not names or key in names]
