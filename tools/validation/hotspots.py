"""Gi* and Moran's I."""

from __future__ import annotations

from collections.abc import Iterator

from validation.stored import (
    DIGITS,
    Comparison,
    numbers,
    program,
    reference,
    stored,
)

__all__ = ["SECTIONS"]

LINKS = {
    "border": "135 segments of the border",
    "sids2": "100 counties of North Carolina",
    "columbus": "49 districts of Columbus",
}


def local_statistics() -> Iterator[Comparison]:
    from frontier_geo.hotspots import local_g, local_moran_i, moran
    from frontier_geo.hotspots.neighbours import as_neighbours

    subject = "Gi* and Moran's I"
    data = stored("hotspots_data.json")
    for name, one in data.items():
        for variable in one["values"]:
            x = numbers(reference("hotspots_data.json", name, "values", variable))
            near = as_neighbours(reference("hotspots_data.json", name, "pairs"), x.size)
            esda = reference("hotspots_esda.json", "results", name, variable)
            spdep = reference("hotspots_spdep.json", "results", name, variable)
            words = f"{LINKS[name]}, {variable.replace('_', ' ')}"
            z = numbers(local_g(x, near).z, local_g(x, near, star=False).z)
            for label, theirs in (("spdep", spdep), ("esda", esda)):
                yield Comparison(
                    subject, f"Gi* and Gi: {words}", "hotspots.local_g", program(label),
                    numbers(theirs["gi_star"], theirs["gi"]), z, 1e-9, 1e-10, DIGITS,
                )  # fmt: skip
            theirs, ours = [], []
            for style, word in (("B", "binary"), ("W", "row")):
                found = moran(x, near, style=word)
                theirs += [spdep[f"moran_{style}_rand"][key] for key in ("I", "E", "V", "z", "p")]
                ours += [found.i, found.expected, found.variance, found.z, found.p_value]
            yield Comparison(
                subject, f"Moran's I, its moments, z and p: {words}", "hotspots.moran",
                program("spdep"), numbers(theirs), numbers(ours), 1e-9, 0, DIGITS,
            )  # fmt: skip
            found, local = local_moran_i(x, near), spdep["local_moran"]
            yield Comparison(
                subject, f"Local Moran's I, its moments and z: {words}", "hotspots.local_moran_i",
                program("spdep"), numbers(local["I"], local["E"], local["V"], local["z"]),
                numbers(found.i, found.expected, found.variance, found.z), 1e-8, 1e-9, DIGITS,
            )  # fmt: skip
            local = esda["local_moran"]
            yield Comparison(
                subject, f"Local Moran's I (divisor n - 1) and variance: {words}",
                "hotspots.local_moran_i", program("esda"), numbers(local["Is"], local["VIc"]),
                numbers(found.i * (x.size - 1) / x.size, found.variance), 1e-9, 1e-10, DIGITS,
            )  # fmt: skip


SECTIONS = (local_statistics,)
