"""Exercise 7.6 of the course: both normalizers."""

import numpy as np

import answer


def reconstruction(x, attrs, ct):
    """Returns mean_i( -kappa <z1_i, z2_i> - log C ) of unit rows, where log C is
    (d/2 - 1) log kappa - d/2 log 2 pi - log I_{d/2-1}(kappa) if the normalizer is "exact",
    and has log(I + 1e-7) for log I if it is "official"; and the gradients of
    ct * reconstruction where ct is not None. Yours to write."""
    z1, z2, kappa = x["z1"], x["z2"], attrs["kappa"]  # (k, d)
    return 0.0, {"z1": np.zeros_like(z1), "z2": np.zeros_like(z2)}


answer.main(
    "er_reconstruction_sphere", {"z1": "k d", "z2": "k d"}, {"kappa": None, "normalizer": ["exact", "official"]},
    "reconstruction", reconstruction, least={"d": 2})
