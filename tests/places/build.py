"""Writes places.mmdb, a database in the format of GeoLite2 City with networks that are reserved for documentation.

    python3 -m venv venv && venv/bin/pip install mmdb_writer==0.2.7 netaddr==1.3.0
    venv/bin/python tests/places/build.py

It is committed, so that the tests need neither the network nor a licence of MaxMind; nothing in it is MaxMind's. The
same input gives the same bytes, but for the moment of building, which is fixed below.
"""

from pathlib import Path
from unittest import mock

from mmdb_writer import MMDBWriter
from netaddr import IPSet

HERE = Path(__file__).parent
# 2026-02-27T00:00:00Z
BUILT = 1_772_150_400


def country(code: str, english: str, german: str) -> dict:
    return {"country": {"geoname_id": 1, "iso_code": code, "names": {"en": english, "de": german}}}


def names(**of: str) -> dict:
    return {"geoname_id": 2, "names": of}


# The parts that the product does not read are here as well: it must skip them.
PLACES = {
    "203.0.113.0/25": country("SE", "Sweden", "Schweden") | {
        "city": names(en="Linköping", de="Linköping"),
        "continent": {"code": "EU", "geoname_id": 3, "names": {"en": "Europe"}},
        "location": {"accuracy_radius": 20, "latitude": 58.4167, "longitude": 15.6167, "time_zone": "Europe/Stockholm"},
        "postal": {"code": "581 00"},
        "subdivisions": [{"iso_code": "E"} | names(en="Östergötland County", de="Östergötland")],
    },
    # A region of a region: the wider one is told.
    "198.51.100.0/25": country("GB", "United Kingdom", "Vereinigtes Königreich") | {
        "city": names(en="Boxford"),
        "subdivisions": [{"iso_code": "ENG"} | names(en="England"), {"iso_code": "WBK"} | names(en="West Berkshire")],
    },
    "198.51.100.128/26": country("SG", "Singapore", "Singapur") | {"city": names(en="Singapore")},
    "192.0.2.0/25": country("JP", "Japan", "Japan"),
    # A satellite's customers are somewhere; only where the network is registered is known.
    "192.0.2.128/25": {
        "registered_country": {"geoname_id": 4, "iso_code": "LU", "names": {"en": "Luxembourg"}},
        "traits": {"is_satellite_provider": True},
    },
    "2001:db8:1::/48": country("PT", "Portugal", "Portugal") | {
        "city": names(en="Évora"),
        "subdivisions": [{"iso_code": "07"} | names(en="Évora District")],
    },
    "2001:db8:2::/48": country("IS", "Iceland", "Island") | {"city": names(de="Reykjavík")},
}


def write(name: str, kind: str, places: dict) -> None:
    writer = MMDBWriter(
        ip_version=6, ipv4_compatible=True, database_type=kind, languages=["de", "en"],
        description="Reserved networks, for tests",
    )
    for network, record in places.items():
        writer.insert_network(IPSet([network]), record)
    with mock.patch("time.time", return_value=BUILT):
        writer.to_db_file(str(HERE / name))


write("places.mmdb", "GeoLite2-City", PLACES)
# What a download must not be taken for.
write("countries.mmdb", "GeoLite2-Country", {"192.0.2.0/25": country("JP", "Japan", "Japan")})
