"""Writes a bill of materials per function: CycloneDX 1.6, in target/sbom, checked against its schema.

Needs cyclonedx-python-lib, which `make sbom` fetches. The same commit gives the same bytes. What is linked into the
binary has the scope `required`; what only builds it, `excluded`.
"""

import os
import re
import subprocess
import sys
import uuid
from datetime import datetime, timezone
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from shipped import Crate, Function, functions

FOLDER = Path("target/sbom")


def checksums() -> dict[tuple[str, str], str]:
    """SHA-256 of every crate's archive, by name and version."""
    entry = re.compile(r'name = "(.+)"\nversion = "(.+)"\nsource = ".+"\nchecksum = "(.+)"')
    return {(name, version): sha for name, version, sha in entry.findall(Path("Cargo.lock").read_text())}


def when() -> datetime:
    """When the source was made, so that a second run changes nothing."""
    command = ["git", "log", "-1", "--format=%ct"]
    epoch = os.environ.get("SOURCE_DATE_EPOCH") or subprocess.run(command, check=True, capture_output=True).stdout
    return datetime.fromtimestamp(int(epoch), timezone.utc)


def component(crate: Crate, kind: ComponentType, scope: ComponentScope | None, sha: str | None) -> Component:
    licences = [LicenseFactory().make_from_string(crate.licence)] if crate.licence else []
    purl = None if crate.own else PackageURL("cargo", None, crate.name, crate.version)
    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=sha)] if sha else []
    return Component(
        name=crate.name, version=crate.version, type=kind, scope=scope, licenses=licences, purl=purl, hashes=hashes,
        bom_ref=f"{crate.name}@{crate.version}",
    )


def bill(function: Function, shas: dict[tuple[str, str], str]) -> Bom:
    bom = Bom()
    bom.metadata.timestamp = when()
    bom.metadata.component = component(function.crate, ComponentType.APPLICATION, None, None)
    refs = {function.crate: bom.metadata.component}
    for crates, scope in ((function.linked, ComponentScope.REQUIRED), (function.building, ComponentScope.EXCLUDED)):
        for crate in crates:
            sha = shas.get((crate.name, crate.version))
            if sha is None and not crate.own:
                sys.exit(f"{crate.name} {crate.version} has no checksum in Cargo.lock")
            refs[crate] = component(crate, ComponentType.LIBRARY, scope, sha)
            bom.components.add(refs[crate])
    for crate, needed in function.needs.items():
        bom.register_dependency(refs[crate], [refs[other] for other in needed])
    content = "\n".join(sorted(str(part.bom_ref) for part in bom.components))
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_URL, f"{function.crate.name} {bom.metadata.timestamp}\n{content}")
    return bom


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    validator, shas = JsonStrictValidator(SchemaVersion.V1_6), checksums()
    for function in functions():
        text = JsonV1Dot6(bill(function, shas)).output_as_string(indent=2)
        if error := validator.validate_str(text):
            sys.exit(f"{function.crate.name}: {error}")
        file = FOLDER / f"{function.crate.name.removeprefix('latchkey-')}.cdx.json"
        file.write_text(text + "\n")
        print(f"{file}: {len(function.linked)} crates linked, {len(function.building)} more to build")


if __name__ == "__main__":
    main()
